//! Random clients of our server and of a plain one. They must not see a difference.

use std::io::{ErrorKind, Read as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use async_std::net::{TcpListener, TcpStream as AsyncStream};
use async_std::task::{self, JoinHandle};
use driver_tcp_bare::{TcpAddress, TcpChannel, TcpSubPacket};
use futures::{AsyncReadExt as _, AsyncWriteExt as _, StreamExt as _};
use marketplace_core::Spawn;
use marketplace_testing::TIMEOUT;

use crate::support::{
    Program, Random, connect, data, data_at, listen, read_exact, read_to_end, reset, write_all,
};

/// How long a client waits when it expects nothing.
const SILENCE: Duration = Duration::from_millis(15);

/// A step of a client.
#[derive(Clone, Copy, Debug)]
enum Step {
    Write(usize),
    /// Reads this number of bytes, or fewer if the server has fewer to send.
    Read(usize),
    /// Reads when nothing or the end of the stream is expected.
    Listen,
    Pause,
    /// Ends the sending side.
    ShutDown,
    /// The last step.
    Leave(Leave),
}

#[derive(Clone, Copy, Debug)]
enum Leave {
    /// Reads everything until the end.
    ToTheEnd,
    /// Closes, even if data is on its way.
    Close,
    Reset,
}

/// What a client sees.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Bytes(Vec<u8>),
    Nothing,
    Eof,
    Failure(ErrorKind),
}

/// The steps of a client.
fn script(random: &mut Random) -> Vec<Step> {
    let mut steps = Vec::new();
    for _ in 0..random.up_to(12) {
        steps.push(match random.up_to(20) {
            1..=8 => Step::Write(random.size(16)),
            9..=16 => Step::Read(random.size(16)),
            17 => Step::Pause,
            18 => Step::Listen,
            _ => Step::ShutDown,
        });
    }
    steps.push(Step::Leave(match random.up_to(5) {
        1 => Leave::Close,
        2 => Leave::Reset,
        _ => Leave::ToTheEnd,
    }));
    steps
}

/// A client in the middle of its script.
struct Client {
    stream: TcpStream,
    limit: usize,
    written: usize,
    read: usize,
    has_shut_down: bool,
}

impl Client {
    fn run(address: SocketAddr, limit: usize, script: &[Step]) -> anyhow::Result<Vec<Seen>> {
        let stream = connect(address)?;
        let mut client = Self { stream, limit, written: 0, read: 0, has_shut_down: false };
        let mut seen = Vec::new();
        for step in script {
            match *step {
                Step::Write(count) => client.write(count)?,
                Step::Read(count) => seen.push(client.read(count)?),
                Step::Listen => seen.extend(client.listen()?),
                Step::Pause => thread::sleep(Duration::from_millis(1)),
                Step::ShutDown => client.shut_down()?,
                Step::Leave(leave) => {
                    seen.extend(client.leave(leave)?);
                    break;
                }
            }
        }
        Ok(seen)
    }

    fn write(&mut self, count: usize) -> anyhow::Result<()> {
        if self.has_shut_down {
            return Ok(());
        }
        // The server discards data beyond its limit, so writing does not fail.
        write_all(&self.stream, &data_at(self.written, count))?;
        self.written += count;
        Ok(())
    }

    /// How many bytes the server still has to send.
    fn outstanding(&self) -> usize {
        self.written.min(self.limit) - self.read
    }

    /// The boundaries between pieces have no meaning, so this reads all bytes that are wanted and will arrive.
    fn read(&mut self, count: usize) -> anyhow::Result<Seen> {
        let bytes = read_exact(&self.stream, count.min(self.outstanding()))?;
        self.read += bytes.len();
        Ok(Seen::Bytes(bytes))
    }

    fn listen(&mut self) -> anyhow::Result<Option<Seen>> {
        if self.outstanding() > 0 {
            return Ok(None);
        }
        let ends = self.has_shut_down || self.read == self.limit;
        self.stream.set_read_timeout(Some(if ends { TIMEOUT } else { SILENCE }))?;
        let seen = match self.stream.read(&mut [0; 1]) {
            Ok(0) => Seen::Eof,
            Ok(_) => anyhow::bail!("the server sent more bytes than expected"),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Seen::Nothing
            }
            Err(error) => Seen::Failure(error.kind()),
        };
        self.stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Some(seen))
    }

    fn shut_down(&mut self) -> anyhow::Result<()> {
        self.has_shut_down = true;
        match self.stream.shutdown(Shutdown::Write) {
            // The server has ended its side, and has seen the end of our side by an earlier shutdown.
            Err(error) if error.kind() == ErrorKind::NotConnected => Ok(()),
            other => Ok(other?),
        }
    }

    /// After a close or a reset, no data is received, so what the server sees is not compared.
    fn leave(mut self, leave: Leave) -> anyhow::Result<Vec<Seen>> {
        match leave {
            Leave::ToTheEnd => {
                self.shut_down()?;
                let rest = read_to_end(&self.stream)?;
                return Ok(vec![Seen::Bytes(rest), Seen::Eof]);
            }
            Leave::Close => {}
            Leave::Reset => reset(self.stream)?,
        }
        Ok(Vec::new())
    }
}

/// A session that sends `limit` bytes back, and then ends the conversation.
fn limited_echoer(them: TcpAddress, us: TcpAddress, limit: usize) -> Spawn {
    Spawn::new(limit, move |_, cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(TcpChannel::flow(&them, &us))
            .on_message(|left, cx, channel| {
                if let TcpSubPacket::Bytes(bytes) = &channel.subpacket {
                    let bytes = bytes.slice(..bytes.len().min(*left));
                    *left -= bytes.len();
                    cx.send(TcpChannel::bytes(&channel.destination, &channel.source, bytes));
                    if *left == 0 {
                        cx.quit();
                    }
                }
            })
            .on_absence(|_, cx, _, _| cx.quit());
    })
}

/// The same without the driver.
async fn plain_echo(mut stream: AsyncStream, mut left: usize) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 65_536];
    while left > 0 {
        let count = stream.read(&mut buffer).await?.min(left);
        if count == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..count]).await?;
        left -= count;
    }
    stream.shutdown(Shutdown::Write)?;
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

/// A server without the driver. It runs until it is dropped.
struct Plain {
    address: SocketAddr,
    task: Option<JoinHandle<()>>,
}

impl Plain {
    fn start(limit: usize) -> anyhow::Result<Self> {
        let listener = task::block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;
        let task = task::spawn(async move {
            let serve = |stream| async move {
                if let Ok(stream) = stream {
                    // A reset by one client must not end the server.
                    let _lost = plain_echo(stream, limit).await;
                }
            };
            listener.incoming().for_each_concurrent(None, serve).await;
        });
        Ok(Self { address, task: Some(task) })
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task::block_on(task.cancel());
        }
    }
}

fn compare(seed: u64, scripts: usize, limit: usize) -> anyhow::Result<()> {
    let program = Program::start()?;
    let us = TcpAddress::listener(0);
    program.spawn(listen(us.clone(), move |them, us| limited_echoer(them, us, limit)))?;
    let ours = program.bound(&us)?;
    let plain = Plain::start(limit)?;
    let mut random = Random(seed);
    for number in 0..scripts {
        let script = script(&mut random);
        let context = || format!("script {number} of seed {seed}: {script:?}");
        let expected = Client::run(plain.address, limit, &script).with_context(context)?;
        let seen = Client::run(ours, limit, &script).with_context(context)?;
        assert!(seen == expected, "{}", context());
        assert_echoes(&seen);
    }
    Ok(())
}

/// Checks that the received bytes are those that were written.
fn assert_echoes(seen: &[Seen]) {
    let pieces =
        seen.iter().filter_map(|seen| if let Seen::Bytes(bytes) = seen { Some(bytes) } else { None });
    let received: Vec<u8> = pieces.flatten().copied().collect();
    assert!(received == data(received.len()), "the echoed bytes are different");
}

#[test]
fn a_client_sees_no_difference_to_a_plain_echo() -> anyhow::Result<()> {
    compare(1, 300, usize::MAX)
}

#[test]
fn a_client_sees_no_difference_to_a_plain_echo_that_ends_by_itself() -> anyhow::Result<()> {
    compare(2, 150, 5_000)?;
    compare(3, 150, 1)
}
