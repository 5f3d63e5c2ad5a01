// Dark or light: as the system says, or as the viewer does.

import { setAttribute } from "./element.js";

const ORDER = ["auto", "light", "dark"];
const SIGNS = { auto: "◐", light: "☀", dark: "☾" };

export class Theme {
  constructor(button, onchange) {
    this.button = button;
    this.onchange = onchange;
    this.name = recall();
    button.addEventListener("click", () => this.next());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", onchange);
    this.show();
  }

  next() {
    this.name = ORDER[(ORDER.indexOf(this.name) + 1) % ORDER.length];
    try {
      localStorage.setItem("theme", this.name);
    } catch {
      // It lasts as long as the page, then.
    }
    this.show();
    this.onchange();
  }

  show() {
    document.documentElement.dataset.theme = this.name;
    this.button.textContent = SIGNS[this.name];
    const says = `Colours: ${this.name === "auto" ? "as the system" : this.name} (t)`;
    setAttribute(this.button, "title", says);
    setAttribute(this.button, "aria-label", says);
  }
}

function recall() {
  try {
    const name = localStorage.getItem("theme");
    return ORDER.includes(name) ? name : "auto";
  } catch {
    return "auto";
  }
}

/** Whether the viewer wants things to stand still. */
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
export const isStill = () => STILL.matches;

/** The colours that a canvas needs, as the style sheet has them now. */
export function colours(node, names) {
  const probe = document.createElement("span");
  probe.hidden = true;
  node.append(probe);
  const found = {};
  for (const name of names) {
    probe.style.color = `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}
