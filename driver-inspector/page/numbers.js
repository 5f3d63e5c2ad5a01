// The numbers: plots of the last five minutes, and tables by VM and by message type.

import { element, keyed, setAttribute, setText } from "./element.js";
import { nameOf, short, whole } from "./format.js";
import { Plot, SECONDS } from "./plot.js";

const PLOTS = [
  {
    title: "Messages",
    unit: " /s",
    tone: "accent",
    lines: [
      { name: "sent", key: "messages" },
      { name: "delivered", key: "deliveries" },
    ],
  },
  { title: "Dropped", unit: " /s", tone: "bad", lines: [{ name: "dropped", key: "dropped" }] },
  { title: "Turns", unit: " /s", tone: "feedback", lines: [{ name: "turns", key: "turns" }] },
  { title: "Processes", unit: "", tone: "good", lines: [{ name: "processes", key: "processes" }] },
  { title: "Endpoints", unit: "", tone: "good", lines: [{ name: "endpoints", key: "endpoints" }] },
  { title: "Pending", unit: "", tone: "warn", lines: [{ name: "pending", key: "pending" }] },
];
const TOTALS = ["messages", "deliveries", "dropped", "turns", "crashes", "restarts"];
const RATES = [
  ["messages", "Messages /s"],
  ["deliveries", "Deliveries /s"],
  ["dropped", "Dropped /s"],
];
const OF_VMS = [
  ...RATES,
  ["turns", "Turns /s"],
  ["processes", "Processes"],
  ["endpoints", "Endpoints"],
  ["pending", "Pending"],
];
const OF_TYPES = [...RATES, ["total", "Total"]];

export class Numbers {
  constructor(panel, { showGraph, changed }) {
    this.seconds = [];
    this.numbers = null;
    this.pointed = null;
    this.plots = PLOTS.map(
      (plot) =>
        new Plot(plot, (part) => {
          this.pointed = part;
          changed();
        }),
    );
    this.totals = element("dl", { class: "totals" });
    this.showTotals = keyed(
      this.totals,
      (name) => name,
      (name) => this.makeTotal(name),
    );
    this.vms = table(
      "Virtual machines",
      "Name",
      OF_VMS,
      (vm) => vm.vm,
      (vm) => vm.now,
      (vm) =>
        element(
          "button",
          { class: "link", title: "Show its graph", onclick: () => showGraph(vm.vm) },
          nameOf(vm.name),
        ),
    );
    this.types = table(
      "Message types",
      "Type",
      OF_TYPES,
      (type) => type.type,
      (type) => type,
      (type) => element("code", {}, type.type),
    );
    panel.append(
      element(
        "div",
        { class: "numbers" },
        element(
          "div",
          { class: "plots" },
          this.plots.map((plot) => plot.node),
        ),
        element("p", { class: "totals-title dim" }, "Since the program started"),
        this.totals,
        element("div", { class: "tables" }, this.vms.node, this.types.node),
      ),
    );
  }

  /** A new stream has started. Its first frame has all of the last minutes. */
  restart() {
    this.isFirst = true;
  }

  take(numbers) {
    this.numbers = numbers;
    if (this.isFirst) this.seconds = [];
    this.isFirst = false;
    const last = this.seconds.at(-1)?.time ?? -Infinity;
    this.seconds.push(...numbers.seconds.filter((second) => second.time > last));
    const oldest = (this.seconds.at(-1)?.time ?? 0) - SECONDS;
    this.seconds = this.seconds.filter((second) => second.time >= oldest).slice(-SECONDS - 1);
  }

  draw() {
    for (const plot of this.plots) plot.draw(this.seconds, this.pointed);
    if (this.numbers === null) return;
    this.showTotals(TOTALS);
    this.vms.show(this.numbers.vms);
    this.types.show(this.numbers.types);
  }

  makeTotal(name) {
    const value = element("dd", { "data-total": name });
    const show = () => {
      const number = this.numbers.total[name];
      setText(value, whole(number));
      setAttribute(value, "data-bad", (name === "dropped" || name === "crashes") && number > 0);
    };
    return { node: element("div", {}, element("dt", {}, name), value), show };
  }
}

function table(title, first, columns, keyOf, valuesOf, head) {
  const body = element("tbody");
  const show = keyed(body, keyOf, (item) => {
    const cells = columns.map(() => element("td"));
    const node = element("tr", {}, element("th", { scope: "row" }, head(item)), cells);
    const fill = (next) =>
      columns.forEach(([key], index) => {
        const value = short(valuesOf(next)[key]);
        setText(cells[index], value);
        setAttribute(cells[index], "data-zero", value === "0");
        setAttribute(cells[index], "data-bad", key === "dropped" && value !== "0");
      });
    return { node, show: fill };
  });
  const heads = columns.map(([, name]) => element("th", { scope: "col" }, name));
  const node = element(
    "div",
    { class: "table" },
    element(
      "table",
      {},
      element("caption", {}, title),
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, first), heads)),
      body,
    ),
  );
  return { node, show };
}
