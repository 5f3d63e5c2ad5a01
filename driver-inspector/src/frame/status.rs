//! The status of the program and of its inspection.

use serde::Serialize;

/// The status of the program and of its inspection.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Status {
    /// The program's title.
    pub(crate) title: String,
    /// Seconds since the inspector was made.
    pub(crate) time: f64,
    pub(crate) state: State,
    /// If the program has failed: the error. If it is stuck: which turn does not end.
    pub(crate) reason: Option<String>,
    /// One in this many messages is recorded. 1 if all are.
    pub(crate) sampling: u64,
    /// How many events were skipped since the page was opened, because there were too many.
    pub(crate) skipped: u64,
    /// Whether values of messages can be shown, and whether they are.
    pub(crate) values: Values,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Values {
    /// This page does not show them.
    #[default]
    Hidden,
    Shown,
    /// The program never shows them.
    Forbidden,
}

/// The state of a process or of a ground.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It waits for an event.
    #[default]
    Idle,
    /// It has taken turns since its last status, or has pending actions.
    Busy,
    /// It is in a turn that has taken more than a second. No other process of the ground can take a turn.
    Stuck,
    /// It takes no more turns.
    Leaving,
    /// It has left with an error. It is still shown for some time.
    Failed,
    /// It has left without an error. It is still shown for some time.
    Left,
}
