/** The page: it shows the activity, lets its user draw, and tells what came of it. */

import { type Activity, type Order, type Quotas, STARTED } from "./answers.js";
import { Api, way_in } from "./api.js";
import { awards_table } from "./awards_list.js";
import { with_a_draw, with_a_win } from "./counted.js";
import { tell } from "./dom.js";
import { Draw } from "./draw.js";
import { lack_of } from "./lack.js";
import { DARK, LIGHT, type Look } from "./look.js";
import { again_in_ms, may_press, open_key, type State } from "./machine.js";
import { caller_of, type Language, type Options } from "./options.js";
import { type Parts, parts_of } from "./parts.js";
import { button_text, draws_left, phase_text, problem_text, result_text, window_text } from "./phrases.js";
import { memory_of, own_memory, pending_of } from "./pending_draw.js";
import { Prizes } from "./prizes.js";
import { is_about_the_user, NOT_THIS_WAY, type Problem } from "./problem.js";
import { type Choices, choices_in, keep_choices, settings_fields } from "./settings.js";
import { type Slice, slice_of, slices_of, slices_with } from "./slices.js";
import { Sound } from "./sound.js";
import { STYLE } from "./style.js";
import { at_most, passed } from "./waits.js";
import { WheelView } from "./wheel_view.js";
import { counts_to, phase_of } from "./window.js";
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
  readonly #lack = lack_of(window);
  #choices: Choices;
  #words: Words;
  #activity: Activity | undefined;
  #quotas: Quotas | undefined;
  /** The last one that was shown: its award is on the wheel, whatever version of the activity has it. */
  #order: Order | undefined;
  #view: WheelView | undefined;
  #loaded: Promise<unknown> = Promise.resolve();
  #refreshed_at = 0;
  /** Quotas that should have renewed are not asked for again before this moment. */
  #quotas_again_at = 0;
  #load_problem: Problem | null = null;
  /** Nobody is signed in, or nobody who is known: told before the first press, since the quotas are asked for at once. */
  #user_problem: Problem | null = null;
  #again_at: number | null = null;

  constructor(element: HTMLElement, options: Options) {
    this.#options = options;
    this.#api = new Api(options.api, caller_of(options), (...request) => fetch(...request));
    this.#choices = choices_in(this.#memory, matchMedia("(prefers-reduced-motion: reduce)").matches);
    this.#words = new Words(this.#choices.language ?? options.language ?? language_of(navigator.languages));
    this.#sound = new Sound(this.#choices.sound);
    const way = way_in(options.activity, options.tree);
    const page_memory = own_memory();
    this.#draw = new Draw(this.#api, way, options.facts, (state, repeat) => this.#show(state, repeat), {
      now: Date.now,
      chance: Math.random,
      new_key: () => crypto.randomUUID(),
      wait: (ms) => this.#wait(ms),
      signal: this.#over.signal,
      pending_of: async () => pending_of(await this.#api.user(), this.#memory, page_memory, options.api, way),
    });
    this.#root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.#root.adoptedStyleSheets = [sheet];
    this.#prizes = new Prizes(this.#api, this.#words);
    this.#parts = parts_of(this.#prizes.section, () => this.#pressed());
    this.#root.replaceChildren(this.#parts.root);
  }

  /** Load everything side by side, and ask again for a draw that has no answer yet. */
  async begin(): Promise<void> {
    this.#speak(this.#words.language);
    this.#loaded = Promise.all([this.#load_activity(), this.#lack === null ? this.#load_view() : null]);
    void this.#load_quotas();
    void this.#prizes.load();
    const { signal } = this.#over;
    this.#dark.addEventListener("change", () => this.#draw_page(), { signal });
    document.addEventListener("visibilitychange", () => this.#tick(), { signal });
    const clock = setInterval(() => this.#tick(), SECOND_MS);
    signal.addEventListener("abort", () => clearInterval(clock));
    if (this.#lack === null) await this.#draw.resume();
  }

  end(): void {
    this.#over.abort();
    this.#prizes.end();
    this.#sound.end();
    this.#view?.end();
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
      const is_first = this.#activity === undefined;
      if ("value" in answer) this.#activity = answer.value;
      if (is_first && this.#is_elsewhere()) console.warn(`mountWheel: give tree, one of ${this.#activity?.through}: activity ${activity} is drawn through it`);
      const ms = "problem" in answer ? again_in_ms(answer.problem, asks, Math.random()) : null;
      const waited = ms === null ? null : this.#wait(ms);
      this.#draw_page();
      if (waited === null) return;
      await waited;
    }
  }

  async #load_view(): Promise<void> {
    const library = await import("lucky-canvas");
    if (this.#over.signal.aborted) return;
    this.#view = new WheelView(this.#parts.frame, library, this.#options.show ?? "wheel", this.#look());
    this.#draw_page();
    if (this.#draw.state.name === "turning") this.#turn();
  }

  async #load_quotas(): Promise<void> {
    this.#quotas_again_at = Date.now() + REFRESH_SOON_MS * (1 + Math.random());
    const answer = await this.#api.quotas(this.#activity?.activity_id ?? this.#options.activity);
    if ("value" in answer) this.#quotas = answer.value;
    this.#user_problem = "problem" in answer && is_about_the_user(answer.problem) ? answer.problem : null;
    this.#draw_page();
  }

  async #wait(ms: number): Promise<void> {
    this.#again_at = Date.now() + ms;
    await passed(ms, this.#over.signal);
    this.#again_at = null;
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
        if (state.key === null) void Promise.all([this.#load_activity(), this.#load_quotas(), this.#prizes.load()]);
    }
  }

  #turn(): void {
    if (!this.#choices.motion) return;
    this.#view?.turn();
    this.#sound.tick();
  }

  /** Stop on the recorded award, whatever the wheel showed before. */
  async #stop(order: Order, repeat: boolean): Promise<void> {
    await at_most(WHEEL_MS_MAX, this.#loaded);
    const is_shown = this.#activity?.activity_id === order.activity_id && slice_of(order, this.#slices()) >= 0;
    if (!is_shown) await at_most(WHEEL_MS_MAX, this.#load_activity(order.activity_id));
    if (this.#over.signal.aborted) return;
    this.#order = order;
    const slices = this.#slices();
    await this.#view?.stop(slice_of(order, slices), slices);
    if (this.#over.signal.aborted) return;
    this.#sound.ended(order.award !== null);
    this.#prizes.put(order);
    if (repeat || this.#quotas === undefined) void this.#load_quotas();
    else this.#count();
    if (!repeat) this.#take(order);
  }

  /** Take a unit of what was won from those that are shown, until the activity is looked at again. */
  #take({ activity_id, award }: Order): void {
    if (this.#activity?.activity_id !== activity_id || award === null) return;
    this.#activity = with_a_win(this.#activity, award.award_id);
  }

  /** Count a draw: the API has counted it, and need not be asked. */
  #count(): void {
    if (this.#quotas === undefined) return;
    this.#quotas = with_a_draw(this.#quotas);
    if (this.#quotas.left !== null && this.#quotas.left <= 0) void this.#load_quotas(); // it tells when they renew
  }

  #may_draw(): boolean {
    const { state } = this.#draw;
    if (!may_press(state) || this.#lack !== null) return false;
    if (this.#is_elsewhere()) return false;
    return (state.name === "refused" && state.key !== null) || (this.#activity?.state === STARTED && this.#quotas?.left !== 0);
  }

  /** Return what keeps the user out before any press. */
  #in_the_way(): Problem | null {
    return this.#is_elsewhere() ? NOT_THIS_WAY : this.#user_problem;
  }

  /** Return whether only a tree leads to the activity, and the page names none. */
  #is_elsewhere(): boolean {
    return this.#options.tree === undefined && (this.#activity?.through ?? []).length > 0;
  }

  /** Return whether nothing is left to draw, nor a draw to ask for. */
  #is_over(): boolean {
    const { state } = this.#draw;
    const is_open = !may_press(state) || open_key(state) !== null || this.#load_problem !== null;
    return !is_open && this.#activity !== undefined && phase_of(this.#activity) === "after";
  }

  /** Every second: the countdown, and now and then a look at the activity. */
  #tick(): void {
    this.#draw_clock();
    if (document.hidden || !may_press(this.#draw.state) || this.#activity === undefined) return;
    const moment = counts_to(this.#activity);
    const is_soon = moment !== null && moment < Date.now() && phase_of(this.#activity) === "before";
    if (Date.now() - this.#refreshed_at > (is_soon ? REFRESH_SOON_MS : REFRESH_MS)) void this.#load_activity();
    const renews_at = this.#quotas?.left === 0 ? this.#quotas.renews_at : null;
    const has_renewed = renews_at !== null && renews_at !== undefined && Date.parse(renews_at) < Date.now();
    if (has_renewed && this.#quotas_again_at < Date.now()) void this.#load_quotas();
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
      this.#speak(choices.language ?? this.#words.language);
    };
    const focused = [...this.#parts.settings.querySelectorAll("input, select")].indexOf(this.#root.activeElement as Element);
    this.#parts.settings.replaceChildren(...settings_fields(this.#words, this.#choices, chosen));
    this.#parts.settings.querySelectorAll<HTMLElement>("input, select")[focused]?.focus();
  }

  #slices(): Slice[] {
    const lost = this.#words.say("lost_slice");
    const slices = this.#activity === undefined ? [] : slices_of(this.#activity, lost);
    return this.#order === undefined ? slices : slices_with(slices, this.#order, lost);
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
      tell(dates, window_text(activity, words));
      awards.replaceChildren(awards_table(activity, look, words));
      if (may_press(this.#draw.state)) this.#view?.set(this.#slices(), look);
    }
    this.#draw_state();
    const quotas = activity?.state === STARTED ? this.#quotas : undefined;
    tell(this.#parts.draws_left, quotas === undefined ? "" : draws_left(quotas, words));
    this.#draw_clock();
  }

  #draw_clock(): void {
    const { phase, waits } = this.#parts;
    const { state } = this.#draw;
    const seconds = Math.ceil(Math.max(0, (this.#again_at ?? 0) - Date.now()) / SECOND_MS);
    const why = state.name === "waiting" ? state.problem : this.#load_problem;
    const is_waiting = this.#again_at !== null && why !== null;
    tell(waits, is_waiting ? this.#words.say("waiting", { why: problem_text(why, this.#words), seconds: String(seconds) }) : "");
    if (this.#activity !== undefined) tell(phase, phase_text(this.#activity, this.#words, Date.now()));
  }

  #draw_state(): void {
    const { button, result, said } = this.#parts;
    const [state, words] = [this.#draw.state, this.#words];
    button.hidden = this.#is_over();
    button.setAttribute("aria-disabled", String(!this.#may_draw() && this.#load_problem === null));
    tell(button, button_text(state, words, this.#activity === undefined ? this.#load_problem : undefined));
    const may_win = this.#in_the_way() === null && this.#activity?.awards.some(({ stock_left }) => stock_left !== 0) === true;
    tell(result, result_text(state, words, this.#may_draw() && may_win));
    result.dataset.outcome = state.name === "stopped" ? state.order.outcome : "";
    const found = this.#again_at === null ? (this.#load_problem ?? (may_press(state) ? this.#in_the_way() : null)) : null;
    const problem = state.name === "refused" ? state.problem : found;
    const may_be_kept = state.name === "refused" && state.key !== null && state.problem.unsent !== true;
    const kept = may_be_kept ? ` ${words.say("kept")}` : "";
    const told = problem === null ? "" : problem_text(problem, words) + kept;
    tell(said, this.#lack === null ? told : words.say(this.#lack));
  }
}
