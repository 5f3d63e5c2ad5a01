//! A program with two grounds, `a` and `b`, that does what it is told on standard input:
//!
//! | line | what it does |
//! | --- | --- |
//! | `a hear SIGTERM` | one process more at ground `a` subscribes to that signal; `a hear any` is to all |
//! | `a leave SIGTERM` | the oldest of these is ended |
//! | `a work`, `a rest` | ground `a` has some work to do, and has done it |
//! | `a alone` | the program has no handle any more that keeps ground `a` |
//! | `a stop` | ground `a` is asked to stop |
//! | `starve`, `feed` | there are no further file descriptors, and there are |
//! | `ping` | it says `pong` |

use std::collections::HashMap;
use std::future::pending;
use std::io::{self, Write as _};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use driver_signal::{Signal, SignalError, SignalKind, SignalPattern, signal_driver};
use futures::executor::block_on;
use marketplace_core::{Ground, Handle, Pattern, ProcessHandle, Reason, Spawn, topic};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::child::MARK;

#[test]
#[ignore = "the program that other tests run"]
fn obeys() -> anyhow::Result<()> {
    let mut grounds = HashMap::from(["a", "b"].map(|name| (name, Driven::run(name))));
    let before = getrlimit(Resource::Nofile);
    begin();
    for line in io::stdin().lines() {
        match line?.split(' ').collect::<Vec<_>>()[..] {
            ["ping"] => say("pong"),
            ["starve"] => setrlimit(Resource::Nofile, Rlimit { current: Some(0), ..before })?,
            ["feed"] => setrlimit(Resource::Nofile, before)?,
            [ground, ref order @ ..] => grounds.get_mut(ground).context("no such ground")?.obey(order)?,
            [] => bail!("no order"),
        }
    }
    Ok(())
}

/// Says that the program is ready, on a line of its own: the test harness has begun one.
pub(crate) fn begin() {
    let _unheard = writeln!(io::stdout());
    say("ready");
}

/// Says something to the test.
pub(crate) fn say(line: impl AsRef<str>) {
    let _unheard = writeln!(io::stdout(), "{MARK}{}", line.as_ref());
}

/// A ground that runs on a thread of its own.
struct Driven {
    name: &'static str,
    handle: Handle,
    /// Those that are to be ended, by the order that made them.
    processes: HashMap<String, Vec<ProcessHandle>>,
}

impl Driven {
    fn run(name: &'static str) -> Self {
        let ground = Ground::new().spawn(watcher(name)).spawn(signal_driver());
        let handle = ground.handle();
        thread::spawn(move || {
            let outcome = block_on(ground.run());
            say(format!("{name} has ended {outcome:?}"));
        });
        Self { name, handle, processes: HashMap::new() }
    }

    fn obey(&mut self, order: &[&str]) -> anyhow::Result<()> {
        match order {
            ["hear", what] => self.begin(what, listener(self.name, what)?),
            ["leave", what] => self.end(what),
            ["work"] => {
                self.begin("work", Spawn::new((), |(), cx| cx.perform(pending::<()>(), |(), _, ()| ())))
            }
            ["rest"] => self.end("work"),
            ["alone"] => {
                self.handle = self.handle.weak();
                Ok(())
            }
            ["stop"] => {
                let deadline = Instant::now() + Duration::from_secs(3600);
                Ok(block_on(self.handle.stop(deadline, pending()))?)
            }
            _ => bail!("cannot {order:?}"),
        }
    }

    fn begin(&mut self, name: &str, process: Spawn) -> anyhow::Result<()> {
        let spawned = block_on(self.handle.spawn(process))?;
        self.processes.entry(name.to_owned()).or_default().push(spawned);
        Ok(())
    }

    fn end(&mut self, name: &str) -> anyhow::Result<()> {
        let processes = self.processes.get_mut(name).context("none has begun")?;
        let mut process = processes.remove(0);
        process.kill(Reason::normal());
        Ok(())
    }
}

/// Says who comes and goes, which signals are offered, and which cannot be.
fn watcher(ground: &'static str) -> Spawn {
    Spawn::new((), move |(), cx| {
        let say_of = move |what: &str, signal: &SignalPattern| {
            let kind = signal.kind.value();
            say(format!("{ground} {what} {}", kind.map_or("any", SignalKind::name)));
        };
        cx.observe_subscribers(topic!(Signal { .. }))
            .on_presence(move |(), _, peer| say_of("gains", peer.conversation))
            .on_absence(move |(), _, peer, _| say_of("loses", peer.conversation));
        cx.observe_publishers(topic!(Signal { .. }))
            .on_presence(move |(), _, peer| say_of("offers", peer.conversation))
            .on_absence(move |(), _, peer, _| say_of("withdraws", peer.conversation));
        cx.subscriber(topic!(SignalError { .. })).on_message(move |(), _, error| {
            say(format!("{ground} fails {}", error.kind));
        });
    })
}

/// Says which signals it hears.
fn listener(ground: &'static str, kind: &str) -> anyhow::Result<Spawn> {
    let topic = match kind {
        "any" => topic!(Signal { .. }),
        kind => topic!(Signal { kind: named(kind)? }),
    };
    Ok(Spawn::new((), move |(), cx| {
        cx.subscriber(topic).on_message(move |(), _, signal| say(format!("{ground} hears {}", signal.kind)));
    }))
}

fn named(name: &str) -> anyhow::Result<SignalKind> {
    let kinds = [
        SignalKind::Child,
        SignalKind::Continue,
        SignalKind::Hangup,
        SignalKind::Interrupt,
        SignalKind::Kill,
        SignalKind::Quit,
        SignalKind::TerminalStop,
        SignalKind::Terminate,
        SignalKind::User1,
        SignalKind::User2,
        SignalKind::WindowChange,
    ];
    kinds.into_iter().find(|kind| kind.name() == name).with_context(|| format!("no signal {name}"))
}
