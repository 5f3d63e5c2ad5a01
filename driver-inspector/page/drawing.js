// Draws the time line on a canvas. Only the visible part is drawn.

import { moment, nameOf } from "./format.js";
import { FONTS, fitting } from "./text.js";

export const LANE = 34;
export const AXIS = 26;
const LIFE = 10;
const BARS = 19;

export const COLOURS = [
  "text",
  "dim",
  "line",
  "surface",
  "raised",
  "accent",
  "life",
  "good",
  "bad",
  "warn",
  "feedback",
  "chosen",
];

/** Draws `{ lanes, arrows, marks }`. `top` is the scroll position of the lanes. */
export function drawPicture(pen, picture, scale, { width, height, top, names, colours, chosen, process }) {
  pen.clearRect(0, 0, width, height);
  pen.save();
  pen.beginPath();
  pen.rect(0, AXIS, width, height - AXIS);
  pen.clip();
  const y = (lane) => AXIS + lane.index * LANE - top;
  const sight = picture.lanes.filter((lane) => y(lane) > AXIS - LANE && y(lane) < height);
  const view = { pen, scale, colours, y, width, height, picture, chosen };
  for (const lane of sight) drawGround(view, lane, lane.process === process);
  pen.beginPath();
  pen.rect(names, AXIS, width - names, height - AXIS);
  pen.save();
  pen.clip();
  for (const lane of sight) drawBars(view, lane);
  drawArrows(view);
  for (const record of picture.marks) if (scale.isVisible(record)) drawMark(view, record);
  if (chosen !== null) drawChosen(view, chosen);
  pen.restore();
  for (const lane of sight) drawName(view, lane, names, lane.process === process);
  pen.restore();
  drawAxis(view, names);
}

function drawGround({ pen, colours, y, width }, lane, isChosen) {
  pen.fillStyle = isChosen ? colours.chosen : colours.surface;
  pen.fillRect(0, y(lane), width, LANE);
  pen.fillStyle = colours.line;
  pen.fillRect(0, y(lane) + LANE - 1, width, 1);
}

function drawName({ pen, colours, y }, lane, names, isChosen) {
  pen.fillStyle = isChosen ? colours.chosen : colours.surface;
  pen.fillRect(0, y(lane), names - 1, LANE - 1);
  pen.fillStyle = colours.line;
  pen.fillRect(names - 1, y(lane), 1, LANE);
  pen.fillStyle = lane.name === "" ? colours.dim : colours.text;
  pen.font = isChosen ? FONTS.chosenLane : FONTS.lane;
  pen.textAlign = "left";
  pen.textBaseline = "middle";
  pen.fillText(fitting(nameOf(lane.name), names - 22, pen.font), 14, y(lane) + LANE / 2);
}

/** The life of a process as a broad bar, and presences as narrow bars below it. */
function drawBars({ pen, scale, colours, y }, lane) {
  const [start, end] = [scale.at(scale.from), Math.min(scale.at(scale.to), scale.at(scale.now))];
  const ends = (bar) => [
    Math.max(start - 8, bar.from ? scale.x(bar.from) : start - 8),
    bar.to ? scale.x(bar.to) : end + 8,
  ];
  for (const life of lane.lives) {
    const [from, to] = ends(life);
    bar(pen, from, y(lane) + LIFE - 5, to, 10, colours.life);
  }
  for (const presence of lane.bars) {
    const [from, to] = ends(presence);
    bar(pen, from, y(lane) + BARS + presence.slot * 4.5, to, 3, colours.good);
  }
}

function bar(pen, from, top, to, height, colour) {
  if (to < from) return;
  pen.fillStyle = colour;
  pen.beginPath();
  pen.roundRect(from, top, Math.max(2, to - from), height, height / 2);
  pen.fill();
}

/**
 * An arrow goes from the lane and time of the sender to those of the delivery. All arrows of a kind are one path, and of
 * several in the same place one is drawn, so that thousands take a few milliseconds.
 */
function drawArrows(view) {
  const { pen, scale, colours, picture } = view;
  const drawn = new Set();
  const kinds = [new Path2D(), new Path2D(), new Path2D(), new Path2D()];
  for (const arrow of picture.arrows) {
    if (!(scale.isVisible(arrow.record) || scale.isVisible(arrow.sent))) continue;
    const ends = endsOf(view, arrow);
    if (ends === null) continue;
    const place = ends.reduce((sum, end) => sum * 4093 + Math.round(end), 0);
    if (drawn.has(place)) continue;
    drawn.add(place);
    const kind = arrow.record.is_feedback ? 2 : 0;
    addArrow(kinds[kind], kinds[kind + 1], ends, 7);
  }
  pen.lineWidth = 1;
  pen.globalAlpha = 0.8;
  paint(pen, kinds[0], kinds[1], colours.accent, []);
  paint(pen, kinds[2], kinds[3], colours.feedback, [4, 3]);
  pen.globalAlpha = 1;
}

/** The ends of an arrow; `null` if the sender is unknown or both ends are outside the visible part. */
export function endsOf({ scale, y, height, picture }, { record, sent }) {
  const [from, to] = [picture.byProcess.get(record.peer), picture.byProcess.get(record.process)];
  if (from === undefined || from === to) return null;
  const [start, end] = [y(from) + LIFE, y(to) + LIFE];
  if (Math.max(start, end) < 0 || Math.min(start, end) > height) return null;
  return [scale.x(sent), start, scale.x(record), end];
}

function addArrow(lines, heads, [x1, y1, x2, y2], size) {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  lines.moveTo(x1, y1);
  lines.lineTo(x2, y2);
  heads.moveTo(x2, y2);
  heads.lineTo(x2 - size * Math.cos(angle - 0.42), y2 - size * Math.sin(angle - 0.42));
  heads.lineTo(x2 - size * Math.cos(angle + 0.42), y2 - size * Math.sin(angle + 0.42));
  heads.closePath();
}

function paint(pen, lines, heads, colour, dashes) {
  pen.strokeStyle = pen.fillStyle = colour;
  pen.setLineDash(dashes);
  pen.stroke(lines);
  pen.setLineDash([]);
  pen.fill(heads);
}

/** Each kind of record has a shape of its own, besides its colour. */
function drawMark({ pen, scale, colours, y, picture }, record) {
  const lane = picture.byProcess.get(record.process);
  const [x, top] = [scale.x(record), y(lane) + LIFE];
  const shapes = {
    failed: () => cross(pen, x, top, 5.5, colours.bad, colours.surface, true),
    dropped: () => cross(pen, x, top, 4, colours.bad, null, false),
    restarted: () =>
      polygon(
        pen,
        [
          [x - 5, top + 4.5],
          [x + 5, top + 4.5],
          [x, top - 5],
        ],
        colours.warn,
      ),
    started: () =>
      polygon(
        pen,
        [
          [x, top - 5],
          [x, top + 5],
          [x + 6, top],
        ],
        colours.text,
      ),
    left: () => pen.fillRect(x - 1, top - 6, 2, 12),
    leaving: () => pen.fillRect(x - 0.5, top - 4, 1, 8),
    presence: () => polygon(pen, diamond(x, y(lane) + BARS + 1.5, 3.5), colours.good),
    absence: () => polygon(pen, diamond(x, y(lane) + BARS + 1.5, 3.5), colours.surface, colours.good),
  };
  pen.fillStyle = colours.dim;
  shapes[record.what]();
}

const diamond = (x, y, size) => [
  [x - size, y],
  [x, y - size],
  [x + size, y],
  [x, y + size],
];

function polygon(pen, points, fill, stroke = null) {
  pen.beginPath();
  points.forEach(([x, y], index) => (index === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y)));
  pen.closePath();
  pen.fillStyle = fill;
  pen.fill();
  if (stroke === null) return;
  pen.strokeStyle = stroke;
  pen.lineWidth = 1.4;
  pen.stroke();
}

function cross(pen, x, y, size, colour, inner, isRound) {
  if (isRound) {
    pen.fillStyle = colour;
    pen.beginPath();
    pen.arc(x, y, size + 2, 0, 7);
    pen.fill();
  }
  const arm = isRound ? size - 2.2 : size;
  pen.strokeStyle = inner ?? colour;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.moveTo(x - arm, y - arm);
  pen.lineTo(x + arm, y + arm);
  pen.moveTo(x + arm, y - arm);
  pen.lineTo(x - arm, y + arm);
  pen.stroke();
}

function drawChosen(view, record) {
  const { pen, scale, colours, y, height, picture } = view;
  const lane = picture.byProcess.get(record.process);
  if (lane === undefined) return;
  const x = scale.x(record);
  pen.fillStyle = colours.accent;
  pen.fillRect(x - 0.5, AXIS, 1, height - AXIS);
  const arrow = picture.arrows.find((one) => one.record === record);
  const ends = arrow && endsOf(view, arrow);
  if (ends) {
    const [line, head] = [new Path2D(), new Path2D()];
    addArrow(line, head, ends, 10);
    pen.lineWidth = 2.6;
    paint(pen, line, head, colours.accent, []);
  }
  pen.strokeStyle = colours.accent;
  pen.lineWidth = 2;
  pen.beginPath();
  pen.arc(x, y(lane) + LIFE, 9, 0, 7);
  pen.stroke();
}

function drawAxis({ pen, scale, colours, width }, names) {
  pen.fillStyle = colours.raised;
  pen.fillRect(0, 0, width, AXIS);
  pen.fillStyle = colours.line;
  pen.fillRect(0, AXIS - 1, width, 1);
  pen.font = FONTS.axis;
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  pen.fillStyle = colours.dim;
  pen.fillText(scale.isByOrder ? "one after another" : "time", 14, AXIS / 2);
  if (scale.isByOrder) return;
  const { ticks, step } = scale.ticks(scale.width / 110);
  for (const at of ticks) {
    const x = scale.at(at);
    if (x < names) continue;
    pen.fillStyle = colours.line;
    pen.fillRect(x, AXIS - 6, 1, 5);
    pen.fillStyle = colours.dim;
    pen.fillText(moment(at, step), x + 4, AXIS / 2);
  }
}
