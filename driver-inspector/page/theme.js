// The theme: dark or light, like the system or as the viewer chooses.

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
      // Then it is not kept beyond this page.
    }
    this.show();
    this.onchange();
  }

  show() {
    document.documentElement.dataset.theme = this.name;
    this.button.textContent = SIGNS[this.name];
    const says = `Colours: ${this.name === "auto" ? "like the system" : this.name} (t)`;
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

/** Whether the viewer prefers reduced motion. */
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
export const isStill = () => STILL.matches;

/** The current colours of the style sheet, for a canvas. */
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
