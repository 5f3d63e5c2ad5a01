//! What the names of processes have in common.

use std::net::{IpAddr, SocketAddr};

/// Stands for the part in which names differ.
const ANY: char = '…';

/// A name without its numbers and addresses: `connection …` for `connection 127.0.0.1:5999`.
pub(super) fn common(name: &str) -> String {
    let mut common = String::with_capacity(name.len());
    for (at, word) in name.split(' ').enumerate() {
        if at > 0 {
            common.push(' ');
        }
        if is_address(word) { push_any(&mut common) } else { push(&mut common, word) }
    }
    common
}

/// The common beginning of these names, as a label.
pub(super) fn prefix<'a>(mut names: impl Iterator<Item = &'a str>) -> String {
    let first = names.next().unwrap_or_default();
    let mut prefix = first;
    for name in names {
        let same = prefix.chars().zip(name.chars()).take_while(|(one, other)| one == other);
        prefix = &prefix[..same.map(|(char, _)| char.len_utf8()).sum()];
    }
    match prefix.trim_end_matches(|char: char| !char.is_alphanumeric()) {
        "" => String::new(),
        label if prefix.len() == first.len() => label.to_owned(),
        label => format!("{label} {ANY}"),
    }
}

fn is_address(word: &str) -> bool {
    let word = word.trim_matches(|char: char| !(char.is_ascii_hexdigit() || "[]:".contains(char)));
    let may_be = word.len() > 2 && word.contains([':', '.']);
    may_be && (word.parse::<SocketAddr>().is_ok() || word.parse::<IpAddr>().is_ok())
}

/// Leaves out numbers, and dots and colons between two numbers.
fn push(common: &mut String, word: &str) {
    for char in word.chars() {
        match char {
            '0'..='9' => push_any(common),
            ANY => push_any(common),
            char => common.push(char),
        }
    }
}

fn push_any(common: &mut String) {
    let before = common.trim_end_matches(['.', ':']).len();
    if common[..before].ends_with(ANY) {
        common.truncate(before);
    } else {
        common.push(ANY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_addresses_do_not_tell_names_apart() {
        assert_eq!(common("connection 127.0.0.1:5999"), "connection …");
        assert_eq!(common("connection [::1]:5999"), "connection …");
        assert_eq!(common("session-17 of room 3"), "session-… of room …");
        assert_eq!(common("tcp 10.0.0.1:80 <-> 10.0.0.2:81"), "tcp … <-> …");
        assert_eq!(common("echoer"), "echoer");
        assert_eq!(common(""), "");
    }

    #[test]
    fn a_group_is_called_by_what_its_names_begin_with() {
        assert_eq!(prefix(["session alice", "session bob"].into_iter()), "session …");
        assert_eq!(prefix(["worker", "worker"].into_iter()), "worker");
        assert_eq!(prefix(["äpfel", "öfen"].into_iter()), "");
    }
}
