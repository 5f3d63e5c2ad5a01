//! Browsers that have stopped reading, while very much happens in the program. The test is alone in its file because it
//! measures the memory of the whole process.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::ensure;
use marketplace_core::{Ground, Message, Spawn, topic};
use marketplace_testing::{resident_memory, wait_until};

use support::{Browser, Inspected, at_loopback};

#[derive(Debug, Message)]
struct Chat(u64);

/// Sends a message for each one that it receives, as often as it can.
fn chatter(said: Arc<AtomicU64>) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Chat(_)));
        cx.subscriber(topic!(Chat(_))).on_message(move |(), cx, chat| {
            said.store(chat.0, Ordering::Relaxed);
            cx.send(Chat(chat.0 + 1));
        });
        cx.send(Chat(1));
    })
    .named("chatter")
}

/// A view with everything that a page can show.
const VIEW: &str = r#"{"tree": {"rows": 500}, "graph": {"vm": 1}, "process": 2, "timeline": {}, "numbers": true, "values": true}"#;

/// A page that requests everything and reads nothing.
fn frozen(inspected: &Inspected, name: &str) -> anyhow::Result<Browser> {
    let mut browser = inspected.browser()?;
    browser.send(inspected.request("GET", &format!("/events?page={name}"), "").as_bytes())?;
    // Its stream is open.
    ensure!(browser.head()?.status == 200);
    ensure!(inspected.post(&format!("/view?page={name}"), VIEW)?.status == 204);
    Ok(browser)
}

/// Waits until the program has sent this many more messages.
fn goes_on(said: &AtomicU64, count: u64) -> anyhow::Result<()> {
    let before = said.load(Ordering::Relaxed);
    wait_until(|| Ok(said.load(Ordering::Relaxed) > before + count))
}

#[test]
fn frozen_pages_are_forgotten_and_neither_stop_the_program_nor_take_memory() -> anyhow::Result<()> {
    let said = Arc::new(AtomicU64::new(0));
    let inspector = at_loopback().stall_timeout(Duration::from_secs(1));
    let inspected = Inspected::run(inspector.watch(Ground::new().spawn(chatter(Arc::clone(&said)))))?;
    let names: Vec<String> = (0..16).map(|number| number.to_string()).collect();
    let pages: Vec<Browser> =
        names.iter().map(|name| frozen(&inspected, name)).collect::<anyhow::Result<_>>()?;
    goes_on(&said, 1_000)?;
    let before = resident_memory()?;
    // The limit is sixteen, so others can be opened when all of these have been closed.
    let mut others = Vec::new();
    wait_until(|| {
        goes_on(&said, 1_000)?;
        let mut browser = inspected.browser()?;
        let path = format!("/events?page=other-{}", others.len());
        browser.send(inspected.request("GET", &path, "").as_bytes())?;
        if browser.head()?.status == 200 {
            others.push(browser);
        }
        Ok(others.len() == pages.len())
    })?;
    let grown = resident_memory()?.saturating_sub(before);
    ensure!(grown < 64 * 1024 * 1024, "{grown} bytes more than when the pages were opened");
    drop(others);
    // A page that reads is sent frames.
    wait_until(|| Ok(inspected.page("reader").is_ok()))?;
    let mut page = inspected.page("reader")?;
    ensure!(inspected.post("/view?page=reader", VIEW)?.status == 204);
    page.find(|frame| {
        frame["timeline"]["records"].as_array().filter(|records| !records.is_empty()).cloned()
    })?;
    Ok(())
}
