//! What users' values look like, as text: cut at a length, whatever their `Debug` does.

use std::fmt::{self, Debug, Display, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A value as `{:?}` shows it, cut after about so many bytes.
pub(crate) fn debug(value: &dyn Debug, limit: usize) -> String {
    cut(format_args!("{value:?}"), limit)
}

/// A value as `{}` shows it, cut after about so many bytes.
pub(crate) fn display(value: &dyn Display, limit: usize) -> String {
    cut(format_args!("{value}"), limit)
}

fn cut(arguments: fmt::Arguments<'_>, limit: usize) -> String {
    let mut text = Cut { text: String::new(), limit, is_full: false };
    // An error is the end of the room, or a user's own.
    match catch_unwind(AssertUnwindSafe(|| text.write_fmt(arguments))) {
        Ok(_) if text.is_full => text.text.push('…'),
        Ok(_) => {}
        Err(_) => text.text.push_str("(panicked as it was shown)"),
    }
    text.text
}

/// Takes no more once it is full, so a value of any size costs what is shown of it.
struct Cut {
    text: String,
    limit: usize,
    is_full: bool,
}

impl Write for Cut {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let room = self.limit.saturating_sub(self.text.len());
        if part.len() <= room {
            self.text.push_str(part);
            return Ok(());
        }
        let end = (0..=room).rev().find(|end| part.is_char_boundary(*end)).unwrap_or(0);
        self.text.push_str(&part[..end]);
        self.is_full = true;
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Panicking;

    impl Debug for Panicking {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("not to be shown")
        }
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        assert_eq!(debug(&"äöü", 4), "\"ä…");
        assert_eq!(display(&"abc", 3), "abc");
    }

    #[test]
    fn a_value_whose_debug_panics_is_shown_as_such() {
        assert_eq!(debug(&Panicking, 10), "(panicked as it was shown)");
    }
}
