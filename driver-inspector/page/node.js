// A node of the graph: a process, or a group of similar processes.

import { drawing, setAttribute, setText } from "./element.js";
import { STATES, nameOf, whole } from "./format.js";
import { FONTS, fitting } from "./text.js";
import { isStill } from "./theme.js";

const SPEED = 0.22;

export class Node {
  constructor(layer, callbacks) {
    this.behind = [2, 1].map((depth) => drawing("rect", { class: "node-behind", rx: 9, "data-depth": depth }));
    this.box = drawing("rect", { class: "node-box", rx: 9 });
    this.sign = drawing("text", { class: "node-sign" });
    this.label = drawing("text", { class: "node-label" });
    this.note = drawing("text", { class: "node-note" });
    this.title = drawing("title");
    this.toggle = drawing(
      "g",
      { class: "node-toggle" },
      drawing("rect", { x: -9, y: -9, width: 18, height: 18, rx: 9 }),
      drawing("path", {}),
    );
    this.element = drawing(
      "g",
      { class: "node", role: "button", tabindex: "-1" },
      this.title,
      this.behind,
      this.box,
      this.sign,
      this.label,
      this.note,
      this.toggle,
    );
    this.toggle.addEventListener("click", (event) => {
      event.stopPropagation();
      callbacks.toggle(this);
    });
    this.element.addEventListener("click", () => callbacks.choose(this));
    this.element.addEventListener("dblclick", () => callbacks.enter(this));
    layer.append(this.element);
    if (!isStill())
      this.element.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 350, easing: "ease-out" });
  }

  show(data, isOpen) {
    const isFirst = this.data === undefined;
    this.data = data;
    this.isOpen = isOpen;
    if (isFirst || isStill()) [this.x, this.y] = [data.x, data.y];
    const { width, height } = data;
    const isGroup = data.process === null;
    for (const rect of this.behind) {
      const shift = rect.dataset.depth * 4;
      setAttribute(rect, "hidden", !isGroup);
      place(rect, -width / 2 + shift, -height / 2 + shift, width, height);
    }
    place(this.box, -width / 2, -height / 2, width, height);
    setAttribute(this.element, "data-key", data.key);
    setAttribute(this.element, "data-state", data.state);
    setAttribute(this.element, "data-kind", data.kind);
    setAttribute(this.element, "data-group", isGroup);
    this.showWords(data, isGroup, width, height);
    this.showToggle(data, width, height);
    if (isFirst) this.move();
  }

  showWords(data, isGroup, width, height) {
    const name = (isGroup ? `${whole(data.count)} × ` : "") + nameOf(data.label);
    const note = noteOf(data, isGroup);
    const hasNote = height >= 34 && note !== "";
    const indent = isGroup ? 11 : 26;
    setText(this.sign, isGroup ? "" : STATES[data.state].sign);
    at(this.sign, -width / 2 + 11, hasNote ? -3 : 4.5);
    at(this.label, -width / 2 + indent, hasNote ? -3 : 4.5);
    at(this.note, -width / 2 + indent, 13);
    setText(this.label, fitting(name, width - indent - 4, FONTS.label));
    setText(this.note, hasNote ? fitting(note, width - indent - 5, FONTS.note) : "");
    setAttribute(this.note, "data-reason", Boolean(data.reason));
    const about = [name, STATES[data.state].name, data.reason].filter(Boolean).join(", ");
    setText(this.title, about);
    setAttribute(this.element, "aria-label", about);
  }

  showToggle(data, width, height) {
    setAttribute(this.toggle, "hidden", data.group === null);
    if (data.group === null) return;
    setAttribute(this.toggle, "transform", `translate(${width / 2 - 4} ${-height / 2 + 3})`);
    setAttribute(this.toggle.lastChild, "d", this.isOpen ? "M-4 0h8" : "M-4 0h8M0 -4v8");
    setAttribute(this.toggle, "aria-label", this.isOpen ? "close the group" : "open the group");
  }

  /** Moves one step towards its position. Returns whether it has not arrived yet. */
  move() {
    const [x, y] = [this.data.x - this.x, this.data.y - this.y];
    const isThere = Math.abs(x) + Math.abs(y) < 0.5;
    this.x += isThere ? x : x * SPEED;
    this.y += isThere ? y : y * SPEED;
    setAttribute(this.element, "transform", `translate(${this.x.toFixed(1)} ${this.y.toFixed(1)})`);
    return !isThere;
  }

  remove() {
    const { element } = this;
    if (isStill()) return element.remove();
    element.classList.add("gone");
    element.animate([{ opacity: 0.6 }, { opacity: 0 }], { duration: 500, easing: "ease-in" }).onfinish = () =>
      element.remove();
  }
}

function noteOf(data, isGroup) {
  if (data.reason) return `${STATES[data.state].name}: ${data.reason}`;
  if (data.state === "left" || data.state === "leaving" || data.state === "stuck")
    return STATES[data.state].name;
  if (data.kind === "vm") return "VM";
  return isGroup ? `group · ${STATES[data.state].name}` : "";
}

function place(rect, x, y, width, height) {
  setAttribute(rect, "x", x);
  setAttribute(rect, "y", y);
  setAttribute(rect, "width", width);
  setAttribute(rect, "height", height);
}

function at(text, x, y) {
  setAttribute(text, "x", x);
  setAttribute(text, "y", y);
}
