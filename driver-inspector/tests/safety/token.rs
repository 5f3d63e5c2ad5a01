//! The token that requests from other machines need.

use std::net::Ipv4Addr;

use driver_inspector::inspector;

use crate::support::{Browser, Inspected, at_loopback, failing, inspect};

const TOKEN: &str = "a b&c=d/0123456789";

const ESCAPED: &str = "a+b%26c%3Dd%2F0123456789";

fn status(inspected: &Inspected, path: &str, lines: &str) -> anyhow::Result<u16> {
    Ok(inspected.browser()?.ask(&inspected.request("GET", path, lines))?.status)
}

#[test]
fn all_that_the_program_tells_needs_the_token_in_the_query_or_as_a_bearer() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback().token(TOKEN))?;
    let status = |path: &str, lines: &str| status(&inspected, path, lines);
    for path in ["/recording.json", "/recording.svg", "/tree.svg"] {
        assert_eq!(status(&format!("{path}?token={ESCAPED}"), "")?, 200);
        assert_eq!(status(path, &format!("Authorization: Bearer {TOKEN}\r\n"))?, 200);
        assert_eq!(status(path, "")?, 403);
        for wrong in ["token=", "token=a", "Token=a+b%26c%3Dd%2F0123456789", "token=a+b%26c%3Dd%2F0123456780"]
        {
            assert_eq!(status(&format!("{path}?{wrong}"), "")?, 403, "{wrong}");
        }
        assert_eq!(status(path, &format!("Authorization: Basic {TOKEN}\r\n"))?, 403);
        // What is in the head is what counts.
        let both = format!("{path}?token={ESCAPED}");
        assert_eq!(status(&both, "Authorization: Bearer wrong\r\n")?, 403);
    }
    assert_eq!(status("/events?page=a", "")?, 403);
    assert_eq!(
        [inspected.post("/view?page=a", "{}")?.status, inspected.post("/explain", "{}")?.status],
        [403; 2]
    );
    Ok(())
}

#[test]
fn the_pages_own_files_need_no_token_since_they_tell_nothing() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback().token(TOKEN))?;
    assert_eq!([inspected.get("/")?.status, inspected.get("/inspector.css")?.status], [200; 2]);
    Ok(())
}

#[test]
fn at_loopback_nobody_needs_a_token_unless_there_is_one() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    assert_eq!(*inspected.inspecting.url, *format!("http://{}/", inspected.address()));
    let inspected = inspect(&at_loopback().token(TOKEN))?;
    assert_eq!(*inspected.inspecting.url, *format!("http://{}/?token={ESCAPED}", inspected.address()));
    Ok(())
}

#[test]
fn elsewhere_a_token_is_made_that_only_the_program_tells() -> anyhow::Result<()> {
    let inspected = inspect(&inspector().address((Ipv4Addr::UNSPECIFIED, 0)))?;
    let port = inspected.address().port();
    let url = inspected.inspecting.url.to_string();
    let (page, token) = url.split_once("?token=").unwrap_or_default();
    assert_eq!(page, format!("http://127.0.0.1:{port}/"));
    assert!(token.len() == 32 && token.bytes().all(|digit| digit.is_ascii_hexdigit()), "{token}");
    let ask = |host: &str, query: &str| {
        let mut browser = Browser::connect((Ipv4Addr::LOCALHOST, port).into())?;
        browser.ask(&format!("GET /recording.json{query} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n"))
    };
    let query = format!("?token={token}");
    assert_eq!(ask("127.0.0.1", &query)?.status, 200);
    assert_eq!(ask("127.0.0.1", "")?.status, 403);
    // Not the address by which this browser has come.
    assert_eq!([ask("0.0.0.0", &query)?.status, ask("rebound.example", &query)?.status], [403; 2]);
    Ok(())
}

#[test]
fn with_a_token_that_can_be_guessed_the_inspector_does_not_begin_and_the_program_goes_on()
-> anyhow::Result<()> {
    let (program, reason) = failing(&at_loopback().token("short"))?;
    assert!(reason.contains("fewer than 16 characters"), "{reason}");
    program.end()
}

#[test]
fn the_token_is_not_shown_by_debug() {
    let shown = format!("{:?}", at_loopback().token(TOKEN));
    assert!(!shown.contains(TOKEN) && shown.contains("a program"), "{shown}");
}
