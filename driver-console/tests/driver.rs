//! The driver's process alone: events in, actions out.

use std::io::{self, Read};
use std::thread;

use driver_console::{
    ConsoleDriver, InputBytes, InputBytesPattern, InputLine, InputLinePattern, LineEnding, OutputBytes,
    OutputBytesPattern, OutputFlush, OutputFlushPattern, OutputReady, OutputStream, PauseInput, TerminalSize,
    TerminalSizePattern,
};
use marketplace_core::{Action, Interest, NetworkAction, Reason, Request, Role, Spawn, topic};
use marketplace_testing::TestActor;

const fn send_and_sync<T: Send + Sync>() {}

#[test]
fn everything_public_can_cross_threads() {
    send_and_sync::<(InputLine, InputLinePattern, LineEnding, InputBytes, InputBytesPattern, PauseInput)>();
    send_and_sync::<(
        OutputBytes,
        OutputBytesPattern,
        OutputFlush,
        OutputFlushPattern,
        OutputReady,
        OutputStream,
    )>();
    send_and_sync::<(TerminalSize, TerminalSizePattern)>();
    send_and_sync::<ConsoleDriver>();
}

/// An input that blocks forever.
struct Silent;

impl Read for Silent {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        loop {
            thread::park();
        }
    }
}

fn driver() -> Spawn {
    ConsoleDriver::new().input(Silent).stdout(io::sink()).stderr(io::sink()).spawn()
}

/// The participants that are added.
fn participants(actions: &[Action]) -> Vec<Role> {
    let added = actions.iter().filter_map(|action| match action {
        Action::Local(NetworkAction::Add(add)) => Some(add.role.clone()),
        _ => None,
    });
    added.filter(|role| role.interest == Interest::Participant).collect()
}

fn writes(actions: &[Action]) -> usize {
    actions.iter().filter(|action| matches!(action, Action::Perform(..))).count()
}

fn forms() -> [(Role, Role); 2] {
    [
        (Role::subscriber(topic!(InputLine { .. })), Role::publisher(topic!(InputLine { .. }))),
        (Role::subscriber(topic!(InputBytes { .. })), Role::publisher(topic!(InputBytes { .. }))),
    ]
}

#[test]
fn it_subscribes_to_the_outputs_from_the_beginning() -> anyhow::Result<()> {
    let driver = TestActor::boot(driver())?;
    let roles = participants(driver.first());
    for stream in [OutputStream::Stdout, OutputStream::Stderr] {
        assert!(roles.contains(&Role::subscriber(OutputBytes::to(stream))));
        assert!(roles.contains(&Role::subscriber(Request::topic(topic!(OutputFlush { stream })))));
        assert!(roles.contains(&Role::publisher(topic!(OutputReady { stream }))));
    }
    // There is a further one for the terminal, if the test has one, and one that shows that the VM has a driver.
    let others = roles.iter().filter(|role| role.topic.downcast_ref::<TerminalSize>().is_none());
    assert_eq!(others.count(), 7);
    Ok(())
}

#[test]
fn the_input_is_published_once_in_the_form_that_is_demanded() -> anyhow::Result<()> {
    for (subscriber, publisher) in forms() {
        let mut driver = TestActor::boot(driver())?;
        assert!(participants(&driver.presence(&subscriber)?).contains(&publisher));
        assert_eq!(participants(&driver.presence(&subscriber)?), []);
        assert!(driver.absence(&subscriber, &Reason::normal())?.is_empty());
        let actions = driver.absence(&subscriber, &Reason::normal())?;
        let deleted = |action: &&Action| matches!(action, Action::Local(NetworkAction::Delete { .. }));
        assert_eq!(
            actions.iter().filter(deleted).count(),
            2,
            "the publisher, and the subscription: {actions:?}"
        );
    }
    Ok(())
}

#[test]
fn an_observer_of_the_input_is_no_demand() -> anyhow::Result<()> {
    for (subscriber, _) in forms() {
        for interest in [Interest::Observer, Interest::Everything] {
            let mut driver = TestActor::boot(driver())?;
            assert!(driver.presence(&subscriber.clone().with_interest(interest))?.is_empty());
        }
    }
    Ok(())
}

#[test]
fn while_one_form_is_published_the_other_is_not() -> anyhow::Result<()> {
    let [(lines, _), (bytes, publisher)] = forms();
    let mut driver = TestActor::boot(driver())?;
    driver.presence(&lines)?;
    assert!(driver.presence(&bytes)?.is_empty());
    let actions = driver.absence(&lines, &Reason::normal())?;
    assert!(participants(&actions).contains(&publisher), "{actions:?}");
    Ok(())
}

#[test]
fn only_one_piece_of_a_stream_is_written_at_a_time() -> anyhow::Result<()> {
    let mut driver = TestActor::boot(driver())?;
    let output = |stream| OutputBytes::new(stream, "hello");
    assert_eq!(writes(&driver.message(output(OutputStream::Stdout))?), 1);
    assert_eq!(writes(&driver.message(output(OutputStream::Stdout))?), 0, "it waits for the first");
    assert_eq!(writes(&driver.message(output(OutputStream::Stderr))?), 1, "that is another stream");
    Ok(())
}

#[test]
fn an_empty_message_writes_nothing() -> anyhow::Result<()> {
    let mut driver = TestActor::boot(driver())?;
    assert!(driver.message(OutputBytes::new(OutputStream::Stdout, ""))?.is_empty());
    Ok(())
}
