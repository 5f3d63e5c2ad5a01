// Measures how long the page takes for its frames. Until a frame is done, the browser neither paints nor handles input.

/** Begins to measure. */
export async function watchFrames(viewer) {
  const session = await viewer.page.context().newCDPSession(viewer.page);
  const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value.filter(isOfInterest)));
  const traceConfig = { recordMode: "recordContinuously", includedCategories: ["toplevel"] };
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig });
  await viewer.page.evaluate(() => {
    globalThis.frames = [];
    let last = null;
    const next = (time) => {
      if (last !== null) globalThis.frames.push(time - last);
      last = time;
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  return { session, events, viewer };
}

/**
 * What has been seen since then, in milliseconds: `work` is the most of a processor's time that one of the page's tasks
 * took, `longest` and `usual` the time between two frames at the worst and for 99 of 100. Between frames the browser may
 * have waited for a processor that others use, too.
 */
export async function framesSeen({ session, events, viewer }) {
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await complete;
  const frames = await viewer.page.evaluate(() => globalThis.frames.sort((one, other) => one - other));
  const idOf = (event) => `${event.pid}/${event.tid}`;
  const named = events.filter((event) => event.name === "thread_name" && event.args.name === "CrRendererMain");
  const threads = new Set(named.map(idOf));
  const tasks = events.filter((event) => event.tdur !== undefined && threads.has(idOf(event)));
  if (tasks.length === 0 || frames.length === 0) throw new Error("nothing was measured");
  return {
    count: frames.length,
    longest: frames.at(-1),
    usual: frames[Math.floor(frames.length * 0.99)],
    work: Math.max(...tasks.map((task) => task.tdur)) / 1000,
  };
}

function isOfInterest({ name, ph }) {
  return name === "thread_name" || (ph === "X" && name.endsWith("RunTask"));
}
