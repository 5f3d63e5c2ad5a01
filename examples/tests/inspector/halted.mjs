// A program is stopped and continued. Meanwhile the page does not show it as live. Then the script looks back at
// records, which must not scroll away, and checks how some things are written.

import assert from "node:assert/strict";

import { Program } from "./support/program.mjs";
import { Browser } from "./support/viewer.mjs";

const program = await Program.start("MISHAP", ["--inspect", "127.0.0.1:0"], false, true);
const browser = await Browser.start();
const viewer = await browser.open(program.url);

program.child.kill("SIGSTOP");
await viewer.sees(
  () => /The program sends nothing/.test(document.querySelector("#notice:not([hidden])")?.textContent ?? ""),
  "that nothing comes",
);
assert.equal(await viewer.page.locator(".foot-line").innerText(), "silent");
program.child.kill("SIGCONT");
await viewer.sees(
  () => document.querySelector("#notice[hidden]") && document.querySelector('.foot-line[data-online="true"]'),
  "that the program goes on",
);

// More happens than the list has room for. The list stays where the user has scrolled to.
await viewer.goTo("timeline");
for (let word = 0; word < 40; word += 1) program.tell(`word ${word}`);
const isLong = () => {
  const list = document.querySelector(".records");
  return list.scrollTop > 300 && list.scrollHeight - list.scrollTop - list.clientHeight < 2;
};
await viewer.sees(isLong, "the last of what happens");
// A finger or the scroll bar cause no wheel events.
await viewer.page.locator(".records").evaluate((list) => (list.scrollTop -= 200));
await viewer.sees(() => document.querySelector('.pause[aria-pressed="true"]'), "that it is held");
assert.ok(!(await viewer.page.evaluate(isLong)), "it is not at its end again");

// It follows again after a click, and the next record is visible.
await viewer.page.click(".pause");
await viewer.page.click("#values");
await viewer.sees(() => document.querySelector('#values[aria-pressed="true"]'), "that values are shown");
program.tell("open sesame");
await viewer.sees(
  () => [...document.querySelectorAll(".record:not([hidden])")].some((row) => row.textContent.includes("open sesame")),
  "the value",
);

// Texts on the page are complete: topics that end in a bracket, characters of two code units, times just before a full
// minute.
const whole = await viewer.page.evaluate(async () => {
  const [{ topicOf }, { fitting }, { moment }] = await Promise.all(
    ["code", "text", "format"].map((part) => import(`/${part}.js`)),
  );
  const cut = [20, 30, 40, 50].map((room) => fitting("🦀".repeat(9), room, "12px sans-serif"));
  return [topicOf("subscriber(topic!(Job(_)))"), cut.every((text) => text.isWellFormed()), moment(119.9999, 0.001)];
});
assert.deepEqual(whole, ["Job(_)", true, "2:00.000"]);

// A bookmarked address may name a VM of an earlier program.
await viewer.page.goto(`${program.url}#tab=graph&vm=999`);
await viewer.sees(
  () => /This virtual machine does not exist/.test(document.querySelector("#panel-graph .empty:not([hidden])")?.textContent ?? ""),
  "that there is no such VM",
);

// On a telephone, the page of the keys is shown from its beginning.
await viewer.page.setViewportSize({ width: 390, height: 500 });
await viewer.page.keyboard.press("?");
await viewer.sees(() => document.querySelector("#keys[open]"), "the keys");
assert.equal(await viewer.page.locator("#keys").evaluate((dialog) => dialog.scrollTop), 0);
viewer.hasNoErrors();
await browser.close();
await program.end();
