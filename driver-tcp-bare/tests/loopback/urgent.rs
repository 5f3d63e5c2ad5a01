//! Urgent data is removed from the stream, and does not delay the data that follows it.

use driver_tcp_bare::TcpAddress;
use socket2::SockRef;

use crate::support::{Program, connect, write_all};

#[test]
fn data_after_urgent_data_is_read_although_nothing_more_arrives() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let (them, us) = listening.next()?;
    // All data has arrived before a process reads.
    write_all(&client, b"before it, ")?;
    SockRef::from(&client).send_out_of_band(b"!")?;
    write_all(&client, b"after it")?;
    let session = program.session(&us, &them)?;
    assert_eq!(session.receive(19)?, b"before it, after it");
    Ok(())
}
