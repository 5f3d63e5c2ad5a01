//! S19: the status of single processes.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, bail};
use futures::FutureExt;
use marketplace_core::{
    Action, Actions, Actor, Event, Inspection, Pid, ProcessStatus, Spawn, Token, VirtualMachine, topic,
};

use super::snapshot::{Wrapper, inside, named, two_faced};
use crate::support::{Go, Stage, publisher};

/// The status of the processes at the ends of these paths.
fn stand(stage: &mut Stage, paths: &[&[&Pid]]) -> anyhow::Result<Vec<Option<ProcessStatus>>> {
    let paths = paths.iter().map(|path| path.iter().copied().cloned().collect()).collect();
    let mut handle = stage.handle.weak();
    let mut look = async move { handle.processes(paths).await }.boxed();
    assert!((&mut look).now_or_never().is_none());
    stage.rest()?;
    Ok(look.now_or_never().context("it is not answered")??)
}

#[test]
fn s19_single_processes_are_looked_at_by_their_paths() -> anyhow::Result<()> {
    let ends = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Go(1))).on_message(|(), _, _| bail!("broken"));
    });
    let room = Spawn::nested([two_faced(), Spawn::nested([two_faced()]).named("inner")]).named("room");
    let mut stage = Stage::new([ends.named("ends"), room]);
    let before = stage.snapshot()?;
    let (room, ends) = (named(&before, "room")?, named(&before, "ends")?);
    let in_room = inside(&before, "room")?;
    let inner = named(in_room, "inner")?;
    let deep = &inside(in_room, "inner")?.processes[0];
    let nobody = Pid::detached();
    let paths: &[&[&Pid]] = &[
        &[&ends.pid],
        &[&room.pid],
        &[&room.pid, &inner.pid],
        &[&room.pid, &inner.pid, &deep.pid],
        // There is no such process.
        &[],
        &[&nobody],
        &[&room.pid, &nobody],
        &[&room.pid, &deep.pid],
        &[&ends.pid, &deep.pid],
    ];
    stage.go(1)?;
    let seen = stand(&mut stage, paths)?;
    let names = seen.iter().map(|process| process.as_ref().map(|it| it.name.as_deref().unwrap_or_default()));
    let names: Vec<_> = names.collect();
    assert_eq!(names[..4], [None, Some("room"), Some("inner"), Some("two-faced")], "the first has gone");
    assert!(names[4..].iter().all(Option::is_none), "{names:?}");

    let [_, Some(room), Some(inner), Some(deep), ..] = &seen[..] else { bail!("{seen:?}") };
    assert_eq!(room.counters, Some(in_room.counters), "without those of the inner one");
    assert_eq!(inner.counters.map(|counters| counters.processes), Some(1));
    assert_eq!((deep.turns, deep.pending, deep.counters), (1, 0, None));
    stage.stop()
}

#[test]
fn s19_a_process_in_a_wrapped_vm_is_found_if_its_wrapper_hands_the_inspection_on() -> anyhow::Result<()> {
    let clear =
        Spawn::nested([two_faced()]).wrap(|actor| Wrapper { actor, inspect: |vm, it| vm.inspect(it) });
    let mut stage = Stage::new([clear.named("clear")]);
    let snapshot = stage.snapshot()?;
    let clear = named(&snapshot, "clear")?;
    let hidden = &inside(&snapshot, "clear")?.processes[0];
    let seen = stand(&mut stage, &[&[&clear.pid], &[&clear.pid, &hidden.pid]])?;
    let [Some(vm), Some(process)] = &seen[..] else { bail!("{seen:?}") };
    assert_eq!(vm.counters, Some(inside(&snapshot, "clear")?.counters));
    assert_eq!(process.name.as_deref(), Some("two-faced"));
    stage.stop()
}

#[test]
fn s19_a_vm_that_an_actor_makes_late_is_seen() -> anyhow::Result<()> {
    /// Has a nested VM after it has received a message.
    struct Late(Option<VirtualMachine>);

    impl Actor for Late {
        fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
            if let (Event::Boot { .. }, None) = (&event, &self.0) {
                actions.push(Action::Yield(Token(0)));
                return Ok(());
            }
            let vm = self.0.insert(VirtualMachine::nested([publisher(1, 1), two_faced()]));
            vm.handle(Event::Boot { pid: Pid::detached() }, actions)
        }

        fn inspect(&mut self, inspection: &mut Inspection<'_>) {
            if let Some(vm) = &mut self.0 {
                vm.inspect(inspection);
            }
        }
    }

    let mut stage = Stage::new([Spawn::actor(Late(None)).named("late")]);
    let snapshot = stage.snapshot()?;
    assert_eq!(inside(&snapshot, "late")?.processes.len(), 2);
    // The two endpoints are the actor's and the ground's own.
    assert_eq!(stage.counters()?.processes, 4);
    stage.stop()
}

#[test]
fn s19_nothing_is_looked_at_for_a_handle_that_has_stopped_waiting() -> anyhow::Result<()> {
    static LOOKS: AtomicUsize = AtomicUsize::new(0);
    let counted = Spawn::nested([two_faced()]).wrap(|actor| Wrapper {
        actor,
        inspect: |vm, it| {
            LOOKS.fetch_add(1, Ordering::Relaxed);
            vm.inspect(it);
        },
    });
    let mut stage = Stage::new([counted.named("counted")]);
    let snapshot = stage.snapshot()?;
    let path = vec![named(&snapshot, "counted")?.pid.clone()];
    let before = LOOKS.load(Ordering::Relaxed);
    assert!(stage.handle.weak().snapshot().now_or_never().is_none());
    assert!(stage.handle.weak().counters().now_or_never().is_none());
    assert!(stage.handle.weak().processes(vec![path]).now_or_never().is_none());
    stage.rest()?;
    assert_eq!(LOOKS.load(Ordering::Relaxed), before);
    stage.counters()?;
    assert_eq!(LOOKS.load(Ordering::Relaxed), before + 1);
    stage.stop()
}
