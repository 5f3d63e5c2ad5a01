// What has happened, as a list; and all that is known of the one record that is chosen.

import { code } from "./code.js";
import { element, setAttribute, setText } from "./element.js";
import { HAPPENINGS, moment, nameOf } from "./format.js";
import { Rows } from "./rows.js";

const ROW = 26;

export class List {
  /** `choose(record)`, `goTo(process)`, `lookBack()` when the viewer scrolls up; `changed()`: it has to be drawn. */
  constructor({ records, doors, onkeydown }) {
    Object.assign(this, { records, doors, chosen: null, described: null });
    this.about = element("div", { class: "about", "aria-live": "polite" });
    this.rows = new Rows({
      height: ROW,
      make: () => this.makeRow(),
      onscroll: () => doors.changed(),
      attributes: {
        class: "rows records",
        role: "listbox",
        tabindex: "0",
        "aria-label": "What has happened",
        onkeydown,
      },
    });
    this.node = this.rows.node;
    this.node.addEventListener("wheel", (event) => event.deltaY < 0 && doors.lookBack(), { passive: true });
  }

  draw(chosen, isLive) {
    this.chosen = chosen;
    this.rows.setTotal(this.records.all.length);
    if (isLive) this.node.scrollTop = this.records.all.length * ROW;
    this.rows.draw();
    setAttribute(this.node, "aria-activedescendant", chosen === null ? null : `record-${chosen.number}`);
    if (this.described === chosen) return;
    this.described = chosen;
    this.about.replaceChildren(...(chosen === null ? [] : this.describe(chosen)));
  }

  reveal(record) {
    this.rows.reveal(this.records.indexOf(record.number));
  }

  describe(record) {
    const { sign, name } = HAPPENINGS[record.what];
    const dim = (text) => element("span", { class: "dim" }, text);
    const link = (number, text) =>
      element("button", { class: "link", onclick: () => this.doors.goTo(number) }, nameOf(text));
    const parts = [
      element(
        "span",
        { class: "happening", "data-what": record.what },
        element("span", { class: "sign" }, sign),
        name,
      ),
      dim(moment(record.time, 0.000001)),
      link(record.process, record.process_name),
    ];
    if (record.peer !== undefined) {
      parts.push(dim(record.what === "delivered" ? "from" : "and"), link(record.peer, record.peer_name));
    }
    if (record.type) parts.push(element("code", { class: "code-type" }, record.type));
    if (record.text) parts.push(element("code", {}, ...code(record.text)));
    else if (record.message !== undefined) parts.push(dim("value not shown"));
    if (record.reason) parts.push(element("span", { class: "failure" }, record.reason));
    return parts;
  }

  makeRow() {
    const sign = element("span", { class: "sign", "aria-hidden": "true" });
    const word = element("span");
    const cell = (name, ...children) => element("span", { class: `cell ${name}` }, ...children);
    const [time, who, type, what] = ["time", "who", "type", "what"].map((name) => cell(name));
    const node = element(
      "div",
      { class: "record", role: "option" },
      time,
      cell("happening", sign, word),
      who,
      type,
      what,
    );
    let record;
    node.addEventListener("click", () => record && this.doors.choose(record));
    const show = (index) => {
      record = this.records.all[index];
      setAttribute(node, "aria-selected", String(record === this.chosen));
      if (record === undefined) return setAttribute(node, "data-number", null);
      if (node.dataset.number === String(record.number)) return;
      setAttribute(node, "data-number", record.number);
      setAttribute(node, "id", `record-${record.number}`);
      setAttribute(node, "data-what", record.what);
      setText(time, moment(record.time));
      setText(sign, HAPPENINGS[record.what].sign);
      setText(word, HAPPENINGS[record.what].name);
      setText(who, whoOf(record));
      setText(type, record.type ?? "");
      setText(what, [record.text, record.reason].filter(Boolean).join(" — "));
    };
    return { node, show };
  }
}

function whoOf({ what, process_name: name, peer, peer_name: peerName }) {
  if (peer === undefined) return nameOf(name);
  return what === "delivered"
    ? `${nameOf(peerName)} → ${nameOf(name)}`
    : `${nameOf(name)} ⇄ ${nameOf(peerName)}`;
}
