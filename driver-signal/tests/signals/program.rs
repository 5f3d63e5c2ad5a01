//! A program with two grounds, `a` and `b`, that obeys commands on its standard input:
//!
//! | command | effect |
//! | --- | --- |
//! | `a subscribe SIGTERM` | starts a process at ground `a` that subscribes to that signal, or to all with `a subscribe any` |
//! | `a unsubscribe SIGTERM` | ends the oldest of these processes |
//! | `a work`, `a rest` | starts and ends a process that keeps ground `a` running |
//! | `a alone` | drops the handle that keeps ground `a` running |
//! | `a stop` | requests a stop of ground `a` |
//! | `starve`, `feed` | prevents and allows further file descriptors |
//! | `ping` | writes `pong` |

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
            ["ping"] => print("pong"),
            ["starve"] => setrlimit(Resource::Nofile, Rlimit { current: Some(0), ..before })?,
            ["feed"] => setrlimit(Resource::Nofile, before)?,
            [ground, ref order @ ..] => grounds.get_mut(ground).context("no such ground")?.obey(order)?,
            [] => bail!("no order"),
        }
    }
    Ok(())
}

/// Writes that the program is ready, on a new line, because the test harness has begun one.
pub(crate) fn begin() {
    let _is_closed = writeln!(io::stdout());
    print("ready");
}

/// Writes a line for the test.
pub(crate) fn print(line: impl AsRef<str>) {
    let _is_closed = writeln!(io::stdout(), "{MARK}{}", line.as_ref());
}

/// A ground on a thread of its own.
struct Driven {
    name: &'static str,
    handle: Handle,
    /// The processes that can be ended, by the commands that started them.
    processes: HashMap<String, Vec<ProcessHandle>>,
}

impl Driven {
    fn run(name: &'static str) -> Self {
        let ground = Ground::new().spawn(watcher(name)).spawn(signal_driver());
        let handle = ground.handle();
        thread::spawn(move || {
            let outcome = block_on(ground.run());
            print(format!("{name} has ended {outcome:?}"));
        });
        Self { name, handle, processes: HashMap::new() }
    }

    fn obey(&mut self, order: &[&str]) -> anyhow::Result<()> {
        match order {
            ["subscribe", what] => self.begin(what, listener(self.name, what)?),
            ["unsubscribe", what] => self.end(what),
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

/// Writes which subscribers are added and removed, which signals are published, and which cannot be caught.
fn watcher(ground: &'static str) -> Spawn {
    Spawn::new((), move |(), cx| {
        let print_of = move |what: &str, signal: &SignalPattern| {
            let kind = signal.kind.value();
            print(format!("{ground} {what} {}", kind.map_or("any", SignalKind::name)));
        };
        cx.observe_subscribers(topic!(Signal { .. }))
            .on_presence(move |(), _, peer| print_of("gains", peer.conversation))
            .on_absence(move |(), _, peer, _| print_of("loses", peer.conversation));
        cx.observe_publishers(topic!(Signal { .. }))
            .on_presence(move |(), _, peer| print_of("publishes", peer.conversation))
            .on_absence(move |(), _, peer, _| print_of("withdraws", peer.conversation));
        cx.subscriber(topic!(SignalError { .. })).on_message(move |(), _, error| {
            print(format!("{ground} fails {}", error.kind));
        });
    })
}

/// Writes which signals it receives.
fn listener(ground: &'static str, kind: &str) -> anyhow::Result<Spawn> {
    let topic = match kind {
        "any" => topic!(Signal { .. }),
        kind => topic!(Signal { kind: named(kind)? }),
    };
    Ok(Spawn::new((), move |(), cx| {
        cx.subscriber(topic)
            .on_message(move |(), _, signal| print(format!("{ground} receives {}", signal.kind)));
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
