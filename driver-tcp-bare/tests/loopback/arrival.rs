//! Data that arrives before a session can receive it is not lost.

use std::io::Read as _;
use std::net::Shutdown;

use driver_tcp_bare::{TcpAddress, TcpChannel};

use crate::support::{Program, Remote, SessionEvent, connect, data, echo_server, read_to_end, write_all};

#[test]
fn bytes_sent_before_there_is_a_session_are_received_by_it() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let (them, us) = listening.next()?;
    // More observers, which do not make the driver read either.
    let (inbound, outbound) = (TcpChannel::flow(&them, &us), TcpChannel::flow(&us, &them));
    let _kept = program.process(move |cx| {
        cx.observe_publishers(inbound);
        cx.observe_subscribers(outbound);
    })?;
    let sent = data(50_000);
    write_all(&client, &sent)?;
    client.shutdown(Shutdown::Write)?;
    // Serves another connection in between, so that the driver has had the time to read.
    let other = connect(listening.address)?;
    let other_session = listening.session()?;
    write_all(&other, b"something else")?;
    assert_eq!(other_session.receive(14)?, b"something else");
    other_session.quit()?;
    assert_eq!(read_to_end(&other)?, b"");

    let session = program.session(&us, &them)?;
    assert!(session.receive(sent.len())? == sent, "the received bytes are different");
    assert_eq!(session.inbound.next()?, SessionEvent::Eof);
    assert_eq!(session.inbound.next()?, SessionEvent::NORMAL_ABSENCE);
    Ok(())
}

#[test]
fn bytes_that_arrive_between_two_readers_wait_for_the_second() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let (them, us) = listening.next()?;
    let flow = TcpChannel::flow(&us, &them);
    // Keeps the connection open while no process reads.
    let keeper = TcpChannel::bytes(&us, &them, "not read at the moment");
    let writer = program.process(|cx| {
        cx.publisher(flow);
    })?;
    let first = program.session(&us, &them)?;
    write_all(&client, b"for the first")?;
    assert_eq!(first.receive(13)?, b"for the first");
    first.quit()?;
    writer.run(|cx| cx.send(keeper))?;
    let mut notice = [0; 16];
    (&client).read_exact(&mut notice)?;
    write_all(&client, b"for the second")?;
    let second = program.session(&us, &them)?;
    assert_eq!(second.receive(14)?, b"for the second");
    Ok(())
}

#[test]
fn data_sent_before_an_outbound_connection_is_open_arrives_in_order() -> anyhow::Result<()> {
    let program = Program::start()?;
    let remote = Remote::listen()?;
    let (us, them) = (TcpAddress::handle("early"), remote.address()?);
    let sent = data(1 << 20);
    let pieces: Vec<_> =
        sent.chunks(10_000).map(|piece| TcpChannel::bytes(&us, &them, piece.to_vec())).collect();
    let eof = TcpChannel::eof(&us, &them);
    let _session = program.busy_session(&us, &them, |cx| {
        pieces.into_iter().for_each(|piece| cx.send(piece));
        cx.send(eof);
    })?;
    assert!(read_to_end(&remote.accept()?)? == sent, "the received bytes are different");
    Ok(())
}

#[test]
fn data_sent_while_an_outbound_connection_is_opened_arrives_in_order() -> anyhow::Result<()> {
    let (_echo, address) = echo_server()?;
    let program = Program::start()?;
    for round in 0..20 {
        let session = program.session(&TcpAddress::handle(("rising", round)), &address.into())?;
        let sent = data(1000);
        for piece in sent.chunks(10) {
            session.send(piece.to_vec())?;
        }
        assert_eq!(session.receive(sent.len())?, sent, "in round {round}");
    }
    Ok(())
}
