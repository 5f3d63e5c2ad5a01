// A process fails: the tree, the time line and its peers' absences say why. A turn does not end, and at last the
// program ends. When the program runs again, the page works again.

import assert from "node:assert/strict";

import { Program } from "./support/program.mjs";
import { Browser } from "./support/viewer.mjs";

const REASON = 'the listener cannot stand "boom"';

const program = await Program.start("MISHAP", ["--inspect", "127.0.0.1:0"], false, true);
const browser = await Browser.start();
const viewer = await browser.open(program.url);
await viewer.find("listener");

program.tell("think");
await viewer.sees(
  () => /Stuck/.test(document.querySelector("#notice[data-kind=warn]:not([hidden])")?.textContent ?? ""),
  "that a turn does not end",
);
await viewer.find("inspector-mishap", ["stuck"]);
await viewer.sees(() => document.querySelector("#notice[hidden]"), "that it has ended after all");

program.tell("boom");
const row = await viewer.find("listener", ["failed"]);
assert.equal(row.reason, REASON);
await viewer.page.fill("#panel-tree input", "");

await viewer.goTo("timeline");
const happened = ([what, reason]) =>
  [...document.querySelectorAll(".record:not([hidden])")].some(
    (record) => record.dataset.what === what && record.textContent.includes(reason),
  );
await viewer.sees(happened, "the failure", ["failed", REASON]);
await viewer.sees(happened, "that the speaker is told why the listener is absent", ["absence", REASON]);

program.tell("is anybody there?");
await viewer.sees(happened, "that what is said now is dropped, and why", ["dropped", "room"]);

program.tell("end");
assert.notEqual(await program.ended, 0);
await viewer.sees(
  () => /has ended or cannot be reached/.test(document.querySelector("#notice").textContent),
  "that the program has ended",
);

// Another program takes its place, and the page reconnects by itself.
const next = await Program.start("MISHAP", ["--inspect", new URL(program.url).host], false, true);
await viewer.sees(
  () => document.querySelector("#notice[hidden]") && document.querySelector('.foot-line[data-online="true"]'),
  "the program again",
);
await viewer.find("listener");
viewer.hasNoErrors();
await browser.close();
await next.end();
