// The canvas with the lanes of the time line, and the viewer's clicks and drags on it.

import { AXIS, COLOURS, LANE, drawPicture, endsOf } from "./drawing.js";
import { element, setAttribute, setText } from "./element.js";
import { lanesOf } from "./lanes.js";
import { colours } from "./theme.js";

// How many pixels a click may be away from what it selects.
const NEAR = 9;
// How many pixels a tap may move.
const TAP = 5;

export class Picture {
  /** The callbacks are `choose(record)`, `goTo(process)`, `pan(pixels)`, `zoom(steps)` and `changed()`. */
  constructor({ records, scale, callbacks, onkeydown }) {
    Object.assign(this, { records, scale, callbacks });
    this.lanes = lanesOf(records);
    this.canvas = element("canvas", { "aria-hidden": "true" });
    this.pen = this.canvas.getContext("2d");
    this.space = element("div", { class: "lanes-space" });
    this.empty = element("p", { class: "empty" });
    const label = "Lanes of processes; the list below has the same records";
    this.node = element(
      "div",
      { class: "lanes", tabindex: "0", role: "group", "aria-label": label, onkeydown },
      this.canvas,
      this.space,
      this.empty,
    );
    this.listen();
  }

  listen() {
    this.node.addEventListener("scroll", () => this.callbacks.changed(), { passive: true });
    this.node.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.node.addEventListener("pointerdown", (event) => this.down(event));
    this.node.addEventListener("pointermove", (event) => this.drag(event));
    this.node.addEventListener("pointerleave", () => (this.grip = undefined));
    for (const end of ["pointerup", "pointercancel"])
      this.node.addEventListener(end, (event) => this.up(event));
    new ResizeObserver(() => this.callbacks.changed()).observe(this.node);
  }

  draw(now, chosen, process) {
    const { clientWidth: width, clientHeight: height } = this.node;
    if (width === 0) return;
    this.update();
    const names = width < 600 ? 104 : 176;
    this.scale.fit(names, width - names - 14, now, this.records.all);
    this.prepare(width, height);
    this.colours ??= colours(this.node, COLOURS);
    const top = this.node.scrollTop;
    this.view = { width, height, top, names, colours: this.colours, chosen, process };
    drawPicture(this.pen, this.lanes, this.scale, this.view);
  }

  update() {
    setAttribute(this.empty, "hidden", this.records.all.length > 0);
    setText(this.empty, "There is no record that passes the filter.");
    if (this.drawn === this.records.version) return;
    this.lanes = lanesOf(this.records);
    this.drawn = this.records.version;
    this.space.style.height = `${AXIS + this.lanes.lanes.length * LANE}px`;
  }

  /** Gives the canvas the resolution of the screen. */
  prepare(width, height) {
    const ratio = devicePixelRatio || 1;
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== across || this.canvas.height !== down) {
      Object.assign(this.canvas, { width: across, height: down });
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  /** Scrolls a process' lane into view. */
  reveal(process) {
    const lane = this.lanes.byProcess.get(process);
    if (lane === undefined) return;
    const top = lane.index * LANE;
    const room = this.node.clientHeight - AXIS;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    else if (top + LANE > this.node.scrollTop + room) this.node.scrollTop = top + LANE - room;
  }

  /** The colours have changed. */
  repaint() {
    this.colours = undefined;
  }

  wheel(event) {
    const isAcross = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (!isAcross && !event.ctrlKey) return;
    event.preventDefault();
    if (event.ctrlKey) this.callbacks.zoom(Math.sign(event.deltaY));
    else this.callbacks.pan(event.deltaX || event.deltaY);
  }

  down(event) {
    if (event.button === 0) this.grip = { x: event.clientX, far: 0 };
  }

  drag(event) {
    if (this.grip === undefined) return;
    const by = event.clientX - this.grip.x;
    this.grip.far += Math.abs(by);
    if (this.grip.far < TAP) return;
    this.grip.x = event.clientX;
    this.callbacks.pan(-by);
  }

  up(event) {
    const wasTap = this.grip !== undefined && this.grip.far < TAP;
    this.grip = undefined;
    if (!wasTap || event.type === "pointercancel" || this.view === undefined) return;
    const { left, top } = this.node.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    if (x < this.view.names) this.goToLane(y);
    else this.chooseNear(x, y);
  }

  goToLane(y) {
    const lane = this.lanes.lanes[Math.floor((y - AXIS + this.node.scrollTop) / LANE)];
    if (lane !== undefined) this.callbacks.goTo(lane.process);
  }

  chooseNear(x, y) {
    const yOf = (lane) => AXIS + lane.index * LANE - this.node.scrollTop;
    let best = { far: NEAR, record: null };
    const offer = (far, record) => {
      if (far < best.far) best = { far, record };
    };
    for (const record of this.records.all) {
      if (!this.scale.isVisible(record)) continue;
      const away = Math.abs(yOf(this.lanes.byProcess.get(record.process)) + LANE / 2 - y);
      offer(Math.hypot(this.scale.x(record) - x, Math.max(0, away - LANE / 2 + 3)), record);
    }
    for (const arrow of this.lanes.arrows) {
      const ends = endsOf({ scale: this.scale, y: yOf, height: this.view.height, picture: this.lanes }, arrow);
      if (ends !== null) offer(distance(x, y, ends) + 1, arrow.record);
    }
    if (best.record !== null) this.callbacks.choose(best.record);
  }
}

/** The distance of a point from a line. */
function distance(x, y, [x1, y1, x2, y2]) {
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  const part = length === 0 ? 0 : ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length;
  const nearest = Math.max(0, Math.min(1, part));
  return Math.hypot(x - x1 - nearest * (x2 - x1), y - y1 - nearest * (y2 - y1));
}
