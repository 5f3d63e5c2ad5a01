//! How an endpoint is related to a topic, in words, and the order in which endpoints are shown.

use marketplace_core::{EventKinds, Interest, Orientation, Role};

use crate::frame::{Difference, Explained, Relation};

/// The most endpoints in an explanation.
const ENDPOINTS: usize = 200;
/// How many characters of two values are compared to tell how similar they are.
const COMPARED: usize = 32;

/// What is shown in place of the other value, if the type has no field with this name.
pub(crate) const NO_FIELD: &str = "no such field";

/// An endpoint of an explanation, with what its order depends on.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) explained: Explained,
    /// Whether it is in the VM that is asked about.
    pub(crate) is_here: bool,
    /// In how many fields it differs, as far as that is known.
    pub(crate) differences: usize,
}

/// The relation of an endpoint whose topic matches.
pub(crate) fn relation(role: &Role) -> Relation {
    match role.orientation {
        Orientation::Subscriber => Relation::Receives,
        Orientation::Publisher => Relation::Sends,
    }
}

/// The relation of an endpoint whose topic matches, in words.
pub(crate) fn part(role: &Role, kinds: EventKinds) -> &'static str {
    let (takes, handles) = (role.interest == Interest::Participant, kinds.contains(EventKinds::MESSAGE));
    match (role.orientation, takes, handles) {
        (Orientation::Subscriber, true, true) => "receives it",
        (Orientation::Subscriber, true, false) => "receives it, but has no handler for messages",
        (Orientation::Subscriber, false, true) => "observes it, which does not count as receiving it",
        (Orientation::Subscriber, false, false) => "observes the senders, and has no handler for messages",
        (Orientation::Publisher, true, _) => "sends such messages",
        (Orientation::Publisher, false, _) => "observes the receivers",
    }
}

/// Why an endpoint does not match, in words: where it is, if it is in another network, and the field that differs.
pub(crate) fn mismatch(place: Option<String>, difference: Option<&Difference>) -> String {
    let difference = difference.map(|Difference { field, asked, theirs }| {
        let separator = if field.is_empty() { "" } else { ": " };
        match theirs.as_str() {
            NO_FIELD => format!("{field}: {NO_FIELD}"),
            theirs => format!("{field}{separator}{asked} is not {theirs}"),
        }
    });
    let place = place.map(|place| format!("is {place}"));
    let difference = difference.map(|difference| format!("does not match: {difference}"));
    place.into_iter().chain(difference).collect::<Vec<_>>().join(", and ")
}

/// Sorts endpoints: receivers, senders, and then the others, the most similar first. Also returns how many are left out.
pub(crate) fn nearest(mut found: Vec<Found>) -> (Vec<Explained>, usize) {
    found.sort_by_cached_key(|it| {
        let relation = match it.explained.relation {
            Relation::Receives => 0,
            Relation::Sends => 1,
            Relation::Unmatched => 2,
        };
        let difference = it.explained.difference.as_ref();
        let distance = difference.map_or(0, |it| distance(&it.asked, &it.theirs));
        (relation, !it.is_here, it.differences, distance)
    });
    let hidden = found.len().saturating_sub(ENDPOINTS);
    found.truncate(ENDPOINTS);
    (found.into_iter().map(|it| it.explained).collect(), hidden)
}

/// The Levenshtein distance: how many characters must be inserted, deleted or replaced to turn one text into the other.
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
