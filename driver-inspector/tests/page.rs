//! What a page is sent, and what it can request.

mod support;

use std::time::{Duration, Instant};

use anyhow::Context as _;
use marketplace_core::{Ground, Message, Spawn, topic};
use serde_json::{Value, json};

use support::{Inspected, at_loopback, inspect};

#[derive(Debug, Message)]
struct Said {
    room: &'static str,
}

/// Sends a message to each subscriber that appears.
fn speaker() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.publisher(topic!(Said { room: "lobby" })).on_presence(|(), cx, _| cx.send(Said { room: "lobby" }));
    })
    .named("speaker")
}

fn listener() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Said { room: "loby" })).on_message(|(), _, _| ());
    })
    .named("listener")
}

/// The names of the rows that are shown, if there are any.
fn names(frame: &Value) -> Option<Vec<String>> {
    let rows = frame["tree"]["rows"].as_array().filter(|rows| !rows.is_empty())?;
    rows.iter().map(|row| row["name"].as_str().map(str::to_owned)).collect()
}

#[test]
fn a_stream_says_at_once_how_the_program_is_and_then_at_most_five_times_a_second() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    let began = Instant::now();
    let mut page = inspected.page("a")?;
    assert_eq!(page.frame()?["status"]["title"], "a program");
    for _ in 0..5 {
        page.frame()?;
    }
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    Ok(())
}

#[test]
fn a_page_is_sent_what_it_has_in_sight() -> anyhow::Result<()> {
    let inspected = Inspected::run(at_loopback().watch(Ground::new().spawn(speaker()).spawn(listener())))?;
    let mut page = inspected.page("a")?;
    assert_eq!(names(&page.frame()?), None);
    assert_eq!(inspected.post("/view?page=a", r#"{"tree": {"rows": 20}}"#)?.status, 204);
    page.find(|frame| names(frame).filter(|names| names.contains(&"listener".into())))?;
    assert_eq!(inspected.post("/view?page=a", r#"{"tree": {"rows": 20, "search": "speak"}}"#)?.status, 204);
    page.find(|frame| {
        names(frame).filter(|names| names.contains(&"speaker".into()) && !names.contains(&"listener".into()))
    })?;
    Ok(())
}

#[test]
fn several_grounds_are_roots_on_one_page() -> anyhow::Result<()> {
    let inspector = at_loopback();
    let one = Inspected::run(inspector.watch(Ground::new().spawn(speaker())))?;
    let mut page = one.page("a")?;
    assert_eq!(one.post("/view?page=a", r#"{"tree": {"rows": 50}}"#)?.status, 204);
    let roots = |frame: &Value| {
        let rows = frame["tree"]["rows"].as_array()?;
        Some(rows.iter().filter(|row| row["depth"] == 0 && row["kind"] == "ground").count())
    };
    page.find(|frame| roots(frame).filter(|count| *count == 1))?;
    let other = Inspected::run(inspector.watch(Ground::new().spawn(listener())))?;
    page.find(|frame| roots(frame).filter(|count| *count == 2))?;
    other.program.end()?;
    // It is still shown for some time, and the page goes on.
    page.frame()?;
    one.program.end()
}

#[test]
fn a_page_that_comes_again_has_the_new_stream_alone() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    let mut former = inspected.page("a")?;
    former.frame()?;
    let mut page = inspected.page("a")?;
    page.frame()?;
    former.ends()?;
    page.frame()?;
    assert_eq!(inspected.post("/view?page=a", "{}")?.status, 204);
    Ok(())
}

#[test]
fn an_endpoint_with_a_typo_is_explained() -> anyhow::Result<()> {
    let inspected = Inspected::run(at_loopback().watch(Ground::new().spawn(speaker()).spawn(listener())))?;
    let mut page = inspected.page("a")?;
    let view = r#"{"tree": {"rows": 20, "search": "listener"}}"#;
    assert_eq!(inspected.post("/view?page=a", view)?.status, 204);
    let row = |frame: &Value, name: &str| {
        let rows = frame["tree"]["rows"].as_array()?;
        rows.iter().find(|row| row["name"] == name)?["number"].as_u64()
    };
    let (vm, process) = page.find(|frame| Some((row(frame, "a program")?, row(frame, "listener")?)))?;
    assert_eq!(inspected.post("/view?page=a", &json!({ "process": process }).to_string())?.status, 204);
    let endpoint = page.find(|frame| frame["process"]["endpoints"][0]["id"].as_u64())?;
    let question = json!({ "vm": vm, "endpoint": endpoint }).to_string();
    let answer = inspected.post("/explain", &question)?;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")), "{answer:?}");
    let explanation: Value = serde_json::from_str(&answer.body)?;
    let endpoints = explanation["endpoints"].as_array().context("nobody is told of")?;
    let speaker = endpoints.iter().find(|endpoint| endpoint["process_name"] == "speaker");
    assert_eq!(
        speaker.context("the speaker is not told of")?["difference"]["field"],
        "room",
        "{explanation}"
    );
    assert!(explanation["is_matched"] == true && endpoints.iter().any(|it| it["process_name"] == "listener"));

    // If only the other side of the endpoint is asked about, the endpoint itself is not in the answer.
    let question = json!({ "vm": vm, "endpoint": endpoint, "is_asker": true }).to_string();
    let explanation: Value = serde_json::from_str(&inspected.post("/explain", &question)?.body)?;
    let endpoints = explanation["endpoints"].as_array().context("nobody is told of")?;
    let names: Vec<&Value> = endpoints.iter().map(|it| &it["process_name"]).collect();
    assert_eq!(names, ["speaker"]);
    assert_eq!((&explanation["asker"], &explanation["is_matched"]), (&json!("subscriber"), &json!(false)));
    assert_eq!(inspected.post("/explain", r#"{"vm": 99}"#)?.status, 400);
    Ok(())
}

#[test]
fn the_recording_can_be_taken_away() -> anyhow::Result<()> {
    let inspected = Inspected::run(at_loopback().watch(Ground::new().spawn(speaker())))?;
    let started = |process: &str| {
        let answer = inspected.get("/recording.json")?;
        assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"recording.json\""));
        let records: Value = serde_json::from_str(&answer.body)?;
        let records = records.as_array().context("no records")?;
        anyhow::Ok(records.iter().any(|it| it["what"] == "started" && it["process_name"] == process))
    };
    marketplace_testing::wait_until(|| started("speaker"))?;
    let picture = inspected.get("/recording.svg?text=speaker")?;
    assert_eq!(picture.header("content-type"), Some("image/svg+xml"));
    assert!(picture.body.contains("<svg"), "{}", picture.body);
    Ok(())
}

#[test]
fn the_tree_can_be_taken_away_as_a_picture_without_some_processes() -> anyhow::Result<()> {
    let inspected = Inspected::run(at_loopback().watch(Ground::new().spawn(speaker()).spawn(listener())))?;
    let picture = |query: &str| inspected.get(&format!("/tree.svg{query}"));
    marketplace_testing::wait_until(|| Ok(picture("")?.body.contains(">speaker</text>")))?;
    let answer = picture("?without=speaker")?;
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"tree.svg\""));
    assert_eq!(answer.header("content-type"), Some("image/svg+xml"));
    assert!(answer.body.contains(">listener</text>") && !answer.body.contains(">speaker</text>"));
    assert!(!picture("?search=speak")?.body.contains(">listener</text>"));
    Ok(())
}

#[test]
fn a_head_is_asked_for_without_what_comes_after_it() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    for path in ["/", "/inspector.css", "/recording.json", "/events?page=a"] {
        let mut browser = inspected.browser()?;
        browser.send(inspected.request("HEAD", path, "Connection: close\r\n").as_bytes())?;
        assert_eq!(browser.head()?.status, 200, "{path}");
        assert_eq!(browser.ends()?, b"", "{path}");
    }
    Ok(())
}
