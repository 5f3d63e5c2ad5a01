// Which part of a drawing is visible. It is moved and zoomed by wheel, mouse, fingers, keys and buttons.

const CLOSEST = 3;
const FARTHEST = 0.08;
const STEP = 1.25;
const NARROW = 600;
const LEGIBLE = 0.72;

export class Camera {
  /** `svg` shows what is in `world`. `onchange()` is called after each move. */
  constructor(svg, world, onchange) {
    Object.assign(this, { svg, world, onchange, x: 0, y: 0, scale: 1, hasMoved: false });
    this.pointers = new Map();
    svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    svg.addEventListener("pointerdown", (event) => this.down(event));
    svg.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, (event) => this.up(event));
  }

  /**
   * Shows all of a drawing, a box `[left, top, right, bottom]`, unless the viewer has moved or zoomed it already. A small
   * screen shows its beginning, unless all of it is requested.
   */
  fit([left, top, right, bottom], isAsked = false) {
    if (isAsked) this.hasMoved = false;
    const { clientWidth, clientHeight } = this.svg;
    if (this.hasMoved || clientWidth === 0 || right <= left) return;
    const margin = clientWidth < NARROW ? 24 : 72;
    this.scale = Math.max(
      FARTHEST,
      Math.min(1.15, (clientWidth - margin) / (right - left), (clientHeight - margin) / (bottom - top)),
    );
    if (clientWidth < NARROW && !isAsked) this.scale = Math.max(LEGIBLE, this.scale);
    const isWider = (right - left) * this.scale > clientWidth;
    this.x = isWider ? margin / 2 - left * this.scale : (clientWidth - (left + right) * this.scale) / 2;
    this.y = (clientHeight - (top + bottom) * this.scale) / 2;
    this.apply();
  }

  zoom(factor, x = this.svg.clientWidth / 2, y = this.svg.clientHeight / 2) {
    const scale = Math.max(FARTHEST, Math.min(CLOSEST, this.scale * factor));
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.moved();
  }

  pan(x, y) {
    this.x += x;
    this.y += y;
    this.moved();
  }

  closer() {
    this.zoom(STEP);
  }

  farther() {
    this.zoom(1 / STEP);
  }

  /** Moves a point of the drawing into view. */
  reveal(x, y) {
    const [left, top] = [this.x + x * this.scale, this.y + y * this.scale];
    const [width, height, margin] = [this.svg.clientWidth, this.svg.clientHeight, 60];
    if (left < margin || left > width - margin || top < margin || top > height - margin) {
      this.pan(width / 2 - left, height / 2 - top);
    }
  }

  moved() {
    this.hasMoved = true;
    this.apply();
  }

  apply() {
    this.world.setAttribute(
      "transform",
      `translate(${this.x.toFixed(2)} ${this.y.toFixed(2)}) scale(${this.scale.toFixed(4)})`,
    );
    this.onchange();
  }

  wheel(event) {
    event.preventDefault();
    const { left, top } = this.svg.getBoundingClientRect();
    const lines = event.deltaMode === 1 ? 16 : 1;
    this.zoom(Math.exp((-event.deltaY * lines) / 400), event.clientX - left, event.clientY - top);
  }

  down(event) {
    // Other buttons open menus, and their `pointerup` goes there.
    if (event.button === 0) this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY, far: 0 });
  }

  /** One pointer pans, two zoom as well. A tap may move a little. */
  move(event) {
    const pointer = this.pointers.get(event.pointerId);
    if (pointer === undefined) return;
    // It was released elsewhere.
    if (event.buttons === 0) return this.up(event);
    const before = this.grip();
    const [x, y] = [event.clientX - pointer.x, event.clientY - pointer.y];
    pointer.far += Math.abs(x) + Math.abs(y);
    pointer.x = event.clientX;
    pointer.y = event.clientY;
    if (pointer.far < 5 && this.pointers.size === 1) return;
    if (!this.svg.hasPointerCapture(event.pointerId)) this.svg.setPointerCapture(event.pointerId);
    const after = this.grip();
    const { left, top } = this.svg.getBoundingClientRect();
    if (before.spread > 0) this.zoom(after.spread / before.spread, after.x - left, after.y - top);
    this.pan(after.x - before.x, after.y - before.y);
  }

  up(event) {
    this.pointers.delete(event.pointerId);
  }

  /** The middle of the pointers, and the distance between them. */
  grip() {
    const all = [...this.pointers.values()];
    const x = all.reduce((sum, pointer) => sum + pointer.x, 0) / all.length;
    const y = all.reduce((sum, pointer) => sum + pointer.y, 0) / all.length;
    const spread = all.length > 1 ? Math.hypot(all[0].x - all[1].x, all[0].y - all[1].y) : 0;
    return { x, y, spread };
  }
}
