// The list of records, and the details of the selected record.

import { code } from "./code.js";
import { element, setAttribute, setText } from "./element.js";
import { RECORD_KINDS, moment, nameOf } from "./format.js";
import { Rows } from "./rows.js";

const ROW = 26;
// The word between the process of a record and its peer.
const JOINED = { delivered: "from", started: "by" };

export class List {
  /** The callbacks are `choose(record)`, `goTo(process)`, `lookBack()` when the viewer scrolls up, and `changed()`. */
  constructor({ records, callbacks, onkeydown }) {
    Object.assign(this, { records, callbacks, chosen: null, described: null, isLive: false, bottom: 0 });
    this.about = element("div", { class: "about", "aria-live": "polite" });
    this.rows = new Rows({
      height: ROW,
      make: () => this.makeRow(),
      onscroll: () => this.scrolled(),
      attributes: {
        class: "rows records",
        role: "listbox",
        tabindex: "0",
        "aria-label": "Records",
        onkeydown,
      },
    });
    this.node = this.rows.node;
  }

  draw(chosen, isLive) {
    this.chosen = chosen;
    this.rows.setTotal(this.records.all.length);
    this.isLive = isLive;
    if (isLive) {
      this.node.scrollTop = this.records.all.length * ROW;
      this.bottom = this.node.scrollTop;
    }
    this.rows.draw();
    setAttribute(this.node, "aria-activedescendant", chosen === null ? null : `record-${chosen.number}`);
    if (this.described === chosen) return;
    this.described = chosen;
    this.about.replaceChildren(...(chosen === null ? [] : this.describe(chosen)));
  }

  /** A live list is scrolled to its end. If it is not, the viewer has scrolled up. */
  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.node;
    const isUp = scrollTop < this.bottom - 1 && scrollHeight - scrollTop - clientHeight > 1;
    if (this.isLive && isUp) this.callbacks.lookBack();
    this.callbacks.changed();
  }

  reveal(record) {
    this.rows.reveal(this.records.indexOf(record.number));
  }

  describe(record) {
    const { sign, name } = RECORD_KINDS[record.what];
    const dim = (text) => element("span", { class: "dim" }, text);
    const link = (number, text) =>
      element("button", { class: "link", onclick: () => this.callbacks.goTo(number) }, text);
    const parts = [
      element(
        "span",
        { class: "record-kind", "data-what": record.what },
        element("span", { class: "sign" }, sign),
        name,
      ),
      dim(moment(record.time, 0.000001)),
      link(record.inner?.process ?? record.process, within(record.process_name, record.inner)),
    ];
    if (record.peer !== undefined) {
      const peer = link(record.peer_inner?.process ?? record.peer, within(record.peer_name, record.peer_inner));
      parts.push(dim(JOINED[record.what] ?? "and"), peer);
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
      cell("record-kind", sign, word),
      who,
      type,
      what,
    );
    let record;
    let shown;
    node.addEventListener("click", () => record && this.callbacks.choose(record));
    const show = (index) => {
      record = this.records.all[index];
      setAttribute(node, "aria-selected", String(record === this.chosen));
      setAttribute(node, "data-number", record?.number);
      setAttribute(node, "id", record && `record-${record.number}`);
      // A record with the same number may have a value now, or be of another program.
      if (record === undefined || record === shown) return;
      shown = record;
      setAttribute(node, "data-what", record.what);
      setText(time, moment(record.time));
      setText(sign, RECORD_KINDS[record.what].sign);
      setText(word, RECORD_KINDS[record.what].name);
      setText(who, whoOf(record));
      setText(type, record.type ?? "");
      setText(what, [record.text, record.reason].filter(Boolean).join(" — "));
    };
    return { node, show };
  }
}

function whoOf(record) {
  const name = within(record.process_name, record.inner);
  if (record.peer === undefined) return name;
  const peer = within(record.peer_name, record.peer_inner);
  if (record.what === "delivered") return `${peer} → ${name}`;
  return `${name} ${record.what === "started" ? "by" : "⇄"} ${peer}`;
}

/** A name; if it is that of a VM which acts for a process inside, with the name of that process. */
const within = (name, inner) => (inner ? `${nameOf(name)} / ${nameOf(inner.name)}` : nameOf(name));
