// The answer to who hears a topic: the verdict, the near misses with what keeps them apart, and those who hear and speak.

import { code } from "./code.js";
import { element } from "./element.js";
import { nameOf, whole } from "./format.js";

// What is not as it should be comes first.
const RELATIONS = [
  { relation: "apart", sign: "≠", title: "Apart", word: "is apart" },
  { relation: "hears", sign: "✓", title: "Hear it", word: "hears it" },
  { relation: "speaks", sign: "↗", title: "Speak of it", word: "speaks of it" },
];
// So many of each are shown at first.
const FIRST = 4;

export class Explanation {
  constructor(goTo) {
    this.goTo = goTo;
    this.node = element("div", { class: "explanation", role: "status" });
    this.turn = 0;
  }

  /** Shows the answer when it is there; only the last question's. */
  async await(promise) {
    const turn = ++this.turn;
    this.node.replaceChildren(element("p", { class: "dim" }, "Asking the program …"));
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
    const nobody = `Nobody here has ${kind} for ${answer.type || "this type"}.`;
    const hidden = answer.hidden_endpoints;
    this.node.replaceChildren(
      verdict(answer),
      ...(groups.length > 0 ? groups : [element("p", { class: "dim" }, nobody)]),
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
      // Where it says more than what stands there already.
      difference || says === word ? null : element("p", { class: "says" }, says),
    );
  }
}

// What is said where somebody is on the other side, and where nobody is; by who asks.
const VERDICTS = {
  topic: ["Somebody takes ", "Nobody takes "],
  publisher: ["Somebody hears it", "Nobody hears it"],
  subscriber: ["Somebody speaks to it", "Nobody speaks to it"],
};

function verdict(answer) {
  const [somebody, nobody] = VERDICTS[answer.asker ?? "topic"];
  // An endpoint's topic stands above already.
  const topic = answer.asker ? "" : element("code", {}, ...code(answer.topic));
  const how = answer.is_typed ? " It was typed, so it was compared with the others as text." : "";
  return element(
    "p",
    { class: "verdict", "data-met": String(answer.is_met) },
    element("span", { class: "sign", "aria-hidden": "true" }, answer.is_met ? "✓" : "✕"),
    answer.is_met ? somebody : nobody,
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
    line("asked", asked, null),
    line("theirs", theirs, null),
  );
}
