// The graph of a VM: processes as nodes, conversations as edges. The program makes the layout.

import { Camera } from "./camera.js";
import { Edge } from "./edge.js";
import { drawing, element, keyed, setAttribute, setText } from "./element.js";
import { counted, nameOf, whole } from "./format.js";
import { placeLabels } from "./label.js";
import { Node } from "./node.js";

// The most dots at once. Further edges are highlighted without a dot.
const DOTS = 60;
const PAN = 40;
// If more groups are open, the one that was opened first closes.
const MOST_OPEN = 100;

export class Graph {
  /** The callbacks are `select(number)`, `open(number)` for the detail of a process, `enter(number)` for a VM, and `changed()`. */
  constructor(panel, callbacks) {
    this.callbacks = callbacks;
    this.open = new Set();
    this.nodes = new Map();
    this.edges = new Map();
    this.vms = new Map();
    this.graph = null;
    this.build(panel);
  }

  build(panel) {
    this.vm = element("select", {
      "aria-label": "Virtual machine",
      onchange: () => this.callbacks.enter(Number(this.vm.value)),
    });
    this.showVms = keyed(this.vm, ([number]) => number, makeOption);
    this.says = element("span", { class: "dim", role: "status" });
    const button = (label, title, onclick) =>
      element("button", { class: "icon", title, "aria-label": title, onclick }, label);
    const bar = element(
      "div",
      { class: "bar" },
      element("label", { class: "inline" }, "In ", this.vm),
      this.says,
      element("span", { class: "gap" }),
      button("−", "Zoom out (-)", () => this.camera.farther()),
      button("+", "Zoom in (+)", () => this.camera.closer()),
      element("button", { title: "Show all of it (0)", onclick: () => this.fit(true) }, "Fit"),
    );
    const layer = (name) => drawing("g", { class: name });
    [this.lines, this.lights, this.words, this.boxes] = ["edges", "lights", "labels", "nodes"].map(layer);
    const world = drawing("g", {}, this.lines, this.words, this.lights, this.boxes);
    this.svg = drawing(
      "svg",
      {
        class: "graph",
        role: "group",
        "aria-label": "Graph of conversations",
        onkeydown: (event) => this.key(event),
      },
      world,
    );
    this.camera = new Camera(this.svg, world, () => {
      setAttribute(this.svg, "data-far", this.camera.scale < 0.45);
    });
    new ResizeObserver(() => this.fit()).observe(this.svg);
    this.empty = element("p", { class: "empty" }, "Waiting for the program…");
    panel.append(bar, this.svg, this.empty);
  }

  wants(vm) {
    return { vm, open: [...this.open] };
  }

  /** Clears the graph before another VM is shown. */
  clear() {
    this.nodes.clear();
    this.edges.clear();
    for (const layer of [this.lines, this.lights, this.words, this.boxes]) layer.replaceChildren();
    this.graph = null;
    this.camera.hasMoved = false;
  }

  know(number, name, depth) {
    this.vms.set(number, { name, depth });
  }

  take(graph) {
    if (this.graph !== null && this.graph.vm !== graph.vm) this.clear();
    this.graph = graph;
    if (!this.vms.has(graph.vm)) this.know(graph.vm, graph.name, 0);
    const depth = this.vms.get(graph.vm).depth + 1;
    for (const node of graph.nodes) {
      if (node.kind === "vm" && node.process !== null && node.process !== graph.vm)
        this.know(node.process, node.label, depth);
    }
    update(
      this.nodes,
      graph.nodes,
      () => new Node(this.boxes, this.nodeCallbacks()),
      (node, data) => node.show(data, data.group !== null && this.open.has(data.group)),
    );
    update(
      this.edges,
      graph.edges,
      () => new Edge(this.lines, this.words, this.lights),
      (edge, data) => edge.show(data),
    );
    let dots = this.lights.childElementCount;
    for (const edge of this.edges.values()) {
      edge.light(dots < DOTS);
      dots = this.lights.childElementCount;
    }
    placeLabels([...this.edges.values()], [...this.nodes.values()]);
    this.isMoving = true;
    this.fit();
  }

  /** Draws. Returns whether it must be drawn again, because something moves. */
  draw(selected, vm) {
    setAttribute(this.empty, "hidden", this.graph !== null && this.graph.nodes.length > 0);
    setText(this.empty, this.graph === null ? this.awaited(vm) : "There is no process in this VM.");
    this.showVms([...this.vms]);
    if (vm !== null && this.vm.value !== String(vm)) this.vm.value = String(vm);
    if (this.graph === null) return false;
    setText(this.says, sayingOf(this.graph));
    let focus = this.boxes.querySelector("[tabindex='0']");
    for (const node of this.nodes.values()) {
      setAttribute(node.element, "data-selected", node.data.process !== null && node.data.process === selected);
      if (focus === null) setAttribute((focus = node.element), "tabindex", "0");
    }
    if (!this.isMoving) return false;
    this.isMoving = false;
    for (const part of [...this.nodes.values(), ...this.edges.values()])
      this.isMoving = part.move() || this.isMoving;
    return this.isMoving;
  }

  /** What stands in place of a graph that has not come. An address may name a VM of a former program. */
  awaited(vm) {
    const isUnknown = this.vms.size > 0 && !this.vms.has(vm);
    return isUnknown ? "This virtual machine does not exist (any more)." : "Waiting for the program…";
  }

  fit(isAsked = false) {
    if (this.graph !== null) this.camera.fit(extent(this.graph), isAsked);
  }

  nodeCallbacks() {
    return {
      choose: (node) => {
        this.focus(node);
        if (node.data.process === null) this.toggle(node);
        else this.callbacks.select(node.data.process);
      },
      enter: (node) => this.enter(node),
      toggle: (node) => this.toggle(node),
    };
  }

  enter({ data }) {
    if (data.process === null) return;
    if (data.kind === "vm") this.callbacks.enter(data.process);
    else this.callbacks.open(data.process);
  }

  toggle({ data }) {
    if (data.group === null) return;
    if (!this.open.delete(data.group)) this.open.add(data.group);
    if (this.open.size > MOST_OPEN) this.open.delete(this.open.values().next().value);
    this.callbacks.changed();
  }

  focus(node) {
    for (const other of this.boxes.querySelectorAll("[tabindex='0']")) setAttribute(other, "tabindex", "-1");
    setAttribute(node.element, "tabindex", "0");
    node.element.focus({ preventScroll: true });
    this.camera.reveal(node.data.x, node.data.y);
  }

  focused() {
    return [...this.nodes.values()].find((node) => node.element === document.activeElement);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const node = this.focused();
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const direction = arrows[event.key];
    const actions = {
      "+": () => this.camera.closer(),
      "=": () => this.camera.closer(),
      "-": () => this.camera.farther(),
      0: () => this.fit(true),
      Enter: () => node && this.enter(node),
      " ": () => node && this.nodeCallbacks().choose(node),
      o: () => node && this.toggle(node),
    };
    const isToMove = direction !== undefined && !event.shiftKey && node !== undefined;
    const action =
      direction === undefined
        ? actions[event.key]
        : isToMove
          ? () => this.step(node, direction)
          : () => this.camera.pan(-direction[0] * PAN, -direction[1] * PAN);
    if (action === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  /** Goes to the nearest node in a direction. */
  step({ data: from }, [x, y]) {
    const cost = ({ data }) => {
      const [ahead, aside] = [
        (data.x - from.x) * x + (data.y - from.y) * y,
        Math.abs((data.x - from.x) * y) + Math.abs((data.y - from.y) * x),
      ];
      return ahead > 1 ? ahead + 2 * aside : Infinity;
    };
    const best = [...this.nodes.values()].reduce((one, other) => (cost(other) < cost(one) ? other : one));
    if (cost(best) < Infinity) this.focus(best);
  }
}

/** Makes, changes and removes parts, so that there is one for each key. */
function update(parts, items, make, change) {
  const keys = new Set(items.map((item) => item.key));
  for (const [key, part] of parts) {
    if (keys.has(key)) continue;
    part.remove();
    parts.delete(key);
  }
  for (const item of items) {
    if (!parts.has(item.key)) parts.set(item.key, make());
    change(parts.get(item.key), item);
  }
}

/** The bounding box of a graph. */
function extent({ nodes, edges }) {
  const xs = nodes
    .flatMap((node) => [node.x - node.width / 2, node.x + node.width / 2])
    .concat(edges.flatMap(({ points }) => points.map(([x]) => x)));
  const ys = nodes
    .flatMap(({ y, height }) => [y - height / 2, y + height / 2])
    .concat(edges.flatMap(({ points }) => points.map(([, y]) => y)));
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

function sayingOf(graph) {
  const all = graph.nodes.reduce((sum, node) => sum + node.count, 0);
  const talks = graph.edges.reduce((sum, edge) => sum + edge.conversations, 0);
  const says = [counted(all, "process", "processes"), counted(talks, "conversation", "conversations")];
  if (graph.hidden_processes > 0) says.push(`${whole(graph.hidden_processes)} processes not drawn`);
  if (graph.hidden_edges > 0) says.push(`${whole(graph.hidden_edges)} edges not drawn`);
  if (graph.sampled_members > 0) says.push(`${whole(graph.sampled_members)} members of each large group compared`);
  return says.join(" · ");
}

function makeOption([number]) {
  const node = element("option", { value: number });
  return { node, show: ([, { name, depth }]) => setText(node, `${"  ".repeat(depth)}${nameOf(name)}`) };
}
