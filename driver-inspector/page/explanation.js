// The explanation of a topic: a verdict, the endpoints that do not match with the field that differs, receivers and senders.

import { code } from "./code.js";
import { element } from "./element.js";
import { nameOf, whole } from "./format.js";

// Endpoints that do not match come first, because they are usually what the viewer looks for.
const RELATIONS = [
  { relation: "unmatched", sign: "≠", title: "Do not match", word: "does not match" },
  { relation: "receives", sign: "✓", title: "Receive it", word: "receives it" },
  { relation: "sends", sign: "↗", title: "Send such messages", word: "sends such messages" },
];
// How many of each are shown at first.
const FIRST = 4;

export class Explanation {
  constructor(goTo) {
    this.goTo = goTo;
    this.node = element("div", { class: "explanation", role: "status" });
    this.turn = 0;
  }

  /** Shows the answer when it arrives, unless there is a newer question. */
  async await(promise) {
    const turn = ++this.turn;
    this.node.replaceChildren(element("p", { class: "dim" }, "Waiting for the program …"));
    try {
      const answer = await promise;
      if (turn === this.turn) this.show(answer);
    } catch (error) {
      if (turn === this.turn) this.fail(error.message);
    }
  }

  clear() {
    this.turn += 1;
    this.node.replaceChildren();
  }

  fail(message) {
    this.node.replaceChildren(element("p", { class: "failure" }, message));
  }

  show(answer) {
    const groups = RELATIONS.map((relation) => this.group(relation, answer.endpoints)).filter(Boolean);
    const kind = { publisher: "a subscriber", subscriber: "a publisher" }[answer.asker] ?? "an endpoint";
    const none = `No process here has ${kind} for ${answer.type || "this type"}.`;
    const hidden = answer.hidden_endpoints;
    this.node.replaceChildren(
      verdict(answer),
      ...(groups.length > 0 ? groups : [element("p", { class: "dim" }, none)]),
      hidden > 0 ? element("p", { class: "dim" }, `and ${whole(hidden)} more endpoints`) : "",
    );
  }

  group(relation, all) {
    const endpoints = all.filter((endpoint) => endpoint.relation === relation.relation);
    if (endpoints.length === 0) return null;
    const list = element("ul", {}, ...endpoints.slice(0, FIRST).map((one) => this.row(one, relation)));
    const rest = endpoints.slice(FIRST);
    const more = element("button", { class: "link" }, `show ${whole(rest.length)} more`);
    more.addEventListener("click", () => {
      list.append(...rest.map((one) => this.row(one, relation)));
      more.remove();
    });
    return element(
      "section",
      { "data-relation": relation.relation },
      element("h4", {}, relation.title, element("span", { class: "chip" }, whole(endpoints.length))),
      list,
      rest.length > 0 ? more : null,
    );
  }

  row({ process, process_name: name, role, says, difference }, { relation, sign, word }) {
    const who =
      process === null
        ? element("span", {}, nameOf(name))
        : element("button", { class: "link", onclick: () => this.goTo(process) }, nameOf(name));
    return element(
      "li",
      { class: "explained", "data-relation": relation },
      element(
        "div",
        { class: "explained-head" },
        element("span", { class: "sign", "aria-hidden": "true" }, sign),
        who,
      ),
      element("code", { class: "role" }, ...code(role)),
      difference ? differing(difference) : null,
      // Only if it says more than the title of its group.
      difference || says === word ? null : element("p", { class: "says" }, says),
    );
  }
}

// The verdict if an endpoint on the other side matches, and if none does, by what is asked about.
const VERDICTS = {
  topic: ["A subscriber receives ", "No subscriber receives "],
  publisher: ["A subscriber receives its messages", "No subscriber receives its messages"],
  subscriber: ["A publisher sends to it", "No publisher sends to it"],
};

function verdict(answer) {
  const [found, missing] = VERDICTS[answer.asker ?? "topic"];
  // The topic of an endpoint is shown above already.
  const topic = answer.asker ? "" : element("code", {}, ...code(answer.topic));
  const how = answer.is_typed ? " It was typed, so it was compared with the others as text." : "";
  return element(
    "p",
    { class: "verdict", "data-matched": String(answer.is_matched) },
    element("span", { class: "sign", "aria-hidden": "true" }, answer.is_matched ? "✓" : "✕"),
    answer.is_matched ? found : missing,
    topic,
    element("span", { class: "dim" }, ` in ${nameOf(answer.vm)}.${how}`),
  );
}

function differing({ field, asked, theirs }) {
  const line = (title, text, name) =>
    element(
      "div",
      {},
      element("dt", {}, title),
      element("dd", {}, element("code", { class: name }, ...code(text))),
    );
  return element(
    "dl",
    { class: "difference" },
    line("differs at", field, "differs"),
    line("this topic", asked, null),
    line("the other", theirs, null),
  );
}
