import { visibleText } from "./markdown.ts";

type Attributes = Readonly<Record<string, string | number>>;

/** Text for an element or an attribute: nothing in it can be markup, or a character that XML does not know. */
export function escapeXml(text: string): string {
  return visibleText(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** An element; `content` is ready markup. */
export function element(name: string, attributes: Attributes, content = ""): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${attributeOf(value)}"`);
  return content === "" ? `<${name}${written.join("")}/>` : `<${name}${written.join("")}>${content}</${name}>`;
}

function attributeOf(value: string | number): string {
  return typeof value === "number" ? String(Math.round(value * 100) / 100) : escapeXml(value);
}

export function textAt(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escapeXml(text));
}
