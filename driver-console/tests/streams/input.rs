//! The content of the input: lines, bytes, the end, and errors.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write, pipe};

use driver_console::{InputBytes, InputLine, LineEnding};
use marketplace_core::topic;

use crate::support::{driver_of, numbered, program, reading, rest};

/// Some lines, and then an error.
struct Broken(io::Cursor<&'static [u8]>);

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(ErrorKind::ConnectionReset.into()),
            count => Ok(count),
        }
    }
}

#[test]
fn lines_are_numbered_and_their_end_is_an_absence() -> anyhow::Result<()> {
    let program = program(driver_of("one\ntwo\n\nfour"))?;
    let mut lines = program.subscriber(topic!(InputLine { .. }))?;
    let (told, reason) = rest(&mut lines)?;
    assert_eq!(told, numbered(&["one", "two", "", "four"]));
    assert!(reason.as_error().is_none(), "{reason}");
    Ok(())
}

#[test]
fn an_empty_input_has_no_lines_and_an_end() -> anyhow::Result<()> {
    let program = program(driver_of(""))?;
    let mut lines = program.subscriber(topic!(InputLine { .. }))?;
    lines.presence()?;
    assert!(lines.absence()?.as_error().is_none());
    Ok(())
}

#[test]
fn a_line_contains_its_ending_and_may_be_invalid_utf8() -> anyhow::Result<()> {
    let program = program(driver_of(b"a\r\nb\n\xff\r\n\r"))?;
    let mut lines = program.subscriber(topic!(InputLine { .. }))?;
    let (told, _) = rest(&mut lines)?;
    let told: Vec<_> = told.iter().map(|line| (&line.bytes[..], line.ending)).collect();
    let (lf, crlf, end) = (LineEnding::Lf, LineEnding::CrLf, LineEnding::EndOfInput);
    assert_eq!(told, [(&b"a"[..], crlf), (b"b", lf), (b"\xff", crlf), (b"\r", end)]);
    Ok(())
}

#[test]
fn a_line_is_delivered_as_soon_as_it_ends() -> anyhow::Result<()> {
    let (input, mut writer) = pipe()?;
    let program = program(reading(input))?;
    let mut lines = program.subscriber(topic!(InputLine { .. }))?;
    lines.presence()?;
    for piece in ["first\nsec", "ond\n", "third\n"] {
        writer.write_all(piece.as_bytes())?;
        let line = lines.message()?;
        assert_eq!(line.ending, LineEnding::Lf);
        assert!(["first", "second", "third"][line.number as usize - 1] == line.text(), "{line:?}");
    }
    drop(writer);
    lines.absence()?;
    Ok(())
}

#[test]
fn a_line_that_is_too_long_is_delivered_in_pieces_that_end_between_characters() -> anyhow::Result<()> {
    let text = "äöü".repeat(100);
    let program = program(driver_of(format!("{text}\nshort\n")).max_line_length(33))?;
    let mut lines = program.subscriber(topic!(InputLine { .. }))?;
    let (mut told, _) = rest(&mut lines)?;
    let short = told.pop();
    assert_eq!(short.map(|line| (line.number, line.bytes)), Some((2, "short".into())));
    assert!(told.iter().all(|line| line.number == 1 && line.bytes.len() <= 33));
    assert!(told.iter().all(|line| str::from_utf8(&line.bytes).is_ok()));
    let last = told.iter().rposition(|line| line.ending == LineEnding::Lf);
    assert_eq!(last, Some(told.len() - 1), "all others are unfinished");
    assert_eq!(told.iter().map(InputLine::text).collect::<String>(), text);
    Ok(())
}

#[test]
fn an_endless_line_needs_bounded_memory() -> anyhow::Result<()> {
    let program = program(reading(io::repeat(b'x').take(100 << 20)).max_line_length(1 << 20))?;
    let mut lines = program.subscriber(topic!(InputLine { .. }))?;
    lines.presence()?;
    let before = marketplace_testing::resident_memory()?;
    for _ in 0..99 {
        let line = lines.message()?;
        assert_eq!((line.number, line.bytes.len(), line.ending), (1, 1 << 20, LineEnding::Unfinished));
    }
    let grown = marketplace_testing::resident_memory()?.saturating_sub(before);
    assert!(grown < 50 << 20, "{grown} bytes");
    Ok(())
}

#[test]
fn bytes_are_delivered_unchanged() -> anyhow::Result<()> {
    let input: Vec<u8> = (0..1_000_000_u32).map(|number| (number % 251) as u8).collect();
    let program = program(driver_of(input.clone()))?;
    let mut bytes = program.subscriber(topic!(InputBytes { .. }))?;
    let (told, reason) = rest(&mut bytes)?;
    assert!(reason.as_error().is_none(), "{reason}");
    let told = told.iter().flat_map(|piece| piece.bytes.clone()).collect::<Vec<_>>();
    assert!(told == input, "other bytes");
    Ok(())
}

#[test]
fn an_input_that_breaks_is_delivered_to_its_last_byte_and_then_the_error_is_the_reason() -> anyhow::Result<()>
{
    let program = program(reading(Broken(io::Cursor::new(b"one\ntwo"))))?;
    let mut lines = program.subscriber(topic!(InputLine { .. }))?;
    let (told, reason) = rest(&mut lines)?;
    assert_eq!(told, numbered(&["one", "two"]));
    assert_eq!(reason.to_string(), "cannot read the input");
    let kind = reason.downcast_ref::<io::Error>().map(io::Error::kind);
    assert_eq!(kind, Some(ErrorKind::ConnectionReset));
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_folder_cannot_be_read() -> anyhow::Result<()> {
    let program = program(reading(File::open(env!("CARGO_MANIFEST_DIR"))?))?;
    let mut bytes = program.subscriber(topic!(InputBytes { .. }))?;
    bytes.presence()?;
    assert!(bytes.absence()?.downcast_ref::<io::Error>().is_some());
    Ok(())
}

#[test]
fn a_panic_while_reading_is_an_ordinary_error() -> anyhow::Result<()> {
    struct Panicking;
    impl Read for Panicking {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            panic!("as the test wants it");
        }
    }
    let program = program(reading(Panicking))?;
    for _ in 0..2 {
        let mut bytes = program.subscriber(topic!(InputBytes { .. }))?;
        bytes.presence()?;
        assert_eq!(format!("{:?}", bytes.absence()?), "Reason(cannot read the input: reading has panicked)");
    }
    Ok(())
}
