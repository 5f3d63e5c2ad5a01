//! The lines do not depend on the boundaries between reads.

use super::*;

const TEXT: &[u8] = b"one\r\n\n\rtwo and a half\n\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80!\r\n\xff\r\r\nlast";

/// The lines of an input that is read in these pieces. Each line is put back once and taken again.
fn lines(pieces: &[&[u8]], max_length: usize) -> Vec<InputLine> {
    let (mut buffer, mut lines) = (Buffer::default(), Vec::new());
    for (at, piece) in pieces.iter().enumerate() {
        buffer.push(piece);
        let is_last = at == pieces.len() - 1;
        while let Some(line) = buffer.take_line(max_length, is_last) {
            buffer.put_back_line(&line);
            assert_eq!(buffer.take_line(max_length, is_last).as_ref(), Some(&line));
            lines.push(line);
        }
    }
    assert!(buffer.is_empty());
    lines
}

fn joined(lines: &[InputLine]) -> Vec<u8> {
    lines.iter().flat_map(|line| [&line.bytes, line.ending.as_bytes()].concat()).collect()
}

/// All ways to cut the text into three pieces, which may be empty.
fn cuts() -> impl Iterator<Item = [&'static [u8]; 3]> {
    let all = 0..=TEXT.len();
    all.flat_map(|second| {
        (0..=second).map(move |first| [&TEXT[..first], &TEXT[first..second], &TEXT[second..]])
    })
}

#[test]
fn lines_do_not_depend_on_where_a_read_ends() {
    let whole = lines(&[TEXT], 100);
    assert_eq!(whole.len(), 6);
    assert!(whole.iter().map(|line| line.number).eq(1..=6));
    for pieces in cuts() {
        assert_eq!(lines(&pieces, 100), whole, "{pieces:?}");
    }
}

#[test]
fn nothing_is_lost_of_lines_that_are_too_long() {
    for pieces in cuts() {
        for max_length in 4..8 {
            let lines = lines(&pieces, max_length);
            assert_eq!(joined(&lines), TEXT, "{pieces:?}");
            assert!(lines.iter().all(|line| line.bytes.len() <= max_length), "{pieces:?}");
            assert_eq!(lines.last().map(|line| line.number), Some(6), "{pieces:?}");
        }
    }
}

#[test]
fn a_read_that_ends_in_a_line_of_the_largest_length_does_not_cut_it() {
    let text = b"abcd\r\nabcd\n";
    for at in 0..=text.len() {
        let lines = lines(&[&text[..at], &text[at..], b""], 4);
        assert_eq!(lines.len(), 2, "cut at {at}: {lines:?}");
        assert_eq!(joined(&lines), text);
    }
}

#[test]
fn bytes_begin_after_the_last_line_that_was_taken() {
    let mut buffer = Buffer::default();
    buffer.push(b"one\ntwo\nthr");
    let line = buffer.take_line(100, false);
    assert_eq!(line.map(|line| line.bytes), Some("one".into()));
    assert_eq!(buffer.take_bytes(), "two\nthr");
    buffer.put_back_bytes(b"two\nthr");
    buffer.push(b"ee\n");
    let numbers: Vec<_> = std::iter::from_fn(|| buffer.take_line(100, false)).collect();
    assert_eq!(joined(&numbers), b"two\nthree\n");
    assert!(numbers.iter().map(|line| line.number).eq(2..=3));
}
