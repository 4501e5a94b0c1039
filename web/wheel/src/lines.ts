/** A name in as many lines as there is room for. */

const MORE = "…";
/** Scripts that put no blanks between words: a line may end behind each of their characters. */
const BREAKS = /(?<=\s)|(?<=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}])/u;

/** Return text in lines that fit, at most so many; a word that is too long, and what is too much, ends in three dots. */
export function lines_of(text: string, lines_max: number, fits: (line: string) => boolean): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.trim().split(BREAKS)) {
    if (line !== "" && !fits((line + word).trimEnd())) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += word;
  }
  lines.push(line.trimEnd());
  const shown = lines.slice(0, lines_max);
  const last = shown.at(-1) ?? "";
  if (lines.length > lines_max) shown[lines_max - 1] = last + MORE;
  return shown.map((each) => (fits(each) ? each : shortened(each, fits)));
}

function shortened(line: string, fits: (line: string) => boolean): string {
  const characters = [...line.replace(MORE, "")];
  while (characters.length > 1 && !fits(characters.join("") + MORE)) characters.pop();
  return characters.join("").trimEnd() + MORE;
}
