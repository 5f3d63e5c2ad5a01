// Syntax highlighting of roles, topics and values.

import { element } from "./element.js";

// A word followed by `!` or `(`, a type or variant, a field's name, a string, a number, a wildcard.
const PARTS =
  /("(?:[^"\\]|\\.)*"?)|(\b[a-z_]\w*!?(?=\())|(\b[A-Z]\w*)|(\b[a-z_]\w*(?=:(?!:)))|(\b\d[\w.]*)|(\.\.|\b_\b)/g;
const CLASSES = ["text", "call", "type", "field", "number", "any"];

/** The parts of a piece of code: texts, and elements for parts with a colour. */
export function code(source) {
  const parts = [];
  let end = 0;
  for (const match of source.matchAll(PARTS)) {
    if (match.index > end) parts.push(source.slice(end, match.index));
    const kind = CLASSES[match.slice(1).findIndex((group) => group !== undefined)];
    parts.push(element("span", { class: `code-${kind}` }, match[0]));
    end = match.index + match[0].length;
  }
  parts.push(source.slice(end));
  return parts;
}

/** The topic in a role: `Said { .. }` in `subscriber(topic!(Said { .. }))`. */
export function topicOf(role) {
  const start = role.indexOf("topic!(");
  if (start < 0) return role;
  // The last two close `topic!(` and the call around it.
  return role.slice(start + "topic!(".length).replace(/\)\)$/, "");
}
