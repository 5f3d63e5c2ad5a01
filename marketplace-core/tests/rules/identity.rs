//! S1: Pids and names.

use std::collections::{HashSet, hash_map::DefaultHasher};
use std::hash::{Hash, Hasher};
use std::iter;
use std::sync::{Arc, Mutex};

use marketplace_core::{EventKinds, Message, Pid, Reason, Role, Spawn, topic};

use crate::support::{Log, Say, Stage, run, trace};

/// Sends its Pid into the channel.
#[derive(Debug, Message)]
struct Here {
    #[message(skip)]
    pid: Pid,
}

/// Creates short-lived processes one after another, and collects their Pids.
fn breeder(left: u32, pids: Arc<Mutex<HashSet<Pid>>>) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.spawn_then(Spawn::new((), |(), cx| cx.quit()), move |(), cx, pid| {
            assert!(pids.lock().is_ok_and(|mut pids| pids.insert(pid)), "a Pid came again");
            if left > 1 {
                cx.spawn(breeder(left - 1, pids));
            }
        });
    })
}

#[test]
fn s01_a_pid_is_never_reused() -> anyhow::Result<()> {
    let pids = Arc::default();
    run([breeder(100, Arc::clone(&pids))])?;
    assert_eq!(pids.lock().map_or(0, |pids| pids.len()), 100);
    Ok(())
}

#[test]
fn s01_the_pid_of_a_process_that_is_gone_means_no_successor() -> anyhow::Result<()> {
    let log = Log::default();
    let successor = log.watcher("successor", Role::subscriber(topic!(Say(1, _))));
    let killer = Spawn::new(None, move |_, cx| {
        cx.spawn_then(Spawn::new((), |(), cx| cx.quit()), |gone: &mut Option<Pid>, _, pid| *gone = Some(pid));
        cx.subscriber(topic!(Say(2, _))).on_message(|gone, cx, _| {
            if let Some(gone) = gone {
                cx.kill(gone, Reason::normal());
            }
        });
    });
    let mut stage = Stage::new([killer]);
    stage.spawn(successor)?;
    stage.send(Say(2, "kill"))?;
    stage.send(Say(1, "still here"))?;
    assert_eq!(log.lines(), ["successor settled, 0", "successor: still here"]);
    Ok(())
}

/// Publishes its Pid at the meta level, and logs those of others.
fn reporter(log: &Log) -> Spawn {
    let hears = log.events("inside");
    Spawn::new((), |(), cx| {
        let pid = cx.pid().clone();
        cx.subscriber(topic!(Say(1, _))).on(EventKinds::MESSAGE, hears);
        cx.meta().subscriber(topic!(Say(1, _))).on_message(|(), cx, Say(to, word)| cx.send(Say(*to, word)));
        cx.meta().send(Here { pid });
    })
}

#[test]
fn s01_the_pid_of_another_vm_is_unknown() -> anyhow::Result<()> {
    let log = Log::default();
    let killer = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Here { .. })).on_message(|(), cx, here| cx.kill(&here.pid, Reason::normal()));
    });
    let bystanders = (0..8).map(|_| {
        let hears = log.events("outside");
        Spawn::new((), |(), cx| {
            cx.subscriber(topic!(Say(1, _))).on(EventKinds::MESSAGE, hears);
        })
    });
    let nested = Spawn::nested((0..3).map(|_| reporter(&log)));
    let mut stage = Stage::new(iter::once(killer).chain(bystanders).chain([nested]));
    stage.send(Say(1, "alive"))?;
    let lines = log.lines();
    assert_eq!(lines.iter().filter(|line| *line == "outside: alive").count(), 8);
    assert_eq!(lines.iter().filter(|line| *line == "inside: alive").count(), 9, "three relay to three");
    Ok(())
}

#[test]
fn s01_pids_of_two_vms_differ() -> anyhow::Result<()> {
    let log = Log::default();
    let pids: Arc<Mutex<HashSet<Pid>>> = Arc::default();
    let collector = {
        let pids = Arc::clone(&pids);
        Spawn::new((), |(), cx| {
            cx.subscriber(topic!(Here { .. })).on_message(move |(), _, here| {
                assert!(pids.lock().is_ok_and(|mut pids| pids.insert(here.pid.clone())));
            });
        })
    };
    run([collector, Spawn::nested([reporter(&log)]), Spawn::nested([reporter(&log)])])?;
    assert_eq!(pids.lock().map_or(0, |pids| pids.len()), 2);
    Ok(())
}

#[test]
fn s01_an_endpoints_name_is_unique_within_its_process_and_level_only() {
    let twice = |log: &Log| {
        let log = log.clone();
        Spawn::new((), move |(), cx| {
            cx.subscriber(topic!(Say(1, _))).named("name").on_settled(move |(), _, peers| log.add(peers));
            cx.meta().publisher(topic!(Say(2, _))).named("name");
        })
    };
    let lines = trace(|log| [Spawn::nested([twice(log), twice(log)])]);
    assert_eq!(lines, ["0", "0"]);
}

#[test]
fn s01_pids_of_many_vms_differ_by_their_hashes() {
    let hash = |pid: &Pid| {
        let mut hasher = DefaultHasher::new();
        pid.hash(&mut hasher);
        hasher.finish()
    };
    // Each is the first process of its VM.
    let pids: Vec<Pid> = (0..1_000).map(|_| Pid::detached()).collect();
    assert!(pids.iter().all(|pid| hash(&pid.clone()) == hash(pid)));
    assert_eq!(pids.iter().map(hash).collect::<HashSet<_>>().len(), pids.len());
}
