// The keyboard shortcuts, and the dialog that lists them.

import { element } from "./element.js";
import { TABS } from "./place.js";

const HELP = [
  [
    "Everywhere",
    [
      ["1 – 5", "switch to a view"],
      ["/", "go to the search box, or to the box for a topic or a text"],
      ["v", "show or hide values of messages"],
      ["t", "colours: like the system, light, dark"],
      ["?", "show this list"],
      ["Esc", "leave a box"],
    ],
  ],
  [
    "Tree",
    [
      ["↑ ↓", "go from row to row"],
      ["→ ←", "open and fold; go to the containing VM"],
      ["Enter", "go from the search box to the first result; show a process"],
      ["g", "show the graph of a virtual machine"],
    ],
  ],
  [
    "Graph",
    [
      ["↑ ↓ ← →", "go from node to node"],
      ["Space", "choose"],
      ["o", "open or close a group"],
      ["Enter", "show the graph of a virtual machine, or a process"],
      ["+ − 0", "zoom; show all"],
      ["Shift + arrows", "move"],
    ],
  ],
  [
    "Time line",
    [
      ["Space", "pause, continue"],
      [". ,", "next record, previous record"],
      ["← →", "move"],
      ["+ −", "show a shorter time, a longer time"],
      ["o", "equal distances instead of real times"],
      ["Enter", "show the process"],
    ],
  ],
];

/** The callbacks are `tab(name)`, `search()`, `pause()`, `step(by)`, `values()` and `theme()`. */
export function listen(dialog, button, callbacks) {
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
    // The button at its end has the focus, so a telephone would not show its beginning.
    dialog.scrollTop = 0;
  };
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  button.addEventListener("click", show);
  const actions = {
    "/": callbacks.search,
    ".": () => callbacks.step(1),
    ",": () => callbacks.step(-1),
    v: callbacks.values,
    t: callbacks.theme,
    "?": show,
    ...Object.fromEntries(TABS.map((tab, index) => [String(index + 1), () => callbacks.tab(tab)])),
  };
  addEventListener("keydown", (event) => {
    const { target } = event;
    if (dialog.open || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.matches("input, select, textarea")) {
      if (event.key === "Escape") target.blur();
      return;
    }
    // A button handles the space bar itself.
    const action =
      event.key === " " && !target.matches("button, a, [role=button]") ? callbacks.pause : actions[event.key];
    if (action === undefined || action() === false) return;
    event.preventDefault();
  });
}
