// Texts where the browser does not fit them itself, in SVG and on a canvas: how wide they are, and what of them has room.

const SANS = 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';
const CODE = '"JetBrains Mono", ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace';

/** As the style sheet has them. */
export const FONTS = {
  label: `550 12.5px ${SANS}`,
  note: `10.5px ${SANS}`,
  lane: `12.5px ${SANS}`,
  chosenLane: `600 12.5px ${SANS}`,
  axis: `11px ${SANS}`,
  topic: `10.8px ${CODE}`,
};

const pen = document.createElement("canvas").getContext("2d");
// What has been measured; the same texts come again and again.
const known = new Map();
const MOST_KNOWN = 5000;

export function widthOf(text, font) {
  const key = `${font}\n${text}`;
  let width = known.get(key);
  if (width === undefined) {
    pen.font = font;
    width = pen.measureText(text).width;
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, width);
  }
  return width;
}

/** The text, or as much of its beginning as has room. */
export function fitting(text, room, font) {
  if (widthOf(text, font) <= room) return text;
  let [least, most] = [0, text.length];
  while (least < most) {
    const middle = (least + most + 1) >> 1;
    if (widthOf(`${text.slice(0, middle)}…`, font) <= room) least = middle;
    else most = middle - 1;
  }
  // Half of a character that has two units is none.
  return `${text.slice(0, least).replace(/[\ud800-\udbff]$/, "")}…`;
}
