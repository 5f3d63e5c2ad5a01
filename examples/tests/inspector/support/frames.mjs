// How long the page takes for its frames: while one is not done, the browser shows none and hears nobody.

/** Begins to measure. */
export function watchFrames(viewer) {
  return viewer.page.evaluate(() => {
    globalThis.longest = 0;
    globalThis.frames = 0;
    let last = performance.now();
    const next = (time) => {
      globalThis.longest = Math.max(globalThis.longest, time - last);
      globalThis.frames += 1;
      last = time;
      globalThis.watching = requestAnimationFrame(next);
    };
    cancelAnimationFrame(globalThis.watching);
    globalThis.watching = requestAnimationFrame((time) => {
      last = time;
      next(time);
    });
  });
}

/** The longest frame since then, in milliseconds, and how many there were. */
export function framesSeen(viewer) {
  return viewer.page.evaluate(() => ({ longest: globalThis.longest, frames: globalThis.frames }));
}
