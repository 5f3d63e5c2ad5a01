// The page's connection to the program: it receives frames, and sends what the page shows and questions.

const SHORTEST_WAIT = 250;
const LONGEST_WAIT = 4000;
const DEBOUNCE = 60;
// Frames arrive several times a second, even if nothing happens. After this time without one, something is wrong.
const SILENCE = 4000;
const JSON_BODY = { "content-type": "application/json" };

/** A URL of the inspector, with the token of the page's own URL. Each value of a list becomes a parameter. */
export function address(path, query = {}) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) {
      if (one !== null && one !== undefined && one !== "") url.searchParams.append(name, one);
    }
  }
  const token = new URLSearchParams(location.search).get("token");
  if (token !== null) url.searchParams.set("token", token);
  return url.href;
}

export class Stream {
  /**
   * The callbacks are `onframe(frame)`, `online(isOnline, why)` when the connection is opened or lost, and `silent()` when
   * it is open but nothing arrives.
   */
  constructor({ onframe, online, silent }) {
    Object.assign(this, { onframe, online, silent });
    this.isOpen = false;
    this.isTelling = false;
    this.wanted = null;
    this.told = null;
    this.timer = null;
  }

  /** Connects, and again whenever the connection is lost. */
  async run() {
    for (let wait = SHORTEST_WAIT; ; wait = Math.min(LONGEST_WAIT, wait * 2)) {
      // The browser's own error says nothing useful if no server answers.
      const why = await this.connect().catch((error) => (error instanceof TypeError ? null : error.message));
      if (this.isOpen) wait = SHORTEST_WAIT;
      this.isOpen = false;
      this.online(false, why);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  /**
   * Reads events until the stream ends. Each connection is a new page for the inspector, so nothing of the last one is left
   * there. (An `EventSource` would do the same, but it does not say why it is refused.)
   */
  async connect() {
    this.page = Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) => part.toString(36)).join("");
    this.told = null;
    const response = await fetch(address("/events", { page: this.page }));
    if (!response.ok) return (await response.text()).trim() || `the program answered ${response.status}`;
    this.isOpen = true;
    this.online(true, null);
    this.tell();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let begun = ""; ;) {
      const timer = setTimeout(this.silent, SILENCE);
      const { value, done } = await reader.read().finally(() => clearTimeout(timer));
      if (done) return null;
      const events = (begun + value).split("\n\n");
      begun = events.pop();
      for (const event of events)
        if (event.startsWith("data: ")) this.onframe(JSON.parse(event.slice("data: ".length)));
    }
  }

  /** Sets what the page shows. It is sent a moment later, so that scrolling does not send a request for each row. */
  view(view) {
    this.wanted = JSON.stringify(view);
    if (this.timer !== null || this.wanted === this.told) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.tell();
    }, DEBOUNCE);
  }

  /** Views are sent one after another, so that an older view never arrives after a newer one. */
  async tell() {
    if (this.isTelling || !this.isOpen || this.wanted === null || this.wanted === this.told) return;
    this.isTelling = true;
    const { page, wanted } = this;
    const request = { method: "POST", headers: JSON_BODY, body: wanted };
    const status = await fetch(address("/view", { page }), request).then(
      (response) => response.status,
      () => 0,
    );
    this.isTelling = false;
    // A refused view is not sent again, unless the server did not know the stream yet.
    const isLater = status === 0 || status === 404 || status >= 500;
    if (page === this.page && !isLater) this.told = wanted;
    if (this.wanted !== this.told) setTimeout(() => this.tell(), isLater ? SHORTEST_WAIT : 0);
  }

  /** The answer to a question, or an error that says why there is none. */
  async explain(question) {
    const response = await fetch(address("/explain"), {
      method: "POST",
      headers: JSON_BODY,
      body: JSON.stringify(question),
    });
    if (!response.ok)
      throw new Error((await response.text()).trim() || `the program answered ${response.status}`);
    return response.json();
  }
}
