const JOINER = "\u200d";
const PICTURE = "\ufe0f";

const characters: readonly string[] = Array.from({ length: 0x110000 }, (_, value) => value)
  .filter((value) => value < 0xd800 || value > 0xdfff)
  .map((value) => String.fromCodePoint(value));

const matching = (form: RegExp): readonly string[] => characters.filter((one) => form.test(one));

const combine = (...parts: readonly (readonly string[])[]): readonly string[] =>
  parts.reduce<readonly string[]>((all, part) => all.flatMap((start) => part.map((end) => start + end)), [""]);

/**
 * The sequences that Unicode recommends for interchange. The property of strings can be asked but not listed, so
 * candidates are put together after the grammar of emoji, and those that Unicode recommends are kept.
 */
export function listEmoji(): readonly string[] {
  const single = matching(/\p{Emoji}/u);
  const pictures = [...single, ...single.map((one) => one + PICTURE)];
  const tones = ["", ...matching(/\p{Emoji_Modifier}/u)];
  const toned = combine(matching(/\p{Emoji_Modifier_Base}/u), tones);
  const people = combine(["👨", "👩", "🧑"], tones);
  const children = ["👦", "👧", "🧒"];
  const letters = matching(/\p{Regional_Indicator}/u);
  const signs = ["♀️", "♂️"].map((sign) => JOINER + sign);
  const ways = ["", `${JOINER}➡️`];
  const regions = ["gbeng", "gbsct", "gbwls"].map((code) =>
    [...code].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join(""),
  );
  const candidates = [
    ...pictures,
    ...toned,
    ...combine(letters, letters),
    ...combine([..."0123456789#*"], [`${PICTURE}\u20e3`]),
    ...combine(["🏴"], regions, ["\u{e007f}"]),
    ...combine([...toned, ...pictures], signs, ways),
    ...combine(people, [JOINER], pictures, ways),
    ...combine(
      people,
      [
        `${JOINER}❤️${JOINER}`,
        `${JOINER}❤️${JOINER}💋${JOINER}`,
        `${JOINER}🤝${JOINER}`,
        `${JOINER}🐰${JOINER}`,
        `${JOINER}🫯${JOINER}`,
      ],
      people,
    ),
    ...combine(["🫱"], tones, [`${JOINER}🫲`], tones),
    ...["", "👨", "👩", "🧑"].flatMap((first) =>
      combine(
        [first],
        ["👨", "👩", "🧑"].map((second) => (first === "" ? second : JOINER + second)),
        children.map((child) => JOINER + child),
        ["", ...children.map((child) => JOINER + child)],
      ),
    ),
    ...combine(
      ["🏳️", "🏴", "👁️", "🐕", "🐻", "🐈", "🐦", "❤️", "😶", "😮", "😵", "🍋", "🍄", "⛓️", "🙂"],
      [JOINER],
      pictures,
    ),
  ];
  return [...new Set(candidates)].filter((one) => /^\p{RGI_Emoji}$/v.test(one));
}

/** Every code point that a reader may not see by its Unicode properties. */
export const HIDDEN: readonly string[] = matching(/[\p{Default_Ignorable_Code_Point}\p{Cf}]/u);
