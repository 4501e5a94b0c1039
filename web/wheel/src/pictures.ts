/** The wheel, the grid and the slot machine, as lucky-canvas draws them. */

import { lines_of } from "./lines.js";
import { colour_of, type Look } from "./look.js";
import type { Kind } from "./options.js";
import { edge_of_grid, placed, places_of_wheel, side_of_grid, type Slice } from "./slices.js";

/** How lucky-canvas is asked to turn; it never chooses where to stop. */
export interface Turning {
  init(): Promise<void>;
  play(): void;
  stop(index: number): void;
}

export type Library = typeof import("lucky-canvas");

/** What a picture is made of; stopped_on is a slice that it shows without having turned. */
interface Picture {
  library: Library;
  box: HTMLDivElement;
  size: number;
  slices: readonly Slice[];
  look: Look;
  stopped_on: number | null;
  turns: boolean;
  ended: () => void;
}

export const ACCELERATION_MS = 700;
export const DECELERATION_MS = 2400;
const PACE = { accelerationTime: ACCELERATION_MS, decelerationTime: DECELERATION_MS };
const REELS = 3;
const SANS = "system-ui, sans-serif";
const WEIGHT = "600";
const LINE = 1.2;
const RING = 0.045;

export const PICTURES: Record<Kind, (picture: Picture) => Turning> = { wheel, grid, slots };

function wheel({ library, box, size, slices, look, stopped_on, ended }: Picture): Turning {
  const places = placed(slices.length, places_of_wheel(slices.length));
  const ring = Math.round(size * RING);
  const font = Math.round(size / (places.length > 10 ? 34 : 25));
  const label = labels(font, size * Math.sin(Math.PI / places.length) * 0.68, 3);
  return new library.LuckyWheel(surface_of(box, (context) => lights(context, size, ring, look)), {
    width: 0,
    height: 0,
    blocks: [
      { padding: `${ring}px`, background: look.accent },
      { padding: `${Math.round(size * 0.012)}px`, background: look.surface },
    ],
    prizes: cells(places, slices, look, (text) => ({ fonts: [{ ...label(text), top: Math.round(font * 0.7) }] })),
    buttons: [
      { radius: "26%", background: look.surface },
      { radius: "22%", background: look.accent, pointer: true },
      { radius: "18%", background: look.surface, fonts: [star(look.accent, size * 0.1, "-62%")] },
    ],
    defaultConfig: {
      ...PACE,
      gutter: `${Math.max(2, Math.round(size / 160))}px`,
      speed: 16,
      offsetDegree: stopped_on === null ? 0 : -(stopped_on + 0.5) * (360 / places.length),
    },
    defaultStyle: text_style(look),
    end: ended,
  });
}

function grid({ library, box, size, slices, look, stopped_on, turns, ended }: Picture): Turning {
  const side = side_of_grid(slices.length);
  const edge = edge_of_grid(side);
  const places = placed(slices.length, edge.length);
  const cell = size / side - size / 40;
  const label = centred(labels(Math.round(cell / 7), cell * 0.86, 3), cell);
  const active = { background: look.active, fontColor: look.on_active };
  const at = (text: string, place: number) => {
    const { background, fontColor } = place === stopped_on ? active : { background: undefined, fontColor: look.text };
    return { ...edge[place]!, fonts: [{ ...label(text), fontColor }], ...(background === undefined ? {} : { background }) };
  };
  const prizes = cells(places, slices, look, at);
  const first = { background: prizes[0]!.background, fontColor: prizes[0]!.fonts[0]!.fontColor };
  return new library.LuckyGrid(surface_of(box), {
    width: 0,
    height: 0,
    rows: side,
    cols: side,
    blocks: [{ padding: `${Math.round(size * 0.03)}px`, background: look.accent, borderRadius: Math.round(size * 0.05) }],
    prizes,
    buttons: [{ x: 1, y: 1, col: side - 2, row: side - 2, background: look.surface, fonts: [star(look.accent, size * 0.12, "25%")] }],
    defaultConfig: { ...PACE, gutter: Math.max(4, Math.round(size / 60)), speed: 14 },
    defaultStyle: { ...text_style(look), borderRadius: Math.round(size * 0.03) },
    activeStyle: turns ? active : first, // the library marks a cell that it has not reached
    end: ended,
  });
}

function slots({ library, box, size, slices, look, stopped_on, ended }: Picture): Turning {
  const places = placed(slices.length, places_of_wheel(slices.length));
  const padding = Math.round(size * 0.035);
  const cell = size / REELS - padding;
  const label = centred(labels(Math.round(cell / 7), cell * 0.8, 3), cell);
  const turned = places.map((_, place) => (place + (stopped_on ?? 0)) % places.length);
  const reels = Array.from({ length: REELS }, (_, reel) => ({ order: turned, speed: 18 + 5 * reel }));
  return new library.SlotMachine(surface_of(box), {
    width: 0,
    height: 0,
    blocks: [
      { padding: `${padding}px`, background: look.accent, borderRadius: Math.round(size * 0.05) },
      { padding: `${Math.round(padding / 3)}px`, background: look.surface, borderRadius: Math.round(size * 0.03) },
    ],
    prizes: cells(places, slices, look, (text) => ({ fonts: [label(text)] })),
    slots: reels,
    defaultConfig: { ...PACE, rowSpacing: Math.round(size / 60), colSpacing: Math.round(size / 60) },
    defaultStyle: { ...text_style(look), borderRadius: Math.round(size * 0.03) },
    end: ended,
  });
}

/** Return what the library draws on; afterwards something of ours is drawn over it. */
function surface_of(box: HTMLDivElement, over?: (context: CanvasRenderingContext2D) => void) {
  return {
    flag: "WEB" as const,
    divElement: box,
    dpr: Math.max(1, window.devicePixelRatio),
    ...(over === undefined ? {} : { afterDraw: over }),
  };
}

interface Label {
  text: string;
  top: number;
  fontSize: string;
  lineHeight: string;
  wordWrap: false;
}

function cells<T extends object>(places: number[], slices: readonly Slice[], look: Look, at: (text: string, place: number) => T) {
  return places.map((slice, place) => {
    const shown = slices[slice]!;
    return { background: colour_of(shown, look), ...at(shown.name, place) };
  });
}

/** Return how a text becomes lines of a width; the library would break words. */
function labels(font: number, width: number, lines_max: number): (text: string) => Label {
  const context = new OffscreenCanvas(1, 1).getContext("2d")!;
  context.font = `${WEIGHT} ${font}px ${SANS}`;
  const fits = (line: string) => context.measureText(line).width <= width;
  return (text) => ({
    text: lines_of(text, lines_max, fits).join("\n"),
    top: 0,
    fontSize: `${font}px`,
    lineHeight: `${Math.round(font * LINE)}px`,
    wordWrap: false,
  });
}

/** Return the same with the lines in the middle of a cell. */
function centred(label: (text: string) => Label, cell: number): (text: string) => Label {
  return (text) => {
    const made = label(text);
    const line = Number.parseInt(made.lineHeight, 10);
    return { ...made, top: Math.round((cell - line * made.text.split("\n").length - line * 0.25) / 2) };
  };
}

function text_style(look: Look) {
  return { fontColor: look.text, fontStyle: SANS, fontWeight: WEIGHT };
}

function star(colour: string, size: number, top: string) {
  return { text: "★", top, fontColor: colour, fontSize: `${Math.round(size)}px`, fontStyle: SANS };
}

const LIGHTS = 24;

function lights(context: CanvasRenderingContext2D, size: number, ring: number, look: Look): void {
  context.fillStyle = look.light;
  for (let light = 0; light < LIGHTS; light += 1) {
    const angle = (light / LIGHTS) * 2 * Math.PI;
    const radius = size / 2 - ring / 2;
    context.beginPath();
    context.arc(radius * Math.cos(angle), radius * Math.sin(angle), ring * 0.2, 0, 2 * Math.PI);
    context.fill();
  }
}
