// The answer to who hears a topic: the verdict, those who hear and speak, and the near misses with what keeps them apart.

import { code } from "./code.js";
import { element } from "./element.js";
import { nameOf, whole } from "./format.js";

const RELATIONS = {
  hears: { sign: "✓", name: "hears it" },
  speaks: { sign: "↗", name: "speaks of it" },
  apart: { sign: "≠", name: "is apart" },
};

export class Explanation {
  constructor(goTo) {
    this.goTo = goTo;
    this.node = element("div", { class: "explanation", role: "status" });
    this.turn = 0;
  }

  /** Shows the answer when it is there; only the last question's. */
  async await(promise) {
    const turn = ++this.turn;
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
    const how = answer.is_typed ? " The topic was typed, so it was compared with the others as text." : "";
    const rows = answer.endpoints.map((endpoint) => this.row(endpoint));
    const hidden = answer.hidden_endpoints;
    this.node.replaceChildren(
      element(
        "p",
        { class: "verdict", "data-taken": String(answer.is_taken) },
        element("span", { class: "sign", "aria-hidden": "true" }, answer.is_taken ? "✓" : "✕"),
        answer.is_taken ? "Somebody takes " : "Nobody takes ",
        element("code", {}, ...code(answer.topic)),
        element("span", { class: "dim" }, ` in ${nameOf(answer.vm)}.${how}`),
      ),
      element(
        "ul",
        {},
        rows.length > 0
          ? rows
          : element("li", { class: "dim" }, `Nobody here has an endpoint for ${answer.type || "this type"}.`),
      ),
      hidden > 0 ? element("p", { class: "dim" }, `and ${whole(hidden)} more endpoints`) : "",
    );
  }

  row({ process, process_name: name, role, relation, says, difference }) {
    const { sign, name: word } = RELATIONS[relation];
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
        element("span", { class: "dim" }, word),
      ),
      element("code", { class: "role" }, ...code(role)),
      difference ? this.difference(difference) : null,
      // Where it says more than what stands there already.
      difference || says === word ? null : element("p", { class: "says" }, says),
    );
  }

  difference({ field, asked, theirs }) {
    return element(
      "dl",
      { class: "difference" },
      element(
        "div",
        {},
        element("dt", {}, "differs at"),
        element("dd", {}, element("code", { class: "differs" }, field)),
      ),
      element("div", {}, element("dt", {}, "asked"), element("dd", {}, element("code", {}, ...code(asked)))),
      element("div", {}, element("dt", {}, "theirs"), element("dd", {}, element("code", {}, ...code(theirs)))),
    );
  }
}
