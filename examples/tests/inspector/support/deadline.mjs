// How long a test waits for an event.

export const TIMEOUT = 30_000;

/** What a promise brings, or an error that says what did not come. */
export function within(promise, what, patience = TIMEOUT) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: it does not come`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
