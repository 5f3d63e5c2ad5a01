// Fifty people enter a chat, talk, leave and are killed. The page shows exactly what they did.

import { Guest } from "./support/guest.mjs";
import { Program } from "./support/program.mjs";
import { Browser } from "./support/viewer.mjs";

const PEOPLE = 50;
const LEAVING = 10;
const KILLED = 5;
const LINES = 40;
// How many lines have been sent before these.
let said = 0;

const program = await Program.server("CHAT_SERVER");
const browser = await Browser.start();
const viewer = await browser.open(program.url);

const people = await enter();
await hasTree(PEOPLE);
await hasGraph();
await hasNumbers();
await hasDepartures();
viewer.hasNoErrors();
await browser.close();
await program.end();

/** They come one after another, so each knows of all others. */
async function enter() {
  const all = [];
  for (let count = 0; count < PEOPLE; count += 1) {
    const guest = await Guest.enter(program.port);
    for (const other of all) await other.hears(`${guest.name} arrived.`);
    all.push(guest);
  }
  return all;
}

/** The room has its doorkeeper and a process for each of them. */
async function hasTree(count) {
  await viewer.goTo("tree");
  await viewer.page.fill("#panel-tree input", "");
  const inside = ([name, inside]) => {
    const rows = [...document.querySelectorAll(".rows-space > .tree-row[data-number]")];
    return rows.some(
      (row) =>
        row.querySelector(".name").textContent === name && row.querySelector(".chip").textContent === inside,
    );
  };
  await viewer.sees(inside, `${count} people in the room`, ["room", String(count + 1)]);
  for (const guest of [people[0], people.at(-1)]) await viewer.find(guest.name);
}

/** In the room they are one group, which opens; what is said lights up the edges. */
async function hasGraph() {
  await viewer.choose("room");
  await viewer.page.locator("#tree-rows").press("g");
  await viewer.sees(
    (count) => document.querySelector(".node[data-group] .node-label")?.textContent.startsWith(`${count} × `),
    "a group of all people",
    PEOPLE,
  );
  await hasLight();
  await viewer.page.click(".node[data-group] .node-toggle");
  await viewer.sees(
    (count) => document.querySelectorAll(".node:not([data-group])").length >= count,
    "each of them in the open group",
    PEOPLE,
  );
  await viewer.page.locator(".node:not([data-group]) .node-toggle:not([hidden])").first().click();
  await viewer.sees(
    (count) => document.querySelector(".node[data-group] .node-label")?.textContent.startsWith(`${count} × `),
    "the group closed again",
    PEOPLE,
  );
}

/** A light is short, so something is said until it is seen. */
async function hasLight() {
  let isSeen = false;
  const light = () => document.querySelector('.edge.lit[data-type="Utterance"]');
  const seen = viewer.sees(light, "the light of what is said").finally(() => (isSeen = true));
  for (; !isSeen; said += 1) {
    people[0].say(`is it bright? ${said}`);
    await Promise.all(people.slice(1).map((guest) => guest.hears(`${people[0].name}: is it bright? ${said}`)));
  }
  await seen;
}

/** Each line is one message, which all people take, the speaker too. */
async function hasNumbers() {
  await viewer.goTo("numbers");
  await hasLines(said);
  for (let line = 0; line < LINES; line += 1) {
    const speaker = people[line % people.length];
    speaker.say(`line ${line}`);
    for (const other of people) if (other !== speaker) await other.hears(`${speaker.name}: line ${line}`);
  }
  await hasLines(said + LINES);
  await viewer.sees(
    () => document.querySelector('[data-total="dropped"]').textContent === "0",
    "that nothing was dropped",
  );
  await viewer.sees(
    () => document.querySelector('[data-total="crashes"]').textContent === "0",
    "that nothing crashed",
  );
}

/** So many have been said, by the table of types. */
function hasLines(count) {
  const isCounted = (count) => {
    const rows = [...document.querySelectorAll("#panel-numbers tbody tr")];
    const row = rows.find((row) => row.querySelector("code")?.textContent === "Utterance");
    return row?.lastElementChild.textContent === count;
  };
  return viewer.sees(isCounted, `${count} lines said`, count.toLocaleString("en"));
}

/** Some leave, some are killed: the time line has an absence of each, and the tree those who are left. */
async function hasDepartures() {
  await viewer.goTo("timeline");
  const gone = people.splice(0, LEAVING + KILLED);
  const witness = people.at(-1);
  for (const [index, guest] of gone.entries()) {
    await (index < LEAVING ? guest.leave() : guest.reset());
    await witness.hears(`${guest.name} departed.`);
  }
  const killed = gone.at(-1);
  await viewer.page.fill('#panel-timeline input[aria-label="Text or reason"]', "reset by peer");
  await viewer.sees(
    (name) =>
      [...document.querySelectorAll(".record:not([hidden])")].some(
        (record) =>
          record.dataset.what === "absence" &&
          record.querySelector(".who").textContent.includes(name) &&
          /reset by peer/.test(record.textContent),
      ),
    `why ${killed.name} lost the connection`,
    killed.name,
  );
  await viewer.page.fill('#panel-timeline input[aria-label="Text or reason"]', killed.name);
  await viewer.sees(
    (name) =>
      [...document.querySelectorAll(".record:not([hidden])")].some(
        (record) => record.dataset.what === "left" && record.querySelector(".who").textContent === name,
      ),
    `that ${killed.name} has left`,
    killed.name,
  );
  await hasTree(PEOPLE - LEAVING - KILLED);
}
