// Ten thousand connections, some of which flood the server. The page keeps working, and the server's memory stays
// bounded. The script prints how fast the server is without the inspector and with it. With SECONDS=300 it takes five
// minutes.

import assert from "node:assert/strict";
import { connect } from "node:net";

import { framesSeen, watchFrames } from "./support/frames.mjs";
import { Program } from "./support/program.mjs";
import { Browser } from "./support/viewer.mjs";

const CONNECTIONS = Number(process.env.CONNECTIONS ?? 10_000);
const SPEAKERS = 50;
const SECONDS = Number(process.env.SECONDS ?? 20);
const PIECE = Buffer.from("x".repeat(64));
const MIB = 1 << 20;
const LONGEST_FRAME = 100;
const LONG = 60;
const VIEWS = ["tree", "graph", "timeline", "numbers"];

const without = await unseen({ isInspected: false });
const unopened = await unseen({ isInspected: true });
const seen = await inspected();
say("without the inspector", without);
say("with it, and no page open", unopened);
say("with a page open", seen);
console.log(`memory: ${mib(seen.before)} before the flood, ${mib(seen.after)} after ${SECONDS} s of it`);
const { count, longest, usual, work } = seen.frames;
console.log(
  `the page: ${count} frames, of which the longest took ${ms(longest)} and 99 of 100 at most ${ms(usual)};`,
);
console.log(`its longest task took ${ms(work)} of a processor`);
assert(work < LONGEST_FRAME, "a task of the page's takes too long");
// Other programs use the processors too, so the wall-clock time of a frame means something only over a long time.
if (SECONDS >= LONG) assert(usual < LONGEST_FRAME, "the page stalls");
assert(seen.after - seen.before < 32 * MIB, "the inspector's memory grows");

function say(how, { rate, cost }) {
  const share = `${Math.round((100 * rate) / without.rate)} %`;
  console.log(
    `${how}: ${rate} echoes a second (${share}), each ${cost.toFixed(1)} µs of the ground's processor time`,
  );
}

/** Nobody looks. */
async function unseen(how) {
  const program = await Program.server("ECHO_SERVER", how);
  const sockets = await crowd(program.port);
  await flood(sockets, program, 2);
  const measured = await flood(sockets, program, SECONDS / 2);
  sockets.forEach((socket) => socket.destroy());
  await program.end();
  return measured;
}

/** Somebody looks at one view after another. */
async function inspected() {
  const program = await Program.server("ECHO_SERVER");
  const sockets = await crowd(program.port);
  const browser = await Browser.start();
  const viewer = await browser.open(program.url);
  await viewer.goTo("graph");
  await viewer.sees(
    (count) =>
      [...document.querySelectorAll(".node-label")].some((label) =>
        label.textContent.startsWith(`${count} × echo`),
      ),
    "the crowd as one group",
    CONNECTIONS.toLocaleString("en"),
  );
  // The measurement begins after the five minutes that are kept have filled up.
  await flood(sockets, program, 5);
  const watching = await watchFrames(viewer);
  const before = program.memory;
  const looking = look(viewer);
  const measured = await flood(sockets, program, SECONDS);
  await looking;
  const after = program.memory;
  const frames = await framesSeen(watching);
  viewer.hasNoErrors();
  await browser.close();
  sockets.forEach((socket) => socket.destroy());
  await program.end();
  return { ...measured, frames, before, after };
}

/** Looks at one view after another, and scrolls in the tree. */
async function look(viewer) {
  const end = performance.now() + SECONDS * 1000;
  for (let turn = 0; performance.now() < end; turn += 1) {
    const view = VIEWS[turn % VIEWS.length];
    await viewer.goTo(view);
    if (view === "tree") {
      await viewer.page.mouse.move(400, 400);
      await viewer.page.mouse.wheel(0, 30_000 * (turn % 8 === 0 ? 1 : -1));
    }
    await viewer.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1000)));
  }
}

/** So many connections, a few hundred at a time. */
async function crowd(port) {
  const sockets = [];
  while (sockets.length < CONNECTIONS) {
    const count = Math.min(400, CONNECTIONS - sockets.length);
    const some = Array.from({ length: count }, () => greet(port));
    sockets.push(...(await Promise.all(some)));
  }
  return sockets;
}

/** A connection, once its first byte has come back. */
function greet(port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.once("error", reject);
    socket.once("data", () => {
      socket.off("error", reject);
      socket.on("error", () => {});
      resolve(socket);
    });
    socket.write("!");
  });
}

/** Some of them send as fast as they are answered: echoes a second, and what of the ground's time each takes, in µs. */
async function flood(sockets, program, seconds) {
  let echoes = 0;
  const speakers = sockets.slice(0, SPEAKERS);
  const begin = performance.now();
  const time = program.groundTime;
  for (const socket of speakers) {
    let waiting = 0;
    const send = () => {
      waiting += PIECE.length;
      socket.write(PIECE);
    };
    socket.on("data", (bytes) => {
      waiting -= bytes.length;
      if (waiting > 0) return;
      echoes += 1;
      if (performance.now() - begin < seconds * 1000) send();
    });
    send();
  }
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const rate = Math.round((echoes * 1000) / (performance.now() - begin));
  const cost = ((program.groundTime - time) * 1e6) / echoes;
  speakers.forEach((socket) => socket.removeAllListeners("data"));
  speakers.forEach((socket) => socket.resume());
  return { rate, cost };
}

function ms(milliseconds) {
  return `${milliseconds.toFixed(0)} ms`;
}

function mib(bytes) {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
