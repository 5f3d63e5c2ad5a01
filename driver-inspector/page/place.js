// Where the viewer is: the tab, the process and the VM. It is part of the URL, so it can be bookmarked.

export const TABS = ["tree", "graph", "process", "timeline", "numbers"];

export class Place {
  constructor(onchange) {
    this.onchange = onchange;
    this.read();
    addEventListener("hashchange", () => {
      this.read();
      this.onchange();
    });
  }

  read() {
    const hash = new URLSearchParams(location.hash.slice(1));
    const number = (name) => (/^\d+$/.test(hash.get(name) ?? "") ? Number(hash.get(name)) : null);
    this.tab = TABS.includes(hash.get("tab")) ? hash.get("tab") : "tree";
    this.process = number("process");
    this.vm = number("vm");
  }

  /** Goes to `{ tab, process, vm }`. Those that do not change may be left out. */
  go(change) {
    const next = { tab: this.tab, process: this.process, vm: this.vm, ...change };
    if (this.isAt(next)) return;
    const hasNewTab = next.tab !== this.tab;
    Object.assign(this, next);
    const hash = new URLSearchParams({ tab: this.tab });
    if (this.process !== null) hash.set("process", this.process);
    if (this.vm !== null) hash.set("vm", this.vm);
    // The history has an entry for each change of the tab, but not for each selected row.
    history[hasNewTab ? "pushState" : "replaceState"](null, "", `#${hash}`);
    this.onchange();
  }

  isAt(other) {
    return other.tab === this.tab && other.process === this.process && other.vm === this.vm;
  }
}
