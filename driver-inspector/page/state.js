// The badge with the state of a process: a sign, a word and a colour.

import { element, setAttribute, setText } from "./element.js";
import { STATES } from "./format.js";

/** A badge that `show(state, reason)` keeps up to date. */
export function stateBadge() {
  const sign = element("span", { class: "sign", "aria-hidden": "true" });
  const name = element("span", { class: "word" });
  const node = element("span", { class: "state" }, sign, name);
  const show = (state, reason) => {
    setAttribute(node, "data-state", state);
    setAttribute(node, "title", reason ?? null);
    setText(sign, STATES[state].sign);
    setText(name, STATES[state].name);
  };
  return { node, show };
}
