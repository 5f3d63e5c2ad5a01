//! Finds a string in the text of a value.

/// The first string literal in `text` that contains `wanted`, ignoring case. All of `text` if there is none, or if `wanted`
/// is empty.
pub(super) fn quote(text: &str, wanted: &str) -> String {
    let wanted = wanted.to_lowercase();
    let is_it = |literal: &&str| literal.to_lowercase().contains(&wanted);
    let found = if wanted.is_empty() { None } else { literals(text).into_iter().find(is_it) };
    found.unwrap_or(text).to_owned()
}

/// The string literals in a text, with their quotes: `"lobby"`, `b"hello\n"`.
fn literals(text: &str) -> Vec<&str> {
    let mut literals = Vec::new();
    let mut begin = None;
    let mut is_escaped = false;
    for (at, char) in text.char_indices() {
        match (begin, char) {
            _ if is_escaped => is_escaped = false,
            (Some(_), '\\') => is_escaped = true,
            (Some(from), '"') => {
                literals.push(&text[from..=at]);
                begin = None;
            }
            (None, '"') => begin = Some(at - usize::from(text[..at].ends_with('b'))),
            _ => {}
        }
    }
    literals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_the_literal_with_the_text_in_it() {
        let text = r#"Said { room: "lobby", bytes: b"say \"Hello\"\n" }"#;
        assert_eq!(quote(text, "hello"), r#"b"say \"Hello\"\n""#);
        assert_eq!(quote(text, "LOBBY"), r#""lobby""#);
        assert_eq!(quote(text, "room"), text);
        assert_eq!(quote(text, ""), text);
        assert_eq!(quote("a value that is \"cut o…", "cut"), "a value that is \"cut o…");
    }
}
