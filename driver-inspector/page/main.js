// The page: it passes each frame to the views, draws the view that is shown, and tells the program which data it needs.

import { Detail } from "./detail.js";
import { setAttribute, setText } from "./element.js";
import { Graph } from "./graph.js";
import { listen } from "./keys.js";
import { Numbers } from "./numbers.js";
import { Place, TABS } from "./place.js";
import { Status } from "./status.js";
import { Stream } from "./stream.js";
import { Theme } from "./theme.js";
import { Timeline } from "./timeline.js";
import { Tree } from "./tree.js";

const byId = (id) => document.getElementById(id);
const WIDE = matchMedia("(min-width: 900px)");

const place = new Place(changed);
const status = new Status(byId, () => changed());
const stream = new Stream({ onframe: take, online, silent });
const theme = new Theme(byId("theme"), () => {
  timeline.repaint();
  changed();
});
const select = (process) => place.go({ process });
const open = (process) => place.go({ process, tab: "process" });
const showGraph = (vm) => place.go({ vm, tab: "graph" });
const enter = (vm) => place.go({ vm });

const tree = new Tree(byId("panel-tree"), { select, open, showGraph, changed });
const graph = new Graph(byId("panel-graph"), { select, open, enter, changed });
const detail = new Detail(byId("panel-process"), {
  explain: (question) => stream.explain(question),
  goTo: (process) => (place.tab === "timeline" ? open : select)(process),
  filter,
  showGraph,
});
const timeline = new Timeline(byId("panel-timeline"), {
  goTo: open,
  changed,
  wantsValues: () => status.wantsValues,
});
const numbers = new Numbers(byId("panel-numbers"), { showGraph, changed });

let isDrawing = false;
// The first ground. Its graph is shown until another VM is chosen.
let ground = null;

function take(frame) {
  status.take(frame.status);
  status.isSilent = false;
  timeline.now = frame.status.time;
  if (frame.tree) {
    // The other views only request its beginning, for the list of VMs.
    if (place.tab === "tree") tree.take(frame.tree);
    if (frame.tree.from === 0 && frame.tree.rows.length > 0) ground ??= frame.tree.rows[0].number;
    for (const row of frame.tree.rows) if (row.kind !== "process") graph.know(row.number, row.name, row.depth);
  }
  if (frame.graph) graph.take(frame.graph);
  if (frame.process) detail.take(frame.process);
  if (frame.timeline) timeline.take(frame.timeline);
  if (frame.numbers) numbers.take(frame.numbers);
  changed();
}

function online(isOnline, why) {
  status.online = isOnline;
  status.why = why;
  status.isSilent = false;
  if (isOnline) numbers.restart();
  changed();
}

function silent() {
  status.isSilent = true;
  changed();
}

/** Something has changed. The page is drawn at most once per animation frame. */
function changed() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    if (draw()) changed();
    stream.view(view());
  });
}

/** Draws. Returns whether it must be drawn again, because something moves. */
function draw() {
  const { tab, process } = place;
  document.body.dataset.tab = tab;
  for (const name of TABS) {
    setAttribute(byId(`tab-${name}`), "aria-selected", String(name === tab));
    setAttribute(byId(`tab-${name}`), "tabindex", name === tab ? "0" : "-1");
  }
  status.draw();
  setText(byId("title"), status.title);
  if (isDetailInSight()) detail.draw(process, vm());
  if (tab === "tree") tree.draw(process);
  if (tab === "timeline") timeline.draw(process);
  if (tab === "numbers") numbers.draw();
  return tab === "graph" && graph.draw(process, vm());
}

/** What the program is to send: only what is shown. */
function view() {
  const { tab, process } = place;
  const needsGround = ground === null;
  return {
    tree:
      tab === "tree"
        ? tree.wants()
        : { folded: [], search: "", from: 0, rows: needsGround || tab === "graph" ? 40 : 0 },
    graph: tab === "graph" && vm() !== null ? graph.wants(vm()) : null,
    process: isDetailInSight() ? process : null,
    timeline: tab === "timeline" ? timeline.wants() : null,
    numbers: tab === "numbers",
    values: status.wantsValues,
  };
}

/** A wide page shows the process beside the tree and the graph. */
function isDetailInSight() {
  return place.tab === "process" || (WIDE.matches && (place.tab === "tree" || place.tab === "graph"));
}

function vm() {
  return place.vm ?? ground;
}

function filter(process) {
  timeline.filterBy(process, detail.detail?.row.name ?? "");
  place.go({ tab: "timeline" });
}

/** Goes to the text box of the current view, or to the tree's if there is none. */
function search() {
  const { input } = detail.topicForm;
  const boxes = { tree: tree.search, process: input, graph: input, timeline: timeline.text };
  const box = boxes[place.tab];
  if (box?.offsetParent) return box.focus();
  place.go({ tab: "tree" });
  draw();
  return tree.search.focus();
}

listen(byId("keys"), byId("help"), {
  tab: (tab) => place.go({ tab }),
  search,
  pause: () => place.tab === "timeline" && timeline.pause(!timeline.isPaused),
  step: (by) => place.tab === "timeline" && timeline.step(by),
  values: () => status.toggleValues(),
  theme: () => theme.next(),
});

for (const [index, name] of TABS.entries()) {
  const tab = byId(`tab-${name}`);
  tab.addEventListener("click", () => place.go({ tab: name }));
  tab.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    const next = TABS[(index + by + TABS.length) % TABS.length];
    place.go({ tab: next });
    byId(`tab-${next}`).focus();
  });
}
WIDE.addEventListener("change", changed);
stream.run();
changed();
