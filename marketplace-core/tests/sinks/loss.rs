//! What is logged about dropped messages.

use futures::executor::block_on;
use marketplace_core::{Action, Actions, Actor, Event, Message, Pattern, Pid, Spawn, VirtualMachine, topic};
use tracing::Level;

use super::capture::Capture;
use crate::support::{Go, Log, Say, Stage, ground, speaker};

/// A message that may be dropped without a warning.
#[derive(Debug, Message)]
#[message(lossy)]
struct Tick(u8);

#[derive(Clone, Debug, PartialEq, Eq, Hash, Message)]
#[message(leaf, lossy)]
struct LossyLeaf(u8);

/// What is logged while a program runs, from the level of warnings on.
fn warnings(processes: impl IntoIterator<Item = Spawn>) -> anyhow::Result<Vec<String>> {
    let capture = Capture::new(Level::WARN);
    let program = ground(processes);
    capture.during(|| block_on(program.run()))?;
    Ok(capture.take())
}

/// The warning about a message of this type.
fn is_about(warning: &str, name: &str, orientation: &str, vm: &str) -> bool {
    warning.starts_with("WARN: a message is dropped: no participant received it.")
        && warning.ends_with(&format!("{name}\" orientation={orientation} vm={vm}"))
}

#[test]
fn s05_the_first_message_of_a_type_that_nobody_takes_is_a_warning() -> anyhow::Result<()> {
    let told =
        warnings([speaker(1, ["a", "b"]), speaker(2, ["c"]), Spawn::new((), |(), cx| cx.send(Go(1)))])?;
    let [say, go] = &told[..] else { anyhow::bail!("{told:?}") };
    assert!(is_about(say, "support::Say", "Publisher", "the ground"), "{say}");
    assert!(is_about(go, "support::Go", "Publisher", "the ground"), "{go}");
    for hint in ["`Handle::explain`", "`Context::explain`", "`Spy`", "#[message(lossy)]"] {
        assert!(say.contains(hint), "{say}");
    }
    Ok(())
}

#[test]
fn s05_the_warning_says_as_what_the_message_was_sent() -> anyhow::Result<()> {
    let told = warnings([Spawn::new((), |(), cx| cx.send_feedback(Say(1, "a")))])?;
    assert!(is_about(&told[0], "support::Say", "Subscriber", "the ground"), "{told:?}");
    Ok(())
}

#[test]
fn s05_later_messages_that_nobody_takes_are_told_of_at_the_level_of_debugging() -> anyhow::Result<()> {
    let capture = Capture::new(Level::DEBUG);
    let program = ground([speaker(1, ["a", "b", "c"])]);
    capture.during(|| block_on(program.run()))?;
    let told = capture.take();
    let count = |start: &str| told.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!(count("WARN: a message is dropped"), 1);
    assert_eq!(count("DEBUG: message dropped: no participant received it"), 3, "{told:?}");
    Ok(())
}

#[test]
fn s05_a_message_that_is_only_watched_is_a_warning_and_one_that_is_taken_is_none() -> anyhow::Result<()> {
    let hear = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say(1, _))).on_message(|(), _, _| ());
        cx.observe_subscribers(topic!(Go(_)));
        cx.observe_publishers(topic!(Go(_))).on_message(|(), _, _| ());
    });
    let told = warnings([hear, speaker(1, ["a"]), Spawn::new((), |(), cx| cx.send(Go(1)))])?;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("support::Go"), "an observer takes nothing: {told:?}");
    Ok(())
}

#[test]
fn s05_of_a_lossy_type_nobody_is_warned() -> anyhow::Result<()> {
    let told = warnings([Spawn::new((), |(), cx| {
        cx.send(Tick(1));
        cx.send_feedback(LossyLeaf(1));
    })])?;
    assert!(told.is_empty(), "{told:?}");
    const { assert!(Tick::IS_LOSSY && LossyLeaf::IS_LOSSY && !Say::IS_LOSSY) };
    assert!(topic!(Tick(1)).matches(&Tick(1)));
    Ok(())
}

#[test]
fn s05_the_warning_names_the_vm_by_the_names_that_lead_to_it() -> anyhow::Result<()> {
    let attic = Spawn::nested([Spawn::nested([speaker(1, ["a"])])]).named("attic");
    let told = warnings([Spawn::nested([attic, Spawn::new((), |(), cx| cx.send(Go(1)))]).named("house")])?;
    let [say, go] = &told[..] else { anyhow::bail!("{told:?}") };
    assert!(is_about(go, "support::Go", "Publisher", "house"), "{go}");
    assert!(is_about(say, "support::Say", "Publisher", "house/attic/Pid(0)"), "{say}");
    Ok(())
}

#[test]
fn s05_of_vms_that_are_made_by_the_hundred_only_one_warns() -> anyhow::Result<()> {
    let capture = Capture::new(Level::WARN);
    capture.during(|| {
        let mut stage = Stage::new([]);
        for _ in 0..100 {
            stage.spawn(Spawn::nested([Spawn::nested([speaker(1, ["a"])]), speaker(1, ["b"])]))?;
        }
        stage.spawn(speaker(1, ["c"]))?;
        assert_eq!(stage.counters()?.dropped, 201);
        stage.stop()
    })?;
    assert_eq!(capture.take().len(), 1);
    Ok(())
}

#[test]
fn s05_each_program_warns_for_itself() -> anyhow::Result<()> {
    for _ in 0..2 {
        assert_eq!(warnings([speaker(1, ["a"])])?.len(), 1);
    }
    Ok(())
}

#[test]
fn s05_who_begins_to_listen_to_the_log_late_is_warned_of_what_is_lost_then() -> anyhow::Result<()> {
    let mut stage = Stage::new([speaker(1, ["a"])]);
    let capture = Capture::new(Level::WARN);
    capture.during(|| stage.spawn(speaker(1, ["b"])))?;
    assert_eq!(capture.take().len(), 1);
    stage.stop()
}

#[test]
fn s05_vms_run_by_hand_warn_too() -> anyhow::Result<()> {
    let capture = Capture::new(Level::WARN);
    capture.during(|| {
        for mut vm in [
            VirtualMachine::outermost([speaker(1, ["a", "b"])]),
            VirtualMachine::nested([speaker(1, ["a", "b"])]),
        ] {
            let mut actions = Actions::new(true);
            vm.handle(Event::Boot { pid: Pid::detached() }, &mut actions)?;
            while let Some(Action::Yield(token)) = actions.take().pop() {
                vm.handle(Event::Resumed { token }, &mut actions)?;
            }
        }
        anyhow::Ok(())
    })?;
    let told = capture.take();
    let vms: Vec<&str> = told.iter().filter_map(|line| line.split(" vm=").nth(1)).collect();
    assert_eq!(vms, ["the ground", "Pid(0)"]);
    Ok(())
}

#[test]
fn s05_a_warning_shows_no_message() -> anyhow::Result<()> {
    let log = Log::default();
    /// Reports each time that it is formatted.
    #[derive(Message)]
    struct Secret(#[message(skip)] Log);

    impl std::fmt::Debug for Secret {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.add("shown");
            Ok(())
        }
    }

    let secret = Secret(log.clone());
    assert_eq!(warnings([Spawn::new((), |(), cx| cx.send(secret))])?.len(), 1);
    assert!(log.lines().is_empty());
    Ok(())
}
