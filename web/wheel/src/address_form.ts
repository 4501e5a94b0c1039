/** The form for the address of a physical prize. */

import type { Order } from "./answers.js";
import type { Address, Answer } from "./api.js";
import countries from "./countries.json";
import { element, tell } from "./dom.js";
import { words_of } from "./problem.js";
import type { Word, Words } from "./words.js";

interface Field {
  name: string;
  needed?: true;
  characters: number;
  autocomplete: string;
  type?: string;
}

export const FIELDS: readonly Field[] = [
  { name: "name", needed: true, characters: 100, autocomplete: "name" },
  { name: "address", needed: true, characters: 500, autocomplete: "street-address" },
  { name: "postcode", characters: 16, autocomplete: "postal-code" },
  { name: "town_name", characters: 100, autocomplete: "address-level4" },
  { name: "county_name", characters: 100, autocomplete: "address-level3" },
  { name: "city_name", needed: true, characters: 100, autocomplete: "address-level2" },
  { name: "province_name", characters: 100, autocomplete: "address-level1" },
  { name: "country", needed: true, characters: 2, autocomplete: "country" },
  { name: "phone", characters: 40, autocomplete: "tel", type: "tel" },
  { name: "email", characters: 254, autocomplete: "email", type: "email" },
  { name: "remark", characters: 500, autocomplete: "off" },
];

/** Return the fields that have a text, each in one line and in normal form C, as the API wants them. */
export function address_of(entries: Iterable<[string, string]>): Address {
  const clean = [...entries].map(([name, text]) => [name, text.normalize("NFC").replace(/\s+/g, " ").trim()] as const);
  return Object.fromEntries(clean.filter(([, text]) => text !== ""));
}

/** Return whether the carrier can reach somebody by it: the API wants one of the two. */
export function is_reachable({ phone, email }: Address): boolean {
  return phone !== undefined || email !== undefined;
}

/** Return the field that a problem is about, if the form has it. */
export function faulty_field(field: string | undefined): string | null {
  return FIELDS.some(({ name }) => name === field) ? (field as string) : null;
}

/** Ask for the address of a prize in a dialog; send tells the API, taken is called with its answer. */
export function ask_address(
  root: HTMLElement,
  order: Order,
  words: Words,
  send: (address: Address) => Promise<Answer<Order>>,
  taken: (order: Order) => void,
): void {
  const said = element("p", { role: "alert", class: "problem" });
  const submit = element("button", { type: "submit", class: "main" }, words.say("send_address"));
  const cancel = element("button", { type: "button", click: () => dialog.close() }, words.say("cancel"));
  const inputs = FIELDS.map((field) => input_of(field, words));
  const title = words.say("address_for", { award: order.award?.award_name ?? "" });
  const form = element(
    "form",
    { method: "dialog", submit: (event) => void sent(event) },
    element("h3", { id: "address-title" }, title),
    element("p", { class: "quiet" }, words.say("address_needed")),
    ...inputs,
    said,
    element("div", { class: "row" }, cancel, submit),
  );
  const dialog = element("dialog", { "aria-labelledby": "address-title", close: () => dialog.remove() }, form);
  root.append(dialog);
  dialog.showModal();

  async function sent(event: Event): Promise<void> {
    event.preventDefault();
    if (submit.disabled) return;
    const entries = [...new FormData(form)].map(([name, text]): [string, string] => [name, String(text)]);
    const address = address_of(entries);
    tell(said, is_reachable(address) ? "" : words.say("address_reach"));
    if (!is_reachable(address)) return form.querySelector<HTMLElement>("[name=phone]")?.focus();
    submit.disabled = true;
    const answer = await send(address);
    submit.disabled = false;
    if ("value" in answer) {
      dialog.close();
      return taken(answer.value);
    }
    const field = faulty_field(answer.problem.field);
    for (const each of form.querySelectorAll("input, select")) {
      each.setAttribute("aria-invalid", String(each.getAttribute("name") === field));
    }
    if (field === null) return tell(said, words.about("problem", words_of(answer.problem)));
    form.querySelector<HTMLElement>(`[name="${field}"]`)?.focus();
    tell(said, words.say("address_faulty", { field: words.say(`field_${field}` as Word) }));
  }
}

function input_of({ name, needed, characters, autocomplete, type }: Field, words: Words): HTMLElement {
  const same = { name, autocomplete, required: needed === true };
  const input =
    name === "country"
      ? element("select", same, ...country_options(words))
      : element("input", { ...same, type: type ?? "text", maxlength: String(characters) });
  const star = needed === true ? " *" : "";
  return element("label", {}, words.say(`field_${name}` as Word) + star, input);
}

function country_options(words: Words): HTMLElement[] {
  const named = countries.map((code) => ({ code, name: words.country(code) }));
  named.sort((one, other) => one.name.localeCompare(other.name, words.language));
  return [element("option", { value: "" }), ...named.map(({ code, name }) => element("option", { value: code }, name))];
}
