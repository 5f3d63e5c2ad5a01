//! Grounds that have gone, in case one of them comes back: a number of a session is never used twice with a ground, and one
//! that was refused stays so.

use std::collections::VecDeque;

use crate::ground::GroundId;

/// How many are remembered. A batch that is still under way from before so many others have gone is not to be expected.
const MOST: usize = 1_024;

/// The grounds that went last, in this order.
#[derive(Default)]
pub(super) struct Formers(VecDeque<Former>);

/// A ground that has gone.
pub(super) struct Former {
    pub(super) ground: GroundId,
    /// The number of the last session with it.
    pub(super) session: u64,
    pub(super) is_barred: bool,
}

impl Formers {
    /// A ground has gone.
    pub(super) fn remember(&mut self, former: Former) {
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back(former);
    }

    /// A ground has come: what is known of it.
    pub(super) fn take(&mut self, ground: GroundId) -> Option<Former> {
        let at = self.0.iter().position(|former| former.ground == ground)?;
        self.0.remove(at)
    }
}
