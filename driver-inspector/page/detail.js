// The detail view of a process, with its endpoints as they are written in code, and their peers.

import { TopicForm } from "./topic.js";
import { code } from "./code.js";
import { element, keyed, setAttribute, setText } from "./element.js";
import { Explanation } from "./explanation.js";
import { counted, duration, nameOf, whole } from "./format.js";
import { stateBadge } from "./state.js";

// After this time without a detail, in milliseconds, the page says that the process does not exist.
const TIMEOUT = 2000;

export class Detail {
  /** The callbacks are `explain(question)`, `goTo(number)`, `filter(number)` for the time line, and `showGraph(number)`. */
  constructor(panel, callbacks) {
    this.callbacks = callbacks;
    this.detail = null;
    this.missing = null;
    this.path = element("p", { class: "path dim" });
    this.name = element("h2");
    this.state = stateBadge();
    this.reason = element("p", { class: "failure" });
    this.facts = element("dl", { class: "facts" });
    this.showFacts = keyed(this.facts, (fact) => fact[0], makeFact);
    this.filterButton = element("button", { onclick: () => callbacks.filter(this.detail.row.number) }, "Time line");
    this.graphButton = element("button", { onclick: () => callbacks.showGraph(this.detail.row.number) }, "Graph");
    this.list = element("div", { class: "endpoints" });
    this.showEndpoints = keyed(
      this.list,
      (endpoint) => `${endpoint.vm}/${endpoint.id}`,
      () => this.makeEndpoint(),
    );
    this.more = element("p", { class: "dim" });
    this.topicForm = new TopicForm({ explain: callbacks.explain, goTo: callbacks.goTo });
    this.head = element(
      "div",
      { class: "detail-head" },
      this.path,
      element(
        "div",
        { class: "detail-name" },
        this.name,
        this.state.node,
        element("span", { class: "gap" }),
        this.graphButton,
        this.filterButton,
      ),
      this.reason,
      this.facts,
    );
    this.title = element("h3", {}, "Endpoints");
    this.empty = element("p", { class: "empty" }, "Choose a process in the tree or in the graph.");
    const about = element("div", { class: "detail-about" }, this.head, this.title, this.list, this.more);
    panel.append(element("div", { class: "detail" }, this.empty, about, this.topicForm.node));
    this.about = about;
  }

  take(detail) {
    this.detail = detail;
  }

  /** `selected` is the process to show. The last detail may still be that of another process. */
  draw(selected, home) {
    const detail = this.detail?.row.number === selected ? this.detail : null;
    setAttribute(this.about, "hidden", detail === null);
    setAttribute(this.empty, "hidden", detail !== null);
    this.topicForm.draw(detail?.endpoints ?? [], home);
    if (detail === null) return this.drawNone(selected);
    this.missing = null;
    const { row } = detail;
    setText(this.path, detail.path.map(nameOf).join("  ›  "));
    setText(this.name, nameOf(row.name));
    this.state.show(row.state, row.reason);
    setText(this.reason, row.reason ?? "");
    setAttribute(this.reason, "hidden", row.reason === null);
    setAttribute(this.graphButton, "hidden", row.kind === "process");
    this.showFacts(factsOf(detail));
    setText(this.title, `Endpoints · ${whole(row.endpoints)}`);
    this.showEndpoints(detail.endpoints);
    setText(
      this.more,
      detail.hidden_endpoints > 0 ? `and ${whole(detail.hidden_endpoints)} more endpoints` : "",
    );
  }

  /** There may be nothing to show, or it is under way. */
  drawNone(selected) {
    if (this.missing?.selected !== selected) this.missing = { selected, since: performance.now() };
    const isUnderWay = performance.now() - this.missing.since < TIMEOUT;
    const says = isUnderWay ? "…" : "This process does not exist (any more).";
    setText(this.empty, selected === null ? "Choose a process in the tree or in the graph." : says);
  }

  makeEndpoint() {
    let endpoint = null;
    const role = element("code", { class: "role" });
    const notes = element("p", { class: "notes dim" });
    const peers = element("ul", { class: "peers" });
    const showPeers = keyed(
      peers,
      (peer) => `${peer.process}/${peer.endpoint}/${peer.conversation}`,
      () => this.makePeer(),
    );
    const more = element("p", { class: "dim" });
    const answer = new Explanation(this.callbacks.goTo);
    const why = element("button", { class: "why", "aria-expanded": "false" }, "Why not others?");
    why.addEventListener("click", async () => {
      if (why.getAttribute("aria-expanded") === "true") {
        why.setAttribute("aria-expanded", "false");
        return answer.clear();
      }
      why.setAttribute("aria-expanded", "true");
      await answer.await(this.callbacks.explain({ vm: endpoint.vm, endpoint: endpoint.id, is_asker: true }));
    });
    const node = element(
      "article",
      { class: "endpoint" },
      element("div", { class: "endpoint-head" }, role, why),
      notes,
      peers,
      more,
      answer.node,
    );
    const show = (next) => {
      if (endpoint?.role !== next.role) role.replaceChildren(...code(next.role));
      endpoint = next;
      const where = [
        next.name,
        next.is_meta ? "at the meta level" : null,
        next.handles.length > 0 ? `handles ${next.handles.join(", ")}` : "handles nothing",
      ];
      setText(notes, where.filter(Boolean).join(" · "));
      showPeers(next.peers);
      setAttribute(node, "data-lonely", next.peers.length === 0);
      const hidden = next.hidden_peers > 0 ? `and ${whole(next.hidden_peers)} more peers` : "";
      setText(more, next.peers.length === 0 ? "No peers: no endpoint has a matching topic." : hidden);
    };
    return { node, show };
  }

  makePeer() {
    let peer = null;
    const link = element("button", { class: "link", onclick: () => this.callbacks.goTo(peer.process) });
    const about = element("code");
    const node = element("li", {}, element("span", { class: "sign", "aria-hidden": "true" }, "⇄"), link, about);
    const show = (next) => {
      if (peer?.conversation !== next.conversation) about.replaceChildren(...code(next.conversation));
      peer = next;
      setText(link, nameOf(next.process_name));
    };
    return { node, show };
  }
}

function factsOf({ row, started_by: startedBy }) {
  return [
    ["Pid", row.pid],
    ["Age", row.age === null ? "older than the inspector" : duration(row.age)],
    ["Turns", whole(row.turns)],
    ["Pending", whole(row.pending)],
    ["Restarts", whole(row.restarts)],
    row.kind === "process" ? null : ["Inside", counted(row.inside, "process", "processes")],
    startedBy === null ? null : ["Started by", nameOf(startedBy)],
  ].filter(Boolean);
}

function makeFact([title]) {
  const value = element("dd");
  return {
    node: element("div", {}, element("dt", {}, title), value),
    show: ([, text]) => setText(value, text),
  };
}
