//! Roles and actions in words.

use std::fmt::{self, Display, Formatter};

use crate::{Action, AddEndpoint, Interest, NetworkAction, Orientation, Role};

/// A value in words.
pub(super) struct Words<T>(pub(super) T);

impl Display for Words<Orientation> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Orientation::Publisher => "publisher",
            Orientation::Subscriber => "subscriber",
        })
    }
}

impl Display for Words<&Role> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Role { orientation, interest, topic } = self.0;
        let interest = match interest {
            Interest::Participant => "of",
            Interest::Observer => "that observes",
            Interest::Everything => "that observes everything of",
        };
        write!(f, "{} {interest} {topic:?}", Words(*orientation))
    }
}

impl Display for Words<&Action> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Action::Local(action) => Words(action).fmt(f),
            Action::Meta(action) => write!(f, "{} at the meta level", Words(action)),
            Action::Yield(_) => f.write_str("yield"),
            Action::Perform(..) => f.write_str("perform a future"),
        }
    }
}

impl Display for Words<&NetworkAction> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            NetworkAction::Add(AddEndpoint { name, role, .. }) => {
                write!(f, "add endpoint {name:?}: {}", Words(role))
            }
            NetworkAction::Delete { name, .. } => write!(f, "delete endpoint {name:?}"),
            NetworkAction::Send { orientation, message } => {
                write!(f, "send as {}: {message:?}", Words(*orientation))
            }
            NetworkAction::Spawn { spawn, .. } => match spawn.name() {
                Some(name) => write!(f, "spawn {name}"),
                None => f.write_str("spawn a process"),
            },
            NetworkAction::Quit { pid: Some(pid), .. } => write!(f, "end {pid:?}"),
            NetworkAction::Quit { pid: None, .. } => f.write_str("quit"),
        }
    }
}
