// The lanes of the time line on their canvas: what is in sight, and where on it the viewer points and drags.

import { AXIS, COLOURS, LANE, drawPicture, endsOf } from "./drawing.js";
import { element, setAttribute, setText } from "./element.js";
import { lanesOf } from "./lanes.js";
import { colours } from "./theme.js";

// So many pixels from where one points, something is still meant.
const NEAR = 9;
// And so far a finger may tremble.
const TREMBLE = 5;

export class Picture {
  /** `choose(record)`, `goTo(process)`, `pan(pixels)`, `zoom(steps)`; `changed()`: it has to be drawn. */
  constructor({ records, scale, doors, onkeydown }) {
    Object.assign(this, { records, scale, doors });
    this.lanes = lanesOf(records);
    this.canvas = element("canvas", { "aria-hidden": "true" });
    this.pen = this.canvas.getContext("2d");
    this.space = element("div", { class: "lanes-space" });
    this.empty = element("p", { class: "empty" });
    const label = "Lanes of processes; the list below has the same";
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
    this.node.addEventListener("scroll", () => this.doors.changed(), { passive: true });
    this.node.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.node.addEventListener("pointerdown", (event) => this.down(event));
    this.node.addEventListener("pointermove", (event) => this.drag(event));
    this.node.addEventListener("pointerleave", () => (this.grip = undefined));
    for (const end of ["pointerup", "pointercancel"])
      this.node.addEventListener(end, (event) => this.up(event));
    new ResizeObserver(() => this.doors.changed()).observe(this.node);
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
    setText(this.empty, "Nothing has happened yet that passes the filter.");
    if (this.drawn === this.records.version) return;
    this.lanes = lanesOf(this.records);
    this.drawn = this.records.version;
    this.space.style.height = `${AXIS + this.lanes.lanes.length * LANE}px`;
  }

  /** The canvas has a point for each point of the screen. */
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

  /** Scrolls as little as brings a process' lane into sight. */
  reveal(process) {
    const lane = this.lanes.byProcess.get(process);
    if (lane === undefined) return;
    const top = lane.index * LANE;
    const room = this.node.clientHeight - AXIS;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    else if (top + LANE > this.node.scrollTop + room) this.node.scrollTop = top + LANE - room;
  }

  /** The colours are others. */
  repaint() {
    this.colours = undefined;
  }

  wheel(event) {
    const isAcross = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (!isAcross && !event.ctrlKey) return;
    event.preventDefault();
    if (event.ctrlKey) this.doors.zoom(Math.sign(event.deltaY));
    else this.doors.pan(event.deltaX || event.deltaY);
  }

  down(event) {
    if (event.button === 0) this.grip = { x: event.clientX, far: 0 };
  }

  drag(event) {
    if (this.grip === undefined) return;
    const by = event.clientX - this.grip.x;
    this.grip.far += Math.abs(by);
    if (this.grip.far < TREMBLE) return;
    this.grip.x = event.clientX;
    this.doors.pan(-by);
  }

  up(event) {
    const wasTap = this.grip !== undefined && this.grip.far < TREMBLE;
    this.grip = undefined;
    if (!wasTap || event.type === "pointercancel" || this.view === undefined) return;
    const { left, top } = this.node.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    if (x < this.view.names) this.goToLane(y);
    else this.chooseNear(x, y);
  }

  goToLane(y) {
    const lane = this.lanes.lanes[Math.floor((y - AXIS + this.node.scrollTop) / LANE)];
    if (lane !== undefined) this.doors.goTo(lane.process);
  }

  chooseNear(x, y) {
    const yOf = (lane) => AXIS + lane.index * LANE - this.node.scrollTop;
    let best = { far: NEAR, record: null };
    const offer = (far, record) => {
      if (far < best.far) best = { far, record };
    };
    for (const record of this.records.all) {
      if (!this.scale.isInSight(record)) continue;
      const away = Math.abs(yOf(this.lanes.byProcess.get(record.process)) + LANE / 2 - y);
      offer(Math.hypot(this.scale.x(record) - x, Math.max(0, away - LANE / 2 + 3)), record);
    }
    for (const arrow of this.lanes.arrows) {
      const ends = endsOf({ scale: this.scale, y: yOf, height: this.view.height, picture: this.lanes }, arrow);
      if (ends !== null) offer(distance(x, y, ends) + 1, arrow.record);
    }
    if (best.record !== null) this.doors.choose(best.record);
  }
}

/** How far a place is from a line. */
function distance(x, y, [x1, y1, x2, y2]) {
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  const part = length === 0 ? 0 : ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length;
  const nearest = Math.max(0, Math.min(1, part));
  return Math.hypot(x - x1 - nearest * (x2 - x1), y - y1 - nearest * (y2 - y1));
}
