// The time line: lanes above, the same records as a list below, and the controls to pause, step and filter.

import { element, keyed, setAttribute, setText } from "./element.js";
import { nameOf, whole } from "./format.js";
import { List } from "./list.js";
import { Picture } from "./picture.js";
import { Records } from "./record.js";
import { Scale } from "./scale.js";
import { address } from "./stream.js";

const MOST_OFFERED = 300;
const PAN = 80;

export class Timeline {
  /** The callbacks are `goTo(number)` for a process, `changed()`, and `wantsValues()`: whether values of messages are shown. */
  constructor(panel, { goTo, changed, wantsValues }) {
    Object.assign(this, {
      goTo,
      changed,
      wantsValues,
      now: 0,
      isPaused: false,
      chosen: null,
      isRevealing: false,
      only: null,
    });
    this.records = new Records();
    this.scale = new Scale();
    const callbacks = {
      goTo,
      changed,
      choose: (record) => this.choose(record),
      pan: (pixels) => this.pan(pixels),
      zoom: (steps) => this.zoom(steps),
      lookBack: () => this.pause(true),
    };
    this.picture = new Picture({
      records: this.records,
      scale: this.scale,
      callbacks,
      onkeydown: (event) => this.key(event, false),
    });
    this.list = new List({ records: this.records, callbacks, onkeydown: (event) => this.key(event, true) });
    panel.append(this.bar(), this.picture.node, this.list.about, this.list.node);
  }

  bar() {
    const button = (label, title, onclick) =>
      element("button", { class: "icon", title, "aria-label": title, onclick }, label);
    const group = (...parts) => element("span", { class: "group" }, ...parts);
    this.pauseButton = element("button", {
      class: "primary pause",
      title: "Pause (space)",
      onclick: () => this.pause(!this.isPaused),
    });
    const order = "Equal distances, instead of real times (o)";
    this.orderButton = element(
      "button",
      { "aria-pressed": "false", title: order, onclick: () => this.toggleOrder() },
      "In order",
    );
    this.more = element("span", { class: "dim", title: "More happened at once than is sent to the page" });
    return element(
      "div",
      { class: "bar" },
      this.pauseButton,
      group(
        button("‹", "Previous record (,)", () => this.step(-1)),
        button("›", "Next record (.)", () => this.step(1)),
      ),
      this.orderButton,
      group(
        button("−", "Show a longer time (-)", () => this.zoom(1)),
        button("+", "Show a shorter time (+)", () => this.zoom(-1)),
      ),
      this.filters(),
      this.more,
      element("span", { class: "gap" }),
      element("span", { class: "dim wide" }, "Export"),
      group(...this.exports()),
    );
  }

  filters() {
    const offer = () => this.offer();
    const attributes = {
      "aria-label": "Only one process",
      onchange: () => this.filter(),
      onpointerdown: offer,
      onfocus: offer,
    };
    const processes = element("optgroup", { label: "Only" });
    this.process = element("select", attributes, element("option", { value: "" }, "All processes"), processes);
    this.showProcesses = keyed(processes, (lane) => lane.process, makeOption);
    const input = (label) =>
      element("input", {
        type: "search",
        maxlength: "1000",
        placeholder: label,
        "aria-label": label,
        spellcheck: "false",
        oninput: () => this.filter(),
      });
    [this.type, this.text] = [input("Type"), input("Text or reason")];
    return [this.process, this.type, this.text];
  }

  exports() {
    const link = (label, kind, title) =>
      element(
        "a",
        { class: "button", download: `recording.${kind}`, href: "#", title, onclick: () => this.linkTo() },
        label,
      );
    this.json = link("JSON", "json", "All records that pass the filter");
    this.svg = link("SVG", "svg", "A sequence diagram of the visible part, with times and topics");
    this.brief = link("Brief SVG", "svg", "A short sequence diagram of the visible part: names and what happens");
    return [this.json, this.svg, this.brief];
  }

  /** While it is paused, no records are requested. Afterwards the program sends all that it has. */
  wants() {
    return this.isPaused ? null : this.passing();
  }

  /** The filter. */
  passing() {
    const process = this.process.value === "" ? null : Number(this.process.value);
    return { process, type: this.type.value.trim(), text: this.text.value.trim() };
  }

  take(timeline) {
    if (!this.isPaused) this.records.take(timeline);
  }

  draw(process) {
    setText(this.pauseButton, this.isPaused ? "▶ Continue" : "❚❚ Pause");
    setAttribute(this.pauseButton, "aria-pressed", String(this.isPaused));
    setAttribute(this.orderButton, "aria-pressed", String(this.scale.isByOrder));
    setText(this.more, this.records.hidden > 0 ? `${whole(this.records.hidden)} not shown` : "");
    // The details of the selected record take room from the picture, so they are drawn first.
    this.list.draw(this.chosen, !this.isPaused);
    if (this.isRevealing) this.picture.reveal(this.chosen.process);
    this.isRevealing = false;
    this.picture.draw(this.now, this.chosen, process);
  }

  repaint() {
    this.picture.repaint();
  }

  pause(isPaused) {
    if (this.isPaused === isPaused) return;
    this.isPaused = isPaused;
    this.scale.end = isPaused ? (this.scale.to ?? null) : null;
    if (!isPaused) Object.assign(this, { chosen: null, isRevealing: false });
    this.changed();
  }

  /** Selects the next or the previous record; at first, one that is visible. */
  step(by) {
    this.pause(true);
    const all = this.records.all;
    const first = by > 0 ? all.findIndex((record) => this.scale.isVisible(record)) : all.length - 1;
    const record = all[this.chosen === null ? first : this.records.indexOf(this.chosen.number) + by];
    if (record !== undefined) this.choose(record);
  }

  choose(record) {
    this.pause(true);
    this.chosen = record;
    this.scale.reveal(record);
    this.list.reveal(record);
    this.isRevealing = true;
    this.changed();
  }

  pan(pixels) {
    this.pause(true);
    this.scale.pan(pixels);
    this.changed();
  }

  zoom(steps) {
    this.scale.zoom(steps);
    this.changed();
  }

  toggleOrder() {
    const anchor = this.chosen ?? this.records.all.findLast((record) => this.scale.isVisible(record));
    this.scale.isByOrder = !this.scale.isByOrder;
    if (this.isPaused && anchor) this.scale.center(anchor);
    else this.scale.end = null;
    this.changed();
  }

  filter() {
    this.only = this.picture.lanes.byProcess.get(Number(this.process.value)) ?? this.only;
    this.chosen = null;
    this.isRevealing = false;
    if (this.isPaused) this.pause(false);
    this.changed();
  }

  /** Shows the records of one process. */
  filterBy(process, name) {
    this.only = { process, name };
    this.offer();
    this.process.value = String(process);
    this.filter();
  }

  /** Updates the processes that can be chosen: those with a lane, and the chosen one. */
  offer() {
    const lanes = this.picture.lanes.lanes.slice(0, MOST_OFFERED);
    const isMissing = this.only !== null && !lanes.some((lane) => lane.process === this.only.process);
    this.showProcesses(isMissing ? [this.only, ...lanes] : lanes);
  }

  /** The export has the records that pass the filter; the diagrams have the visible part of them. */
  linkTo() {
    const query = { ...this.passing(), values: this.wantsValues() };
    const sight = this.records.all.filter((record) => this.scale.isVisible(record));
    this.json.href = address("/recording.json", query);
    const part = { ...query, from: sight[0]?.number, to: sight.at(-1)?.number };
    this.svg.href = address("/recording.svg", part);
    this.brief.href = address("/recording.svg", { ...part, brief: true, quote: query.text });
  }

  key(event, isInList) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions = {
      ArrowLeft: () => (isInList ? this.step(-1) : this.pan(-PAN)),
      ArrowRight: () => (isInList ? this.step(1) : this.pan(PAN)),
      ArrowUp: isInList && (() => this.step(-1)),
      ArrowDown: isInList && (() => this.step(1)),
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
}

function makeOption({ process }) {
  const node = element("option", { value: process });
  return { node, show: ({ name }) => setText(node, `${nameOf(name)} (${whole(process)})`) };
}
