// Turns records into the shapes of the time line: a lane for each process, with its life, presences and messages.

const ENDS = new Set(["left", "failed"]);
const SLOTS = 3;

/** `{ lanes, arrows, marks }`. Bars and arrows connect records. The end of a bar that goes on is `null`. */
export function lanesOf(records) {
  const picture = { lanes: [], arrows: [], marks: [], byProcess: new Map() };
  const open = new Map();
  for (const record of records.all) {
    const lane = laneOf(picture, record.process, record.process_name, record);
    if (record.peer !== undefined) laneOf(picture, record.peer, record.peer_name ?? "", record);
    live(lane, record);
    if (record.what === "presence") begin(lane, open, record);
    else if (record.what === "absence") end(lane, open, record);
    else if (record.what === "delivered")
      picture.arrows.push({ record, sent: records.sent.get(record.message) ?? record });
    if (MARKED.has(record.what)) picture.marks.push(record);
  }
  return picture;
}

const MARKED = new Set(["started", "left", "failed", "restarted", "dropped", "presence", "absence", "leaving"]);

function laneOf(picture, process, name, record) {
  let lane = picture.byProcess.get(process);
  if (lane === undefined) {
    lane = {
      process,
      name,
      index: picture.lanes.length,
      first: record,
      lives: [{ from: null, to: null }],
      bars: [],
      busy: [],
    };
    picture.byProcess.set(process, lane);
    picture.lanes.push(lane);
  }
  if (lane.name === "" && name !== "") lane.name = name;
  return lane;
}

function live(lane, record) {
  if (record.what === "started") {
    if (lane.lives.length === 1 && lane.lives[0].from === null && lane.first === record) lane.lives.pop();
    lane.lives.push({ from: record, to: null });
  } else if (ENDS.has(record.what)) {
    const last = lane.lives.at(-1);
    if (last !== undefined && last.to === null) last.to = record;
  }
}

/** A presence is drawn in the first free slot of its lane. If there are many, they share the last slot. */
function begin(lane, open, record) {
  let slot = lane.busy.findIndex((count) => !count);
  if (slot < 0) slot = Math.min(lane.busy.length, SLOTS - 1);
  lane.busy[slot] = (lane.busy[slot] ?? 0) + 1;
  const bar = { lane, slot, from: record, to: null };
  open.set(pairOf(record), bar);
  lane.bars.push(bar);
}

/** A presence that began before the first record has no beginning. */
function end(lane, open, record) {
  const bar = open.get(pairOf(record));
  if (bar === undefined) {
    lane.bars.push({ lane, slot: 0, from: null, to: record });
    return;
  }
  open.delete(pairOf(record));
  lane.busy[bar.slot] -= 1;
  bar.to = record;
}

const pairOf = (record) => `${record.process}/${record.endpoint}/${record.peer}/${record.peer_endpoint}`;
