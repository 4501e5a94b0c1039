/** Sounds made on the spot, so that no file has to be loaded. */

const TICK_HZ = 1200;
const TICK_SECONDS = 0.03;
const TICK_EVERY_MS = 110;
const NOTE_SECONDS = 0.18;
const LOUDNESS = 0.06;
const WON_HZ = [523.25, 659.25, 783.99, 1046.5];
const LOST_HZ = [329.63, 261.63];

export class Sound {
  is_on: boolean;
  #context: AudioContext | undefined;
  #ticking: ReturnType<typeof setInterval> | undefined;

  constructor(is_on: boolean) {
    this.is_on = is_on;
  }

  /** Tick until it is told to stop; before the first press of a button no browser plays anything. */
  tick(): void {
    this.quiet();
    if (this.is_on) this.#ticking = setInterval(() => this.#note(TICK_HZ, 0, TICK_SECONDS), TICK_EVERY_MS);
  }

  quiet(): void {
    clearInterval(this.#ticking);
  }

  ended(won: boolean): void {
    this.quiet();
    if (this.is_on) (won ? WON_HZ : LOST_HZ).forEach((hz, place) => this.#note(hz, place * NOTE_SECONDS, NOTE_SECONDS));
  }

  /** Play nothing any more, and give the browser back what plays. */
  end(): void {
    this.is_on = false;
    this.quiet();
    void this.#context?.close();
  }

  #note(hz: number, after: number, seconds: number): void {
    if (!this.is_on || !navigator.userActivation.hasBeenActive) return;
    this.#context ??= new AudioContext();
    const context = this.#context;
    const [oscillator, gain] = [context.createOscillator(), context.createGain()];
    const start = context.currentTime + after;
    oscillator.frequency.value = hz;
    oscillator.type = "triangle";
    gain.gain.setValueAtTime(LOUDNESS, start);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + seconds);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + seconds);
  }
}
