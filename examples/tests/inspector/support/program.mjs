// A running program, with an inspector or without. It ends with the test.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { within } from "./deadline.mjs";

const CLOCK = 100;

export class Program {
  /** A server on a port that the kernel picks. */
  static server(name, { isInspected = true } = {}) {
    return Program.start(
      name,
      ["--port", "0", ...(isInspected ? ["--inspect", "127.0.0.1:0"] : [])],
      true,
      isInspected,
    );
  }

  /** A program that inspects itself. */
  static plain(name) {
    return Program.start(name, [], false, true);
  }

  static async start(name, args, isServer, isInspected) {
    const binary = process.env[name];
    if (!binary) throw new Error(`${name} is to be the path of a program: run this by \`cargo test\``);
    const program = new Program(spawn(binary, args, { stdio: ["pipe", "pipe", "pipe"], env: {} }));
    if (isServer) program.port = Number((await program.says(program.output, "listening on ")).split(":").pop());
    if (isInspected) program.url = await program.says(program.errors, "inspecting at ");
    return program;
  }

  constructor(child) {
    this.child = child;
    this.output = new Lines(child.stdout);
    this.errors = new Lines(child.stderr);
    this.ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
    process.once("exit", () => child.kill("SIGKILL"));
    child.once("exit", (code, signal) => {
      if (signal !== "SIGKILL")
        console.log(`the program has ended (${code ?? signal}):`, ...this.errors.all.slice(-5));
    });
  }

  /** The rest of the next line that begins so. */
  async says(lines, beginning) {
    const found = lines.find((line) => line.startsWith(beginning));
    return (await within(found, `the program's line "${beginning}…"`)).slice(beginning.length).trim();
  }

  /** A line of its standard input. */
  tell(line) {
    this.child.stdin.write(`${line}\n`);
  }

  /** In bytes, what it has in memory. */
  get memory() {
    const status = readFileSync(`/proc/${this.child.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
  }

  /** How long its first thread, which runs the ground, has used a processor, in seconds. */
  get groundTime() {
    const { pid } = this.child;
    const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, "utf8");
    // The 12th and the 13th number after the name, which may contain spaces, are the times.
    const numbers = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(numbers[11]) + Number(numbers[12])) / CLOCK;
  }

  end() {
    this.child.kill("SIGKILL");
    return this.ended;
  }
}

/** The lines of a stream, those that have come and those that come. */
class Lines {
  constructor(stream) {
    this.all = [];
    this.waiting = [];
    createInterface({ input: stream }).on("line", (line) => {
      this.all.push(line);
      this.waiting = this.waiting.filter((take) => !take(line));
    });
  }

  find(isMeant) {
    const found = this.all.find(isMeant);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve) => this.waiting.push((line) => isMeant(line) && (resolve(line), true)));
  }
}
