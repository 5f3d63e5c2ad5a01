// The records that the page keeps: a bounded number, of a bounded time.

const MOST = 5000;
const LONGEST = 300;

export class Records {
  constructor() {
    this.all = [];
    this.sent = new Map();
    this.hidden = 0;
    this.order = 0;
    // Grows with each change.
    this.version = 0;
  }

  take({ is_reset, records, hidden }) {
    if (is_reset) this.clear();
    this.hidden += hidden;
    for (const record of records) {
      record.order = this.order++;
      if (record.what === "sent" && record.message !== undefined) this.sent.set(record.message, record);
      this.all.push(record);
    }
    this.forget();
    this.version += 1;
  }

  clear() {
    this.all = [];
    this.sent.clear();
    this.hidden = 0;
    this.version += 1;
  }

  forget() {
    const oldest = (this.all.at(-1)?.time ?? 0) - LONGEST;
    let gone = Math.max(0, this.all.length - MOST);
    while (gone < this.all.length && this.all[gone].time < oldest) gone += 1;
    for (const record of this.all.splice(0, gone)) {
      if (this.sent.get(record.message) === record) this.sent.delete(record.message);
    }
  }

  /** The index of the record with this number; if there is none, the index at which it would be. */
  indexOf(number) {
    let [low, high] = [0, this.all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.all[middle].number < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  byNumber(number) {
    const record = this.all[this.indexOf(number)];
    return record?.number === number ? record : null;
  }
}
