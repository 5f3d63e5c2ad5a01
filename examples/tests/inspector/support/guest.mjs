// A client of the chat server.

import { connect } from "node:net";
import { createInterface } from "node:readline";

import { within } from "./deadline.mjs";

export class Guest {
  /** Comes in, and is told a name. */
  static async enter(port) {
    const guest = new Guest(connect({ port, host: "127.0.0.1", noDelay: true }));
    const greeting = await guest.hear();
    guest.name = /^You are (.*)\.$/.exec(greeting)[1];
    return guest;
  }

  constructor(socket) {
    this.socket = socket;
    this.heard = [];
    this.waiting = [];
    createInterface({ input: socket }).on("line", (line) => {
      const next = this.waiting.shift();
      if (next) next(line);
      else this.heard.push(line);
    });
    this.gone = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {});
  }

  /** The next line. */
  hear() {
    if (this.heard.length > 0) return Promise.resolve(this.heard.shift());
    return within(
      new Promise((resolve) => this.waiting.push(resolve)),
      `what ${this.name ?? "a guest"} is to hear`,
    );
  }

  /** Waits for a line, whatever comes before it. */
  async hears(line) {
    while ((await this.hear()) !== line);
  }

  say(line) {
    this.socket.write(`${line}\n`);
  }

  leave() {
    this.socket.end();
    return this.gone;
  }

  /** Is killed: there is no proper end. */
  reset() {
    this.socket.resetAndDestroy();
    return this.gone;
  }
}
