//! One line of text about an event, of bounded length.

use std::fmt::{self, Arguments, Write};

use crate::panic::guard;

/// One line. What would break it or disturb a terminal is escaped, and what is too long is cut off: then whatever is
/// shown is asked for no more than fits.
pub(super) struct Line {
    text: String,
    /// In bytes.
    width: usize,
    is_cut: bool,
}

impl Line {
    pub(super) const fn new(width: usize) -> Self {
        Self { text: String::new(), width, is_cut: false }
    }

    /// What is shown, as a line of its own; users' code runs in here.
    pub(super) fn of(width: usize, shown: Arguments<'_>) -> Box<str> {
        Self::written(width, |line| line.write_fmt(shown))
    }

    /// What is written into a line; users' code runs in here.
    pub(super) fn written(width: usize, write: impl FnOnce(&mut Self) -> fmt::Result) -> Box<str> {
        let mut line = Self::new(width);
        let outcome = guard(|| write(&mut line));
        let Self { mut text, is_cut, .. } = line;
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(_)) if is_cut => text.push('…'),
            Ok(Err(_)) => text.push_str(" (cannot be formatted)"),
            Err(_) => text.push_str(" (panicked while it was formatted)"),
        }
        text.into()
    }
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            if self.text.len() >= self.width {
                self.is_cut = true;
                return Err(fmt::Error);
            }
            if char.is_control() {
                self.text.extend(char.escape_debug());
            } else {
                self.text.push(char);
            }
        }
        Ok(())
    }
}
