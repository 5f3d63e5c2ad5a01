// A list of many rows of equal height. Only the rows that are visible exist.

import { element, setAttribute } from "./element.js";

// Browsers do not support greater heights.
const TALLEST = 30_000_000;
const MARGIN = 6;

export class Rows {
  /**
   * `make()` returns `{ node, show(index) }`, and `show` fills the node with the row at that index. `onscroll` is called
   * when other rows become visible.
   */
  constructor({ height, make, onscroll, attributes = {} }) {
    this.height = height;
    this.make = make;
    this.total = 0;
    this.pool = [];
    this.space = element("div", { class: "rows-space", role: "presentation" });
    this.node = element("div", { class: "rows", ...attributes }, this.space);
    this.node.addEventListener("scroll", onscroll, { passive: true });
    new ResizeObserver(onscroll).observe(this.node);
  }

  setTotal(total) {
    if (total === this.total) return;
    this.total = total;
    this.space.style.height = `${Math.min(TALLEST, total * this.height)}px`;
  }

  /** The first visible row, and how many are visible, with some more on both sides. */
  window() {
    const from = Math.max(0, Math.floor(this.node.scrollTop / this.height) - MARGIN);
    const count = Math.ceil(this.node.clientHeight / this.height) + 2 * MARGIN;
    return { from, count: this.node.clientHeight === 0 ? 0 : Math.min(count, Math.max(0, this.total - from)) };
  }

  draw() {
    const { from, count } = this.window();
    while (this.pool.length < count) {
      const row = this.make();
      this.pool.push(row);
      this.space.append(row.node);
    }
    this.pool.forEach((row, slot) => {
      setAttribute(row.node, "hidden", slot >= count);
      if (slot >= count) return forget(row.node);
      const place = `translateY(${(from + slot) * this.height}px)`;
      if (row.place !== place) row.node.style.transform = row.place = place;
      row.show(from + slot);
    });
  }

  /** Scrolls a row into view. */
  reveal(index) {
    const top = index * this.height;
    const { scrollTop, clientHeight } = this.node;
    if (top < scrollTop) this.node.scrollTop = top;
    else if (top + this.height > scrollTop + clientHeight)
      this.node.scrollTop = top + this.height - clientHeight;
  }

  /** How many rows fit at once. */
  get page() {
    return Math.max(1, Math.floor(this.node.clientHeight / this.height) - 1);
  }
}

/** A node that shows no row must not keep the attributes of its last row. */
function forget(node) {
  setAttribute(node, "id", null);
  setAttribute(node, "data-number", null);
}
