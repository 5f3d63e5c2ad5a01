//! The page Seeing what happens: a program in which nobody receives a message, and how to find out why.

use std::io::Write;

use anyhow::bail;
use marketplace_core::{Explanation, FlightRecorder, Ground, Handle, Message, Snapshot, Spawn, Spy, topic};

/// What a sensor has measured.
#[derive(Debug, Message)]
struct Reading {
    sensor: &'static str,
    celsius: i32,
}

fn thermometer() -> Spawn {
    Spawn::new((), |(), cx| cx.send(Reading { sensor: "boiler", celsius: 97 })).named("thermometer")
}

fn alarm() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Reading { sensor: "Boiler", .. }))
            .on_message(|(), _, reading| bail!("too hot: {} degrees", reading.celsius));
    })
    .named("alarm")
}

/// Shows all that comes, inside the VM that it is in.
fn display() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Reading { .. })).on_message(|(), _, reading| tracing::info!("{reading:?}"));
    })
    .named("display")
}

/// Brings what the oven's sensor measures into its VM.
fn relay() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Reading { sensor: "oven", .. })).on_message(|(), cx, reading| {
            cx.send(Reading { sensor: "oven", celsius: reading.celsius });
        });
    })
    .named("relay")
}

fn program() -> Ground {
    let kitchen = Spawn::nested([display(), relay()]).named("kitchen");
    Ground::new().spawn(kitchen).spawn(alarm()).spawn(thermometer())
}

/// Why does nobody receive what the boiler's sensor measures?
async fn why(mut handle: Handle) -> anyhow::Result<Explanation> {
    Ok(handle.explain(topic!(Reading { sensor: "boiler", .. })).await?)
}

/// The same question, asked by the process that sends.
fn doubtful_thermometer() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.send(Reading { sensor: "boiler", celsius: 97 });
        cx.explain(topic!(Reading { sensor: "boiler", .. }), |(), _, why| {
            tracing::info!("{}", why?);
            Ok(())
        });
    })
    .named("thermometer")
}

/// All VMs, processes and endpoints that there are.
async fn everything(mut handle: Handle) -> anyhow::Result<Snapshot> {
    Ok(handle.snapshot().await?)
}

/// Writes a line for each thing that happens.
fn spied_on(program: Ground, output: impl Write + Send + 'static) -> Ground {
    program.with_trace(Spy::to(output))
}

/// Keeps the last thousand of these lines, and writes them when a process fails.
fn recorded(program: Ground, output: impl Write + Send + 'static) -> Ground {
    program.with_trace(FlightRecorder::new(1000).to(output))
}

mod tests {
    use std::collections::HashSet;
    use std::io;
    use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

    use futures::executor::block_on;
    use futures::join;
    use marketplace_core::Location;
    use tracing::subscriber::with_default;

    use super::*;

    /// What is written.
    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<u8>>>);

    impl Output {
        fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// One to write to and one to read from.
        fn both(self) -> (Self, Self) {
            (self.clone(), self)
        }

        fn text(&self) -> String {
            String::from_utf8_lossy(&self.bytes()).into_owned()
        }
    }

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.bytes().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What `work` logs.
    fn logged(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<String> {
        let (log, writer) = Output::default().both();
        let log_to = tracing_subscriber::fmt().with_ansi(false).without_time();
        with_default(log_to.with_writer(move || writer.clone()).finish(), work)?;
        Ok(log.text())
    }

    fn explained() -> anyhow::Result<(Explanation, Snapshot)> {
        let ground = program();
        let (why, everything) = (why(ground.handle()), everything(ground.handle()));
        let (ended, why, everything) = block_on(async { join!(ground.run(), why, everything) });
        ended?;
        Ok((why?, everything?))
    }

    fn spied() -> anyhow::Result<String> {
        let (lines, output) = Output::default().both();
        block_on(spied_on(program(), output).run())?;
        Ok(lines.text())
    }

    /// With an alarm that fails, since it gets what it is for.
    fn recording() -> anyhow::Result<String> {
        let (lines, output) = Output::default().both();
        let hot = Spawn::new((), |(), cx| cx.send(Reading { sensor: "Boiler", celsius: 97 }));
        let ground = Ground::new().spawn(alarm()).spawn(hot.named("thermometer"));
        block_on(recorded(ground, output).run())?;
        Ok(lines.text())
    }

    #[test]
    fn an_explanation_names_each_endpoint_and_what_keeps_it_apart() -> anyhow::Result<()> {
        let (why, _) = explained()?;
        assert!(!why.is_received());
        let reasons: Vec<_> = why
            .unmatched()
            .map(|it| {
                let difference = it.difference.as_ref().map(ToString::to_string);
                (it.process.name.as_deref().unwrap_or_default(), &it.location, difference)
            })
            .collect();
        let [
            (display, Location::Nested(_), None),
            (relay, Location::Here, Some(_)),
            (alarm, Location::Here, Some(typo)),
        ] = &reasons[..]
        else {
            anyhow::bail!("{reasons:?}");
        };
        assert_eq!((*display, *relay, *alarm), ("display", "relay", "alarm"));
        assert!(typo.contains(r#""boiler""#) && typo.contains(r#""Boiler""#));
        Ok(())
    }

    #[test]
    fn the_process_that_sends_can_ask_too() -> anyhow::Result<()> {
        let logged = logged(|| block_on(Ground::new().spawn(alarm()).spawn(doubtful_thermometer()).run()))?;
        assert!(logged.contains(r#""boiler" is not "Boiler""#), "{logged}");
        Ok(())
    }

    #[test]
    fn what_the_page_shows_is_what_is_printed() -> anyhow::Result<()> {
        let log = logged(|| block_on(program().run()))?;
        let (why, everything) = explained()?;
        let printed = [log, why.to_string(), everything.to_string(), spied()?, recording()?].join("\n");
        let printed: HashSet<&str> = printed.lines().map(str::trim).collect();
        let page = include_str!("../../../src/recipes/seeing.md");
        let shown: Vec<_> = page.split("```").filter_map(|block| block.strip_prefix("text\n")).collect();
        assert!(shown.len() >= 4, "{shown:?}");
        for line in shown.iter().flat_map(|block| block.lines()).map(str::trim) {
            let is_printed = match line.strip_suffix('…') {
                Some(beginning) => printed.iter().any(|printed| printed.starts_with(beginning)),
                None => printed.contains(line),
            };
            assert!(is_printed, "the page shows {line:?}; what is printed is {printed:#?}");
        }
        Ok(())
    }
}
