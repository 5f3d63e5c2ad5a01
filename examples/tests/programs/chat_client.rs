//! `chat-client` sends its standard input to a server, and writes what the server sends to its standard output.

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, anyhow, ensure};
use rustix::process::Signal;
use socket2::SockRef;

use crate::support::{
    CHAT_CLIENT, CHAT_SERVER, Cycle, ECHO_SERVER, Guest, Program, TIMEOUT, program, serve, server,
};

const INPUT_ENDED: &str = "chat-client: the input has ended\n";
const SERVER_CLOSED: &str = "chat-client: the server has closed the connection\n";

/// Many more bytes than the system's buffers and the client hold.
const LENGTH: usize = 64 << 20;

/// How many bytes are written at a time.
const PIECE: usize = 64 << 10;

/// A client that connects to this address.
fn client(
    host: &str,
    port: u16,
    input: impl Into<Stdio>,
    output: impl Into<Stdio>,
) -> anyhow::Result<Program> {
    let mut command = program(CHAT_CLIENT);
    Program::start_with(command.args(["--host", host, "--port", &port.to_string()]), input, output)
}

/// A client of a local server, with a pipe as its input and its output read by line.
fn client_of(address: SocketAddr) -> anyhow::Result<(Program, PipeWriter)> {
    let (read, input) = pipe()?;
    Ok((client("127.0.0.1", address.port(), read, Stdio::piped())?, input))
}

/// A client, its input, and the server's end of its connection.
fn connected() -> anyhow::Result<(Program, PipeWriter, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (client, input) = client_of(listener.local_addr()?)?;
    let (stream, _) = listener.accept()?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    Ok((client, input, stream))
}

#[test]
fn the_input_goes_to_the_server_and_what_it_sends_to_the_output() -> anyhow::Result<()> {
    let (client, mut input, mut stream) = connected()?;
    input.write_all(b"question")?;
    let mut received = [0; 8];
    stream.read_exact(&mut received)?;
    assert_eq!(&received, b"question");
    stream.write_all(b"answer\n")?;
    assert_eq!(client.line()?, "answer\n");
    Ok(())
}

#[test]
fn it_connects_people_in_a_chat_room() -> anyhow::Result<()> {
    let (_program, address) = serve(&mut server(CHAT_SERVER))?;
    let (client, mut input) = client_of(address)?;
    assert_eq!(client.line()?, "You are user1.\n");
    let mut other = Guest::enter(address)?;
    other.expect(["user1 arrived."])?;
    assert_eq!(client.line()?, "user2 arrived.\n");
    input.write_all(b"hello\nlast words")?;
    other.expect(["user1: hello"])?;
    other.say("good evening\n")?;
    assert_eq!(client.line()?, "user2: good evening\n");
    drop(input);
    other.expect(["user1: last words", "user1 departed."])?;
    let finished = client.finish()?;
    assert!(finished.status.success());
    assert_eq!((&*finished.output, &*finished.errors), ("", INPUT_ENDED));
    Ok(())
}

#[test]
fn it_ends_at_the_end_of_the_input_once_everything_is_sent() -> anyhow::Result<()> {
    let (client, mut input, mut stream) = connected()?;
    input.write_all(b"all")?;
    drop(input);
    let mut received = String::new();
    stream.read_to_string(&mut received)?;
    assert_eq!(received, "all");
    drop(stream);
    let finished = client.finish()?;
    assert!(finished.status.success());
    assert_eq!((&*finished.output, &*finished.errors), ("", INPUT_ENDED));
    Ok(())
}

#[test]
fn it_ends_when_the_server_closes_after_everything_received_is_written() -> anyhow::Result<()> {
    let (client, _input, mut stream) = connected()?;
    stream.write_all(b"last words")?;
    stream.shutdown(Shutdown::Write)?;
    let finished = client.finish()?;
    assert!(finished.status.success());
    assert_eq!((&*finished.output, &*finished.errors), ("last words", SERVER_CLOSED));
    Ok(())
}

#[test]
fn a_server_that_is_asked_to_stop_ends_it() -> anyhow::Result<()> {
    let (program, address) = serve(&mut server(CHAT_SERVER))?;
    let (client, _input) = client_of(address)?;
    assert_eq!(client.line()?, "You are user1.\n");
    assert!(program.terminate()?.status.success());
    let finished = client.finish()?;
    assert!(finished.status.success());
    assert_eq!((&*finished.output, &*finished.errors), ("", SERVER_CLOSED));
    Ok(())
}

#[test]
fn a_connection_that_is_lost_is_a_failure_that_says_so() -> anyhow::Result<()> {
    let (client, _input, stream) = connected()?;
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
    drop(stream);
    let finished = client.finish()?;
    assert_eq!(finished.status.code(), Some(1));
    assert_eq!(finished.output, "");
    assert!(finished.errors.contains("reset"), "{}", finished.errors);
    Ok(())
}

#[test]
fn a_server_that_cannot_be_reached_is_a_failure_that_names_it() -> anyhow::Result<()> {
    let unused = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    for host in ["127.0.0.1", "no-such-host.invalid"] {
        let (read, _input) = pipe()?;
        for input in [Stdio::null(), read.into()] {
            let finished = client(host, unused, input, Stdio::piped())?.finish()?;
            assert_eq!(finished.status.code(), Some(1));
            assert_eq!(finished.output, "");
            let message = format!("Error: cannot connect to {host}:{unused}\n");
            assert!(finished.errors.contains(&message), "{}", finished.errors);
            assert!(!finished.errors.contains(INPUT_ENDED), "{}", finished.errors);
        }
    }
    Ok(())
}

#[test]
fn a_signal_ends_it() -> anyhow::Result<()> {
    for signal in [Signal::TERM, Signal::INT] {
        let (client, mut input, mut stream) = connected()?;
        input.write_all(b"hello")?;
        stream.read_exact(&mut [0; 5])?;
        client.signal(signal)?;
        assert_eq!(stream.read(&mut [0])?, 0);
        drop(stream);
        let finished = client.finish()?;
        assert!(finished.status.success());
        assert_eq!((&*finished.output, &*finished.errors), ("", ""));
    }
    Ok(())
}

#[test]
fn it_ends_quietly_when_its_output_is_closed() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let ((read, _input), (output, written)) = (pipe()?, pipe()?);
    let client = client("127.0.0.1", listener.local_addr()?.port(), read, written)?;
    drop(output);
    let (mut stream, _) = listener.accept()?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(b"hello")?;
    assert_eq!(stream.read(&mut [0])?, 0);
    drop(stream);
    let finished = client.finish()?;
    assert!(finished.status.success());
    assert_eq!(finished.errors, "");
    Ok(())
}

#[test]
fn a_big_input_arrives_whole_at_a_slow_server_and_costs_no_memory() -> anyhow::Result<()> {
    let (client, input, stream) = connected()?;
    let writing = Writing::begin(input);
    writing.until_nothing_more_is_taken();
    read(stream)?;
    finish(client, writing)
}

#[test]
fn what_a_server_sends_arrives_whole_at_a_slow_output_and_costs_no_memory() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let ((input, _input), (output, written)) = (pipe()?, pipe()?);
    let client = client("127.0.0.1", listener.local_addr()?.port(), input, written)?;
    let (stream, _) = listener.accept()?;
    let writing = Writing::begin(stream);
    writing.until_nothing_more_is_taken();
    read_pipe(output)?;
    finish(client, writing)
}

#[test]
fn a_big_input_comes_back_whole_from_a_server_that_echoes_and_costs_no_memory() -> anyhow::Result<()> {
    let (_program, address) = serve(&mut server(ECHO_SERVER))?;
    let ((read, input), (output, written)) = (pipe()?, pipe()?);
    let client = client("127.0.0.1", address.port(), read, written)?;
    let writing = Writing::begin(input);
    writing.until_nothing_more_is_taken();
    read_pipe(output)?;
    finish(client, writing)
}

/// Checks that a client has used little memory, and ends it by closing what was written to.
fn finish(client: Program, writing: Writing<impl Send + 'static>) -> anyhow::Result<()> {
    if cfg!(target_os = "linux") {
        let peak = client.peak_memory()?;
        assert!(peak < 24 << 20, "{peak} bytes of memory");
    }
    drop(writing.finish()?);
    assert!(client.finish()?.status.success());
    Ok(())
}

/// A thread that writes very many bytes.
struct Writing<W> {
    progress: Receiver<()>,
    writer: JoinHandle<anyhow::Result<W>>,
}

impl<W: Write + Send + 'static> Writing<W> {
    fn begin(mut output: W) -> Self {
        let (taken, progress) = channel();
        let writer = thread::spawn(move || {
            let cycle = Cycle::new();
            for position in (0..LENGTH).step_by(PIECE) {
                output.write_all(cycle.piece(position, PIECE))?;
                // The test may not wait for progress any more.
                let _told = taken.send(());
            }
            Ok(output)
        });
        Self { progress, writer }
    }
}

impl<W> Writing<W> {
    /// Waits until no further bytes are accepted. If a pause of the client is mistaken for that, the test is weaker,
    /// but does not fail.
    fn until_nothing_more_is_taken(&self) {
        while self.progress.recv_timeout(Duration::from_millis(200)).is_ok() {}
    }

    /// Returns the value that was written to, so that it is not closed earlier.
    fn finish(self) -> anyhow::Result<W> {
        self.writer.join().map_err(|_| anyhow!("the writer panicked"))?
    }
}

/// Reads as many bytes, and checks them. `input` must have a time-out.
fn read(mut input: impl Read) -> anyhow::Result<()> {
    let (cycle, mut buffer, mut received) = (Cycle::new(), vec![0; PIECE], 0);
    while received < LENGTH {
        let count = input.read(&mut buffer)?;
        ensure!(count > 0, "only {received} bytes came");
        cycle.check(received, &buffer[..count])?;
        received += count;
    }
    Ok(())
}

/// The same for a pipe, which has no time-out.
fn read_pipe(input: PipeReader) -> anyhow::Result<()> {
    let (done, outcome) = channel();
    thread::spawn(move || done.send(read(input)));
    outcome.recv_timeout(TIMEOUT).context("it does not all come")?
}
