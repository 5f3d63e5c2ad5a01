//! One line of text about an event, of bounded length.

use std::fmt::{self, Arguments, Write};

use crate::panic::guard;

/// One line. Characters that would break it or disturb a terminal are escaped. A line that is too long is cut off,
/// and whatever is being formatted is stopped then.
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

    /// What `shown` formats, as a line of its own. Users' code runs in here.
    pub(super) fn of(width: usize, shown: Arguments<'_>) -> Box<str> {
        Self::written(width, |line| line.write_fmt(shown))
    }

    /// What `write` writes into a line. Users' code runs in here.
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
