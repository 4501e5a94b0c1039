/** Sound, motion and language, as the user has set them; kept in storage. */

import { element } from "./dom.js";
import { type Language, LANGUAGES } from "./options.js";
import type { Memory } from "./pending_draw.js";
import type { Words } from "./words.js";

export interface Choices {
  sound: boolean;
  motion: boolean;
}

const NAME = "tombola-settings";
const OWN_NAMES: Record<Language, string> = { en: "English", de: "Deutsch", zh: "中文" };

/** Return what was chosen before; motion is off where the browser asks for less of it, unless it was chosen. */
export function choices_in(memory: Memory, less_motion: boolean): Choices {
  const usual = { sound: true, motion: !less_motion };
  try {
    const kept = JSON.parse(memory.getItem(NAME) ?? "{}") as Partial<Choices>;
    return { sound: kept.sound ?? usual.sound, motion: kept.motion ?? usual.motion };
  } catch {
    return usual; // somebody else wrote there
  }
}

export function keep_choices(memory: Memory, choices: Choices): void {
  memory.setItem(NAME, JSON.stringify(choices));
}

/** Return the settings as fields; each tells what was chosen. */
export function settings_fields(words: Words, choices: Choices, chosen: (choices: Choices) => void, speak: (language: Language) => void): HTMLElement[] {
  const box = (name: keyof Choices) => {
    const input = element("input", { type: "checkbox" });
    input.checked = choices[name];
    input.addEventListener("change", () => chosen({ ...choices, [name]: input.checked }));
    return element("label", {}, input, words.say(name));
  };
  const languages = LANGUAGES.map((language) =>
    element("option", { value: language, lang: language, selected: language === words.language }, OWN_NAMES[language]),
  );
  const select = element("select", {}, ...languages);
  select.addEventListener("change", () => speak(select.value as Language));
  return [box("sound"), box("motion"), element("label", {}, words.say("language"), select)];
}
