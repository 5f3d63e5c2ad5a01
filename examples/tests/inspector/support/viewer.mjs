// A real browser, and what somebody who looks at the page sees and does.

import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

import { TIMEOUT } from "./deadline.mjs";

const CANDIDATES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

export class Browser {
  static async start() {
    const executablePath = CANDIDATES.find((path) => path && existsSync(path));
    if (!executablePath) throw new Error("there is no chromium: install it, or set CHROMIUM to its path");
    // Its sandbox needs rights that a container does not give. Only our own page is opened in it.
    const server = await chromium.launchServer({ executablePath, args: ["--no-sandbox"] });
    return new Browser(server, await chromium.connect(server.wsEndpoint()));
  }

  constructor(server, browser) {
    this.server = server;
    this.browser = browser;
  }

  /** Somebody who opens the page. What goes wrong in it is an error of the test. */
  async open(url, options = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 720 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(TIMEOUT);
    const viewer = new Viewer(page);
    page.on("pageerror", (error) => viewer.errors.push(error.stack));
    await page.goto(url);
    await viewer.sees(() => document.querySelector(".tree-row[data-number]"), "the tree");
    return viewer;
  }

  /** All its processes are one group: nothing of it runs on. */
  signal(name) {
    process.kill(-this.server.process().pid, name);
  }

  async close() {
    await this.browser.close();
    await this.server.close();
  }
}

export class Viewer {
  constructor(page) {
    this.page = page;
    this.errors = [];
  }

  /** Waits until something is on the page: `condition(argument)` runs there, and gives it. */
  async sees(condition, what, argument) {
    try {
      const found = await this.page.waitForFunction(condition, argument, { polling: 100, timeout: TIMEOUT });
      return await found.jsonValue();
    } catch (error) {
      const told = this.errors.length > 0 ? `; the page's errors: ${this.errors.join("\n")}` : "";
      throw new Error(`not on the page: ${what} (${error.message.split("\n")[0]})${told}`, { cause: error });
    }
  }

  async goTo(tab) {
    await this.page.click(`#tab-${tab}`);
    await this.sees((name) => document.body.dataset.tab === name, `the view ${tab}`, tab);
  }

  /** The rows of the tree that are drawn: `{ name, state, reason, inside, number }`. */
  rows() {
    return this.page.evaluate(() =>
      [...document.querySelectorAll(".rows-space > .tree-row[data-number]")].map((row) => ({
        number: Number(row.dataset.number),
        name: row.querySelector(".name").textContent,
        state: row.dataset.state,
        reason: row.querySelector(".reason").textContent,
        inside: row.querySelector(".chip").textContent,
      })),
    );
  }

  /** Searches the tree; the row of exactly this name, once it is there and is in one of these states. */
  async find(name, states = ["idle", "busy"]) {
    await this.goTo("tree");
    await this.page.fill("#panel-tree input", name);
    const found = ([name, states]) => {
      const rows = [...document.querySelectorAll(".rows-space > .tree-row[data-number]")];
      const row = rows.find(
        (row) => row.querySelector(".name").textContent === name && states.includes(row.dataset.state),
      );
      return (
        row && {
          number: Number(row.dataset.number),
          state: row.dataset.state,
          reason: row.querySelector(".reason").textContent,
        }
      );
    };
    return this.sees(found, `${name}, ${states.join(" or ")}, in the tree`, [name, states]);
  }

  /** Chooses a process, by the tree. Where rows move as one clicks, it is another, as it is for anybody; so again. */
  async choose(name) {
    const deadline = Date.now() + TIMEOUT;
    const chosen = '.tree-row[aria-selected="true"]:not([hidden]) .name';
    for (;;) {
      const { number } = await this.find(name);
      await this.page.click(`.tree-row[data-number="${number}"]`, { timeout: 1000 }).catch(() => {});
      const isChosen = ([chosen, name]) => document.querySelector(chosen)?.textContent === name;
      if (await this.page.evaluate(isChosen, [chosen, name])) return number;
      if (Date.now() > deadline) throw new Error(`${name} cannot be chosen`);
    }
  }

  /** Chooses a process, and shows all of it. */
  async openProcess(name) {
    await this.choose(name);
    await this.goTo("process");
    await this.sees(
      (name) => document.querySelector("#panel-process h2").textContent === name,
      `${name} in full`,
      name,
    );
  }

  /** Asks who hears a topic; the answer as text. */
  async ask(topic) {
    await this.page.fill("#topic", topic);
    await this.page.click(".ask-line button");
    await this.sees(() => document.querySelector(".topic-form .verdict, .topic-form .failure"), "an answer");
    return this.page.locator(".topic-form .explanation").innerText();
  }

  /** Fails if anything has gone wrong in the page. */
  hasNoErrors() {
    if (this.errors.length > 0) throw new Error(`errors in the page:\n${this.errors.join("\n")}`);
  }
}
