//! `web-gateway`: each result of a question over HTTP, presence as server-sent events, and stopping.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, ensure};
use rustix::process::Signal;
use ureq::{Agent, BodyReader};

use crate::support::{Program, TIMEOUT, WEB_GATEWAY, connect, is_refused, program, serve, server};

/// A gateway, and a client of it.
struct Web {
    program: Program,
    address: SocketAddr,
    agent: Agent,
}

/// The status and the text of a response.
type Answer = (u16, String);

impl Web {
    fn start(options: &[&str]) -> anyhow::Result<Self> {
        let (program, address) = serve(server(WEB_GATEWAY).args(options))?;
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT));
        Ok(Self { program, address, agent: config.build().into() })
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn get(&self, path: &str) -> anyhow::Result<Answer> {
        let mut response = self.agent.get(self.url(path)).call()?;
        Ok((response.status().as_u16(), response.body_mut().read_to_string()?))
    }

    /// The same on a thread of its own.
    fn getting(&self, path: &str) -> JoinHandle<anyhow::Result<Answer>> {
        let (agent, url) = (self.agent.clone(), self.url(path));
        thread::spawn(move || {
            let mut response = agent.get(url).call()?;
            Ok((response.status().as_u16(), response.body_mut().read_to_string()?))
        })
    }

    fn open(&self, store: &str, lines: &str) -> anyhow::Result<()> {
        let status = self.agent.put(self.url(&format!("/stores/{store}"))).send(lines)?.status().as_u16();
        ensure!(status == 201, "{status}");
        Ok(())
    }

    fn close(&self, store: &str) -> anyhow::Result<u16> {
        Ok(self.agent.delete(self.url(&format!("/stores/{store}"))).call()?.status().as_u16())
    }

    /// Observes presence: first the numbers of stores and questions, then the changes.
    fn watch(&self) -> anyhow::Result<Events> {
        let response = self.agent.get(self.url("/presence")).call()?;
        ensure!(response.status().as_u16() == 200, "{}", response.status());
        let kind = response.headers().get("content-type").context("no type")?;
        ensure!(kind == "text/event-stream", "{kind:?}");
        Ok(Events(BufReader::new(response.into_body().into_reader())))
    }
}

/// Server-sent events, read as they arrive.
struct Events(BufReader<BodyReader<'static>>);

impl Events {
    /// The next line that is not a comment. Empty at the end.
    fn line(&mut self) -> anyhow::Result<String> {
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).context("the stream breaks off")?;
            if !line.starts_with(':') {
                return Ok(line.trim_end().to_owned());
            }
        }
    }

    /// The next event: its name and its data.
    fn next(&mut self) -> anyhow::Result<String> {
        let mut event = String::new();
        loop {
            let line = self.line()?;
            match line.split_once(": ") {
                Some(("event", name)) => event = name.to_owned(),
                Some(("data", data)) => event = format!("{event} {data}"),
                _ if line.is_empty() && !event.is_empty() => return Ok(event),
                _ => ensure!(line.is_empty(), "no event: {line}"),
            }
        }
    }

    /// The next events, sorted.
    fn sorted<const N: usize>(&mut self) -> anyhow::Result<[String; N]> {
        let mut events = [const { String::new() }; N];
        for event in &mut events {
            *event = self.next()?;
        }
        events.sort();
        Ok(events)
    }

    /// Waits for an event.
    fn until(&mut self, awaited: &str) -> anyhow::Result<()> {
        while self.next()? != awaited {}
        Ok(())
    }
}

fn join(getting: JoinHandle<anyhow::Result<Answer>>) -> anyhow::Result<Answer> {
    getting.join().map_err(|_| anyhow!("the client panicked"))?
}

/// Longer than any test takes, in milliseconds.
const NEVER: &str = "3600000";

#[test]
fn an_answer_is_200_and_the_answer_that_there_is_none_is_404() -> anyhow::Result<()> {
    let web = Web::start(&[])?;
    web.open("fruit", "apple=red\nplum=blue")?;
    assert_eq!(web.get("/stores/fruit/plum")?, (200, "blue".into()));
    assert_eq!(web.get("/stores/fruit/pear")?, (404, "the store has no such key\n".into()));
    Ok(())
}

#[test]
fn without_an_answerer_the_status_is_503() -> anyhow::Result<()> {
    let web = Web::start(&["--timeout", NEVER])?;
    let (status, text) = web.get("/stores/fruit/apple")?;
    assert_eq!(status, 503);
    assert!(text.starts_with("no process answers"), "{text}");
    assert_eq!(web.close("fruit")?, 503);
    Ok(())
}

#[test]
fn if_the_store_fails_when_it_is_asked_the_status_is_502_and_the_others_go_on() -> anyhow::Result<()> {
    let web = Web::start(&["--timeout", NEVER])?;
    web.open("fruit", "apple")?;
    web.open("nuts", "walnut=brown")?;
    let (status, text) = web.get("/stores/fruit/apple")?;
    assert_eq!(status, 502);
    assert!(text.ends_with("`apple` is not `key=value`\n"), "{text}");
    assert_eq!(web.get("/stores/fruit/apple")?.0, 503);
    assert_eq!(web.get("/stores/nuts/walnut")?, (200, "brown".into()));
    Ok(())
}

#[test]
fn if_the_store_closes_before_it_has_answered_the_status_is_502() -> anyhow::Result<()> {
    let web = Web::start(&["--timeout", NEVER, "--delay", NEVER])?;
    web.open("fruit", "apple=red")?;
    let mut events = web.watch()?;
    let getting = web.getting("/stores/fruit/apple");
    events.until("presence question fruit/apple")?;
    assert_eq!(web.close("fruit")?, 204);
    let (status, text) = join(getting)?;
    assert_eq!(status, 502);
    assert!(text.ends_with("closed\n"), "{text}");
    Ok(())
}

#[test]
fn if_the_answer_takes_too_long_the_status_is_504() -> anyhow::Result<()> {
    let web = Web::start(&["--timeout", "50", "--delay", NEVER])?;
    web.open("fruit", "apple=red")?;
    for _ in 0..2 {
        let asked = Instant::now();
        let (status, text) = web.get("/stores/fruit/apple")?;
        assert_eq!(status, 504);
        assert!(text.ends_with("within 50ms\n"), "{text}");
        assert!(asked.elapsed() >= Duration::from_millis(50));
    }
    Ok(())
}

#[test]
fn an_observer_receives_what_is_present_and_then_the_changes() -> anyhow::Result<()> {
    let web = Web::start(&[])?;
    let mut early = web.watch()?;
    assert_eq!(early.sorted()?, ["settled 0 questions", "settled 0 stores"]);
    web.open("fruit", "apple=red\nplum")?;
    assert_eq!(early.next()?, "presence store fruit");

    let mut late = web.watch()?;
    let told = late.sorted()?;
    assert_eq!(told, ["presence store fruit", "settled 0 questions", "settled 1 stores"]);
    assert_eq!(web.close("fruit")?, 204);
    for events in [&mut early, &mut late] {
        assert_eq!(events.next()?, "absence store fruit: closed");
    }

    web.open("nuts", "walnut")?;
    assert_eq!(early.next()?, "presence store nuts");
    assert_eq!(web.get("/stores/nuts/walnut")?.0, 502);
    early.until("absence store nuts: `walnut` is not `key=value`")
}

#[test]
fn an_observer_that_does_not_read_loses_the_connection_and_nobody_else_notices() -> anyhow::Result<()> {
    let web = Web::start(&[])?;
    let mut stalled = connect(web.address)?;
    stalled.write_all(b"GET /presence HTTP/1.1\r\nhost: gateway\r\n\r\n")?;
    stalled.peek(&mut [0])?;
    // Each question appears and disappears, which is more than the gateway's and the system's buffers hold.
    let question = format!("/stores/fruit/{}", "x".repeat(60_000));
    for _ in 0..500 {
        assert_eq!(web.get(&question)?.0, 503);
    }
    let mut told = Vec::new();
    match stalled.read_to_end(&mut told) {
        Ok(_) => assert!(!told.ends_with(b"\r\n0\r\n\r\n"), "a proper end"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
    assert_eq!(web.watch()?.sorted()?, ["settled 0 questions", "settled 0 stores"]);
    Ok(())
}

#[test]
fn a_store_takes_the_place_of_one_of_the_same_name() -> anyhow::Result<()> {
    let web = Web::start(&[])?;
    let mut events = web.watch()?;
    for colour in ["red", "green"] {
        web.open("fruit", &format!("apple={colour}"))?;
        assert_eq!(web.get("/stores/fruit/apple")?, (200, colour.into()));
    }
    events.until("absence store fruit: closed")?;
    events.until("presence store fruit")
}

#[test]
fn a_gateway_that_is_asked_to_stop_answers_what_it_was_asked_and_succeeds() -> anyhow::Result<()> {
    for signal in [Signal::TERM, Signal::INT] {
        let web = Web::start(&["--timeout", NEVER, "--delay", "500"])?;
        web.open("fruit", "apple=red")?;
        let (mut events, silent) = (web.watch()?, connect(web.address)?);
        let idle = keep_alive(web.address)?;
        let getting = web.getting("/stores/fruit/apple");
        events.until("presence question fruit/apple")?;

        web.program.signal(signal)?;
        assert_eq!(join(getting)?, (200, "red".into()));
        while !events.line()?.is_empty() || !events.0.fill_buf()?.is_empty() {}
        for mut connection in [silent, idle] {
            assert_eq!(connection.read(&mut [0])?, 0);
        }
        assert!(is_refused(web.address)?);
        let finished = web.program.finish()?;
        assert_eq!(finished.status.code(), Some(0));
        assert_eq!((&*finished.output, &*finished.errors), ("", ""));
    }
    Ok(())
}

/// A connection over which one question has been answered.
fn keep_alive(address: SocketAddr) -> anyhow::Result<TcpStream> {
    let mut stream = connect(address)?;
    stream.write_all(b"GET /stores/nuts/walnut HTTP/1.1\r\nhost: gateway\r\n\r\n")?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut length) = (String::new(), None);
    while line != "\r\n" {
        if let Some(number) = line.strip_prefix("content-length: ") {
            length = Some(number.trim_end().parse()?);
        }
        line.clear();
        ensure!(reader.read_line(&mut line)? > 0, "the answer breaks off");
    }
    reader.read_exact(&mut vec![0; length.context("no length")?])?;
    Ok(stream)
}

#[test]
fn a_client_that_never_ends_its_request_does_not_keep_a_gateway_from_stopping() -> anyhow::Result<()> {
    let web = Web::start(&[])?;
    let mut stream = connect(web.address)?;
    let head =
        "PUT /stores/fruit HTTP/1.1\r\nhost: gateway\r\nexpect: 100-continue\r\ncontent-length: 100\r\n\r\n";
    stream.write_all(head.as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream.try_clone()?).read_line(&mut line)?;
    assert_eq!(line, "HTTP/1.1 100 Continue\r\n", "the rest is waited for");
    let asked = Instant::now();
    let finished = web.program.terminate()?;
    assert_eq!(finished.status.code(), Some(0));
    // The longest time that a program may take to stop.
    assert!(asked.elapsed() < Duration::from_secs(10));
    Ok(())
}

#[test]
fn a_port_in_use_is_a_failure_that_names_the_address() -> anyhow::Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    let finished = Program::start(program(WEB_GATEWAY).args(["--port", &port]))?.finish()?;
    assert_eq!(finished.status.code(), Some(1));
    assert_eq!(finished.output, "");
    let message = format!("Error: cannot listen on 127.0.0.1 port {port}\n");
    assert!(finished.errors.contains(&message), "{}", finished.errors);
    assert!(finished.errors.contains("in use"), "{}", finished.errors);
    Ok(())
}
