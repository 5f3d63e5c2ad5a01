//! The pictures of the book. They are exported by the inspector of a chat server while real clients connect, talk and
//! are killed. `cargo xtask pictures` makes them again.

#![cfg(unix)]

mod support;

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use roxmltree::Document;
use serde_json::Value;

use support::{CHAT_SERVER, Guest, Program, TIMEOUT, serve, server, wait_until};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// The folder with the pictures of the book, relative to the root of the repository.
const FOLDER: &str = "docs/src/pictures";
/// Leaves out the processes of the inspector.
const NOT_THE_INSPECTOR: &str = "without=inspector&without=inspection%20announcer";
/// Leaves out records of endpoints and of messages.
const LIVES_AND_PRESENCE: &str = "what=started&what=left&what=failed&what=presence&what=absence";

/// A picture and its name.
type Picture = (&'static str, String);

#[test]
fn the_tree_of_the_chat_server_is_the_ground_with_the_room_in_it() -> anyhow::Result<()> {
    let (name, picture) = tree()?;
    let expected = [
        "chat-server",
        "ground",
        "ground",
        "tcp driver",
        "stop on signals",
        "announcer",
        "room",
        "nested VM",
        "doorkeeper",
        "user1",
        "user2",
    ];
    assert_eq!(words(&picture)?, expected, "{name}");
    Ok(())
}

#[test]
fn a_client_that_is_killed_is_an_absence_with_the_reason() -> anyhow::Result<()> {
    let (_, picture) = presence()?;
    let words = words(&picture)?;
    let reset = "Connection reset by peer";
    let expected = [
        // The driver publishes for the client, which the doorkeeper observes.
        "presence: TcpChannel",
        "starts",
        // The two people, and the driver with the new person's connection.
        "presence: Utterance",
        "presence: TcpChannel",
        "Utterance",
        r#"b"user2: hello\n""#,
        // The client is killed.
        "absence: TcpChannel",
        reset,
        "absence: Utterance",
        reset,
        "ends",
        reset,
        "absence: TcpChannel",
        reset,
    ];
    assert_eq!(words[..expected.len()], expected);
    Ok(())
}

#[test]
fn a_byte_goes_from_the_socket_to_the_other_sessions_connection() -> anyhow::Result<()> {
    let (_, picture) = byte()?;
    let expected = [
        "GroundEvent",
        r#"b"hello\n""#,
        "TcpChannel",
        r#"b"hello\n""#,
        "Utterance",
        r#"b"user1: hello\n""#,
        "TcpChannel",
        r#"b"user1: hello\n""#,
        "ground",
        "in chat-server",
        "tcp driver",
        "in chat-server",
        "user1",
        "in room",
        "user2",
        "in room",
        "message",
    ];
    assert_eq!(words(&picture)?, expected);
    Ok(())
}

/// Writes the pictures if `PICTURES` names a folder, relative to the root of the repository.
#[test]
fn the_pictures_of_the_book_are_those_that_are_made() -> anyhow::Result<()> {
    let kept = env::var_os("PICTURES");
    let folder = Path::new(ROOT).join(kept.as_deref().unwrap_or(FOLDER.as_ref()));
    for (name, picture) in [tree()?, presence()?, byte()?] {
        let path = folder.join(name).with_extension("svg");
        if kept.is_some() {
            fs::create_dir_all(&folder)?;
            fs::write(&path, &picture)?;
        }
        let there = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        ensure!(there == picture, "{FOLDER}/{name}.svg is an old one: run `cargo xtask pictures`");
    }
    Ok(())
}

/// The VMs and processes of the chat server with two people in the room.
fn tree() -> anyhow::Result<Picture> {
    let chat = Chat::start()?;
    let _people = chat.two()?;
    let path = format!("tree.svg?{NOT_THE_INSPECTOR}");
    wait_until(|| Ok(chat.get(&path)?.contains("user2")))?;
    Ok(("chat-tree", chat.get(&path)?))
}

/// A second person enters and says something, and then their client is killed.
fn presence() -> anyhow::Result<Picture> {
    let chat = Chat::start()?;
    let mut first = Guest::enter(chat.address)?;
    let from = chat.next_record("You are user1")?;
    let second = Guest::enter(chat.address)?;
    first.expect(["user2 arrived."])?;
    second.say("hello\n")?;
    first.expect(["user2: hello"])?;
    second.reset()?;
    first.expect(["user2 departed."])?;
    chat.next_record("user2 departed")?;
    let messages = "what=sent&what=delivered&messages=Utterance&values=true&quote=hello";
    Ok((
        "presence",
        chat.get(&format!("recording.svg?brief=true&from={from}&{LIVES_AND_PRESENCE}&{messages}"))?,
    ))
}

/// The first of two people says something to the other.
fn byte() -> anyhow::Result<Picture> {
    let chat = Chat::start()?;
    let (first, mut second) = chat.two()?;
    first.say("hello\n")?;
    second.expect(["user1: hello"])?;
    chat.next_record("user1: hello")?;
    Ok(("byte", chat.get("recording.svg?brief=true&values=true&text=hello&quote=hello")?))
}

/// All texts in a picture, in order.
fn words(picture: &str) -> anyhow::Result<Vec<String>> {
    let document = Document::parse(picture)?;
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    Ok(texts.filter_map(|node| node.text().map(str::to_owned)).collect())
}

/// A chat server whose inspector records everything, because a page is open.
struct Chat {
    /// The program ends when this is dropped.
    _program: Program,
    address: SocketAddr,
    url: String,
    /// The page's stream. The page is closed when this is dropped.
    _stream: Box<dyn Read>,
}

impl Chat {
    fn start() -> anyhow::Result<Self> {
        let (program, address) = serve(server(CHAT_SERVER).args(["--inspect", "127.0.0.1:0"]))?;
        let line = program.error_line()?;
        let url = line.trim_end().strip_prefix("inspecting at ").with_context(|| line.clone())?.to_owned();
        let stream = ureq::get(format!("{url}events?page=pictures")).call()?.into_body().into_reader();
        let mut stream = BufReader::new(stream);
        let view = r#"{"tree": {"rows": 40}, "values": true}"#;
        ureq::post(format!("{url}view?page=pictures")).content_type("application/json").send(view)?;
        wait_for_recording(&mut stream)?;
        Ok(Self { _program: program, address, url, _stream: Box::new(stream) })
    }

    /// Two people in the room, who have seen each other arrive.
    fn two(&self) -> anyhow::Result<(Guest, Guest)> {
        let mut first = Guest::enter(self.address)?;
        let mut second = Guest::enter(self.address)?;
        first.expect(["user2 arrived."])?;
        second.expect(["user1 arrived."])?;
        Ok((first, second))
    }

    /// The number that the next record will have, after a message with this text has been delivered outside.
    fn next_record(&self, text: &str) -> anyhow::Result<u64> {
        let delivered = format!("recording.json?values=true&what=delivered&messages=TcpChannel&text={text}");
        wait_until(|| Ok(self.get(&delivered)? != "[]"))?;
        let records: Value = serde_json::from_str(&self.get("recording.json")?)?;
        let last = records.as_array().and_then(|records| records.last()?["number"].as_u64());
        Ok(1 + last.context("nothing is recorded")?)
    }

    fn get(&self, path: &str) -> anyhow::Result<String> {
        let url = format!("{}{}", self.url, path.replace(' ', "%20"));
        Ok(ureq::get(url).call()?.body_mut().read_to_string()?)
    }
}

/// Waits for a frame with endpoints. From then on everything is recorded.
fn wait_for_recording(stream: &mut impl BufRead) -> anyhow::Result<()> {
    // At most five frames are sent in a second.
    for _ in 0..5 * TIMEOUT.as_secs() {
        let frame = next_frame(stream)?;
        let mut rows = frame["tree"]["rows"].as_array().into_iter().flatten();
        if rows.any(|row| row["name"] == "doorkeeper" && row["endpoints"] != 0) {
            return Ok(());
        }
    }
    bail!("the inspector does not record")
}

fn next_frame(stream: &mut impl BufRead) -> anyhow::Result<Value> {
    loop {
        let mut line = String::new();
        ensure!(stream.read_line(&mut line)? > 0, "the page's stream has ended");
        if let Some(frame) = line.strip_prefix("data: ") {
            return Ok(serde_json::from_str(frame)?);
        }
    }
}
