//! Connections with two processes, one for each direction.

use std::net::TcpStream;

use driver_tcp_bare::{TcpAddress, TcpChannel};
use marketplace_testing::{Reports, TestProcess};

use crate::support::{
    Program, Remote, SessionEvent, connect, publish, read_exact, read_to_end, subscribe, write_all,
};

/// A connection whose receiver and sender are different processes.
struct Shared {
    peer: TcpStream,
    us: TcpAddress,
    them: TcpAddress,
    receiver: TestProcess,
    inbound: Reports<SessionEvent>,
    sender: TestProcess,
    outbound: Reports<SessionEvent>,
    _program: Program,
}

fn shared(is_inbound: bool) -> anyhow::Result<Shared> {
    let program = Program::start()?;
    if is_inbound {
        let listening = program.listening(&TcpAddress::listener(0))?;
        let peer = connect(listening.address)?;
        let (them, us) = listening.next()?;
        take(program, &us, &them, || Ok(peer))
    } else {
        let remote = Remote::listen()?;
        let them = remote.address()?;
        take(program, &TcpAddress::handle("shared"), &them, || remote.accept())
    }
}

fn take(
    program: Program,
    us: &TcpAddress,
    them: &TcpAddress,
    peer: impl FnOnce() -> anyhow::Result<TcpStream>,
) -> anyhow::Result<Shared> {
    let ((inwards, inbound), (outwards, outbound)) = (program.reports(), program.reports());
    let (local, remote) = (us.clone(), them.clone());
    let receiver = program.process(move |cx| subscribe(cx, &local, &remote, &inwards))?;
    let (local, remote) = (us.clone(), them.clone());
    let sender = program.process(move |cx| publish(cx, &local, &remote, &outwards))?;
    assert_eq!((inbound.next()?, outbound.next()?), (SessionEvent::Presence, SessionEvent::Presence));
    let (us, them) = (us.clone(), them.clone());
    Ok(Shared { peer: peer()?, us, them, receiver, inbound, sender, outbound, _program: program })
}

impl Shared {
    fn send(&mut self, bytes: &'static str) -> anyhow::Result<()> {
        let message = TcpChannel::bytes(&self.us, &self.them, bytes);
        self.sender.run(|cx| cx.send(message))
    }

    fn assert_works(&mut self) -> anyhow::Result<()> {
        write_all(&self.peer, b"inwards")?;
        assert_eq!(self.inbound.next()?, SessionEvent::Bytes(b"inwards".into()));
        self.send("outwards")?;
        assert_eq!(read_exact(&self.peer, 8)?, b"outwards");
        Ok(())
    }
}

#[test]
fn when_the_sender_ends_first_the_receiver_continues() -> anyhow::Result<()> {
    for is_inbound in [true, false] {
        let mut shared = shared(is_inbound)?;
        shared.assert_works()?;
        shared.send("the last words")?;
        shared.sender.quit()?;
        assert_eq!(read_to_end(&shared.peer)?, b"the last words");
        write_all(&shared.peer, b"an answer")?;
        assert_eq!(shared.inbound.next()?, SessionEvent::Bytes(b"an answer".into()));
        shared.receiver.quit()?;
        assert_eq!((shared.inbound.rest(), shared.outbound.rest()), (vec![], vec![]));
    }
    Ok(())
}

#[test]
fn when_the_receiver_ends_first_the_sender_continues() -> anyhow::Result<()> {
    for is_inbound in [true, false] {
        let mut shared = shared(is_inbound)?;
        shared.assert_works()?;
        shared.receiver.quit()?;
        write_all(&shared.peer, b"nobody reads this")?;
        shared.send("the last words")?;
        shared.sender.quit()?;
        // Unread data must not turn the end into a reset.
        assert_eq!(read_to_end(&shared.peer)?, b"the last words");
        assert_eq!((shared.inbound.rest(), shared.outbound.rest()), (vec![], vec![]));
    }
    Ok(())
}

#[test]
fn a_receiver_that_crashes_does_not_close_the_connection_of_the_sender() -> anyhow::Result<()> {
    let mut shared = shared(true)?;
    shared.assert_works()?;
    shared.receiver.run(|_| Err(anyhow::anyhow!("crashed by the test")))?;
    shared.receiver.ended()?;
    shared.send("the last words")?;
    shared.sender.quit()?;
    assert_eq!(read_to_end(&shared.peer)?, b"the last words");
    Ok(())
}

#[test]
fn two_receivers_each_receive_everything_and_the_last_one_closes_the_connection() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let (them, us) = listening.next()?;
    let (one, two) = (program.session(&us, &them)?, program.session(&us, &them)?);
    // The driver reads from the first receiver on. The second one is added before data arrives.
    write_all(&client, b"to both")?;
    assert_eq!((one.receive(7)?, two.receive(7)?), (b"to both".to_vec(), b"to both".to_vec()));
    one.quit()?;
    write_all(&client, b"to the second")?;
    assert_eq!(two.receive(13)?, b"to the second");
    two.quit()?;
    assert_eq!(read_to_end(&client)?, b"");
    Ok(())
}
