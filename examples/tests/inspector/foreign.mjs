// A page of another origin tries every kind of request that a browser allows. It gets nothing, and changes nothing.

import assert from "node:assert/strict";
import { createServer } from "node:http";

import { Program } from "./support/program.mjs";
import { Browser } from "./support/viewer.mjs";

const program = await Program.server("CHAT_SERVER");
const browser = await Browser.start();
const viewer = await browser.open(program.url);
const foreign = createServer((_, response) => response.end("<!doctype html><title>elsewhere</title>"));
await new Promise((resolve) => foreign.listen(0, "127.0.0.1", resolve));
const context = await browser.browser.newContext();
const page = await context.newPage();

// The same machine under another name is another origin too.
for (const host of ["127.0.0.1", "localhost"]) {
  await page.goto(`http://${host}:${foreign.address().port}/`);
  const origin = new URL(program.url).origin;
  const got = await page.evaluate(tryAll, origin);
  assert.deepEqual(
    got,
    {
      events: "refused",
      json: "refused",
      view: "refused",
      explain: "refused",
      plain: "refused",
      image: "refused",
      script: "refused",
      frame: "nothing",
    },
    host,
  );
}
// Under a name that is not the inspector's, as after DNS rebinding, not even its own page is served.
const port = new URL(program.url).port;
const response = await page.goto(`http://rebound.localhost:${port}/`);
assert.equal(response.status(), 403);

// The viewer goes on undisturbed.
await viewer.find("room");
viewer.hasNoErrors();
await browser.close();
foreign.close();
await program.end();

/** Runs in the foreign page. */
async function tryAll(origin) {
  const read = (path, init) =>
    fetch(origin + path, init).then(
      (response) => response.text().then(() => "read"),
      () => "refused",
    );
  const json = { "content-type": "application/json" };
  const load = (tag, path) =>
    new Promise((resolve) => {
      const node = document.createElement(tag);
      node.onload = () => resolve("loaded");
      node.onerror = () => resolve("refused");
      node.src = origin + path;
      document.body.append(node);
    });
  const framed = new Promise((resolve) => {
    const node = document.createElement("iframe");
    node.onload = () => {
      try {
        resolve(node.contentDocument === null ? "nothing" : "read");
      } catch {
        resolve("nothing");
      }
    };
    node.src = origin;
    document.body.append(node);
  });
  return {
    events: await read("/events?page=stranger"),
    json: await read("/recording.json"),
    view: await read("/view?page=stranger", { method: "POST", headers: json, body: "{}" }),
    explain: await read("/explain", { method: "POST", headers: json, body: "{}" }),
    // The browser sends this request without a preflight, but does not give the answer to the page.
    plain: await fetch(`${origin}/view?page=stranger`, { method: "POST", mode: "no-cors", body: "{}" }).then(
      (response) => response.type,
      () => "refused",
    ),
    image: await load("img", "/recording.svg"),
    script: await load("script", "/recording.json"),
    frame: await framed,
  };
}
