//! Roles, topics and kinds of event as they are written in code.

use marketplace_core::{EventKinds, Interest, Orientation, Role, Topic};

use crate::{expression, text};

/// How much of a topic is shown.
const TOPIC: usize = 400;

/// A role as the call that makes an endpoint with it: `subscriber(topic!(Said { room: "lobby", .. }))`.
pub(crate) fn role(role: &Role) -> String {
    format!("{}(topic!({}))", call(role.orientation, role.interest), topic(&role.topic))
}

/// The call that makes an endpoint of this orientation and interest.
pub(crate) fn call(orientation: Orientation, interest: Interest) -> &'static str {
    match (orientation, interest) {
        (Orientation::Publisher, Interest::Participant) => "publisher",
        (Orientation::Publisher, Interest::Observer) => "observe_subscribers",
        (Orientation::Publisher, Interest::Everything) => "observe_subscribers_everything",
        (Orientation::Subscriber, Interest::Participant) => "subscriber",
        (Orientation::Subscriber, Interest::Observer) => "observe_publishers",
        (Orientation::Subscriber, Interest::Everything) => "observe_publishers_everything",
    }
}

/// A topic as it is written in `topic!`.
pub(crate) fn topic(topic: &Topic) -> String {
    let text = text::debug(topic, TOPIC);
    if text.len() > TOPIC {
        return text;
    }
    let expression = expression::read(&text, false);
    // `{:?}` writes the name of an enum's variant, but not that of the enum.
    match expression.path() {
        [name] if name != base(topic.type_name()) => expression.within(base(topic.type_name())).to_string(),
        _ => expression.to_string(),
    }
}

/// A type's name without its path and its parameters.
pub(crate) fn base(type_name: &str) -> &str {
    let end = type_name.find('<').unwrap_or(type_name.len());
    let begin = type_name[..end].rfind("::").map_or(0, |at| at + 2);
    &type_name[begin..end]
}

/// The kinds of event that an endpoint handles, in words.
pub(crate) fn kinds(kinds: EventKinds) -> Vec<&'static str> {
    let words = [
        (EventKinds::PRESENCE, "presences"),
        (EventKinds::ABSENCE, "absences"),
        (EventKinds::MESSAGE, "messages"),
        (EventKinds::SETTLED, "settled"),
    ];
    words.into_iter().filter(|(kind, _)| kinds.contains(*kind)).map(|(_, word)| word).collect()
}

/// A type's name without the paths in it: `Request<Lookup>` for `ask::Request<dns::Lookup>`.
pub(crate) fn short(type_name: &str) -> String {
    let mut short = String::with_capacity(type_name.len());
    // Where the current path begins.
    let mut begin = 0;
    let mut rest = type_name;
    while let Some(next) = rest.chars().next() {
        match rest.strip_prefix("::") {
            Some(after) => {
                short.truncate(begin);
                rest = after;
            }
            None => {
                short.push(next);
                if !(next.is_alphanumeric() || next == '_') {
                    begin = short.len();
                }
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    short
}
