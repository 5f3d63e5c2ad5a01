// Ten thousand connections, some of which flood the server: the page goes on, the server keeps its memory, and is about as
// fast as it is without the inspector. With SECONDS=300 it takes five minutes.

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
const VIEWS = ["tree", "graph", "timeline", "numbers"];

const without = await bare();
const seen = await inspected();
const ratio = seen.rate / without.rate;
const cost = seen.cost / without.cost;
console.log(
  `echoes a second: ${without.rate} without the inspector, ${seen.rate} with a page open (${ratio.toFixed(2)} of it)`,
);
console.log(
  `the ground's processor time for an echo: ${without.cost.toFixed(1)} µs without, ${seen.cost.toFixed(1)} µs with (${cost.toFixed(2)} times)`,
);
console.log(
  `memory with the inspector: ${mib(seen.before)} before the flood, ${mib(seen.after)} after ${SECONDS} s of it`,
);
console.log(`the page: ${seen.frames} frames, the longest ${Math.round(seen.longest)} ms`);
assert(seen.longest < LONGEST_FRAME, "the page stalls");
assert(seen.after - seen.before < 32 * MIB, "the inspector's memory grows");

async function bare() {
  const program = await Program.server("ECHO_SERVER", { isInspected: false });
  const sockets = await crowd(program.port);
  await flood(sockets, program, 2);
  const measured = await flood(sockets, program, SECONDS);
  sockets.forEach((socket) => socket.destroy());
  await program.end();
  return measured;
}

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
  // What is kept of five minutes is all there before it is measured.
  await flood(sockets, program, 5);
  await watchFrames(viewer);
  const before = program.memory;
  const looking = look(viewer);
  const measured = await flood(sockets, program, SECONDS);
  await looking;
  const after = program.memory;
  const frames = await framesSeen(viewer);
  viewer.hasNoErrors();
  await browser.close();
  sockets.forEach((socket) => socket.destroy());
  await program.end();
  return { ...measured, ...frames, before, after };
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

function mib(bytes) {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
