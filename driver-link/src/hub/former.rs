//! Grounds that are gone, in case one of them comes back: a session number is never used twice with a ground, and a refused
//! ground stays refused.

use std::collections::VecDeque;

use crate::ground::GroundId;

/// How many are remembered. A batch from before the end of so many other grounds does not arrive any more.
const MOST: usize = 1_024;

/// The grounds that ended last, in order.
#[derive(Default)]
pub(super) struct Formers(VecDeque<Former>);

/// A ground that is gone.
pub(super) struct Former {
    pub(super) ground: GroundId,
    /// The number of the last session with it.
    pub(super) session: u64,
    pub(super) is_barred: bool,
}

impl Formers {
    /// Remembers a ground that is gone.
    pub(super) fn remember(&mut self, former: Former) {
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back(former);
    }

    /// What is known of a ground that has appeared, if it was there before.
    pub(super) fn take(&mut self, ground: GroundId) -> Option<Former> {
        let at = self.0.iter().position(|former| former.ground == ground)?;
        self.0.remove(at)
    }
}
