// Where the viewer is: the tab, the process and the VM. It stands in the address, so that it can be kept.

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

  /** Goes somewhere: `{ tab, process, vm }`, each only if it changes. */
  go(change) {
    const next = { tab: this.tab, process: this.process, vm: this.vm, ...change };
    if (this.isAt(next)) return;
    const hasNewTab = next.tab !== this.tab;
    Object.assign(this, next);
    const hash = new URLSearchParams({ tab: this.tab });
    if (this.process !== null) hash.set("process", this.process);
    if (this.vm !== null) hash.set("vm", this.vm);
    // The way back leads from tab to tab, not over each row that was passed.
    history[hasNewTab ? "pushState" : "replaceState"](null, "", `#${hash}`);
    this.onchange();
  }

  isAt(other) {
    return other.tab === this.tab && other.process === this.process && other.vm === this.vm;
  }
}
