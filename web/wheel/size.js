// Fails when our own part of the package is larger than it may be, and copies the licence of what is packed with it.
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const OURS_KB_MAX = 60;
const LIB = new URL("dist/lib/", import.meta.url);
const LIBRARY = /^lucky-canvas/;

const files = readdirSync(LIB).filter((name) => name.endsWith(".js"));
const bytes = (names) => names.reduce((sum, name) => sum + gzipSync(readFileSync(new URL(name, LIB)), { level: 9 }).length, 0);
const ours = bytes(files.filter((name) => !LIBRARY.test(name))) / 1024;
const library = bytes(files.filter((name) => LIBRARY.test(name))) / 1024;
console.log(`ours ${ours.toFixed(1)} kB of ${OURS_KB_MAX}, lucky-canvas ${library.toFixed(1)} kB, gzipped`);
if (ours > OURS_KB_MAX || library === 0) {
  console.error(`dist/lib: ours may have ${OURS_KB_MAX} kB, and lucky-canvas has to be a file of its own`);
  process.exit(1);
}
for (const folder of ["dist/lib/", "dist/page/"]) {
  const licence = new URL(`${folder}lucky-canvas.LICENSE`, import.meta.url);
  copyFileSync(new URL("node_modules/lucky-canvas/LICENSE", import.meta.url), licence);
}
