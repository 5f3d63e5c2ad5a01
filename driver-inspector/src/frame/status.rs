//! How the program and its inspection are.

use serde::Serialize;

/// How the program and its inspection are.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Status {
    /// The program's title.
    pub(crate) title: String,
    /// Seconds since the inspector was made.
    pub(crate) time: f64,
    pub(crate) state: State,
    /// Why the program has ended, if with an error; which turn does not end, if it is stuck.
    pub(crate) reason: Option<String>,
    /// One in so many messages is shown; 1 if all are.
    pub(crate) sampling: u64,
    /// How many happenings have not been shown since the page was opened, since there were too many.
    pub(crate) skipped: u64,
    /// Whether values of messages can be shown, and whether they are.
    pub(crate) values: Values,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Values {
    /// This page has not asked for them.
    #[default]
    Hidden,
    Shown,
    /// The program does not let anybody see them.
    Forbidden,
}

/// How a process, or a ground, is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It waits for something to happen.
    #[default]
    Idle,
    /// It has taken turns since it was looked at last, or has actions waiting.
    Busy,
    /// It is in a turn that has gone on for more than a second, and nobody else can take one.
    Stuck,
    /// It takes no more turns.
    Leaving,
    /// It has left with an error. Shown for some time.
    Failed,
    /// It has left without one. Shown for some time.
    Left,
}
