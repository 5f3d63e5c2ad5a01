// One plot of the last five minutes: lines over time, the value now, and the value under the pointer.

import { drawing, element, setAttribute, setText } from "./element.js";
import { short } from "./format.js";

export const SECONDS = 300;
const [WIDTH, HEIGHT] = [300, 100];

export class Plot {
  /** `lines` is `[{ name, key }]`. `point(part)` is called with the position of the pointer, from 0 to 1, or `null`. */
  constructor({ title, unit, lines, tone }, point) {
    this.lines = lines;
    this.unit = unit;
    this.now = element("span", { class: "plot-now" });
    this.legend = element("span", { class: "plot-legend dim" });
    this.top = element("span", { class: "plot-top dim" });
    this.area = drawing("path", { class: "plot-area" });
    this.paths = lines.map((line, index) => drawing("path", { class: "plot-line", "data-line": index }));
    this.cross = drawing("path", { class: "plot-cross" });
    const svg = drawing(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      drawing("path", { class: "plot-grid", d: `M0 ${HEIGHT / 2}H${WIDTH}M0 0.5H${WIDTH}` }),
      this.area,
      this.paths,
      this.cross,
    );
    const frame = element("div", { class: "plot-frame" }, svg, this.top);
    frame.addEventListener("pointermove", (event) => point(event.offsetX / frame.clientWidth));
    frame.addEventListener("pointerleave", () => point(null));
    this.node = element(
      "figure",
      { class: "plot", "data-tone": tone },
      element("figcaption", {}, element("span", {}, title), this.now),
      frame,
      element(
        "div",
        { class: "plot-foot dim" },
        element("span", {}, "5 min ago"),
        this.legend,
        element("span", {}, "now"),
      ),
    );
  }

  draw(seconds, part) {
    const last = seconds.at(-1);
    const end = last?.time ?? 0;
    const x = (second) => WIDTH - ((end - second.time) / SECONDS) * WIDTH;
    const values = this.lines.map(({ key }) => seconds.map((second) => second[key]));
    const most = nice(Math.max(1, ...values.flat()));
    const y = (value) => HEIGHT - (value / most) * (HEIGHT - 2) - 1;
    this.paths.forEach((path, index) => setAttribute(path, "d", lineOf(seconds, values[index], x, y)));
    const d = lineOf(seconds, values[0], x, y);
    setAttribute(this.area, "d", d && `${d}V${HEIGHT}H${x(seconds[0]).toFixed(1)}Z`);
    setText(this.top, short(most));
    const pointed = part === null ? last : nearest(seconds, end - (1 - part) * SECONDS);
    setAttribute(this.cross, "d", part === null || !pointed ? "" : `M${x(pointed).toFixed(1)} 0V${HEIGHT}`);
    setText(this.now, pointed ? `${short(pointed[this.lines[0].key])}${this.unit}` : "");
    const others =
      this.lines.length > 1 && pointed
        ? this.lines
            .map(({ name, key }, index) => `${index === 0 ? "—" : "┄"} ${short(pointed[key])} ${name}`)
            .join("   ")
        : "";
    const ago = part === null || !pointed ? "" : `${Math.round(end - pointed.time)} s ago`;
    setText(this.legend, [ago, others].filter(Boolean).join(" · "));
  }
}

function lineOf(seconds, values, x, y) {
  return seconds
    .map((second, index) => `${index === 0 ? "M" : "L"}${x(second).toFixed(1)} ${y(values[index]).toFixed(1)}`)
    .join("");
}

function nearest(seconds, time) {
  return seconds.reduce(
    (best, second) => (Math.abs(second.time - time) < Math.abs(best.time - time) ? second : best),
    seconds[0],
  );
}

/** The next round number. */
function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 5, 7.5, 10].map((factor) => factor * power).find((size) => size >= value);
}
