// The page's line to the program: frames come in, what is in sight and questions go out.

const SHORTEST_WAIT = 250;
const LONGEST_WAIT = 4000;
const DEBOUNCE = 60;

/** An address of the inspector, with the token that the page itself was opened with. */
export function address(path, query = {}) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, value);
  }
  const token = new URLSearchParams(location.search).get("token");
  if (token !== null) url.searchParams.set("token", token);
  return url.href;
}

export class Stream {
  /** `onframe(frame)`; `online(isOnline)` when the connection comes and goes. */
  constructor({ onframe, online }) {
    this.onframe = onframe;
    this.online = online;
    this.wait = SHORTEST_WAIT;
    this.wanted = null;
    this.told = null;
    this.isTelling = false;
    this.timer = null;
  }

  /** Each connection is a page of its own to the inspector, so nothing of the last one is in the way. */
  open() {
    this.page = Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) => part.toString(36)).join("");
    this.told = null;
    const source = new EventSource(address("/events", { page: this.page }));
    source.onopen = () => {
      this.isOpen = true;
      this.wait = SHORTEST_WAIT;
      this.online(true);
      this.tell();
    };
    source.onmessage = (event) => this.onframe(JSON.parse(event.data));
    source.onerror = () => {
      source.close();
      this.isOpen = false;
      this.online(false);
      setTimeout(() => this.open(), this.wait);
      this.wait = Math.min(LONGEST_WAIT, this.wait * 2);
    };
  }

  /** What is in sight from now on. It is sent a moment later, so that scrolling does not send each row. */
  view(view) {
    this.wanted = JSON.stringify(view);
    if (this.timer === null && this.wanted !== this.told) {
      this.timer = setTimeout(() => {
        this.timer = null;
        this.tell();
      }, DEBOUNCE);
    }
  }

  /** One after another, so that an older view never comes after a newer one. */
  async tell() {
    if (this.isTelling || !this.isOpen || this.wanted === null || this.wanted === this.told) return;
    this.isTelling = true;
    const { page, wanted } = this;
    const isTaken = await fetch(address("/view", { page }), { method: "POST", headers: JSON_BODY, body: wanted })
      .then((response) => response.ok, () => false);
    this.isTelling = false;
    if (isTaken && page === this.page) this.told = wanted;
    if (this.wanted !== this.told) setTimeout(() => this.tell(), isTaken ? 0 : SHORTEST_WAIT);
  }

  /** The answer to a question, or an error that says why there is none. */
  async explain(question) {
    const body = JSON.stringify(question);
    const response = await fetch(address("/explain"), { method: "POST", headers: JSON_BODY, body });
    if (!response.ok) throw new Error((await response.text()) || `the program answered ${response.status}`);
    return response.json();
  }
}

const JSON_BODY = { "content-type": "application/json" };
