//! The token that a request needs, if the page can be reached from other machines.

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::{anyhow, ensure};
use form_urlencoded::byte_serialize;
use subtle::ConstantTimeEq;

/// The least number of characters of a token that the program sets.
const LEAST: usize = 16;

pub(super) struct Token(Arc<str>);

impl Token {
    /// A token that the program sets.
    pub(super) fn given(token: Arc<str>) -> anyhow::Result<Self> {
        ensure!(token.chars().count() >= LEAST, "the inspector's token has fewer than {LEAST} characters");
        Ok(Self(token))
    }

    /// A random token of 128 bits.
    pub(super) fn random() -> anyhow::Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| anyhow!("cannot make a token: {error}"))?;
        let mut token = String::new();
        for byte in bytes {
            write!(token, "{byte:02x}")?;
        }
        Ok(Self(token.into()))
    }

    /// Whether this is the token, compared in constant time.
    pub(super) fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }

    /// The token in the form for a URL.
    pub(super) fn query(&self) -> String {
        format!("?token={}", byte_serialize(self.0.as_bytes()).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_token_is_32_hexadecimal_digits_and_another_each_time() {
        let [one, other] = [(); 2].map(|()| Token::random().unwrap());
        assert!(one.0.len() == 32 && one.0.chars().all(|digit| digit.is_ascii_hexdigit()), "{}", one.0);
        assert!(one.is(&one.0.clone()) && !one.is(&other.0) && !one.is("") && !one.is(&one.0[..31]));
    }

    #[test]
    fn a_short_token_is_refused() {
        assert!(Token::given("0123456789abcde".into()).is_err());
        assert!(Token::given("0123456789abcdef".into()).is_ok());
    }
}
