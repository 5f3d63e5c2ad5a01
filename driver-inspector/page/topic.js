// The form in which a topic is typed, or picked from the endpoints that are shown. The program answers which endpoints match.

import { element, keyed, setAttribute } from "./element.js";
import { topicOf } from "./code.js";
import { Explanation } from "./explanation.js";

export class TopicForm {
  constructor({ explain, goTo }) {
    this.explain = explain;
    this.endpoints = [];
    this.home = null;
    this.topics = element("datalist", { id: "topics" });
    this.showTopics = keyed(this.topics, (topic) => topic, makeTopic);
    this.input = element("input", {
      id: "topic",
      list: "topics",
      placeholder: 'Said { room: "lobby", .. }',
      autocomplete: "off",
      spellcheck: "false",
      "aria-describedby": "topic-help",
    });
    this.answer = new Explanation(goTo);
    this.button = element("button", { class: "primary" }, "Explain");
    const form = element(
      "form",
      { onsubmit: (event) => this.ask(event) },
      element("label", { for: "topic" }, "Which endpoints receive messages of a topic, and why do others not?"),
      element("div", { class: "ask-line" }, this.input, this.topics, this.button),
      element(
        "p",
        { id: "topic-help", class: "dim" },
        "Type a topic as in code, with _ and .. as wildcards, or pick an endpoint's topic from the list.",
      ),
    );
    this.node = element("div", { class: "topic-form" }, form, this.answer.node);
  }

  /** `home` is the VM that is asked about if no endpoint is shown. */
  draw(endpoints, home) {
    this.endpoints = endpoints;
    this.home = home;
    this.showTopics([...new Set(endpoints.map((endpoint) => topicOf(endpoint.role)))]);
    setAttribute(this.button, "disabled", this.vm() === null);
  }

  vm() {
    return this.endpoints[0]?.vm ?? this.home;
  }

  ask(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (text === "") return this.answer.fail("Type a topic first.");
    const endpoint = this.endpoints.find((one) => topicOf(one.role) === text);
    const question = endpoint ? { vm: endpoint.vm, endpoint: endpoint.id } : { vm: this.vm(), topic: text };
    return this.answer.await(this.explain(question));
  }
}

function makeTopic(topic) {
  return { node: element("option", { value: topic }), show: () => {} };
}
