// The time line: lanes above, the same records as a list below, and what they are held, stepped and filtered by.

import { AXIS, COLOURS, LANE, drawPicture, endsOf } from "./drawing.js";
import { code } from "./code.js";
import { element, keyed, setAttribute, setText } from "./element.js";
import { HAPPENINGS, moment, nameOf, whole } from "./format.js";
import { lanesOf } from "./lanes.js";
import { Records } from "./record.js";
import { Rows } from "./rows.js";
import { Scale } from "./scale.js";
import { address } from "./stream.js";
import { colours } from "./theme.js";

const ROW = 26;
const NEAR = 9;
const MOST_OFFERED = 300;

export class Timeline {
  /** `goTo(number)` a process; `changed()`: something else is wanted or to be drawn. */
  constructor(panel, { goTo, changed }) {
    Object.assign(this, { goTo, changed });
    this.records = new Records();
    this.scale = new Scale();
    this.isPaused = false;
    this.chosen = null;
    this.only = null;
    this.now = 0;
    this.picture = lanesOf(this.records);
    this.build(panel);
  }

  build(panel) {
    const button = (label, title, onclick) => element("button", { class: "icon", title, "aria-label": title, onclick }, label);
    this.pauseButton = element("button", { class: "primary pause", title: "Pause (space)", onclick: () => this.pause(!this.isPaused) });
    this.orderButton = element("button", { "aria-pressed": "false", title: "One after another, instead of by time (o)", onclick: () => this.toggleOrder() }, "In order");
    this.process = element("select", { "aria-label": "Only one process", onchange: () => this.filter(), onpointerdown: () => this.offer(), onfocus: () => this.offer() },
      element("option", { value: "" }, "All processes"));
    this.processes = element("optgroup", { label: "Only" });
    this.process.append(this.processes);
    this.showProcesses = keyed(this.processes, (lane) => lane.process, makeOption);
    const input = (label) => element("input", { type: "search", placeholder: label, "aria-label": label, spellcheck: "false", oninput: () => this.filter() });
    [this.type, this.text] = [input("Type"), input("Text or reason")];
    [this.json, this.svg] = ["json", "svg"].map((kind) =>
      element("a", { class: "button", download: `recording.${kind}`, href: "#", title: kind === "svg" ? "A sequence diagram of what is in sight" : "All that passes the filter, to keep", onclick: () => this.linkTo() }, kind.toUpperCase()));
    this.more = element("span", { class: "dim", title: "More happened at once than the page is sent" });
    const bar = element("div", { class: "bar" }, this.pauseButton,
      element("span", { class: "group" }, button("‹", "Step back (,)", () => this.step(-1)), button("›", "Step on (.)", () => this.step(1))),
      this.orderButton,
      element("span", { class: "group" }, button("−", "More time (-)", () => this.zoom(1)), button("+", "Less time (+)", () => this.zoom(-1))),
      this.process, this.type, this.text, this.more, element("span", { class: "gap" }),
      element("span", { class: "dim wide" }, "Export"), element("span", { class: "group" }, this.json, this.svg));
    this.buildPicture();
    this.buildList();
    panel.append(bar, this.lanes, this.about, this.list.node);
  }

  buildPicture() {
    this.canvas = element("canvas", { "aria-hidden": "true" });
    this.pen = this.canvas.getContext("2d");
    this.space = element("div", { class: "lanes-space" });
    this.empty = element("p", { class: "empty" });
    this.lanes = element("div", { class: "lanes", tabindex: "0", role: "group", "aria-label": "Lanes of processes; the list below has the same", onkeydown: (event) => this.key(event) },
      this.canvas, this.space, this.empty);
    this.lanes.addEventListener("scroll", () => this.changed(), { passive: true });
    this.lanes.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.lanes.addEventListener("pointerdown", (event) => this.down(event));
    this.lanes.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) this.lanes.addEventListener(end, (event) => this.up(event));
    new ResizeObserver(() => this.changed()).observe(this.lanes);
  }

  buildList() {
    this.about = element("div", { class: "about", "aria-live": "polite" });
    this.list = new Rows({
      height: ROW,
      make: () => this.makeRow(),
      onscroll: () => this.changed(),
      attributes: { class: "rows records", role: "listbox", tabindex: "0", "aria-label": "What has happened", onkeydown: (event) => this.key(event) },
    });
    this.list.node.addEventListener("wheel", (event) => event.deltaY < 0 && this.pause(true), { passive: true });
  }

  /** While it is paused, nothing is wanted; afterwards, all that has been recorded. */
  wants() {
    if (this.isPaused) return null;
    const process = this.process.value === "" ? null : Number(this.process.value);
    return { process, type: this.type.value.trim(), text: this.text.value.trim() };
  }

  take(timeline) {
    if (!this.isPaused) this.records.take(timeline);
  }

  draw(process) {
    this.drawBar();
    const { clientWidth: width, clientHeight: height } = this.lanes;
    if (width === 0) return;
    if (this.drawn !== this.records.version) {
      this.picture = lanesOf(this.records);
      this.drawn = this.records.version;
      this.space.style.height = `${AXIS + this.picture.lanes.length * LANE}px`;
    }
    const names = width < 600 ? 104 : 176;
    this.scale.fit(names, width - names - 14, this.now, this.records.all);
    this.prepare(width, height);
    this.view = { width, height, top: this.lanes.scrollTop, names, colours: this.colours ??= colours(this.lanes, COLOURS), chosen: this.chosen, process };
    drawPicture(this.pen, this.picture, this.scale, this.view);
    this.drawList();
  }

  drawBar() {
    setText(this.pauseButton, this.isPaused ? "▶ Go on" : "❚❚ Pause");
    setAttribute(this.pauseButton, "aria-pressed", String(this.isPaused));
    setAttribute(this.orderButton, "aria-pressed", String(this.scale.isByOrder));
    setText(this.more, this.records.hidden > 0 ? `${whole(this.records.hidden)} not shown` : "");
    setAttribute(this.empty, "hidden", this.records.all.length > 0);
    setText(this.empty, "Nothing has happened yet that passes the filter.");
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

  drawList() {
    this.list.setTotal(this.records.all.length);
    if (!this.isPaused) this.list.node.scrollTop = this.records.all.length * ROW;
    this.list.draw();
    setAttribute(this.list.node, "aria-activedescendant", this.chosen === null ? null : `record-${this.chosen.number}`);
    if (this.shown === this.chosen) return;
    this.shown = this.chosen;
    this.about.replaceChildren(...(this.chosen === null ? [] : this.describe(this.chosen)));
  }

  describe(record) {
    const { sign, name } = HAPPENINGS[record.what];
    const link = (number, text) => element("button", { class: "link", onclick: () => this.goTo(number) }, nameOf(text));
    return [
      element("span", { class: "happening", "data-what": record.what }, element("span", { class: "sign" }, sign), name),
      element("span", { class: "dim" }, moment(record.time, 0.000001)),
      link(record.process, record.process_name),
      record.peer === undefined ? "" : element("span", { class: "dim" }, record.what === "delivered" ? "from" : "and"),
      record.peer === undefined ? "" : link(record.peer, record.peer_name ?? ""),
      record.type ? element("code", { class: "code-type" }, record.type) : "",
      record.text ? element("code", {}, ...code(record.text)) : "",
      record.message !== undefined && !record.text ? element("span", { class: "dim" }, "value not shown") : "",
      record.reason ? element("span", { class: "failure" }, record.reason) : "",
    ];
  }

  makeRow() {
    const cells = ["time", "happening", "who", "type", "what"].map((name) => element("span", { class: `cell ${name}` }));
    const sign = element("span", { class: "sign", "aria-hidden": "true" });
    const word = element("span");
    cells[1].append(sign, word);
    const node = element("div", { class: "record", role: "option" }, cells);
    let record;
    node.addEventListener("click", () => this.choose(record));
    const show = (index) => {
      record = this.records.all[index];
      setAttribute(node, "aria-selected", String(record === this.chosen));
      if (record === undefined || node.dataset.number === String(record.number)) return;
      setAttribute(node, "data-number", record.number);
      setAttribute(node, "id", `record-${record.number}`);
      setAttribute(node, "data-what", record.what);
      const { sign: form, name } = HAPPENINGS[record.what];
      setText(cells[0], moment(record.time));
      setText(sign, form);
      setText(word, name);
      setText(cells[2], whoOf(record));
      setText(cells[3], record.type ?? "");
      setText(cells[4], [record.text, record.reason].filter(Boolean).join(" — "));
    };
    return { node, show };
  }

  pause(isPaused) {
    if (this.isPaused === isPaused) return;
    this.isPaused = isPaused;
    this.scale.end = isPaused ? (this.scale.to ?? null) : null;
    if (!isPaused) this.chosen = null;
    this.changed();
  }

  /** To the next record, or the one before. */
  step(by) {
    this.pause(true);
    const all = this.records.all;
    const last = this.chosen === null ? null : this.records.indexOf(this.chosen.number);
    const index = last === null ? (by > 0 ? all.findIndex((one) => this.scale.isInSight(one)) : all.length - 1) : last + by;
    if (all[index] !== undefined) this.choose(all[index]);
  }

  choose(record) {
    if (record === undefined) return;
    this.pause(true);
    this.chosen = record;
    this.scale.reveal(record);
    this.list.reveal(this.records.indexOf(record.number));
    const lane = this.picture.byProcess.get(record.process);
    if (lane !== undefined) revealLane(this.lanes, lane);
    this.changed();
  }

  toggleOrder() {
    const anchor = this.chosen ?? this.records.all.findLast((record) => this.scale.isInSight(record));
    this.scale.isByOrder = !this.scale.isByOrder;
    if (this.isPaused && anchor) this.scale.center(anchor);
    else this.scale.end = null;
    this.changed();
  }

  zoom(steps) {
    this.scale.zoom(steps);
    this.changed();
  }

  filter() {
    this.only = this.picture.byProcess.get(Number(this.process.value)) ?? this.only;
    this.chosen = null;
    if (this.isPaused) this.pause(false);
    this.changed();
  }

  /** The processes that can be chosen: those that have a lane, and the one that is chosen. */
  offer() {
    const lanes = this.picture.lanes.slice(0, MOST_OFFERED);
    const isMissing = this.only !== null && !lanes.some((lane) => lane.process === this.only.process);
    this.showProcesses(isMissing ? [this.only, ...lanes] : lanes);
  }

  /** Shows what one process does and is told. */
  filterBy(process, name) {
    this.only = { process, name };
    this.offer();
    this.process.value = String(process);
    this.filter();
  }

  /** What is exported is what the filter passes; the picture's part is that in sight. */
  linkTo() {
    const query = { process: this.process.value, type: this.type.value.trim(), text: this.text.value.trim() };
    const sight = this.records.all.filter((record) => this.scale.isInSight(record));
    this.json.href = address("/recording.json", query);
    this.svg.href = address("/recording.svg", { ...query, from: sight[0]?.number, to: sight.at(-1)?.number });
  }

  wheel(event) {
    const isAcross = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (!isAcross && !event.ctrlKey) return;
    event.preventDefault();
    if (event.ctrlKey) return this.zoom(Math.sign(event.deltaY));
    this.pause(true);
    this.scale.pan(event.deltaX || event.deltaY);
    this.changed();
  }

  down(event) {
    if (event.button === 0) this.grip = { x: event.clientX, far: 0 };
  }

  drag(event) {
    if (this.grip === undefined) return;
    const by = event.clientX - this.grip.x;
    this.grip.far += Math.abs(by);
    if (this.grip.far < 5) return;
    this.grip.x = event.clientX;
    this.pause(true);
    this.scale.pan(-by);
    this.changed();
  }

  up(event) {
    const wasTap = this.grip !== undefined && this.grip.far < 5;
    this.grip = undefined;
    if (!wasTap || event.type === "pointercancel" || this.view === undefined) return;
    const { left, top } = this.lanes.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const lane = this.picture.lanes[Math.floor((y - AXIS + this.lanes.scrollTop) / LANE)];
    if (x < this.view.names) return lane && this.goTo(lane.process);
    const record = this.near(x, y);
    if (record !== null) this.choose(record);
  }

  /** The record at a place of the picture. */
  near(x, y) {
    const yOf = (lane) => AXIS + lane.index * LANE - this.lanes.scrollTop;
    let best = { far: NEAR, record: null };
    const offer = (far, record) => (best = far < best.far ? { far, record } : best);
    for (const record of this.records.all) {
      if (!this.scale.isInSight(record)) continue;
      const lane = this.picture.byProcess.get(record.process);
      offer(Math.hypot(this.scale.x(record) - x, Math.max(0, Math.abs(yOf(lane) + LANE / 2 - y) - LANE / 2 + 3)), record);
    }
    for (const arrow of this.picture.arrows) {
      const ends = endsOf({ scale: this.scale, y: yOf, height: this.view.height, picture: this.picture }, arrow);
      if (ends !== null) offer(distance(x, y, ends) + 1, arrow.record);
    }
    return best.record;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const pan = (pixels) => () => {
      this.pause(true);
      this.scale.pan(pixels);
      this.changed();
    };
    const inList = event.currentTarget === this.list.node;
    const actions = {
      ArrowLeft: inList ? () => this.step(-1) : pan(-80),
      ArrowRight: inList ? () => this.step(1) : pan(80),
      ArrowUp: inList ? () => this.step(-1) : null,
      ArrowDown: inList ? () => this.step(1) : null,
      Enter: this.chosen && (() => this.goTo(this.chosen.process)),
      "+": () => this.zoom(-1),
      "-": () => this.zoom(1),
      o: () => this.toggleOrder(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  /** The colours are others. */
  repaint() {
    this.colours = undefined;
  }
}

function whoOf({ what, process_name: name, peer, peer_name: peerName }) {
  if (peer === undefined) return nameOf(name);
  return what === "delivered" ? `${nameOf(peerName)} → ${nameOf(name)}` : `${nameOf(name)} ⇄ ${nameOf(peerName)}`;
}

function revealLane(lanes, lane) {
  const top = lane.index * LANE;
  const room = lanes.clientHeight - AXIS;
  if (top < lanes.scrollTop) lanes.scrollTop = top;
  else if (top + LANE > lanes.scrollTop + room) lanes.scrollTop = top + LANE - room;
}

function makeOption({ process }) {
  const node = element("option", { value: process });
  return { node, show: ({ name }) => setText(node, `${nameOf(name)} (${whole(process)})`) };
}

/** How far a place is from a line. */
function distance(x, y, [x1, y1, x2, y2]) {
  const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  const part = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length));
  return Math.hypot(x - x1 - part * (x2 - x1), y - y1 - part * (y2 - y1));
}
