//! Splits bytes that arrive in pieces into lines of text.

use std::mem;

/// The maximum length of a line in bytes. A longer line is split.
const LONGEST: usize = 4096;

/// The unfinished last line.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// The lines that these bytes complete, without their line endings. Invalid UTF-8 is replaced, and so are characters that
    /// would control the terminals of readers, or make a line look like another one.
    pub(crate) fn split(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.take(piece, &mut lines);
        }
        lines
    }

    /// The last line, if it has no line ending.
    pub(crate) fn rest(&mut self) -> Option<String> {
        (!self.begun.is_empty()).then(|| self.end())
    }

    /// Adds bytes of one line. A line ending can only be the last of them.
    fn take(&mut self, mut piece: &[u8], lines: &mut Vec<String>) {
        let is_ended = piece.ends_with(b"\n");
        while self.begun.len() + piece.len() > LONGEST + usize::from(is_ended) {
            let (fitting, rest) = piece.split_at(LONGEST - self.begun.len());
            self.begun.extend_from_slice(fitting);
            let next = self.begun.split_off(whole(&self.begun));
            lines.push(self.end());
            self.begun = next;
            piece = rest;
        }
        self.begun.extend_from_slice(piece);
        if is_ended {
            lines.push(self.end());
        }
    }

    fn end(&mut self) -> String {
        let line = mem::take(&mut self.begun);
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        String::from_utf8_lossy(line).chars().map(shown).collect()
    }
}

/// The number of bytes before a character that is possibly incomplete at the end.
fn whole(bytes: &[u8]) -> usize {
    bytes.len() - bytes.utf8_chunks().last().map_or(0, |last| last.invalid().len())
}

/// The character, or its replacement if it is not text.
fn shown(character: char) -> char {
    let is_text = character == '\t' || !(character.is_control() || is_disguise(character));
    if is_text { character } else { char::REPLACEMENT_CHARACTER }
}

/// Whether a character may make a line look like another, or like several.
const fn is_disguise(character: char) -> bool {
    match character {
        // Control of the direction of text.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' => true,
        // Separators of lines and paragraphs.
        '\u{2028}' | '\u{2029}' => true,
        // Annotations, which are shown elsewhere or not at all.
        '\u{fff9}'..='\u{fffb}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a text that arrives in pieces of one size.
    fn lines(text: &[u8], size: usize) -> Vec<String> {
        let mut lines = Lines::default();
        let mut all: Vec<String> = text.chunks(size).flat_map(|piece| lines.split(piece)).collect();
        all.extend(lines.rest());
        all
    }

    #[test]
    fn the_pieces_in_which_a_text_comes_do_not_matter() {
        let text = b"one\r\ntwo\n\nfour \xff\nfive";
        for size in 1..=text.len() {
            assert_eq!(lines(text, size), ["one", "two", "", "four \u{fffd}", "five"], "in pieces of {size}");
        }
    }

    #[test]
    fn a_very_long_line_becomes_several() {
        let text = vec![b'x'; 2 * LONGEST + 1];
        for size in [1, 100, LONGEST, text.len()] {
            let lengths: Vec<usize> = lines(&text, size).iter().map(String::len).collect();
            assert_eq!(lengths, [LONGEST, LONGEST, 1], "in pieces of {size}");
        }
    }

    #[test]
    fn a_very_long_line_is_not_cut_within_a_character() {
        for character in ['ü', '語', '😀'] {
            let text = format!("x{}", character.to_string().repeat(LONGEST));
            for size in [1, 100, text.len()] {
                let lines = lines(text.as_bytes(), size);
                assert_eq!(lines.concat(), text, "in pieces of {size}");
                assert!(lines.iter().all(|line| line.len() <= LONGEST));
            }
        }
    }

    #[test]
    fn what_is_not_utf_8_is_cut_anywhere() {
        for text in [vec![0xff; 2 * LONGEST], vec![0x80; 2 * LONGEST], vec![0xf0; 2 * LONGEST]] {
            let lengths = lines(&text, 100).iter().map(|line| line.chars().count()).sum::<usize>();
            assert_eq!(lengths, text.len());
        }
    }

    #[test]
    fn a_line_of_the_greatest_length_is_one() {
        let text = [vec![b'x'; LONGEST], b"\nnext\n".to_vec()].concat();
        for size in [1, 100, text.len()] {
            assert_eq!(lines(&text, size), [String::from_utf8_lossy(&text[..LONGEST]).as_ref(), "next"]);
        }
    }
}
