//! What has been read and not been told, in lines or as it is.

use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr;

use crate::message::{InputLine, LineEnding};

#[cfg(test)]
mod tests;

/// What has been read and not been told.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    bytes: BytesMut,
    /// How many bytes at the beginning have no line feed among them.
    searched: usize,
    /// How many lines have been told to their end.
    lines: u64,
}

impl Buffer {
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes all there is out.
    pub(crate) fn take_bytes(&mut self) -> Bytes {
        self.searched = 0;
        self.bytes.split().freeze()
    }

    /// Takes the next line out: a whole one, or as many bytes as a line may have, or the rest if it is the last.
    pub(crate) fn take_line(&mut self, longest: usize, is_last: bool) -> Option<InputLine> {
        let (length, ending) = self.next_line(longest, is_last)?;
        let number = self.lines + 1;
        // Not shared, so that who keeps a short line keeps no long buffer.
        let bytes = Bytes::copy_from_slice(&self.bytes[..length]);
        self.bytes.advance(length + ending.as_bytes().len());
        self.searched = 0;
        self.lines += u64::from(ending != LineEnding::Unfinished);
        if self.bytes.is_empty() {
            self.bytes = BytesMut::new();
        }
        Some(InputLine { number, bytes, ending })
    }

    /// The next line's length, without its ending.
    fn next_line(&mut self, longest: usize, is_last: bool) -> Option<(usize, LineEnding)> {
        let found = memchr(b'\n', &self.bytes[self.searched..]);
        let end = found.map(|at| self.searched + at);
        self.searched = end.unwrap_or(self.bytes.len());
        let (length, ending) = match end {
            Some(end) if self.bytes[..end].ends_with(b"\r") => (end - 1, LineEnding::CrLf),
            Some(end) => (end, LineEnding::Lf),
            // The line's end may be on its way.
            None if !is_last && self.bytes.ends_with(b"\r") => (self.bytes.len() - 1, LineEnding::EndOfInput),
            None => (self.bytes.len(), LineEnding::EndOfInput),
        };
        if length > longest {
            return Some((whole_characters(&self.bytes[..longest]), LineEnding::Unfinished));
        }
        (end.is_some() || is_last && length > 0).then_some((length, ending))
    }

    /// Puts a line back that has been taken out, before all others.
    pub(crate) fn put_back_line(&mut self, line: &InputLine) {
        self.lines = line.number - 1;
        self.put_back(&[&line.bytes, line.ending.as_bytes()]);
    }

    /// Puts bytes back that have been taken out.
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

/// How many of these bytes make whole characters, if it is UTF-8; else all of them.
fn whole_characters(bytes: &[u8]) -> usize {
    let start = (bytes.len().saturating_sub(4)..bytes.len()).rev().find(|&at| bytes[at] & 0xC0 != 0x80);
    let Some(start) = start.filter(|&start| start > 0) else { return bytes.len() };
    match str::from_utf8(&bytes[start..]) {
        // The last character goes on behind these bytes.
        Err(error) if error.error_len().is_none() => start,
        _ => bytes.len(),
    }
}
