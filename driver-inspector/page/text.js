// Measures and cuts texts in SVG and on a canvas, where the browser does not do it.

const SANS = 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';
const CODE = '"JetBrains Mono", ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace';

/** The same fonts as in the style sheet. */
export const FONTS = {
  label: `550 12.5px ${SANS}`,
  note: `10.5px ${SANS}`,
  lane: `12.5px ${SANS}`,
  chosenLane: `600 12.5px ${SANS}`,
  axis: `11px ${SANS}`,
  topic: `10.8px ${CODE}`,
};

const pen = document.createElement("canvas").getContext("2d");
// The widths that were measured, because the same texts are drawn again and again.
const widths = new Map();
const MOST_MEASURED = 5000;

export function widthOf(text, font) {
  const key = `${font}\n${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    pen.font = font;
    width = pen.measureText(text).width;
    if (widths.size >= MOST_MEASURED) widths.clear();
    widths.set(key, width);
  }
  return width;
}

/** The text, cut to this width. */
export function fitting(text, room, font) {
  if (widthOf(text, font) <= room) return text;
  let [least, most] = [0, text.length];
  while (least < most) {
    const middle = (least + most + 1) >> 1;
    if (widthOf(`${text.slice(0, middle)}…`, font) <= room) least = middle;
    else most = middle - 1;
  }
  // Half of a surrogate pair is no character.
  return `${text.slice(0, least).replace(/[\ud800-\udbff]$/, "")}…`;
}
