/** Elements from code: every text is text, whatever is in it. */

type Child = Node | string | null;

export type Attributes = Record<string, string | boolean | ((event: globalThis.Event) => void)>;

/** Return an element; an attribute that is a function listens for the event of its name. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Put text into an element, unless it is there: a live region would say it again. */
export function tell(where: HTMLElement, text: string): void {
  if (where.textContent !== text) where.textContent = text;
}
