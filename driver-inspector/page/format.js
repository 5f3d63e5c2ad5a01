// Numbers, times and states as text.

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

export const whole = (number) => WHOLE.format(number);

/** `1 process`, `2 processes`. */
export const counted = (number, one, many) => `${whole(number)} ${number === 1 ? one : many}`;

/** `12,345` up to five digits, `1.23M` beyond. Small rates have a digit after the point. */
export function short(number) {
  if (number > 0 && number < 10 && !Number.isInteger(number)) return number.toFixed(1);
  return number < 100_000 ? WHOLE.format(number) : SHORT.format(number);
}

/** Seconds as `340 ms`, `12 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 1) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  const all = Math.floor(seconds);
  if (all < 60) return `${all} s`;
  if (all < 3600) return `${Math.floor(all / 60)} min ${all % 60} s`;
  if (all < 86_400) return `${Math.floor(all / 3600)} h ${Math.floor((all % 3600) / 60)} min`;
  return `${Math.floor(all / 86_400)} d ${Math.floor((all % 86_400) / 3600)} h`;
}

/** A time, with enough digits to distinguish it from times that are `step` seconds away. */
export function moment(seconds, step = 0.001) {
  const digits = Math.min(6, Math.max(0, Math.ceil(-Math.log10(step))));
  const minutes = Math.floor(Number(seconds.toFixed(digits)) / 60);
  if (minutes === 0) return `${seconds.toFixed(digits)} s`;
  const rest = Math.max(0, seconds - minutes * 60).toFixed(digits);
  return `${minutes}:${rest.padStart(digits > 0 ? digits + 3 : 2, "0")}`;
}

/** The sign and the name of each state. */
export const STATES = {
  idle: { sign: "○", name: "idle" },
  busy: { sign: "●", name: "busy" },
  stuck: { sign: "■", name: "stuck" },
  leaving: { sign: "◐", name: "leaving" },
  failed: { sign: "✕", name: "failed" },
  left: { sign: "–", name: "left" },
};

/** The sign and the name of each kind of record. */
export const RECORD_KINDS = {
  started: { sign: "▸", name: "started" },
  leaving: { sign: "◐", name: "leaving" },
  left: { sign: "–", name: "left" },
  failed: { sign: "✕", name: "failed" },
  restarted: { sign: "↻", name: "restarted" },
  added: { sign: "+", name: "endpoint added" },
  deleted: { sign: "−", name: "endpoint deleted" },
  presence: { sign: "◆", name: "presence" },
  absence: { sign: "◇", name: "absence" },
  sent: { sign: "↑", name: "sent" },
  delivered: { sign: "→", name: "delivered" },
  dropped: { sign: "×", name: "dropped" },
};

/** A name, or a text that says that there is none. */
export const nameOf = (name) => (name === "" || name === null || name === undefined ? "(no name)" : name);
