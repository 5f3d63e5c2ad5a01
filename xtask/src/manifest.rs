//! Reads the keys of a `Cargo.toml`, as far as the checks need it.
//!
//! It knows `key = value`, `key.workspace = true` and arrays over several lines under a `[section]` header,
//! which is what the manifests of this workspace are made of. It does not know inline tables' contents,
//! multi-line strings or escapes.

/// The value of a key, as it is written, or `None` if the section has no such key.
pub(crate) fn value(manifest: &str, section: &str, key: &str) -> Option<String> {
    let mut lines = manifest.lines().map(str::trim).skip_while(|line| header(line) != Some(section)).skip(1);
    let first = lines
        .by_ref()
        .take_while(|line| header(line).is_none())
        .find_map(|line| line.split_once('=').filter(|(left, _)| names(left, key)))?;
    let mut value = first.1.trim().to_owned();
    while unclosed(&value) {
        value.push_str(lines.next()?);
    }
    Some(value)
}

/// The quoted parts of a value: the strings of an array, or the one string.
pub(crate) fn strings(value: &str) -> Vec<String> {
    value.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn header(line: &str) -> Option<&str> {
    line.strip_prefix('[')?.split_once(']').map(|(name, _)| name.trim())
}

fn names(left: &str, key: &str) -> bool {
    let left = left.trim();
    left == key || left.strip_suffix(".workspace") == Some(key)
}

fn unclosed(value: &str) -> bool {
    value.starts_with('[') && !value.contains(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
[package]
name = "a"
license.workspace = true

[package.metadata]
readme = "not this"

[workspace]
members = [
    "a",
    "b/c",
]
resolver = "3"
"#;

    #[test]
    fn a_value_is_found_in_its_section_only() {
        assert_eq!(value(MANIFEST, "package", "name").as_deref(), Some("\"a\""));
        assert_eq!(value(MANIFEST, "package", "readme"), None);
        assert_eq!(value(MANIFEST, "workspace", "name"), None);
        assert_eq!(value(MANIFEST, "absent", "name"), None);
    }

    #[test]
    fn an_inherited_key_counts_as_present() {
        assert_eq!(value(MANIFEST, "package", "license").as_deref(), Some("true"));
    }

    #[test]
    fn an_array_may_span_lines() {
        let members = value(MANIFEST, "workspace", "members").unwrap();
        assert_eq!(strings(&members), ["a", "b/c"]);
        assert_eq!(value(MANIFEST, "workspace", "resolver").as_deref(), Some("\"3\""));
    }

    #[test]
    fn strings_of_one_string_is_that_string() {
        assert_eq!(strings("\"1.0\" # a comment"), ["1.0"]);
    }
}
