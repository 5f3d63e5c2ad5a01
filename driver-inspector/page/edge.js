// An edge of the graph, for all conversations of one type between two nodes: a line, a label, and a highlight for messages.

import { drawing, setAttribute, setText } from "./element.js";
import { counted, whole } from "./format.js";
import { FONTS, fitting, widthOf } from "./text.js";
import { isStill } from "./theme.js";

const SPEED = 0.22;
const LONGEST_LABEL = 220;

export class Edge {
  constructor(layer, labels, lights) {
    this.lights = lights;
    this.line = drawing("path", { class: "edge-line" });
    this.reach = drawing("path", { class: "edge-reach" });
    this.head = drawing("path", { class: "edge-head", d: "M0 0L-9 -4.2L-7.2 0L-9 4.2Z" });
    this.title = drawing("title");
    this.element = drawing("g", { class: "edge" }, this.title, this.reach, this.line, this.head);
    this.back = drawing("rect", { class: "edge-back", rx: 4, height: 17, y: -8.5 });
    this.text = drawing("text", { class: "edge-text", y: 4 });
    this.label = drawing("g", { class: "edge-label" }, this.back, this.text);
    for (const part of [this.element, this.label]) {
      part.addEventListener("pointerenter", () => this.point(true));
      part.addEventListener("pointerleave", () => this.point(false));
    }
    layer.append(this.element);
    labels.append(this.label);
    if (!isStill())
      this.element.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 450, easing: "ease-out" });
  }

  show(data) {
    const hasNewForm = this.points === undefined || this.points.length !== data.points.length;
    this.data = data;
    if (hasNewForm || isStill()) this.points = data.points.map((point) => [...point]);
    const starts = data.topic.startsWith(data.type) ? data.topic : `${data.type} · ${data.topic}`;
    const words =
      fitting(starts, LONGEST_LABEL, FONTS.topic) +
      (data.conversations > 1 ? ` ×${whole(data.conversations)}` : "");
    setText(this.text, words);
    this.width = widthOf(words, FONTS.topic) + 10;
    setAttribute(this.back, "width", this.width);
    setAttribute(this.back, "x", -this.width / 2);
    setText(
      this.title,
      `${starts}\n${counted(data.conversations, "conversation", "conversations")}`,
    );
    setAttribute(this.element, "data-key", data.key);
    setAttribute(this.element, "data-type", data.type);
    if (hasNewForm) this.trace();
  }

  /** Moves one step towards its position. Returns whether it has not arrived yet. */
  move() {
    let isThere = true;
    this.data.points.forEach(([x, y], index) => {
      const point = this.points[index];
      const far = [x - point[0], y - point[1]];
      if (Math.abs(far[0]) + Math.abs(far[1]) < 0.5) [point[0], point[1]] = [x, y];
      else {
        point[0] += far[0] * SPEED;
        point[1] += far[1] * SPEED;
        isThere = false;
      }
    });
    this.trace();
    return !isThere;
  }

  trace() {
    this.d = curve(this.points);
    setAttribute(this.line, "d", this.d);
    setAttribute(this.reach, "d", this.d);
    const end = this.points.at(-1);
    const before = this.points.at(-2) ?? end;
    const angle = (Math.atan2(end[1] - before[1], end[0] - before[0]) * 180) / Math.PI;
    setAttribute(
      this.head,
      "transform",
      `translate(${end[0].toFixed(1)} ${end[1].toFixed(1)}) rotate(${angle.toFixed(1)})`,
    );
  }

  get isLoop() {
    return this.data.from === this.data.to;
  }

  /** A position for the label, at this part of the line. */
  along(part) {
    const lengths = this.points.slice(1).map((point, index) => distance(this.points[index], point));
    let rest = lengths.reduce((sum, length) => sum + length, 0) * part;
    for (const [index, length] of lengths.entries()) {
      if (rest <= length && length > 0)
        return between(this.points[index], this.points[index + 1], rest / length);
      rest -= length;
    }
    return this.points.at(-1);
  }

  /** Highlights the edge for messages and feedback. */
  light(mayTravel) {
    const { messages, feedback } = this.data;
    if (messages + feedback === 0) return;
    this.element.classList.add("lit");
    clearTimeout(this.fading);
    this.fading = setTimeout(() => this.element.classList.remove("lit"), 700);
    if (isStill() || !mayTravel) return;
    if (messages > 0) this.send(false);
    if (feedback > 0) this.send(true);
  }

  /** A dot that moves from one end to the other. */
  send(isBack) {
    const dot = drawing("circle", { class: isBack ? "dot feedback" : "dot", r: 3.6 });
    dot.style.offsetPath = `path("${this.d}")`;
    dot.style.offsetRotate = "0deg";
    this.lights.append(dot);
    const way = isBack ? ["100%", "0%"] : ["0%", "100%"];
    dot.animate(
      { offsetDistance: way, opacity: [0, 1, 1, 0] },
      { duration: 650, easing: "ease-in-out" },
    ).onfinish = () => dot.remove();
  }

  point(isOn) {
    this.element.classList.toggle("pointed", isOn);
    this.label.classList.toggle("pointed", isOn);
    if (isOn) this.label.parentNode.append(this.label);
  }

  remove() {
    clearTimeout(this.fading);
    this.label.remove();
    const { element } = this;
    if (isStill()) return element.remove();
    element.classList.add("gone");
    element.animate([{ opacity: 0.8 }, { opacity: 0 }], { duration: 700 }).onfinish = () => element.remove();
  }
}

/** A smooth line through all points. */
function curve(points) {
  const at = ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  let d = `M${at(points[0])}`;
  for (let index = 0; index + 1 < points.length; index += 1) {
    const [before, from, to, after] = [
      points[Math.max(0, index - 1)],
      points[index],
      points[index + 1],
      points[Math.min(points.length - 1, index + 2)],
    ];
    const first = [from[0] + (to[0] - before[0]) / 6, from[1] + (to[1] - before[1]) / 6];
    const second = [to[0] - (after[0] - from[0]) / 6, to[1] - (after[1] - from[1]) / 6];
    d += `C${at(first)} ${at(second)} ${at(to)}`;
  }
  return d;
}

const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
const between = (a, b, part) => [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];
