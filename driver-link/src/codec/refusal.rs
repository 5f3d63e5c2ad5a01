//! The error of the codec, and the limit of texts.

use std::error::Error;
use std::fmt::{self, Display};

/// Why a value cannot be encoded or decoded. Callers add which value it is, with [`of`](Self::of).
#[derive(Debug)]
pub(super) struct Refusal(String);

/// The maximum length in bytes of a text that is sent to a peer or accepted from it, such as an error.
pub(super) const LONGEST_TEXT: usize = 1_024;

impl Refusal {
    pub(super) fn new(why: impl Display) -> Self {
        Self(cut(why.to_string()))
    }

    /// The same error, preceded by `what`.
    pub(super) fn of(self, what: impl Display) -> Self {
        Self::new(format_args!("{what}: {self}"))
    }
}

/// The text, cut to the maximum length.
pub(super) fn cut(mut text: String) -> String {
    const ELLIPSIS: &str = "…";
    if text.len() > LONGEST_TEXT {
        let mut end = LONGEST_TEXT - ELLIPSIS.len();
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str(ELLIPSIS);
    }
    text
}

impl Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Refusal {}

impl serde::ser::Error for Refusal {
    fn custom<T: Display>(why: T) -> Self {
        Self::new(why)
    }
}

impl serde::de::Error for Refusal {
    fn custom<T: Display>(why: T) -> Self {
        Self::new(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("short".into()), "short");
        let exact = "x".repeat(LONGEST_TEXT);
        assert_eq!(cut(exact.clone()), exact);
        for start in 0..4 {
            let long = "x".repeat(start) + &"ü€𝄞".repeat(LONGEST_TEXT);
            let short = cut(long.clone());
            assert!(short.len() <= LONGEST_TEXT && short.len() > LONGEST_TEXT - 7);
            assert!(short.strip_suffix('…').is_some_and(|kept| long.starts_with(kept)));
        }
    }
}
