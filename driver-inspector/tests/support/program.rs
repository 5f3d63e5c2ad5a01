//! An inspected program.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError, mpsc};

use anyhow::Context as _;
use driver_inspector::{Inspecting, Inspector, inspector};
use marketplace_core::{Ground, Pattern, Pid, Trace, TraceEvent, topic};
use marketplace_testing::{TIMEOUT, TestProgram};

use super::{Answer, Browser, Stream};

/// An inspected program, and where its page is.
pub(crate) struct Inspected {
    pub(crate) program: TestProgram,
    pub(crate) inspecting: Inspecting,
}

/// An inspector at a port that the kernel picks.
pub(crate) fn at_loopback() -> Inspector {
    inspector().address((Ipv4Addr::LOCALHOST, 0)).title("a program")
}

/// Runs a program in which nothing happens.
pub(crate) fn inspect(inspector: &Inspector) -> anyhow::Result<Inspected> {
    Inspected::run(inspector.watch(Ground::new()))
}

impl Inspected {
    /// Runs a program, and waits for its page.
    pub(crate) fn run(ground: Ground) -> anyhow::Result<Self> {
        let program = TestProgram::run_unrecorded(ground)?;
        let mut pages = program.observe_publishers(topic!(Inspecting { .. }))?;
        let inspecting = pages.presence()?.value().context("it says where it is")?;
        pages.close()?;
        Ok(Self { program, inspecting })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.inspecting.address
    }

    pub(crate) fn browser(&self) -> anyhow::Result<Browser> {
        Browser::connect(self.address())
    }

    /// The answer to a GET request.
    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.browser()?.ask(&self.request("GET", path, ""))
    }

    /// The text of a request, with further header lines.
    pub(crate) fn request(&self, method: &str, path: &str, lines: &str) -> String {
        format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n{lines}\r\n", self.address())
    }

    pub(crate) fn post(&self, path: &str, json: &str) -> anyhow::Result<Answer> {
        let lines = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", json.len());
        self.browser()?.ask(&(self.request("POST", path, &lines) + json))
    }

    /// The stream of a page.
    pub(crate) fn page(&self, name: &str) -> anyhow::Result<Stream> {
        let mut browser = self.browser()?;
        let request = self.request("GET", &format!("/events?page={name}"), "Connection: close\r\n");
        browser.send(request.as_bytes())?;
        browser.stream()
    }
}

/// Reports from the ground's trace why the inspector's process has left.
pub(crate) struct Departures(Mutex<mpsc::Sender<String>>);

impl Departures {
    pub(crate) fn channel() -> (Self, mpsc::Receiver<String>) {
        let (told, heard) = mpsc::channel();
        (Self(told.into()), heard)
    }
}

impl Trace for Departures {
    fn trace(&self, _: &[Pid], event: &TraceEvent<'_>) {
        if let TraceEvent::ProcessLeft { name: Some("inspector"), reason, .. } = event {
            let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // The test may not wait for it any more.
            let _ = told.send(reason.to_string());
        }
    }
}

/// Runs a program whose inspector fails. Returns the reason, while the program goes on.
pub(crate) fn failing(inspector: &Inspector) -> anyhow::Result<(TestProgram, String)> {
    let (departures, heard) = Departures::channel();
    let program = TestProgram::run(inspector.watch(Ground::new().with_trace(departures)))?;
    let reason = heard.recv_timeout(TIMEOUT).context("the inspector does not fail")?;
    // It answers.
    program.counters()?;
    Ok((program, reason))
}
