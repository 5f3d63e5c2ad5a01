//! Which requests are valid, and the answers to all others.

use crate::support::{Answer, Browser, Inspected, at_loopback, inspect};

/// What a request with this body is answered.
fn post(inspected: &Inspected, path: &str, media_type: &str, body: &str) -> anyhow::Result<Answer> {
    let lines = format!("Content-Type: {media_type}\r\nContent-Length: {}\r\n", body.len());
    inspected.browser()?.ask(&(inspected.request("POST", path, &lines) + body))
}

#[test]
fn each_path_has_its_methods_and_there_are_no_others() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    for (path, allowed) in
        [("/", "GET, HEAD"), ("/recording.json", "GET, HEAD"), ("/view?page=a", "POST"), ("/explain", "POST")]
    {
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "FOO"] {
            let answer = inspected.browser()?.ask(&inspected.request(method, path, ""))?;
            assert_eq!((answer.status, answer.header("allow")), (405, Some(allowed)), "{method} {path}");
        }
    }
    assert_eq!(inspected.post("/", "{}")?.status, 405);
    assert_eq!(inspected.get("/view?page=a")?.status, 405);
    Ok(())
}

#[test]
fn there_is_nothing_at_other_paths() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    let paths = [
        "/page/index.html",
        "//",
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/inspector.css/",
        "/Explain",
        "/\u{fc}",
    ];
    for path in paths {
        assert_eq!(inspected.get(path)?.status / 100, 4, "{path}");
    }
    assert_eq!(inspected.get("/nothing")?.status, 404);
    Ok(())
}

#[test]
fn only_json_is_taken() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    let status =
        |media_type: &str| Ok::<_, anyhow::Error>(post(&inspected, "/explain", media_type, "{}")?.status);
    for other in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
        assert_eq!(status(other)?, 415, "{other}");
    }
    assert_ne!(status("Application/JSON; charset=utf-8")?, 415);
    Ok(())
}

#[test]
fn what_cannot_be_read_is_refused_and_said_to_be() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    let wrong = [
        ("", "EOF"),
        ("{", "EOF"),
        ("7", "invalid type"),
        (r#"{"surprise": 1}"#, "unknown field `surprise`"),
        (r#"{"tree": {"from": -1}}"#, "invalid value"),
        (r#"{"tree": {"rows": 1, "colour": 2}}"#, "unknown field `colour`"),
        (r#"{} {}"#, "trailing"),
    ];
    let _stream = inspected.page("a")?;
    for (json, why) in wrong {
        let answer = inspected.post("/view?page=a", json)?;
        assert_eq!(answer.status, 400, "{json}: {answer:?}");
        assert!(answer.body.contains(why), "{json}: {answer:?}");
    }
    assert_eq!(inspected.post("/explain", r#"{"who": 1}"#)?.status, 400);
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    assert_eq!(inspected.post("/view?page=a", &deep)?.status, 400);
    assert_eq!(inspected.post("/view?page=a", "{}")?.status, 204);
    Ok(())
}

#[test]
fn a_page_has_a_name_and_a_stream() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    for path in ["/view", "/view?page=", "/view?page=a%2fb", &format!("/view?page={}", "a".repeat(65))] {
        assert_eq!(inspected.post(path, "{}")?.status, 400, "{path}");
    }
    assert_eq!(inspected.post("/view?page=a", "{}")?.status, 404);
    assert_eq!(inspected.get("/events")?.status, 400);
    Ok(())
}

#[test]
fn a_recordings_parameters_are_those_that_there_are() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    let all = "process=1&type=Said&text=a%20b&from=1&to=2&values=true&what=sent&what=left&messages=Said";
    assert_eq!(inspected.get(&format!("/recording.json?{all}"))?.status, 200);
    assert_eq!(inspected.get(&format!("/recording.svg?{all}&brief=true&quote=a"))?.status, 200);
    for wrong in [
        "process=a",
        "from=-1",
        "to=1.5",
        "colour=red",
        "values=1",
        "process=99999999999999999999",
        "what=said",
        "brief=yes",
    ] {
        assert_eq!(inspected.get(&format!("/recording.svg?{wrong}"))?.status, 400, "{wrong}");
    }
    // These parameters are only for the picture.
    assert_eq!(inspected.get("/recording.json?brief=true")?.status, 400);
    Ok(())
}

#[test]
fn a_trees_parameters_are_those_that_there_are() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    let all = "/tree.svg?search=a%20b&folded=1&folded=2&without=tcp%20driver";
    assert_eq!(inspected.get(all)?.status, 200);
    for wrong in ["folded=a", "from=1", "colour=red"] {
        assert_eq!(inspected.get(&format!("/tree.svg?{wrong}"))?.status, 400, "{wrong}");
    }
    Ok(())
}

#[test]
fn what_is_too_long_is_refused() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    let padded = |length: usize| format!("{{{}}}", " ".repeat(length - 2));
    assert_eq!(post(&inspected, "/view?page=a", "application/json", &padded(64 * 1024))?.status, 404);
    assert_eq!(post(&inspected, "/view?page=a", "application/json", &padded(64 * 1024 + 1))?.status, 413);
    // Without having been sent.
    let lines = "Content-Type: application/json\r\nContent-Length: 18446744073709551615\r\n";
    assert_eq!(inspected.browser()?.ask(&inspected.request("POST", "/explain", lines))?.status / 100, 4);
    let lines = "Content-Type: application/json\r\nContent-Length: 1000000000\r\n";
    assert_eq!(inspected.browser()?.ask(&inspected.request("POST", "/explain", lines))?.status, 413);
    // In pieces whose end is not known.
    let lines = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    let mut browser = inspected.browser()?;
    browser.send(inspected.request("POST", "/explain", lines).as_bytes())?;
    browser.send(format!("10001\r\n{}\r\n", " ".repeat(0x10001)).as_bytes())?;
    assert_eq!(browser.answer()?.status, 413);
    Ok(())
}

#[test]
fn a_head_that_is_too_long_is_refused() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    let long = format!("X-Long: {}\r\n", "a".repeat(16 * 1024));
    let many: String = (0..65).map(|number| format!("X-{number}: a\r\n")).collect();
    for lines in [long, many] {
        assert_eq!(inspected.browser()?.ask(&inspected.request("GET", "/", &lines))?.status, 431);
    }
    assert!(matches!(inspected.get(&format!("/{}", "a".repeat(100_000)))?.status, 414 | 431));
    Ok(())
}

#[test]
fn garbage_ends_its_connection_and_nothing_else() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    let mut seed = 1_u64;
    let mut random = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 56) as u8
    };
    let whole = inspected.request("POST", "/view?page=a", "Content-Length: 2\r\n") + "{}";
    let mut pieces: Vec<Vec<u8>> = (1..200).map(|length| (0..length).map(|_| random()).collect()).collect();
    // A request in which one byte is another.
    pieces.extend((0..whole.len()).map(|place| {
        let mut bytes = whole.clone().into_bytes();
        bytes[place] = random();
        bytes
    }));
    pieces.extend([
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        vec![0; 100_000],
        vec![b'\n'; 100_000],
    ]);
    pieces.push(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec());
    for piece in pieces {
        let mut browser = Browser::connect(inspected.address())?;
        // It may have ended by the end of what is sent.
        let _ = browser.send(&piece);
    }
    assert_eq!(inspected.get("/")?.status, 200);
    inspected.page("a")?.frame()?;
    inspected.program.end()
}

#[test]
fn requests_that_are_sent_at_once_are_answered_in_their_order() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    let paths = ["/", "/nothing", "/inspector.css", "/view", "/recording.json"];
    let requests: String = paths.iter().map(|path| inspected.request("GET", path, "")).collect();
    let mut browser = inspected.browser()?;
    browser.send(requests.as_bytes())?;
    let statuses = paths.iter().map(|_| Ok(browser.answer()?.status)).collect::<anyhow::Result<Vec<_>>>()?;
    assert_eq!(statuses, [200, 404, 200, 405, 200]);
    // What comes behind a stream waits for its end, and opens no other.
    let mut browser = inspected.browser()?;
    let stream = inspected.request("GET", "/events?page=a", "");
    browser.send(stream.repeat(100).as_bytes())?;
    browser.stream()?.frame()?;
    assert_eq!(inspected.get("/")?.status, 200);
    Ok(())
}
