// Makes a picture of each view of a running chat, light and dark, for a desktop and for a telephone. The pictures are
// written to the folder in PICTURES, and smaller ones for the book to the folder in GUIDE. Without these variables they
// are made but not written.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Guest } from "./support/guest.mjs";
import { Program } from "./support/program.mjs";
import { Browser } from "./support/viewer.mjs";

const PEOPLE = 24;
const SAYINGS = ["hello", "has anybody seen the cat?", "no, but the parrot is back", "good evening"];
const SIZES = {
  desk: { viewport: { width: 1280, height: 720 } },
  telephone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
};
const { PICTURES, GUIDE } = process.env;
const OF_THE_GUIDE = [
  "tree-desk-light",
  "graph-desk-dark",
  "room-desk-light",
  "typo-desk-light",
  "timeline-desk-light",
  "order-desk-dark",
  "numbers-desk-light",
  "graph-telephone-dark",
];

const program = await Program.server("CHAT_SERVER");
const browser = await Browser.start();
const people = [];
while (people.length < PEOPLE) people.push(await Guest.enter(program.port));
let isOver = false;
const talking = talk();
await takeTypo();
for (const size of Object.keys(SIZES))
  for (const colorScheme of ["light", "dark"]) await take(size, colorScheme);
isOver = true;
await talking;
await browser.close();
await program.end();

/** Somebody says something, now and then somebody leaves and another comes. */
async function talk() {
  for (let turn = 0; !isOver; turn += 1) {
    people[turn % 5].say(SAYINGS[turn % SAYINGS.length]);
    if (turn % 40 === 39) {
      people.splice(6, 1)[0].reset();
      people.push(await Guest.enter(program.port));
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

/** Of another program: an endpoint whose topic has a typo. */
async function takeTypo() {
  const mishap = await Program.start("MISHAP", ["--inspect", "127.0.0.1:0"], false, true);
  const viewer = await browser.open(mishap.url, { ...SIZES.desk, colorScheme: "light" });
  await viewer.openProcess("typist");
  await viewer.ask('Said { room: "loby", .. }');
  await keep("typo-desk-light", await viewer.page.screenshot());
  await viewer.page.context().close();
  await mishap.end();
}

async function take(size, colorScheme) {
  const viewer = await browser.open(program.url, { ...SIZES[size], colorScheme });
  const { page } = viewer;
  const picture = async (name) => {
    await viewer.sees(isAtRest, "that all has come to rest");
    const image = await page.screenshot();
    assert(image.length > 0);
    await keep(`${name}-${size}-${colorScheme}`, image);
  };
  await page.click("#values");
  await viewer.choose(people[1].name);
  await page.fill("#panel-tree input", "");
  const room = await viewer.sees(
    () =>
      [...document.querySelectorAll(".tree-row .name")]
        .find((name) => name.textContent === "room")
        ?.closest(".tree-row").dataset.number,
    "the room",
  );
  await viewer.sees(
    (name) =>
      Number(document.querySelector("#tree-rows").getAttribute("aria-rowcount")) > 20 &&
      document.querySelector('.tree-row[aria-selected="true"] .name')?.textContent === name &&
      (document.querySelector("#panel-process h2").textContent === name || innerWidth < 900),
    "the whole tree, and who is chosen",
    people[1].name,
  );
  await page.evaluate(() => document.activeElement.blur());
  await picture("tree");
  await viewer.goTo("graph");
  await viewer.sees(() => document.querySelectorAll(".node").length > 2, "the graph");
  await picture("graph");
  await page.selectOption("#panel-graph select", room);
  await viewer.sees(() => document.querySelector(".node[data-group]"), "the group of people");
  await viewer.sees(() => document.querySelector(".dot"), "a light");
  await picture("room");
  await viewer.goTo("process");
  await viewer.sees(() => document.querySelector(".endpoint"), "endpoints");
  await page.locator(".endpoint .why").first().click();
  await viewer.sees(() => document.querySelector(".endpoint .explained"), "an explanation");
  await picture("process");
  await viewer.goTo("timeline");
  await viewer.sees(() => document.querySelectorAll('.record[data-what="delivered"]').length > 5, "deliveries");
  await picture("timeline");
  await page.fill('#panel-timeline input[aria-label="Type"]', "Utterance");
  await viewer.sees(
    () => [...document.querySelectorAll(".record .type")].every((type) => type.textContent === "Utterance"),
    "only what is said",
  );
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press(".");
  await page.click("text=In order");
  await viewer.sees(() => document.querySelector('.record[aria-selected="true"]'), "a chosen record");
  await picture("order");
  await viewer.goTo("numbers");
  await viewer.sees(() => document.querySelector("#panel-numbers tbody tr"), "numbers");
  await picture("numbers");
  viewer.hasNoErrors();
  await page.context().close();
}

/** Only what shows messages moves. */
function isAtRest() {
  const moving = document.getAnimations().map((animation) => animation.effect.target);
  return moving.every((part) => part.matches(".dot, .edge-line, .edge-head"));
}

async function keep(name, image) {
  for (const folder of [PICTURES, GUIDE]) if (folder) await mkdir(folder, { recursive: true });
  if (PICTURES) await writeFile(join(PICTURES, `${name}.png`), image);
  if (GUIDE && OF_THE_GUIDE.includes(name)) await writeFile(join(GUIDE, `${name}.webp`), await small(image));
}

/** The browser knows a format that takes less. */
async function small(image) {
  const page = await browser.browser.newPage();
  const made = await page.evaluate(
    async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), {
        width: image.width,
        height: image.height,
      });
      canvas.getContext("2d").drawImage(image, 0, 0);
      return canvas.toDataURL("image/webp", 0.82);
    },
    `data:image/png;base64,${image.toString("base64")}`,
  );
  await page.close();
  return Buffer.from(made.slice(made.indexOf(",") + 1), "base64");
}
