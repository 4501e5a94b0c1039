import { describe, expect, it, vi } from "vitest";
import { ANSWER_MS_MAX, Api, way_in } from "../src/api.js";
import type { Caller } from "../src/options.js";
import { an_order } from "./builders.js";

interface Sent {
  url: string;
  method: string | undefined;
  headers: Record<string, string>;
  body: unknown;
}

/** An API behind which these answers come, one each. */
function an_api(answers: (Response | Error)[], caller: Caller = { user: "a/b c" }) {
  const sent: Sent[] = [];
  const fetched = ((url: string, { method, headers, body }: RequestInit) => {
    sent.push({ url, method, headers: headers as Record<string, string>, body });
    const answer = answers.shift();
    return answer instanceof Response ? Promise.resolve(answer) : Promise.reject(answer);
  }) as typeof fetch;
  return { api: new Api("https://api.example/", caller, fetched), sent };
}

function a_token(claims: object): string {
  const bytes = (value: object) => String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value)));
  const part = (value: object) => btoa(bytes(value)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  return [part({ alg: "RS256" }), part(claims), "signature"].join(".");
}

const answer = (status: number, body: unknown = an_order(), headers = {}) => new Response(JSON.stringify(body), { status, headers });

describe("the client", () => {
  it("draws an activity in one request, with the key in its header", async () => {
    const { api, sent } = an_api([answer(201)]);

    const drawn = await api.draw(way_in("100001", undefined), "k", api.body_of({ age: "30" }));

    expect(sent).toEqual([
      {
        url: "https://api.example/activities/100001/draws",
        method: "POST",
        headers: { "Idempotency-Key": "k", "Content-Type": "application/json" },
        body: '{"user_id":"a/b c","facts":{"age":"30"}}',
      },
    ]);
    expect(drawn).toEqual({ value: an_order(), repeat: false });
  });

  it("knows a repeat by its status", async () => {
    const { api } = an_api([answer(200)]);

    expect(await api.draw("activities/1", "k", "{}")).toMatchObject({ repeat: true });
  });

  it("draws through a tree", () => {
    expect(way_in("100001", "21/7")).toBe("trees/21%2F7");
  });

  it("names the user in the path where there is no token, and me where there is one", async () => {
    const named = an_api([answer(200), answer(200), answer(200)]);
    await named.api.quotas("100001");
    await named.api.orders();
    await named.api.orders("1-2");
    const signed_in = an_api([answer(200)], { token: () => "t" });
    await signed_in.api.order("7");

    expect([...named.sent, ...signed_in.sent].map(({ url }) => url)).toEqual([
      "https://api.example/users/a%2Fb%20c/quotas/100001",
      "https://api.example/users/a%2Fb%20c/draws?limit=20",
      "https://api.example/users/a%2Fb%20c/draws?limit=20&after=1-2",
      "https://api.example/users/me/draws/7",
    ]);
    expect(signed_in.sent[0]?.headers).toEqual({ Authorization: "Bearer t" });
    expect(signed_in.api.body_of(undefined)).toBe("{}");
  });

  it.each([
    ["the one who is named", { user: "ann" }, "ann"],
    ["the subject of a token", { token: () => a_token({ sub: "Zoë 王" }) }, "Zoë 王"],
    ["nobody where a token has no subject", { token: () => a_token({ aud: "x" }) }, null],
    ["nobody where a token is no JWT", { token: () => "a.b.c" }, null],
    ["nobody where a token is one word", { token: () => "opaque" }, null],
    ["nobody who is signed out", { token: () => Promise.reject(new Error("signed out")) }, null],
  ])("knows as its user %s", async (_, caller, user) => {
    expect(await an_api([], caller as Caller).api.user()).toBe(user);
  });

  it("asks for an activity without a token, so that caches may answer", async () => {
    const { api, sent } = an_api([answer(200)], { token: () => "t" });

    await api.activity("100001");

    expect(sent[0]?.headers).toEqual({});
  });

  it("asks for a token once, and again when the API refuses it", async () => {
    const tokens = ["old", "new"];
    const { api, sent } = an_api([answer(200), answer(401), answer(200)], { token: () => tokens.shift() ?? "none left" });

    await api.order("1");
    const found = await api.order("2");

    expect(sent.map(({ headers }) => headers["Authorization"])).toEqual(["Bearer old", "Bearer old", "Bearer new"]);
    expect(found).toMatchObject({ value: an_order() });
  });

  it("asks for one token for requests that are made at once", async () => {
    let asked = 0;
    const { api } = an_api([answer(200), answer(200)], { token: () => Promise.resolve(`t${(asked += 1)}`) });

    await Promise.all([api.orders(), api.quotas("1")]);

    expect(asked).toBe(1);
  });

  it("asks for a newer token when there was no answer: a gateway may hide that it refused the old one", async () => {
    const tokens = ["old", "new"];
    const { api, sent } = an_api([new TypeError("Failed to fetch"), answer(201)], { token: () => tokens.shift() ?? "none left" });

    expect(await api.draw("activities/1", "k", "{}")).toEqual({ problem: { status: 0 } });
    await api.draw("activities/1", "k", "{}");

    expect(sent.map(({ headers }) => headers["Authorization"])).toEqual(["Bearer old", "Bearer new"]);
  });

  it("tells of a token that is refused twice", async () => {
    const { api, sent } = an_api([answer(401, {}), answer(401, {})], { token: () => "t" });

    expect(await api.order("1")).toEqual({ problem: { status: 401 } });
    expect(sent).toHaveLength(2);
  });

  it("asks nothing when nobody is signed in", async () => {
    const { api, sent } = an_api([], { token: () => Promise.reject(new Error("signed out")) });

    expect(await api.order("1")).toEqual({ problem: { status: 401, unsent: true } });
    expect(sent).toEqual([]);
  });

  it.each([
    ["a page to sign in on", "<!doctype html>\n<title>Sign in</title>"],
    ["nothing", ""],
    ["no text", undefined],
  ])("takes %s for no token, and sends no request with it", async (_, given) => {
    const { api, sent } = an_api([], { token: () => given as string });

    expect(await api.quotas("1")).toEqual({ problem: { status: 401, unsent: true } });
    expect(sent).toEqual([]);
  });

  it("waits for a token no longer than for an answer", async () => {
    vi.useFakeTimers();
    const { api } = an_api([], { token: () => new Promise<string>(() => undefined) });
    const asked = api.quotas("1");

    await vi.advanceTimersByTimeAsync(ANSWER_MS_MAX);

    expect(await asked).toEqual({ problem: { status: 401, unsent: true } });
    vi.useRealTimers();
  });

  it("reads a problem and how long to wait", async () => {
    const problem = { status: 503, code: "0001", title: "busy", detail: "" };
    const { api } = an_api([answer(503, problem, { "Retry-After": "3" })]);

    expect(await api.draw("activities/1", "k", "{}")).toEqual({ problem: { ...problem, retry_after: 3 } });
  });

  it.each([
    ["no JSON", new Response("<html>", { status: 502 }), { status: 502 }],
    ["no object", answer(502, null), { status: 502 }],
    ["a date", answer(503, {}, { "Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT" }), { status: 503 }],
    ["nothing", new TypeError("Failed to fetch"), { status: 0 }],
    ["half an order", new Response('{"order_id', { status: 201 }), { status: 0 }],
  ])("takes an answer that is %s for a problem", async (_, given, problem) => {
    const { api } = an_api([given]);

    expect(await api.draw("activities/1", "k", "{}")).toEqual({ problem });
  });

  it("claims a prize, and sends an address", async () => {
    const { api, sent } = an_api([answer(200), answer(200)]);

    await api.claim("7");
    await api.send_to("7", { name: "Ann" });

    expect(sent.map(({ method, url, body }) => [method, url, body])).toEqual([
      ["POST", "https://api.example/users/a%2Fb%20c/draws/7/claim", undefined],
      ["PUT", "https://api.example/users/a%2Fb%20c/draws/7/shipping-address", '{"name":"Ann"}'],
    ]);
  });
});
