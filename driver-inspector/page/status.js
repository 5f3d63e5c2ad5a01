// The status of the program and of the page: in the header, in the footer, and in a notice if something is wrong.

import { element, setAttribute, setText } from "./element.js";
import { duration, whole } from "./format.js";
import { stateBadge } from "./state.js";

const VALUES = {
  hidden: { text: "hidden", title: "Show values of messages (v)" },
  shown: { text: "shown", title: "Hide values of messages (v)" },
  forbidden: { text: "forbidden", title: "The program never shows the values of messages" },
};

const LOST =
  "The program has ended or cannot be reached. The page shows its last state, and tries to connect again by itself.";

const SILENT =
  "The program sends nothing: its process may be suspended. The page shows its last state, and continues by itself.";

export class Status {
  constructor(byId, changed) {
    this.changed = changed;
    this.status = null;
    this.online = false;
    // Why there is no connection, if widths.
    this.why = null;
    // Whether the connection is open but nothing arrives.
    this.isSilent = false;
    this.wantsValues = false;
    this.state = stateBadge();
    byId("state").append(this.state.node);
    this.notice = byId("notice");
    this.values = byId("values");
    this.word = element("span", { class: "values-word" });
    this.values.append("Values ", this.word);
    this.values.addEventListener("click", () => this.toggleValues());
    [this.line, this.sampling, this.skipped, this.time] = ["line", "sampling", "skipped", "time"].map((name) =>
      element("span", { class: `foot-${name}` }),
    );
    byId("footer").append(this.line, this.sampling, this.skipped, element("span", { class: "gap" }), this.time);
  }

  take(status) {
    this.status = status;
  }

  get title() {
    return this.status?.title ?? "Inspector";
  }

  /** Whether the program has ended, as far as is widths. */
  get isOver() {
    return this.status !== null && (this.status.state === "left" || this.status.state === "failed");
  }

  toggleValues() {
    if (this.status?.values === "forbidden") return;
    this.wantsValues = !this.wantsValues;
    this.changed();
  }

  draw() {
    const { status, online } = this;
    const word = online
      ? this.isSilent
        ? "silent"
        : "live"
      : this.isOver
        ? "the program has ended"
        : status === null
          ? "connecting"
          : "connection lost";
    setText(this.line, word);
    setAttribute(this.line, "data-online", String(online && !this.isSilent));
    this.drawNotice();
    const values = VALUES[status?.values ?? "hidden"];
    setText(this.word, values.text);
    setAttribute(this.values, "title", values.title);
    setAttribute(this.values, "aria-pressed", String(status?.values === "shown"));
    setAttribute(this.values, "disabled", status?.values === "forbidden");
    if (status === null) return;
    document.title = `${status.title} · Inspector`;
    this.state.show(status.state, status.reason);
    const all = status.skipped > 0 ? "all messages recorded again" : "all messages recorded";
    setText(this.sampling, status.sampling > 1 ? `1 in ${whole(status.sampling)} messages recorded` : all);
    setAttribute(this.sampling, "data-sampled", status.sampling > 1);
    setText(this.skipped, status.skipped > 0 ? `${whole(status.skipped)} events skipped so far` : "");
    setText(this.time, `inspected for ${duration(status.time)}`);
  }

  drawNotice() {
    const [kind, text] = this.noticed();
    setAttribute(this.notice, "hidden", text === "");
    setAttribute(this.notice, "data-kind", kind);
    setText(this.notice, text);
  }

  noticed() {
    const { status, online } = this;
    const why = status?.reason ? `: ${status.reason}` : ".";
    if (this.isOver)
      return status.state === "failed"
        ? ["bad", `✕ The program has failed${why}`]
        : ["plain", `– The program has ended${why}`];
    if (!online && this.why) return ["warn", `↻ No connection: ${this.why}. The page tries to connect again by itself.`];
    if (!online && status !== null) return ["warn", `↻ ${LOST}`];
    if (this.isSilent) return ["warn", `■ ${SILENT}`];
    if (status?.state === "stuck")
      return ["warn", `■ Stuck: a turn does not end, and no other process can take one${why}`];
    return ["plain", ""];
  }
}
