import { fencedBlock } from "./markdown.ts";

/** A part of a message that can make itself smaller. */
export interface Section {
  /** Lower is served first when room is short. */
  readonly urgency: number;
  /** The most it may take of the whole message, 0 to 1. */
  readonly share: number;
  /** At most `room` UTF-16 units; "" when there is nothing to show; undefined when the room is too small. */
  readonly render: (room: number) => string | undefined;
}

const LEFT_OUT = "_Some parts do not fit here. The evidence artifact and the run's page have all of it._";
const GAP = "\n\n";

/**
 * Joins sections in their order, in at most `limit` UTF-16 units. Room is given by urgency, so that a huge
 * prompt cannot push out the digest. What does not fit is left out, and the text says so.
 */
export function fitSections(sections: readonly Section[], limit: number): string {
  let left = limit - LEFT_OUT.length - GAP.length;
  let complete = true;
  const texts = new Map<Section, string>();
  for (const section of [...sections].sort((a, b) => a.urgency - b.urgency)) {
    const room = Math.min(left - GAP.length, Math.floor(limit * section.share));
    const text = section.render(room);
    if (text === undefined || text.length > room) complete = false;
    else if (text !== "") {
      texts.set(section, text);
      left -= text.length + GAP.length;
    }
  }
  const shown = sections.map((section) => texts.get(section)).filter((text) => text !== undefined);
  return [...shown, ...(complete ? [] : [LEFT_OUT])].join(GAP);
}

/** A folded block. `summary` is ours: it stands in an HTML block, where markdown is not read. */
export function details(summary: string, body: string, open = false): string {
  return `<details${open ? " open" : ""}><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

/** A folded block of at most `room` units around a body that is told how much is left for it. */
export function fitDetails(
  summary: string,
  body: (room: number) => string | undefined,
  room: number,
  open = false,
): string | undefined {
  const text = body(room - details(summary, "", open).length);
  return text === undefined || text === "" ? text : details(summary, text, open);
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function tableHead(headers: readonly string[]): string[] {
  return [tableLine(headers), tableLine(headers.map(() => "---"))];
}

/** A table of ready cells with all its rows; undefined when it has more than `room` units. */
export function wholeTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  room: number,
): string | undefined {
  const text = [...tableHead(headers), ...rows.map(tableLine)].join("\n");
  return text.length <= room ? text : undefined;
}

/** A table of ready cells in at most `room` units; rows that do not fit are counted under it. */
export function fitTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  room: number,
): string | undefined {
  const lines = tableHead(headers);
  const more = (hidden: number): string => `\n\n_… and ${hidden.toLocaleString("en-US")} more, in the artifact._`;
  let used = lines.join("\n").length + more(rows.length).length;
  let shown = 0;
  for (const row of rows) {
    const text = tableLine(row);
    if (used + text.length + 1 > room) break;
    lines.push(text);
    used += text.length + 1;
    shown += 1;
  }
  if (shown === 0) return rows.length === 0 ? "" : undefined;
  return lines.join("\n") + (shown < rows.length ? more(rows.length - shown) : "");
}

/** Puts a title of ours over a body that may be empty. */
export function headed(
  title: string,
  body: (room: number) => string | undefined,
): (room: number) => string | undefined {
  return (room) => {
    const text = body(room - title.length - 2);
    return text === undefined || text === "" ? text : `${title}\n\n${text}`;
  };
}

/** A code block as a body; nothing for blank text. */
export function fenced(text: string, info: string): (room: number) => string | undefined {
  return (room) => (text.trim() === "" ? "" : fencedBlock(text, info, room) || undefined);
}
