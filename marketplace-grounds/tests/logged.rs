//! What grounds log.

mod support;

use std::io;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use anyhow::anyhow;
use futures::executor::block_on;
use marketplace_core::{Ground, Spawn, Stopping, topic};
use tracing::warn;

use support::{act, acting, end, next, two};

/// The lines of the log.
#[derive(Clone)]
struct Lines(Sender<String>);

impl io::Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let _unread = self.0.send(String::from_utf8_lossy(line).into_owned());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A ground whose main process fails when it is told to.
fn failing(error: &'static str) -> Ground {
    Ground::new().main(acting(move || Err(anyhow!(error))))
}

/// Reports when its ground is about to stop.
fn watcher(tell: Sender<()>) -> Spawn {
    Spawn::new((), |(), cx| {
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(move |(), _, _| Ok(tell.send(())?));
    })
}

/// This is one test, because the program has only one log.
#[test]
fn each_log_line_names_its_ground_and_the_errors_after_the_first_are_logged() -> anyhow::Result<()> {
    let (log, lines) = channel();
    let log = Lines(log);
    tracing_subscriber::fmt().with_ansi(false).with_writer(move || log.clone()).init();
    let (tell, asked) = channel();
    let grounds = two(move |index| {
        if index == 0 {
            warn!("hello");
            return Ok(failing("the first"));
        }
        Ok(failing("the second").spawn(watcher(tell.clone())))
    });
    let grounds = grounds.grace(Duration::MAX).start(block_on)?;
    act(&grounds, 0)?;
    next(&asked)?;
    act(&grounds, 1)?;
    let error = end(grounds).map_err(|error| format!("{error:#}"));
    assert_eq!(error, Err("ground 0 has failed: the first".into()));
    let lines: Vec<String> = lines.try_iter().collect();
    let has = |parts: &[&str]| lines.iter().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(has(&["WARN", "ground{number=0}", "hello"]), "{lines:?}");
    assert!(has(&["ERROR", "ground 1 has failed: the second"]), "{lines:?}");
    Ok(())
}
