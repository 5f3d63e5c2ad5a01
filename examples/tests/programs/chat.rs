//! `chat-server`: each line is sent to everybody else.

use std::net::SocketAddr;

use rustix::process::Signal;

use crate::support::{CHAT_SERVER, Guest, Program, Random, serve, server};

const MIB: usize = 1 << 20;

fn room() -> anyhow::Result<(Program, SocketAddr)> {
    serve(&mut server(CHAT_SERVER))
}

/// A room with two people who have seen each other arrive.
fn room_for_two() -> anyhow::Result<(Program, Guest, Guest)> {
    let (program, address) = room()?;
    let (mut first, mut second) = (Guest::enter(address)?, Guest::enter(address)?);
    first.expect(["user2 arrived."])?;
    second.expect(["user1 arrived."])?;
    Ok((program, first, second))
}

#[test]
fn people_are_numbered_and_see_each_other_arrive() -> anyhow::Result<()> {
    let (_program, address) = room()?;
    let mut first = Guest::enter(address)?;
    let mut second = Guest::enter(address)?;
    let mut third = Guest::enter(address)?;
    assert_eq!([&*first.name, &*second.name, &*third.name], ["user1", "user2", "user3"]);
    first.expect(["user2 arrived.", "user3 arrived."])?;
    second.expect(["user1 arrived.", "user3 arrived."])?;
    third.expect(["user1 arrived.", "user2 arrived."])?;
    drop(second);
    first.expect(["user2 departed."])?;
    third.expect(["user2 departed."])?;
    let mut fourth = Guest::enter(address)?;
    assert_eq!(fourth.name, "user4");
    fourth.expect(["user1 arrived.", "user3 arrived."])
}

#[test]
fn a_line_is_sent_to_everybody_but_its_speaker() -> anyhow::Result<()> {
    let (_program, mut first, mut second) = room_for_two()?;
    first.say("hello\n")?;
    second.expect(["user1: hello"])?;
    second.say("good evening\n")?;
    first.expect(["user2: good evening"])
}

#[test]
fn bytes_are_split_into_lines() -> anyhow::Result<()> {
    let (_program, first, mut second) = room_for_two()?;
    for (said, heard) in [
        (&b"one\ntwo\nthree\n"[..], &["user1: one", "user1: two", "user1: three"][..]),
        (b"\n\n", &["user1: ", "user1: "]),
        (b"carriage\r\nreturn\r\n", &["user1: carriage", "user1: return"]),
        (b"\r\n", &["user1: "]),
        (b"gr\xc3\xbc\xc3\x9fe\n", &["user1: grüße"]),
        (b"\xff\xfe\n", &["user1: \u{fffd}\u{fffd}"]),
    ] {
        first.say(said)?;
        second.expect(heard)?;
    }
    Ok(())
}

#[test]
fn control_characters_for_a_terminal_are_not_passed_on() -> anyhow::Result<()> {
    let (_program, first, mut second) = room_for_two()?;
    for (said, heard) in [
        (&b"hi\rYou are admin.\x1b[2J\n"[..], "user1: hi\u{fffd}You are admin.\u{fffd}[2J"),
        (b"\0\x07\x08\x7f\xc2\x9b31m\r\n", "user1: \u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}31m"),
        (b"a\ttab\n", "user1: a\ttab"),
    ] {
        first.say(said)?;
        second.expect([heard])?;
    }
    Ok(())
}

#[test]
fn characters_that_would_disguise_a_line_are_not_passed_on() -> anyhow::Result<()> {
    let (_program, first, mut second) = room_for_two()?;
    let other_way =
        "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
    let line_ends = "\u{2028}\u{2029}";
    let swaps_and_annotations = "\u{206a}\u{206f}\u{fff9}\u{fffa}\u{fffb}";
    for disguise in [other_way, line_ends, swaps_and_annotations].concat().chars() {
        first.say(format!("hi{disguise}user3: bye\n"))?;
        second.expect(["user1: hi\u{fffd}user3: bye"])?;
    }
    // Joiners of letters and pictures are text, and so are letters that run from right to left.
    for text in ["\u{646}\u{645}\u{6cc}\u{200c}\u{62f}", "\u{1f469}\u{200d}\u{1f680}", "\u{5e9}\u{5dd}"] {
        first.say(format!("{text}\n"))?;
        second.expect([format!("user1: {text}")])?;
    }
    Ok(())
}

#[test]
fn a_line_is_sent_when_it_ends() -> anyhow::Result<()> {
    let (_program, mut first, mut second) = room_for_two()?;
    for piece in ["o", "n", "e li"] {
        first.say(piece)?;
        // By then the server has received the piece.
        second.say("yes?\n")?;
        first.expect(["user2: yes?"])?;
    }
    first.say("ne\n")?;
    second.expect(["user1: one line"])
}

#[test]
fn the_last_line_of_somebody_who_sends_no_more_needs_no_end() -> anyhow::Result<()> {
    let (_program, mut first, mut second) = room_for_two()?;
    first.say("hello\nlast words")?;
    first.fall_silent()?;
    second.expect(["user1: hello", "user1: last words", "user1 departed."])?;
    assert_eq!(first.expect_end()?, "");
    Ok(())
}

#[test]
fn a_very_long_line_is_sent_in_pieces() -> anyhow::Result<()> {
    let (_program, first, mut second) = room_for_two()?;
    first.say(vec![b'x'; MIB])?;
    first.say("\nshort\n")?;
    let mut length = 0;
    while length < MIB {
        let line = second.hear()?;
        let piece = line.strip_prefix("user1: ").unwrap_or_default();
        assert!(!piece.is_empty() && piece.bytes().all(|byte| byte == b'x'), "{line}");
        length += piece.len();
    }
    assert_eq!(length, MIB);
    // If the last piece has the greatest length, the end of the line still belongs to it.
    second.expect(["user1: short"])
}

#[test]
fn sessions_of_random_bytes_in_random_pieces_are_sent_as_lines() -> anyhow::Result<()> {
    let (_program, address) = room()?;
    let (mut random, mut listener) = (Random::new(), Guest::enter(address)?);
    for _ in 0..100 {
        let mut speaker = Guest::enter(address)?;
        speaker.expect(["user1 arrived."])?;
        let pieces: Vec<Vec<u8>> = (0..random.below(20))
            .map(|_| (0..random.below(10)).map(|_| b"a\xc3\xbc \xff\r\n\n"[random.below(8)]).collect())
            .collect();
        for piece in &pieces {
            speaker.say(piece)?;
        }
        speaker.fall_silent()?;
        let name = &speaker.name;
        listener.expect([format!("{name} arrived.")])?;
        listener.expect(lines(&pieces.concat()).iter().map(|line| format!("{name}: {line}")))?;
        listener.expect([format!("{name} departed.")])?;
        assert_eq!(speaker.expect_end()?, "");
    }
    Ok(())
}

/// The lines of a whole text.
fn lines(text: &[u8]) -> Vec<String> {
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    // Text after the last line break is a line only if it is not empty.
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    let trimmed = lines.iter().map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    trimmed.map(|line| String::from_utf8_lossy(line).replace('\r', "\u{fffd}")).collect()
}

#[test]
fn a_client_that_does_not_read_disturbs_nobody_and_is_disconnected() -> anyhow::Result<()> {
    let (program, address) = room()?;
    let (mut first, _deaf) = (Guest::enter(address)?, Guest::enter(address)?);
    let mut speaker = Guest::enter(address)?;
    first.expect(["user2 arrived.", "user3 arrived."])?;
    speaker.expect(["user1 arrived.", "user2 arrived."])?;
    let line = "x".repeat(1000);
    let said = format!("user3: {line}");
    // More than the system's buffers and the server hold for a client.
    for _ in 0..100_000 {
        speaker.say(format!("{line}\n"))?;
        let heard = first.hear()?;
        if heard == "user2 departed." {
            first.expect([&said])?;
            speaker.expect([heard])?;
            if cfg!(target_os = "linux") {
                let peak = program.peak_memory()?;
                assert!(peak < 64 * MIB, "{peak} bytes of memory");
            }
            return Ok(());
        }
        assert_eq!(heard, said);
    }
    panic!("whoever does not listen is still there");
}

#[test]
fn people_see_the_end_when_the_server_is_asked_to_stop() -> anyhow::Result<()> {
    for signal in [Signal::TERM, Signal::INT] {
        let (program, first, second) = room_for_two()?;
        first.say("this will be cut off")?;
        program.signal(signal)?;
        for mut guest in [first, second] {
            let last = guest.expect_end()?;
            assert!(last.lines().all(|line| line.ends_with(" departed.") || line.contains(": ")), "{last}");
        }
        let finished = program.finish()?;
        assert!(finished.status.success());
        assert_eq!((&*finished.output, &*finished.errors), ("", ""));
    }
    Ok(())
}
