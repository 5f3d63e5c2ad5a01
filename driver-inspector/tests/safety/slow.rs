//! Slow browsers.

use std::thread::sleep;
use std::time::{Duration, Instant};

use marketplace_testing::wait_until;

use crate::support::{at_loopback, inspect};

/// Long enough for a busy machine to send what is to be sent at once.
const SOON: Duration = Duration::from_secs(1);

#[test]
fn one_that_does_not_finish_its_request_is_given_up() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback().request_timeout(SOON))?;
    for begun in ["", "GET ", "GET / HTTP/1.1\r\nHost:"] {
        let mut browser = inspected.browser()?;
        browser.send(begun.as_bytes())?;
        browser.ends()?;
    }
    assert_eq!(inspected.get("/")?.status, 200);
    Ok(())
}

#[test]
fn a_browser_can_be_given_all_the_time_that_there_is() -> anyhow::Result<()> {
    let patient = at_loopback().request_timeout(Duration::MAX).stall_timeout(Duration::MAX);
    assert_eq!(inspect(&patient)?.get("/")?.status, 200);
    Ok(())
}

#[test]
fn one_that_sends_its_request_byte_by_byte_is_given_up() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback().request_timeout(SOON))?;
    let mut browser = inspected.browser()?;
    browser.send(b"GET / HTTP/1.1\r\nX-Slow: ")?;
    // Until it is no longer listened to, which the socket says by an error.
    wait_until(|| {
        sleep(SOON / 100);
        Ok(browser.send(b"a").is_err())
    })
}

#[test]
fn one_that_does_not_finish_what_it_sends_is_told_so() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback().request_timeout(SOON))?;
    let lines = "Content-Type: application/json\r\nContent-Length: 10\r\n";
    assert_eq!(inspected.browser()?.ask(&(inspected.request("POST", "/explain", lines) + "{"))?.status, 408);
    Ok(())
}

#[test]
fn a_connection_that_asks_for_nothing_more_is_closed() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback().request_timeout(SOON))?;
    let mut browser = inspected.browser()?;
    assert_eq!(browser.ask(&inspected.request("GET", "/", ""))?.status, 200);
    assert_eq!(browser.ends()?, b"");
    Ok(())
}

#[test]
fn a_page_may_listen_for_as_long_as_it_likes() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback().request_timeout(SOON).stall_timeout(SOON))?;
    let mut page = inspected.page("a")?;
    let began = Instant::now();
    // At most five come a second.
    for _ in 0..10 {
        page.frame()?;
    }
    assert!(began.elapsed() > SOON);
    Ok(())
}
