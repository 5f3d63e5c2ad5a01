// Makes and updates elements. Whatever comes from the program is only used as text.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes, listeners (`onclick`) and children. Those that are null or false are left out. */
export function element(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function drawing(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, tag), attributes, children);
}

function furnish(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else setAttribute(node, name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== false && child !== undefined));
  return node;
}

/** Changes the document only if the value is a new one, which avoids needless layouts. */
export function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else {
    const text = value === true ? "" : String(value);
    if (node.getAttribute(name) !== text) node.setAttribute(name, text);
  }
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Keeps one child of `parent` for each item, by its key and in the items' order: `make(item)` gives
 * `{ node, show(item) }`. The parent has no other children.
 */
export function keyed(parent, keyOf, make) {
  let kept = new Map();
  return (items) => {
    const next = new Map();
    for (const item of items) {
      const key = keyOf(item);
      const part = kept.get(key) ?? make(item);
      part.show(item);
      next.set(key, part);
    }
    for (const [key, part] of kept) if (!next.has(key)) part.node.remove();
    let place = parent.firstChild;
    for (const part of next.values()) {
      if (part.node === place) place = place.nextSibling;
      else parent.insertBefore(part.node, place);
    }
    kept = next;
  };
}
