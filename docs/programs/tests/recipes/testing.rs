//! The page Tests without sockets or sleeps: what is tested, and how.

use std::time::Duration;

use driver_tcp_bare::{TcpAddress, TcpChannel};
use futures::future::AbortHandle;
use marketplace_core::{Context, Ground, Message, Spawn, topic};
use marketplace_testing::TestProgram;

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Debug, Message)]
struct Alarm {}

/// A message to somebody's telephone. A driver somewhere sends it.
#[derive(Debug, Message)]
struct Page {
    to: &'static str,
}

/// Somebody has pressed the button on the telephone.
#[derive(Debug, Message)]
struct Acknowledged {}

/// Pages one person after the other, five minutes apart, until one of them acknowledges.
fn escalation() -> Spawn {
    Spawn::new(None, |_, cx| {
        cx.subscriber(topic!(Alarm {})).on_message(|next, cx, _| page(next, cx, &["Ada", "Grace", "Edsger"]));
        cx.subscriber(topic!(Acknowledged {})).on_message(|next, _, _| {
            if let Some(handle) = next.take() {
                handle.abort();
            }
        });
    })
    .named("escalation")
}

fn page(
    next: &mut Option<AbortHandle>,
    cx: &mut Context<'_, Option<AbortHandle>>,
    people: &'static [&'static str],
) {
    if let [first, others @ ..] = people {
        cx.send(Page { to: first });
        *next = Some(cx.sleep_then(5 * MINUTE, move |next, cx| page(next, cx, others)));
    }
}

#[test]
fn the_next_person_is_paged_after_five_minutes_unless_somebody_acknowledges() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(escalation()));
    let mut pages = program.messages(topic!(Page { .. }))?;
    program.send(Alarm {})?;
    assert_eq!(pages.message()?.to, "Ada");
    program.advance(5 * MINUTE - Duration::from_nanos(1));
    pages.nothing()?;
    program.advance(Duration::from_nanos(1));
    assert_eq!(pages.message()?.to, "Grace");
    program.send(Acknowledged {})?;
    program.advance(60 * MINUTE);
    pages.nothing()
}

/// Stands in for the driver: one person acknowledges a minute after the page.
fn telephone_of(person: &'static str) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Page { to: person })).on_message(|(), cx, _| {
            cx.sleep_then(MINUTE, |(), cx| cx.send(Acknowledged {}));
        });
    })
    .named("telephone")
}

#[test]
fn nobody_is_paged_after_grace_has_acknowledged() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(telephone_of("Grace")).spawn(escalation()));
    let mut pages = program.messages(topic!(Page { .. }))?;
    program.send(Alarm {})?;
    program.advance(60 * MINUTE);
    assert_eq!((pages.message()?.to, pages.message()?.to), ("Ada", "Grace"));
    pages.nothing()
}

/// Sends a client's bytes back to it.
fn echoer(them: TcpAddress, us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(TcpChannel::flow(&them, &us))
            .on_message(|(), cx, packet| cx.send(packet.reply()))
            .on_absence(|(), cx, _peer, _reason| cx.quit());
    })
}

fn listener(us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(TcpChannel { source: _, destination: us, .. }))
            .for_each_conversation(|flow| flow.ends().map(|(them, us)| echoer(them, us)));
    })
}

#[test]
fn a_client_gets_its_bytes_back_and_its_session_ends_with_the_connection() -> anyhow::Result<()> {
    let (them, us) = (TcpAddress::remote("client", 50_000), TcpAddress::listener(5999));
    let program = TestProgram::by_hand(Ground::new().spawn(listener(us.clone())));
    // The test does what the driver does for a connection: it publishes what the client sends, and subscribes to what
    // the session sends.
    let mut received = program.subscriber(TcpChannel::flow(&us, &them))?;
    let inbound = TcpChannel::flow(&them, &us);
    let connection = program.process(|cx| {
        cx.publisher(inbound);
    })?;
    received.presence()?;
    let hello = TcpChannel::bytes(&them, &us, "hello");
    connection.run(|cx| cx.send(hello))?;
    assert_eq!(*received.message()?, TcpChannel::bytes(&us, &them, "hello"));
    connection.fail("connection reset by peer")?;
    // The echoer handles the loss of the connection and quits, so its own end is no error.
    assert!(received.absence()?.as_error().is_none());
    Ok(())
}
