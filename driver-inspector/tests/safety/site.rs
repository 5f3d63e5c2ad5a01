//! The host name of a request, and the site that it comes from.

use crate::support::{Inspected, at_loopback, inspect};

/// What a request with this head is answered.
fn status(inspected: &Inspected, path: &str, head: &str) -> anyhow::Result<u16> {
    Ok(inspected.browser()?.ask(&format!("GET {path} HTTP/1.1\r\n{head}\r\n"))?.status)
}

#[test]
fn a_name_that_points_here_is_refused_unless_it_is_allowed() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback().allow_host("inspect.example"))?;
    let port = inspected.address().port();
    let status = |host: &str| status(&inspected, "/", &format!("Host: {host}\r\n"));
    for own in ["127.0.0.1", "localhost", "LOCALHOST", "inspect.example", "Inspect.Example"] {
        assert_eq!(status(&format!("{own}:{port}"))?, 200, "{own}");
    }
    let others = ["rebound.example", "localhost.rebound.example", "127.0.0.1.rebound.example", "127.0.0.2"];
    for other in
        others.into_iter().chain(["0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "user@", ""])
    {
        assert_eq!(status(&format!("{other}:{port}"))?, 403, "{other}");
    }
    Ok(())
}

#[test]
fn there_is_one_host_and_it_is_the_header_that_counts() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    let own = inspected.address();
    assert_eq!(status(&inspected, "/", "")?, 403);
    assert_eq!(status(&inspected, "/", &format!("Host: {own}\r\nHost: rebound.example\r\n"))?, 403);
    assert_eq!(status(&inspected, &format!("http://{own}/"), "Host: rebound.example\r\n")?, 403);
    assert_eq!(inspected.browser()?.ask("GET / HTTP/1.0\r\n\r\n")?.status, 403);
    Ok(())
}

#[test]
fn another_site_is_refused_by_its_origin() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    let own = inspected.address();
    let status = |origin: &str| status(&inspected, "/", &format!("Host: {own}\r\nOrigin: {origin}\r\n"));
    assert_eq!(status(&format!("http://{own}"))?, 200);
    let port = own.port();
    let others = [format!("http://localhost:{port}"), "http://127.0.0.1".into(), "http://127.0.0.1:1".into()];
    for other in others.iter().map(String::as_str).chain(["null", "https://other.example", "", "*"]) {
        assert_eq!(status(other)?, 403, "{other}");
    }
    Ok(())
}

#[test]
fn scripts_of_other_sites_open_no_stream_even_where_they_do_not_say_their_origin() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    let own = inspected.address();
    for path in ["/recording.json", "/recording.svg", "/tree.svg"] {
        let status =
            |site: &str| status(&inspected, path, &format!("Host: {own}\r\nSec-Fetch-Site: {site}\r\n"));
        assert_eq!([status("same-origin")?, status("none")?], [200, 200]);
        assert_eq!([status("cross-site")?, status("same-site")?], [403, 403]);
    }
    let site = "Sec-Fetch-Site: cross-site\r\n";
    let stream = inspected.browser()?.ask(&inspected.request("GET", "/events?page=a", site))?;
    assert_eq!(stream.status, 403);
    // A link on another site still leads to the page.
    assert_eq!(inspected.browser()?.ask(&inspected.request("GET", "/", site))?.status, 200);
    Ok(())
}

#[test]
fn every_answer_forbids_the_browser_all_that_the_page_does_not_need() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    for path in ["/", "/inspector.css", "/recording.json", "/nothing"] {
        let answer = inspected.get(path)?;
        let policy = answer.header("content-security-policy").unwrap_or_default().to_owned();
        assert!(policy.starts_with("default-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    Ok(())
}
