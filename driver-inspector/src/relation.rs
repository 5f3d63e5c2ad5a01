//! What an endpoint has to do with a topic, in words, and who is told of first.

use marketplace_core::{EventKinds, Interest, Orientation, Role};

use crate::frame::{Difference, Explained, Relation};

/// The most endpoints in an explanation.
const ENDPOINTS: usize = 200;
/// How much of two values is compared to say how near they are, in characters.
const COMPARED: usize = 32;

/// What is over there where a field is asked for that the type does not have.
pub(crate) const NO_FIELD: &str = "no such field";

/// An endpoint of an explanation, and how near it is.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) explained: Explained,
    /// Whether it is in the VM for which it is asked.
    pub(crate) is_here: bool,
    /// In how many parts it differs, as far as that is known.
    pub(crate) differences: usize,
}

/// What an endpoint that nothing keeps apart has to do with it.
pub(crate) fn relation(role: &Role) -> Relation {
    match role.orientation {
        Orientation::Subscriber => Relation::Hears,
        Orientation::Publisher => Relation::Speaks,
    }
}

/// The same in words.
pub(crate) fn part(role: &Role, kinds: EventKinds) -> &'static str {
    let (takes, handles) = (role.interest == Interest::Participant, kinds.contains(EventKinds::MESSAGE));
    match (role.orientation, takes, handles) {
        (Orientation::Subscriber, true, true) => "hears it",
        (Orientation::Subscriber, true, false) => "takes it, but handles no messages",
        (Orientation::Subscriber, false, true) => "hears it, but only observes: it does not take it",
        (Orientation::Subscriber, false, false) => "watches who speaks, and handles no messages",
        (Orientation::Publisher, true, _) => "speaks",
        (Orientation::Publisher, false, _) => "watches who hears it",
    }
}

/// What keeps an endpoint apart, in words: where it is, if it is elsewhere, and what differs.
pub(crate) fn apart(place: Option<String>, difference: Option<&Difference>) -> String {
    let difference = difference.map(|Difference { field, asked, theirs }| {
        let separator = if field.is_empty() { "" } else { ": " };
        match theirs.as_str() {
            NO_FIELD => format!("{field}: {NO_FIELD}"),
            theirs => format!("{field}{separator}{asked} is not {theirs}"),
        }
    });
    let place = place.map(|place| format!("it is {place}"));
    let causes: Vec<String> = place.into_iter().chain(difference).collect();
    format!("is apart: {}", causes.join(", and "))
}

/// Hearers, speakers, and then the others, the nearest first; and how many more there are.
pub(crate) fn nearest(mut found: Vec<Found>) -> (Vec<Explained>, usize) {
    found.sort_by_cached_key(|it| {
        let relation = match it.explained.relation {
            Relation::Hears => 0,
            Relation::Speaks => 1,
            Relation::Apart => 2,
        };
        let difference = it.explained.difference.as_ref();
        let distance = difference.map_or(0, |it| distance(&it.asked, &it.theirs));
        (relation, !it.is_here, it.differences, distance)
    });
    let hidden = found.len().saturating_sub(ENDPOINTS);
    found.truncate(ENDPOINTS);
    (found.into_iter().map(|it| it.explained).collect(), hidden)
}

/// How many characters have to be put in, left out or changed to make the one of the other (Levenshtein).
pub(crate) fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(COMPARED).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, char) in one.chars().take(COMPARED).enumerate() {
        let mut before = std::mem::replace(&mut row[0], at + 1);
        for (place, other) in other.iter().enumerate() {
            let changed = before + usize::from(char != *other);
            before = row[place + 1];
            row[place + 1] = changed.min(before + 1).min(row[place] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_counts_what_has_to_be_changed() {
        assert_eq!(distance("lobby", "loby"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
