//! Users' values as text, cut at a length. Formatting them may panic.

use std::fmt::{self, Debug, Display, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The output of `{:?}`, cut after about this many bytes.
pub(crate) fn debug(value: &dyn Debug, limit: usize) -> String {
    cut(format_args!("{value:?}"), limit)
}

/// The output of `{}`, cut after about this many bytes.
pub(crate) fn display(value: &dyn Display, limit: usize) -> String {
    cut(format_args!("{value}"), limit)
}

fn cut(arguments: fmt::Arguments<'_>, limit: usize) -> String {
    let mut text = Cut { text: String::new(), limit, is_full: false };
    // An error means that the text is full, or comes from the user's code.
    match catch_unwind(AssertUnwindSafe(|| text.write_fmt(arguments))) {
        Ok(_) if text.is_full => text.text.push('…'),
        Ok(_) => {}
        Err(_) => text.text.push_str("(panicked while being formatted)"),
    }
    text.text
}

/// Refuses more text when it is full, so that a large value costs no more than the part that is shown.
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
        assert_eq!(debug(&Panicking, 10), "(panicked while being formatted)");
    }
}
