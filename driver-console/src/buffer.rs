//! The input that has been read and not been delivered, as lines or as bytes.

use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr;

use crate::message::{InputLine, LineEnding};

#[cfg(test)]
mod tests;

/// The input that has been read and not been delivered.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    bytes: BytesMut,
    /// How many bytes at the beginning are known to contain no line feed.
    searched: usize,
    /// How many lines have been taken completely.
    lines: u64,
}

impl Buffer {
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Removes and returns all bytes.
    pub(crate) fn take_bytes(&mut self) -> Bytes {
        self.searched = 0;
        self.bytes.split().freeze()
    }

    /// Removes and returns the next line: a complete line, or a part of a line that is too long, or the rest if
    /// `is_last`.
    pub(crate) fn take_line(&mut self, max_length: usize, is_last: bool) -> Option<InputLine> {
        let (length, ending) = self.next_line(max_length, is_last)?;
        let number = self.lines + 1;
        // Copied, so that a process that keeps a short line does not keep a long buffer in memory.
        let bytes = Bytes::copy_from_slice(&self.bytes[..length]);
        self.bytes.advance(length + ending.as_bytes().len());
        self.searched = 0;
        self.lines += u64::from(ending != LineEnding::Unfinished);
        if self.bytes.is_empty() {
            self.bytes = BytesMut::new();
        }
        Some(InputLine { number, bytes, ending })
    }

    /// The length of the next line without its ending, and the ending.
    fn next_line(&mut self, max_length: usize, is_last: bool) -> Option<(usize, LineEnding)> {
        let found = memchr(b'\n', &self.bytes[self.searched..]);
        let end = found.map(|at| self.searched + at);
        self.searched = end.unwrap_or(self.bytes.len());
        let (length, ending) = match end {
            Some(end) if self.bytes[..end].ends_with(b"\r") => (end - 1, LineEnding::CrLf),
            Some(end) => (end, LineEnding::Lf),
            // The carriage return may be the first half of the line's ending.
            None if !is_last && self.bytes.ends_with(b"\r") => (self.bytes.len() - 1, LineEnding::EndOfInput),
            None => (self.bytes.len(), LineEnding::EndOfInput),
        };
        if length > max_length {
            return Some((whole_characters(&self.bytes[..max_length]), LineEnding::Unfinished));
        }
        (end.is_some() || is_last && length > 0).then_some((length, ending))
    }

    /// Puts a removed line back at the front.
    pub(crate) fn put_back_line(&mut self, line: &InputLine) {
        self.lines = line.number - 1;
        self.put_back(&[&line.bytes, line.ending.as_bytes()]);
    }

    /// Puts removed bytes back at the front.
    pub(crate) fn put_back_bytes(&mut self, bytes: &[u8]) {
        self.put_back(&[bytes]);
    }

    fn put_back(&mut self, pieces: &[&[u8]]) {
        let later = self.bytes.split();
        for piece in pieces.iter().chain(&[&*later]) {
            self.bytes.extend_from_slice(piece);
        }
        self.searched = 0;
    }
}

/// The length of the part that ends with a complete UTF-8 character. If the end is not UTF-8, it is the whole length.
fn whole_characters(bytes: &[u8]) -> usize {
    let start = (bytes.len().saturating_sub(4)..bytes.len()).rev().find(|&at| bytes[at] & 0xC0 != 0x80);
    let Some(start) = start.filter(|&start| start > 0) else { return bytes.len() };
    match str::from_utf8(&bytes[start..]) {
        // The last character is incomplete.
        Err(error) if error.error_len().is_none() => start,
        _ => bytes.len(),
    }
}
