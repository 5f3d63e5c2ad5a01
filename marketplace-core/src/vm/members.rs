//! The endpoints that share one topic, in creation order.

use smallvec::{SmallVec, smallvec};

use crate::{EventKinds, Interest, Token};

/// An endpoint in the routing index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    /// Counts the endpoints of the VM in creation order.
    pub(crate) serial: u64,
    pub(crate) process: usize,
    pub(crate) token: Token,
    pub(crate) interest: Interest,
    pub(crate) kinds: EventKinds,
    /// Whether it is a gap in the list.
    pub(crate) is_removed: bool,
}

impl Member {
    /// Whether it is concerned by messages: it handles them, or it is a participant, so that a message counts as
    /// received (rule S5).
    pub(crate) fn receives(&self) -> bool {
        self.kinds.contains(EventKinds::MESSAGE) || self.interest == Interest::Participant
    }
}

/// A list sorted by serial. Removing an endpoint leaves a gap, and the gaps are closed when they are half of the
/// list. So removal takes logarithmic time, also if 100,000 endpoints share a topic.
#[derive(Debug)]
pub(crate) struct Members {
    all: SmallVec<[Member; 1]>,
    gaps: usize,
}

impl Members {
    pub(crate) fn of(member: Member) -> Self {
        Self { all: smallvec![member], gaps: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.len() == self.gaps
    }

    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.all.iter().filter(|member| !member.is_removed)
    }

    /// Inserts an endpoint: the one created last, or one that returns by an update, perhaps into its own gap.
    pub(crate) fn insert(&mut self, member: Member) {
        let place = self.all.partition_point(|other| other.serial < member.serial);
        match self.all.get_mut(place).filter(|other| other.serial == member.serial) {
            Some(gap) => {
                *gap = member;
                self.gaps -= 1;
            }
            None => self.all.insert(place, member),
        }
    }

    pub(crate) fn get_mut(&mut self, serial: u64) -> Option<&mut Member> {
        let position = self.position(serial)?;
        Some(&mut self.all[position])
    }

    pub(crate) fn remove(&mut self, serial: u64) {
        let Some(position) = self.position(serial) else { return };
        self.all[position].is_removed = true;
        self.gaps += 1;
        if self.gaps * 2 > self.all.len() {
            self.all.retain(|member| !member.is_removed);
            self.all.shrink_to_fit();
            self.gaps = 0;
        }
    }

    fn position(&self, serial: u64) -> Option<usize> {
        let position = self.all.binary_search_by_key(&serial, |member| member.serial).ok()?;
        (!self.all[position].is_removed).then_some(position)
    }
}
