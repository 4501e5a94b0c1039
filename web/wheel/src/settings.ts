/** Sound, motion and language, as the user has set them; kept in storage. */

import { element } from "./dom.js";
import { type Language, LANGUAGES } from "./options.js";
import type { Memory } from "./pending_draw.js";
import type { Words } from "./words.js";

export interface Choices {
  sound: boolean;
  motion: boolean;
  /** Missing until the user has chosen one. */
  language?: Language;
}

const NAME = "tombola-settings";
const OWN_NAMES: Record<Language, string> = { en: "English", de: "Deutsch", zh: "中文" };

/** Return what was chosen before; motion is off where the browser asks for less of it, unless it was chosen. */
export function choices_in(memory: Memory, less_motion: boolean): Choices {
  const usual: Choices = { sound: true, motion: !less_motion };
  try {
    const kept = JSON.parse(memory.getItem(NAME) ?? "{}") as Partial<Choices>;
    const language = LANGUAGES.find((each) => each === kept.language);
    const chosen = language === undefined ? {} : { language };
    return { sound: kept.sound ?? usual.sound, motion: kept.motion ?? usual.motion, ...chosen };
  } catch {
    return usual; // somebody else wrote there
  }
}

export function keep_choices(memory: Memory, choices: Choices): void {
  memory.setItem(NAME, JSON.stringify(choices));
}

/** Return the settings as fields; each tells what was chosen. */
export function settings_fields(words: Words, choices: Choices, chosen: (choices: Choices) => void): HTMLElement[] {
  const box = (name: "sound" | "motion") => {
    const input = element("input", { type: "checkbox" });
    input.checked = choices[name];
    input.addEventListener("change", () => chosen({ ...choices, [name]: input.checked }));
    return element("label", {}, input, words.say(name));
  };
  const languages = LANGUAGES.map((language) =>
    element("option", { value: language, lang: language, selected: language === words.language }, OWN_NAMES[language]),
  );
  const select = element("select", {}, ...languages);
  select.addEventListener("change", () => chosen({ ...choices, language: select.value as Language }));
  return [box("sound"), box("motion"), element("label", {}, words.say("language"), select)];
}
