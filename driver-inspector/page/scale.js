// Which part of the time line is visible, and the position of each record: by time, or in order with equal distances.

const SPANS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 60, 120, 300];
const ROOM = 26;

export class Scale {
  constructor() {
    this.isByOrder = false;
    this.span = 10;
    // The right edge; `null` if it is now.
    this.end = null;
    this.left = 0;
    this.width = 1;
  }

  of(record) {
    return this.isByOrder ? record.order : record.time;
  }

  /** Sets the width of the picture, and the records. */
  fit(left, width, now, records) {
    this.left = left;
    this.width = Math.max(1, width);
    this.now = this.isByOrder ? (records.at(-1)?.order ?? 0) + 0.5 : now;
    this.to = this.end ?? this.now;
    this.from = this.to - this.size;
  }

  /** The length of the visible part. */
  get size() {
    return this.isByOrder ? this.width / ROOM : this.span;
  }

  at(value) {
    return this.left + ((value - this.from) / (this.to - this.from)) * this.width;
  }

  x(record) {
    return this.at(this.of(record));
  }

  isVisible(record) {
    const value = this.of(record);
    return value >= this.from && value <= this.to;
  }

  /** Moves by this many pixels, but not beyond now. */
  pan(pixels) {
    this.end = Math.min(this.now, this.to + (pixels / this.width) * this.size);
  }

  /** Shows a longer or shorter time, around the middle or, if it is live, up to now. */
  zoom(steps) {
    const index = SPANS.indexOf(this.span);
    const span = SPANS[Math.max(0, Math.min(SPANS.length - 1, index + steps))];
    if (this.end !== null && !this.isByOrder) this.end += (span - this.span) / 2;
    this.span = span;
  }

  reveal(record) {
    const [value, margin] = [this.of(record), this.size * 0.05];
    if (value < this.from + margin || value > this.to - margin) this.center(record);
  }

  center(record) {
    this.end = this.of(record) + this.size / 2;
  }

  /** About `count` round times in the visible part, and the distance between them. */
  ticks(count) {
    const rough = (this.to - this.from) / Math.max(1, count);
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
    const ticks = [];
    for (let at = Math.ceil(this.from / step) * step; at <= this.to; at += step) if (at >= 0) ticks.push(at);
    return { ticks, step };
  }
}
