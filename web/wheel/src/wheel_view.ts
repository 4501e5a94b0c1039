/** The wheel, the grid and the slot machine of lucky-canvas: it turns while we wait, and stops where it is told. */

import type { Look } from "./look.js";
import { ACCELERATION_MS, DECELERATION_MS, type Library, PICTURES, type Turning } from "./pictures.js";
import type { Kind } from "./options.js";
import { are_same, moved, type Slice } from "./slices.js";

/** The library measures its pace by its first frames: stopped before them it would never end. */
const FRAMES_MIN = 4;
const TURN_MS_MIN = 700;
/** A hidden page draws no frames: after this long it shows the result at once. */
const STOP_MS_MAX = ACCELERATION_MS + DECELERATION_MS + 3000;
const PIXELS_MIN = 1;
/** What the library takes for an end without a result. */
const NOWHERE = -1;

export class WheelView {
  readonly #frame: HTMLElement;
  readonly #library: Library;
  readonly #kind: Kind;
  readonly #resized = new ResizeObserver(() => this.#drawn_again());
  #slices: readonly Slice[] = [];
  #look: Look;
  #shown: number | null = null;
  #turning: Turning | undefined;
  #started_at: number | null = null;
  #frames = 0;
  #ended: () => void = () => undefined;

  constructor(frame: HTMLElement, library: Library, kind: Kind, look: Look) {
    this.#frame = frame;
    this.#library = library;
    this.#kind = kind;
    this.#look = look;
    this.#resized.observe(frame);
  }

  /** Show these slices; one that turns goes on turning with the old ones until it stands. */
  set(slices: readonly Slice[], look: Look): void {
    const same = JSON.stringify([slices, look]) === JSON.stringify([this.#slices, this.#look]);
    if (this.#shown !== null) this.#shown = moved(this.#shown, this.#slices, slices);
    this.#slices = slices;
    this.#look = look;
    if (!same) this.#drawn_again();
  }

  /** Begin to turn, until stop. */
  turn(): void {
    if (this.#started_at !== null) return;
    this.#shown = null;
    this.#draw(true);
    this.#started_at = performance.now();
    this.#count_frames();
    this.#turning?.play();
  }

  /** Turn with the slices of now: the library cannot change them while it turns. */
  #turn_anew(): void {
    this.#started_at = null;
    this.turn();
  }

  /** Stop on a slice of these; resolve once it stands there. */
  async stop(slice: number, slices: readonly Slice[]): Promise<void> {
    const changed = !are_same(slices, this.#slices);
    this.#slices = slices;
    if (this.#started_at === null || document.hidden) return this.show(slice);
    if (changed) this.#turn_anew();
    await this.#turned_long_enough();
    await Promise.race([this.#stands_on(slice), after(STOP_MS_MAX)]);
    if (this.#started_at !== null) return this.show(slice);
    this.#shown = slice;
  }

  /** Show a slice as the result without turning, or none. */
  show(slice: number | null): void {
    this.#started_at = null;
    this.#shown = slice;
    this.#draw();
  }

  /** Stand still for good, where it is. */
  end(): void {
    this.#resized.disconnect();
    this.#turning?.stop(NOWHERE);
    this.#ended();
  }

  #stands_on(slice: number): Promise<void> {
    return new Promise((resolve) => {
      this.#ended = () => {
        this.#started_at = null;
        resolve();
      };
      this.#turning?.stop(slice);
    });
  }

  #drawn_again(): void {
    if (this.#started_at === null) this.#draw();
  }

  /** Draw from the beginning: the library cannot change what has turned. */
  #draw(turns = false): void {
    const size = this.#frame.clientWidth;
    if (size < PIXELS_MIN || this.#slices.length === 0) return;
    const box = document.createElement("div");
    box.dataset.kind = this.#kind;
    box.style.width = `${size}px`;
    box.style.height = `${this.#kind === "slots" ? Math.round(size * 0.62) : size}px`;
    this.#frame.replaceChildren(box);
    this.#turning?.stop(NOWHERE);
    const made: Turning = PICTURES[this.#kind]({
      library: this.#library,
      box,
      size,
      slices: this.#slices,
      look: this.#look,
      stopped_on: this.#shown,
      turns,
      ended: () => {
        if (this.#turning === made) this.#ended();
      },
    });
    this.#turning = made;
    void made.init();
    // It listens to the window for ever, and fails once its box is gone; we draw it again ourselves.
    Object.assign(made, { resize: () => undefined });
  }

  #count_frames(): void {
    this.#frames = 0;
    const count = () => {
      this.#frames += 1;
      if (this.#frames < FRAMES_MIN) requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
  }

  async #turned_long_enough(): Promise<void> {
    const until = performance.now() + STOP_MS_MAX;
    const is_early = () => performance.now() - (this.#started_at ?? 0) < TURN_MS_MIN || this.#frames < FRAMES_MIN;
    while (is_early() && performance.now() < until) await after(TURN_MS_MIN / 10);
  }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
