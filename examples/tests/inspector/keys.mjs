// Everything can be done with keys, and the page says with which.

import assert from "node:assert/strict";

import { Guest } from "./support/guest.mjs";
import { Program } from "./support/program.mjs";
import { Browser } from "./support/viewer.mjs";

const program = await Program.server("CHAT_SERVER");
const guests = [await Guest.enter(program.port), await Guest.enter(program.port)];
const browser = await Browser.start();
const viewer = await browser.open(program.url);
const { page } = viewer;
const press = (...keys) =>
  keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
const isAt = (tab) => viewer.sees((tab) => document.body.dataset.tab === tab, `the view ${tab}`, tab);

// Search, then down the tree, and to the process with its endpoints.
await press("/");
await page.keyboard.type(guests[0].name);
await viewer.sees(
  (name) => [...document.querySelectorAll(".tree-row .name")].some((one) => one.textContent === name),
  "who is searched for",
  guests[0].name,
);
await press("Enter");
await viewer.sees(
  (name) => document.querySelector('.tree-row[aria-selected="true"] .name')?.textContent === name,
  "the row that is chosen",
  guests[0].name,
);
await press("Enter");
await isAt("process");
await viewer.sees(
  (name) => document.querySelector("#panel-process h2").textContent === name,
  "its process",
  guests[0].name,
);

// Folding with arrow keys.
await press("1");
await page.fill("#panel-tree input", "");
await page.focus("#tree-rows");
await press("Home");
await viewer.sees(
  () => document.querySelector('.tree-row[aria-selected="true"]')?.getAttribute("aria-level") === "1",
  "the ground, chosen",
);
await press("ArrowLeft");
await viewer.sees(
  () => document.querySelector("#tree-rows").getAttribute("aria-rowcount") === "1",
  "a folded tree",
);
await press("ArrowRight");
await viewer.sees(
  () => Number(document.querySelector("#tree-rows").getAttribute("aria-rowcount")) > 4,
  "an open tree",
);

// Each view by its number, and from node to node in the graph.
for (const [index, tab] of ["tree", "graph", "process", "timeline", "numbers"].entries()) {
  await press(String(index + 1));
  await isAt(tab);
}
await press("2");
await viewer.sees(() => document.querySelector('.node[tabindex="0"]'), "the graph");
await page.focus('.node[tabindex="0"]');
const visited = new Set();
for (const key of ["ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft"]) {
  await press(key);
  visited.add(await page.evaluate(() => document.activeElement.closest(".node")?.dataset.key));
}
assert(visited.size > 1 && !visited.has(undefined), `from node to node: ${[...visited]}`);

// The time line is paused, stepped and continued.
await press("4");
guests[0].say("hello");
await guests[1].hears(`${guests[0].name}: hello`);
await viewer.sees(() => document.querySelector('.record[data-what="delivered"]'), "what was said");
await page.evaluate(() => document.activeElement.blur());
await press("Space");
await viewer.sees(() => document.querySelector('.pause[aria-pressed="true"]'), "that it is held");
await press(".");
const chosen = () => document.querySelector('.record[aria-selected="true"]')?.dataset.number;
const first = await viewer.sees(chosen, "a record that is chosen");
const isOther = (number) => document.querySelector('.record[aria-selected="true"]')?.dataset.number !== number;
await press(".");
await viewer.sees(isOther, "the next one", first);
await press(",");
await viewer.sees(
  (number) => document.querySelector(`.record[aria-selected="true"][data-number="${number}"]`),
  "the one before",
  first,
);
await press("Space");
await viewer.sees(() => document.querySelector('.pause[aria-pressed="false"]'), "that it goes on");

// Values, colours, the page of the keys.
await press("v");
await viewer.sees(() => document.querySelector('#values[aria-pressed="true"]'), "that values are shown");
await press("t", "t");
assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "dark");
await press("?");
await viewer.sees(() => document.querySelector("dialog[open]"), "the keys");
await press("Escape");
await viewer.sees(() => !document.querySelector("dialog[open]"), "the page again");

// The address contains the current view.
await press("5");
assert.match(page.url(), /tab=numbers/);
await page.reload();
await isAt("numbers");
viewer.hasNoErrors();
await browser.close();
await program.end();
