// The tree of VMs and processes as a table. Only the visible rows are requested and drawn.

import { element, setAttribute, setText } from "./element.js";
import { duration, nameOf, short, whole } from "./format.js";
import { Rows } from "./rows.js";
import { stateBadge } from "./state.js";
import { address } from "./stream.js";

const HEIGHT = 30;
// More rows than are visible are requested, in steps, so that a little scrolling needs no request.
const STEP = 40;
const MOST = 500;
// If more are folded, the one that was folded first opens again, which bounds the size of requests.
const MOST_FOLDED = 2000;
const MOST_EXPORTED = 500;
// The classes of the columns that are not numbers.
const HEADS = ["cell", "cell pid", "cell"];
const KINDS = { ground: "⬢", vm: "▣", process: "•" };

export class Tree {
  /** The callbacks are `select(number)`, `open(number)` for the detail of a process, `showGraph(number)` and `changed()`. */
  constructor(panel, { select, open, showGraph, changed }) {
    Object.assign(this, { select, open, showGraph, changed });
    this.folded = new Set();
    this.selected = null;
    this.cursor = 0;
    this.isAwaited = false;
    this.tree = { total: 0, from: 0, rows: [] };
    this.build(panel);
  }

  build(panel) {
    this.search = element("input", {
      type: "search",
      maxlength: "1000",
      placeholder: "Search",
      "aria-label": "Search processes by name",
      title: "Search (/)",
      spellcheck: "false",
      oninput: () => this.jump(),
      onkeydown: (event) => this.leaveSearch(event),
    });
    this.count = element("span", { class: "dim", role: "status" });
    this.graphButton = element("button", { onclick: () => this.showGraphOfCursor() }, "Graph of this VM");
    this.svg = element(
      "a",
      {
        class: "button",
        download: "tree.svg",
        href: "#",
        title: "A picture of the tree, with VMs as nested boxes",
        onclick: () => this.linkTo(),
      },
      "SVG",
    );
    this.rows = new Rows({
      height: HEIGHT,
      make: () => this.makeRow(),
      onscroll: () => this.changed(),
      attributes: {
        role: "treegrid",
        tabindex: "0",
        id: "tree-rows",
        "aria-label": "Processes",
        onkeydown: (event) => this.key(event),
        onfocus: () => this.changed(),
      },
    });
    const heads = ["Name", "Pid", "State", "Age", "Turns", "Pending", "Restarts", "Endpoints"].map(
      (name, column) => element("span", { class: HEADS[column] ?? "cell number" }, name),
    );
    this.empty = element("p", { class: "empty", hidden: true });
    panel.append(
      element(
        "div",
        { class: "bar" },
        this.search,
        this.count,
        element("span", { class: "gap" }),
        this.graphButton,
        this.svg,
      ),
      element("div", { class: "tree-row head", "aria-hidden": "true" }, heads),
      this.rows.node,
      this.empty,
    );
  }

  wants() {
    const { from, count } = this.rows.window();
    const first = Math.max(0, Math.floor(from / STEP) * STEP - STEP);
    const last = Math.ceil((from + Math.max(count, STEP)) / STEP) * STEP + STEP;
    const rows = Math.min(MOST, last - first);
    return { folded: [...this.folded], search: this.search.value.trim(), from: first, rows };
  }

  take(tree) {
    this.tree = tree;
    this.rows.setTotal(tree.total);
    if (this.isAwaited && this.rowAt(this.cursor) !== undefined) this.moveTo(this.cursor);
    // The selected row stays selected when rows above it are added or removed.
    const index = tree.rows.findIndex((row) => row.number === this.selected);
    if (index >= 0 && !this.isAwaited) this.cursor = tree.from + index;
    else this.cursor = Math.min(this.cursor, Math.max(0, tree.total - 1));
  }

  draw(selected) {
    this.selected = selected;
    this.rows.draw();
    const { total } = this.tree;
    const isSearching = this.search.value.trim() !== "";
    setText(this.count, `${whole(total)} ${total === 1 ? "row" : "rows"}${isSearching ? " found" : ""}`);
    setAttribute(this.empty, "hidden", total > 0);
    setText(this.empty, isSearching ? "No process has this in its name." : "Waiting for the program…");
    setAttribute(this.rows.node, "aria-rowcount", total);
    setAttribute(this.rows.node, "aria-activedescendant", total > 0 ? `row-${this.cursor}` : null);
    const row = this.rowAt(this.cursor);
    setAttribute(this.graphButton, "hidden", !(row && row.kind !== "process"));
  }

  rowAt(index) {
    return this.tree.rows[index - this.tree.from];
  }

  makeRow() {
    const fold = element("button", { class: "fold", tabindex: "-1", "aria-hidden": "true" });
    const kind = element("span", { class: "kind", "aria-hidden": "true" });
    const name = element("span", { class: "name" });
    const inside = element("span", { class: "chip" });
    const state = stateBadge();
    const reason = element("span", { class: "reason" });
    const cells = Array.from({ length: 6 }, () => element("span", { class: "cell number", role: "gridcell" }));
    const [pid, ...numbers] = cells;
    pid.className = "cell pid";
    const label = element("span", { class: "cell label", role: "gridcell" }, fold, kind, name, inside);
    const stateCell = element("span", { class: "cell", role: "gridcell" }, state.node, reason);
    const node = element("div", { class: "tree-row", role: "row" }, label, pid, stateCell, numbers);
    let index = 0;
    fold.addEventListener("click", (event) => {
      event.stopPropagation();
      this.toggle(this.rowAt(index));
    });
    node.addEventListener("click", () => this.moveTo(index));
    node.addEventListener("dblclick", () => this.rowAt(index) && this.open(this.rowAt(index).number));
    const show = (at) => {
      index = at;
      const row = this.rowAt(at);
      setAttribute(node, "id", `row-${at}`);
      setAttribute(node, "aria-rowindex", at + 1);
      setAttribute(node, "data-waiting", row === undefined);
      setAttribute(node, "aria-selected", row !== undefined && row.number === this.selected ? "true" : "false");
      setAttribute(node, "data-cursor", at === this.cursor);
      setAttribute(node, "data-number", row?.number);
      if (row === undefined) return;
      const hasFold = row.kind !== "process";
      setAttribute(node, "data-state", row.state);
      setAttribute(node, "aria-level", row.depth + 1);
      setAttribute(node, "aria-expanded", hasFold ? String(row.open) : null);
      label.style.setProperty("--depth", row.depth);
      setText(fold, hasFold ? (row.open ? "▾" : "▸") : "");
      setAttribute(fold, "data-empty", !hasFold);
      setText(kind, KINDS[row.kind]);
      setAttribute(kind, "data-kind", row.kind);
      setText(name, nameOf(row.name));
      setAttribute(name, "data-unnamed", row.name === "");
      setAttribute(name, "title", row.name);
      setText(inside, hasFold ? whole(row.inside) : "");
      setText(pid, row.pid);
      state.show(row.state, row.reason);
      setText(reason, row.reason ?? "");
      setAttribute(reason, "title", row.reason);
      const values = [
        duration(row.age),
        short(row.turns),
        short(row.pending),
        short(row.restarts),
        short(row.endpoints),
      ];
      numbers.forEach((cell, column) => {
        setText(cell, values[column]);
        setAttribute(cell, "data-zero", values[column] === "0");
      });
    };
    return { node, show };
  }

  /** The picture has the rows that are found, or not folded. A URL has no room for very many folded ones. */
  linkTo() {
    const folded = [...this.folded].slice(0, MOST_EXPORTED);
    this.svg.href = address("/tree.svg", { search: this.search.value.trim(), folded });
  }

  /** Goes to the first result. */
  jump() {
    this.rows.node.scrollTop = 0;
    this.cursor = 0;
    this.changed();
  }

  /** Goes from the search box to the first result. */
  leaveSearch(event) {
    if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    event.preventDefault();
    const text = this.search.value.trim().toLowerCase();
    const found = this.tree.rows.findIndex((row) => row.name.toLowerCase().includes(text));
    this.rows.node.focus();
    this.moveTo(this.tree.from + Math.max(0, found));
  }

  moveTo(index) {
    this.cursor = Math.max(0, Math.min(this.tree.total - 1, index));
    this.rows.reveal(this.cursor);
    const row = this.rowAt(this.cursor);
    // It is selected when it arrives.
    this.isAwaited = row === undefined && this.tree.total > 0;
    if (row !== undefined) {
      this.selected = row.number;
      this.select(row.number);
    }
    this.changed();
  }

  toggle(row) {
    if (row === undefined || row.kind === "process") return;
    if (!this.folded.delete(row.number)) this.folded.add(row.number);
    if (this.folded.size > MOST_FOLDED) this.folded.delete(this.folded.values().next().value);
    this.changed();
  }

  /** The row of the containing VM, if the page has it. */
  container(index) {
    const depth = this.rowAt(index)?.depth ?? 0;
    for (let above = index - 1; this.rowAt(above) !== undefined; above -= 1) {
      if (this.rowAt(above).depth < depth) return above;
    }
    return index;
  }

  showGraphOfCursor() {
    const row = this.rowAt(this.cursor);
    if (row && row.kind !== "process") this.showGraph(row.number);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = this.rowAt(this.cursor);
    const hasFold = row !== undefined && row.kind !== "process";
    const actions = {
      ArrowDown: () => this.moveTo(this.cursor + 1),
      ArrowUp: () => this.moveTo(this.cursor - 1),
      PageDown: () => this.moveTo(this.cursor + this.rows.page),
      PageUp: () => this.moveTo(this.cursor - this.rows.page),
      Home: () => this.moveTo(0),
      End: () => this.moveTo(this.tree.total - 1),
      ArrowRight: () => (hasFold && !row.open ? this.toggle(row) : this.moveTo(this.cursor + 1)),
      ArrowLeft: () => (hasFold && row.open ? this.toggle(row) : this.moveTo(this.container(this.cursor))),
      Enter: () => row && this.open(row.number),
      g: () => this.showGraphOfCursor(),
    };
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }
}
