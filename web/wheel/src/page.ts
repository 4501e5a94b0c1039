/** The page: it shows the activity, lets its user draw, and tells what came of it. */

import { type Activity, type Order, type Quotas, STARTED } from "./answers.js";
import { Api, way_in } from "./api.js";
import { awards_table } from "./awards_list.js";
import { tell } from "./dom.js";
import { Draw } from "./draw.js";
import { DARK, LIGHT, type Look } from "./look.js";
import { again_in_ms, may_press, type State } from "./machine.js";
import { caller_of, type Language, type Options } from "./options.js";
import { type Parts, parts_of } from "./parts.js";
import { memory_of, PendingDraw } from "./pending_draw.js";
import { Prizes } from "./prizes.js";
import { type Problem, words_of } from "./problem.js";
import { type Choices, choices_in, keep_choices, settings_fields } from "./settings.js";
import { type Slice, slice_of, slices_of, slices_with } from "./slices.js";
import { Sound } from "./sound.js";
import { STYLE } from "./style.js";
import { WheelView } from "./wheel_view.js";
import { counts_to, left_until, phase_of } from "./window.js";
import { language_of, Words } from "./words.js";

const SECOND_MS = 1000;
/** What is left and the state are looked at so often while somebody looks at the page. */
const REFRESH_MS = 30_000;
/** Near the beginning of an activity it is looked at more often. */
const REFRESH_SOON_MS = 5000;
/** A wheel is not waited for longer than this: the result is told without it. */
const WHEEL_MS_MAX = 3000;

export class Page {
  readonly #options: Options;
  readonly #memory = memory_of(() => localStorage);
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  readonly #api: Api;
  readonly #root: ShadowRoot;
  readonly #parts: Parts;
  readonly #prizes: Prizes;
  readonly #sound: Sound;
  readonly #draw: Draw;
  readonly #over = new AbortController();
  #choices: Choices;
  #words: Words;
  #activity: Activity | undefined;
  #quotas: Quotas | undefined;
  #view: WheelView | undefined;
  #loaded: Promise<unknown> = Promise.resolve();
  #refreshed_at = 0;
  #load_problem: Problem | null = null;
  #again_at: number | null = null;

  constructor(element: HTMLElement, options: Options) {
    this.#options = options;
    this.#words = new Words(options.language ?? language_of(navigator.languages));
    this.#api = new Api(options.api, caller_of(options), (...request) => fetch(...request));
    this.#choices = choices_in(this.#memory, matchMedia("(prefers-reduced-motion: reduce)").matches);
    this.#sound = new Sound(this.#choices.sound);
    const way = way_in(options.activity, options.tree);
    const pending = new PendingDraw(this.#memory, options.api, way, options.user ?? "");
    this.#draw = new Draw(this.#api, pending, way, options.facts, (state, repeat) => this.#show(state, repeat), {
      now: Date.now,
      chance: Math.random,
      new_key: () => crypto.randomUUID(),
      wait: (ms) => this.#wait(ms),
    });
    this.#root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.#root.adoptedStyleSheets = [sheet];
    this.#prizes = new Prizes(this.#api, this.#root, this.#words);
    this.#parts = parts_of(this.#prizes.section, () => this.#pressed());
    this.#root.replaceChildren(this.#parts.root);
  }

  /** Load everything side by side, and ask again for a draw that has no answer yet. */
  async begin(): Promise<void> {
    this.#speak(this.#words.language);
    this.#loaded = Promise.all([this.#load_activity(), this.#load_view()]);
    void this.#load_quotas();
    void this.#prizes.load();
    const { signal } = this.#over;
    this.#dark.addEventListener("change", () => this.#draw_page(), { signal });
    document.addEventListener("visibilitychange", () => this.#tick(), { signal });
    const clock = setInterval(() => this.#tick(), SECOND_MS);
    signal.addEventListener("abort", () => clearInterval(clock));
    await this.#draw.resume();
  }

  end(): void {
    this.#over.abort();
    this.#prizes.end();
    this.#sound.quiet();
    this.#root.replaceChildren();
  }

  #pressed(): void {
    if (this.#activity === undefined && this.#load_problem !== null) void this.#load_activity();
    else if (this.#may_draw()) void this.#draw.press();
  }

  /** Load the activity; where many do that at once, ask again by itself. */
  async #load_activity(activity = this.#activity?.activity_id ?? this.#options.activity): Promise<void> {
    this.#refreshed_at = Date.now();
    for (let asks = 1; !this.#over.signal.aborted; asks += 1) {
      const answer = await this.#api.activity(activity);
      this.#load_problem = "problem" in answer ? answer.problem : null;
      if ("value" in answer) this.#activity = answer.value;
      this.#draw_page();
      const ms = "problem" in answer ? again_in_ms(answer.problem, asks, Math.random()) : null;
      if (ms === null) return;
      await this.#wait(ms);
    }
  }

  async #load_view(): Promise<void> {
    const library = await import("lucky-canvas");
    this.#view = new WheelView(this.#parts.frame, library, this.#options.show ?? "wheel", this.#look());
    this.#draw_page();
    if (this.#draw.state.name === "turning") this.#turn();
  }

  async #load_quotas(): Promise<void> {
    const answer = await this.#api.quotas(this.#activity?.activity_id ?? this.#options.activity);
    if ("value" in answer) this.#quotas = answer.value;
    this.#draw_page();
  }

  /** Return after so many milliseconds, or as soon as the connection is back. */
  #wait(ms: number): Promise<void> {
    this.#again_at = Date.now() + ms;
    return new Promise((resolve) => {
      const over = () => {
        clearTimeout(timer);
        removeEventListener("online", over);
        this.#again_at = null;
        resolve();
      };
      const timer = setTimeout(over, ms);
      addEventListener("online", over);
    });
  }

  #show(state: State, repeat: boolean): Promise<void> | void {
    this.#draw_page();
    switch (state.name) {
      case "turning":
        return this.#turn();
      case "stopping":
        return this.#stop(state.order, repeat);
      case "refused":
        this.#sound.quiet();
        this.#view?.show(null);
        if (state.key === null) void Promise.all([this.#load_activity(), this.#load_quotas()]);
    }
  }

  #turn(): void {
    if (!this.#choices.motion) return;
    this.#view?.turn();
    this.#sound.tick();
  }

  /** Stop on the recorded award, whatever the wheel showed before. */
  async #stop(order: Order, repeat: boolean): Promise<void> {
    await Promise.race([this.#loaded, new Promise((resolve) => setTimeout(resolve, WHEEL_MS_MAX))]);
    if (this.#activity !== undefined && this.#activity.activity_id !== order.activity_id) {
      await this.#load_activity(order.activity_id);
    }
    const slices = slices_with(this.#slices(), order, this.#words.say("lost_slice"));
    await this.#view?.stop(slice_of(order, slices), slices);
    this.#sound.ended(order.award !== null);
    this.#prizes.put(order);
    if (repeat) void this.#load_quotas();
    else this.#count();
  }

  /** Count a draw: the API has counted it, and need not be asked. */
  #count(): void {
    const one_more = this.#quotas?.quotas.map((each) => ({ ...each, taken: each.taken + 1, left: each.left - 1 })) ?? [];
    if (this.#quotas === undefined || this.#quotas.left === null) return;
    const least = Math.min(...one_more.map(({ left }) => left));
    this.#quotas = { ...this.#quotas, quotas: one_more, left: least };
    if (least <= 0) void this.#load_quotas(); // it tells when they renew
  }

  #may_draw(): boolean {
    const { state } = this.#draw;
    if (!may_press(state)) return false;
    return (state.name === "refused" && state.key !== null) || (this.#activity?.state === STARTED && this.#quotas?.left !== 0);
  }

  /** Every second: the countdown, and now and then a look at the activity. */
  #tick(): void {
    this.#draw_clock();
    if (document.hidden || !may_press(this.#draw.state) || this.#activity === undefined) return;
    const moment = counts_to(this.#activity);
    const is_soon = moment !== null && moment < Date.now() && phase_of(this.#activity) === "before";
    if (Date.now() - this.#refreshed_at > (is_soon ? REFRESH_SOON_MS : REFRESH_MS)) void this.#load_activity();
    const renews_at = this.#quotas?.left === 0 ? this.#quotas.renews_at : null;
    if (renews_at !== null && renews_at !== undefined && Date.parse(renews_at) < Date.now()) void this.#load_quotas();
  }

  #speak(language: Language): void {
    this.#words = new Words(language);
    this.#parts.root.lang = language;
    this.#prizes.speak(this.#words);
    this.#draw_settings();
    this.#draw_page();
  }

  #draw_settings(): void {
    const chosen = (choices: Choices) => {
      this.#choices = choices;
      this.#sound.is_on = choices.sound;
      keep_choices(this.#memory, choices);
      this.#draw_settings();
    };
    const focused = [...this.#parts.settings.querySelectorAll("input, select")].indexOf(this.#root.activeElement as Element);
    this.#parts.settings.replaceChildren(...settings_fields(this.#words, this.#choices, chosen, (language) => this.#speak(language)));
    this.#parts.settings.querySelectorAll<HTMLElement>("input, select")[focused]?.focus();
  }

  #slices(): Slice[] {
    return this.#activity === undefined ? [] : slices_of(this.#activity, this.#words.say("lost_slice"));
  }

  #look(): Look {
    const theme = this.#options.theme ?? "auto";
    const is_dark = theme === "dark" || (theme === "auto" && this.#dark.matches);
    this.#parts.root.dataset.theme = is_dark ? "dark" : "light";
    const look = is_dark ? DARK : LIGHT;
    const accent = getComputedStyle(this.#parts.root).getPropertyValue("--accent").trim();
    return { ...look, accent: accent || look.accent };
  }

  #draw_page(): void {
    const { name, about, dates, awards, awards_title } = this.#parts;
    const [activity, words, look] = [this.#activity, this.#words, this.#look()];
    tell(awards_title, words.say("awards"));
    if (activity !== undefined) {
      tell(name, activity.activity_name);
      tell(about, activity.activity_desc);
      tell(dates, words.say("window", { begin: words.moment(activity.begin), end: words.moment(activity.end) }));
      awards.replaceChildren(awards_table(activity, look, words));
      if (may_press(this.#draw.state)) this.#view?.set(this.#slices(), look);
    }
    this.#draw_state();
    this.#draw_left();
    this.#draw_clock();
  }

  #draw_clock(): void {
    const { phase, waits } = this.#parts;
    const { state } = this.#draw;
    const seconds = Math.ceil(Math.max(0, (this.#again_at ?? 0) - Date.now()) / SECOND_MS);
    const why = state.name === "waiting" ? state.problem : this.#load_problem;
    const is_waiting = this.#again_at !== null && why !== null;
    tell(waits, is_waiting ? this.#words.say("waiting", { why: this.#told(why), seconds: String(seconds) }) : "");
    if (this.#activity !== undefined) tell(phase, this.#phase(this.#activity));
  }

  #phase(activity: Activity): string {
    const moment = counts_to(activity);
    if (moment === null) return this.#words.say("phase_after");
    const phase = phase_of(activity);
    if (moment <= Date.now()) return this.#words.say(phase === "open" ? "phase_ending" : "phase_soon");
    const { days, clock } = left_until(moment, Date.now());
    const left = days === 0 ? clock : this.#words.say("days", { days: this.#words.number(days), clock });
    return this.#words.say(phase === "open" ? "phase_open" : "phase_before", { left });
  }

  #draw_left(): void {
    const { quotas, words } = { quotas: this.#quotas, words: this.#words };
    if (quotas === undefined) return;
    const left = quotas.left === null ? words.say("draws_unlimited") : words.say("draws_left", { left: words.number(quotas.left) });
    const { renews_at } = quotas;
    const more = renews_at === null ? words.say("draws_never_renew") : words.say("draws_renew", { time: words.moment(renews_at) });
    tell(this.#parts.draws_left, quotas.left === 0 ? `${left} ${more}` : left);
  }

  #draw_state(): void {
    const { button, result, said } = this.#parts;
    const { state } = this.#draw;
    button.setAttribute("aria-disabled", String(!this.#may_draw() && this.#load_problem === null));
    tell(button, this.#button_text(state));
    tell(result, this.#result_text(state));
    result.dataset.outcome = state.name === "stopped" ? state.order.outcome : "";
    const problem = state.name === "refused" ? state.problem : this.#again_at === null ? this.#load_problem : null;
    const kept = state.name === "refused" && state.key !== null ? ` ${this.#words.say("kept")}` : "";
    tell(said, problem === null ? "" : this.#told(problem) + kept);
  }

  #button_text(state: State): string {
    const words = this.#words;
    if (this.#activity === undefined && may_press(state)) return words.say(this.#load_problem === null ? "loading" : "load_again");
    if (!may_press(state)) return words.say("drawing");
    if (state.name === "refused" && state.key !== null) return words.say("ask_again");
    return words.say(state.name === "stopped" ? "draw_again" : "draw");
  }

  #result_text(state: State): string {
    const words = this.#words;
    if (state.name === "stopped") {
      const { award } = state.order;
      return award === null ? words.say("result_lost") : words.say("result_won", { award: award.award_name });
    }
    if (!may_press(state)) return words.say("drawing");
    return this.#may_draw() && state.name === "idle" ? words.say("result_ready") : "";
  }

  #told(problem: Problem): string {
    const said = this.#words.about("problem", words_of(problem));
    const id = problem.request_id;
    return id === undefined ? said : `${said} ${this.#words.say("reported", { request_id: id })}`;
  }
}
