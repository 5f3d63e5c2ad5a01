// Places the labels of edges so that none covers another label or a node. A label without room is shown on hover.

import { setAttribute } from "./element.js";

const PLACES = [0.5, 0.4, 0.6, 0.3, 0.7, 0.22, 0.78];
const HEIGHT = 19;

export function placeLabels(edges, nodes) {
  const taken = nodes.map(({ data }) => box(data.x, data.y, data.width, data.height));
  for (const edge of edges) {
    const places = edge.isLoop ? [above(edge)] : PLACES.map((part) => edge.along(part));
    const free = places.find(
      ([x, y]) => !taken.some((other) => overlaps(other, box(x, y, edge.width, HEIGHT))),
    );
    const [x, y] = free ?? places[0];
    if (free !== undefined) taken.push(box(x, y, edge.width, HEIGHT));
    setAttribute(edge.label, "transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    setAttribute(edge.label, "data-hidden", free === undefined);
  }
}

/** For an edge from a node to itself, the label is above the line. */
function above(edge) {
  const [x, y] = edge.along(0.5);
  return [x, y - HEIGHT / 2 - 3];
}

const box = (x, y, width, height) => [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
const overlaps = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
