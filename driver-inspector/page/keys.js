// What the keys do, and the page that says so.

import { element } from "./element.js";
import { TABS } from "./place.js";

const HELP = [
  [
    "Everywhere",
    [
      ["1 – 5", "the views"],
      ["/", "search, or the box for a topic or a text"],
      ["v", "show or hide values of messages"],
      ["t", "colours: as the system, light, dark"],
      ["?", "this page"],
      ["Esc", "back out of a box"],
    ],
  ],
  [
    "Tree",
    [
      ["↑ ↓", "from row to row"],
      ["→ ←", "open and fold; to what a row is in"],
      ["Enter", "from the search into what is found; a process, with its endpoints"],
      ["g", "the graph of a virtual machine"],
    ],
  ],
  [
    "Graph",
    [
      ["↑ ↓ ← →", "from node to node"],
      ["Space", "choose"],
      ["o", "open or close a group"],
      ["Enter", "into a virtual machine; a process' endpoints"],
      ["+ − 0", "zoom; all in sight"],
      ["Shift + arrows", "move"],
    ],
  ],
  [
    "Time line",
    [
      ["Space", "pause, go on"],
      [". ,", "step on, step back"],
      ["← →", "move"],
      ["+ −", "less time, more time"],
      ["o", "one after another instead of by time"],
      ["Enter", "the process"],
    ],
  ],
];

/** `doors` are what the keys lead to: `tab(name)`, `search()`, `pause()`, `step(by)`, `values()`, `theme()`. */
export function listen(dialog, button, doors) {
  dialog.append(
    element(
      "div",
      { class: "keys" },
      element("h2", {}, "Keys"),
      element(
        "div",
        { class: "keys-groups" },
        HELP.map(([title, keys]) =>
          element(
            "section",
            {},
            element("h3", {}, title),
            element(
              "dl",
              {},
              keys.map(([key, does]) =>
                element("div", {}, element("dt", {}, element("kbd", {}, key)), element("dd", {}, does)),
              ),
            ),
          ),
        ),
      ),
      element("button", { class: "primary", onclick: () => dialog.close() }, "Close"),
    ),
  );
  const show = () => {
    dialog.showModal();
    // Its button, at its end, has the focus: on a telephone its beginning would be out of sight.
    dialog.scrollTop = 0;
  };
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  button.addEventListener("click", show);
  const actions = {
    "/": doors.search,
    ".": () => doors.step(1),
    ",": () => doors.step(-1),
    v: doors.values,
    t: doors.theme,
    "?": show,
    ...Object.fromEntries(TABS.map((tab, index) => [String(index + 1), () => doors.tab(tab)])),
  };
  addEventListener("keydown", (event) => {
    const { target } = event;
    if (dialog.open || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.matches("input, select, textarea")) {
      if (event.key === "Escape") target.blur();
      return;
    }
    // A button takes the space bar for itself.
    const action =
      event.key === " " && !target.matches("button, a, [role=button]") ? doors.pause : actions[event.key];
    if (action === undefined || action() === false) return;
    event.preventDefault();
  });
}
