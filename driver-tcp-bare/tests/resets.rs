//! A reset at any time ends only its own connection, and leaves no descriptor open. A separate test program,
//! because it counts the descriptors of the process.

#![cfg(target_os = "linux")]

mod support;

use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use driver_tcp_bare::{TcpAddress, TcpChannel, TcpCounters};
use marketplace_testing::{ReasonKind, descriptors, wait_until};

use support::{
    Listening, Program, Remote, Session, SessionEvent, connect, data, options, read_exact, reset, unanswered,
    write_all,
};

const FLOOD: usize = 32 << 20;

/// A program, and one of its connections that must survive all resets.
struct Scene {
    program: Program,
    listening: Listening,
    counters: Arc<TcpCounters>,
    staying: (TcpStream, Session),
}

impl Scene {
    fn new() -> anyhow::Result<Self> {
        // Long enough for a session to start, even on a busy machine.
        let driver = options().unclaimed_timeout(Duration::from_secs(2)).hard_limit(2 * FLOOD);
        let counters = driver.counters();
        let program = Program::with(driver)?;
        let listening = program.listening(&TcpAddress::listener(0))?;
        let client = connect(listening.address)?;
        let session = listening.session()?;
        Ok(Self { program, listening, counters, staying: (client, session) })
    }

    fn is_alive(&mut self) -> anyhow::Result<()> {
        let (client, session) = &mut self.staying;
        write_all(client, b"hello")?;
        assert_eq!(session.receive(5)?, b"hello");
        session.send("and you")?;
        assert_eq!(read_exact(client, 7)?, b"and you");
        Ok(())
    }

    fn client(&self) -> anyhow::Result<TcpStream> {
        connect(self.listening.address)
    }
}

fn before_it_has_a_session(scene: &Scene) -> anyhow::Result<()> {
    let client = scene.client()?;
    scene.listening.next()?;
    Ok(reset(client)?)
}

/// Only an attempt to read shows this reset.
fn before_it_has_a_session_with_data_on_its_way(scene: &Scene) -> anyhow::Result<()> {
    let client = scene.client()?;
    write_all(&client, &data(50_000))?;
    scene.listening.next()?;
    Ok(reset(client)?)
}

fn while_it_is_idle(scene: &Scene) -> anyhow::Result<()> {
    let client = scene.client()?;
    let session = scene.listening.session()?;
    session.wait_until_open()?;
    reset(client)?;
    assert_eq!(
        (session.inbound.next()?, session.outbound.next()?),
        (SessionEvent::RESET, SessionEvent::RESET)
    );
    Ok(())
}

fn while_it_is_read(scene: &Scene) -> anyhow::Result<()> {
    let client = scene.client()?;
    let session = scene.listening.session()?;
    write_all(&client, &data(1 << 20))?;
    session.receive(100_000)?;
    reset(client)?;
    assert_is_lost(&session)
}

fn while_it_is_written(scene: &Scene) -> anyhow::Result<()> {
    let client = scene.client()?;
    let session = scene.listening.session()?;
    session.send(data(FLOOD))?;
    read_exact(&client, 100_000)?;
    reset(client)?;
    assert_is_lost(&session)
}

/// Checks that the session sees the loss of the connection, after the data that arrived before.
fn assert_is_lost(session: &Session) -> anyhow::Result<()> {
    loop {
        match session.inbound.next()? {
            SessionEvent::Presence | SessionEvent::Bytes(_) => {}
            seen => {
                assert!(matches!(seen, SessionEvent::Absence(ReasonKind::Io(_))), "{seen:?}");
                return Ok(());
            }
        }
    }
}

fn while_it_is_written_and_its_session_has_quit(scene: &Scene) -> anyhow::Result<()> {
    let client = scene.client()?;
    let session = scene.listening.session()?;
    session.send(data(FLOOD))?;
    session.quit()?;
    read_exact(&client, 100_000)?;
    Ok(reset(client)?)
}

fn while_it_lingers(scene: &Scene) -> anyhow::Result<()> {
    let client = scene.client()?;
    let session = scene.listening.session()?;
    session.send("goodbye")?;
    session.quit()?;
    read_exact(&client, 7)?;
    Ok(reset(client)?)
}

fn after_the_client_has_shut_down(scene: &Scene) -> anyhow::Result<()> {
    let client = scene.client()?;
    let session = scene.listening.session()?;
    client.shutdown(Shutdown::Write)?;
    while session.inbound.next()? != SessionEvent::Eof {}
    session.send(data(FLOOD))?;
    reset(client)?;
    while session.outbound.next()? == SessionEvent::Presence {}
    Ok(())
}

fn just_after_it_is_connected(scene: &Scene) -> anyhow::Result<()> {
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("reset"), remote.address()?);
    let greeting = TcpChannel::bytes(&us, &them, data(100_000));
    let session = scene.program.busy_session(&us, &them, |cx| cx.send(greeting))?;
    reset(remote.accept()?)?;
    assert_is_lost(&session)
}

/// The peer's port is closed before the peer has answered.
fn while_it_is_connected(scene: &Scene) -> anyhow::Result<()> {
    let (them, full) = unanswered()?;
    let session = scene.program.session(&TcpAddress::handle("refused"), &them)?;
    drop(full);
    session.wait_until_open()?;
    assert_eq!(session.inbound.next()?, SessionEvent::REFUSED);
    Ok(())
}

fn while_it_is_connected_without_demand(scene: &Scene) -> anyhow::Result<()> {
    let (them, _full) = unanswered()?;
    scene.program.session(&TcpAddress::handle("given up"), &them)?.quit()
}

type Reset = fn(&Scene) -> anyhow::Result<()>;

const RESETS: [(&str, Reset); 11] = [
    ("before it is taken", before_it_has_a_session),
    ("before it is taken, with data on its way", before_it_has_a_session_with_data_on_its_way),
    ("while it is idle", while_it_is_idle),
    ("while it is read", while_it_is_read),
    ("while it is written", while_it_is_written),
    ("while it is written and its session has quit", while_it_is_written_and_its_session_has_quit),
    ("while it lingers", while_it_lingers),
    ("after the client has shut down", after_the_client_has_shut_down),
    ("just after it is connected", just_after_it_is_connected),
    ("while it is connected", while_it_is_connected),
    ("while it is connected and no longer wanted", while_it_is_connected_without_demand),
];

#[test]
fn a_reset_at_any_time_ends_only_its_own_connection_and_leaves_no_descriptor() -> anyhow::Result<()> {
    let mut scene = Scene::new()?;
    scene.is_alive()?;
    // Everything that the runtime opens on its first use is open then.
    while_it_lingers(&scene)?;
    wait_until(|| Ok(scene.counters.open() == 1))?;
    let before = descriptors()?;
    for (when, reset) in RESETS {
        for _ in 0..3 {
            reset(&scene).context(when)?;
            scene.is_alive().context(when)?;
        }
        wait_until(|| Ok(scene.counters.open() == 1 && descriptors()? <= before)).context(when)?;
    }
    Ok(())
}
