// The whole browser is stopped while a chat runs at full speed. The server does not notice, and when the browser
// continues, so does the page.

import assert from "node:assert/strict";

import { Guest } from "./support/guest.mjs";
import { Program } from "./support/program.mjs";
import { Browser } from "./support/viewer.mjs";

const PEOPLE = 20;
const SECONDS = 4;
const MIB = 1 << 20;
// By how much a line may take more of the ground's time by chance.
const MOST = 1.3;

const program = await Program.server("CHAT_SERVER");
const browser = await Browser.start();
const people = [];
while (people.length < PEOPLE) people.push(await Guest.enter(program.port));
const viewer = await browser.open(program.url);
await viewer.goTo("timeline");

await chat(1);
const open = await chat(SECONDS);
browser.signal("SIGSTOP");
const memory = program.memory;
const frozen = await chat(SECONDS);
const grown = program.memory - memory;
browser.signal("SIGCONT");

console.log(`lines heard a second: ${open.rate} with a page, ${frozen.rate} with a frozen one`);
console.log(
  `the ground's processor time for a line: ${open.cost.toFixed(1)} µs with a page, ${frozen.cost.toFixed(1)} µs with a frozen one`,
);
console.log(`memory grown by ${Math.round(grown / 1024)} KiB while it was frozen`);
assert(frozen.cost < open.cost * MOST, "a frozen browser slows the program");
assert(grown < 16 * MIB, "a frozen browser takes the program's memory");
const last = await Guest.enter(program.port);
await viewer.find(last.name);
viewer.hasNoErrors();
await browser.close();
await program.end();

/** One after another speaks, as soon as all have heard the last: lines heard a second, and what each takes, in µs. */
async function chat(seconds) {
  const begin = performance.now();
  const time = program.groundTime;
  let heard = 0;
  for (let round = 0; performance.now() - begin < seconds * 1000; round += 1) {
    const speaker = people[round % PEOPLE];
    const line = `${speaker.name}: ${round}`;
    speaker.say(round);
    await Promise.all(people.filter((guest) => guest !== speaker).map((guest) => guest.hears(line)));
    heard += PEOPLE - 1;
  }
  const cost = ((program.groundTime - time) * 1e6) / heard;
  return { rate: Math.round((heard * 1000) / (performance.now() - begin)), cost };
}
