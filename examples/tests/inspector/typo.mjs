// An endpoint whose topic has a typo: its process is there, nobody speaks to it, and the page says by which field.

import assert from "node:assert/strict";

import { Program } from "./support/program.mjs";
import { Browser } from "./support/viewer.mjs";

const program = await Program.start("MISHAP", ["--inspect", "127.0.0.1:0"], false, true);
const browser = await Browser.start();
const viewer = await browser.open(program.url);

await viewer.openProcess("typist");
const endpoint = viewer.page.locator(".endpoint", { hasText: '"loby"' });
assert.match(await endpoint.innerText(), /No peers/);
await endpoint.getByRole("button", { name: "Why not others?" }).click();
const difference = (selector) => {
  const miss = [...document.querySelectorAll(`${selector} .explained`)].find(
    (one) => one.querySelector(".link").textContent === "speaker",
  );
  return (
    miss?.querySelector(".difference") &&
    [...miss.querySelectorAll(".difference code")].map((part) => part.textContent)
  );
};
const parts = await viewer.sees(difference, "where the two differ", ".endpoint");
assert.deepEqual(parts, ["room", '"loby"', '"lobby"']);
// It is about the other side, and not about the endpoint that asks.
const verdict = await endpoint.locator(".verdict").innerText();
assert.match(verdict, /No publisher sends to it/);
const others = await endpoint.locator(".explained-head").allInnerTexts();
assert.ok(!others.some((name) => name.includes("typist")), others.join(", "));

// The same by a topic that is typed.
const answer = await viewer.ask('Said { room: "loby", .. }');
assert.match(answer, /lobby/);
const typed = await viewer.sees(difference, "where the typed topic differs", ".topic-form");
assert.deepEqual(typed, ["room", '"loby"', '"lobby"']);

// What is no topic is not taken for one, and the page says so.
await viewer.page.fill("#topic", "Said { room: ");
await viewer.page.click(".ask-line button");
await viewer.sees(() => document.querySelector(".topic-form .failure"), "that this is no topic");
viewer.hasNoErrors();
await browser.close();
await program.end();
