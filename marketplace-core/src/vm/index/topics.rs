//! The topics of one shape, found by their digests if there are many.

use hashbrown::HashTable;
use smallvec::SmallVec;

/// A topic's digest and its number.
type Entry = (u64, usize);

/// The numbers of topics, with their digests.
pub(super) enum Topics {
    /// So few that comparing all of them costs less than a digest.
    Few(SmallVec<[Entry; COMPARED]>),
    Many(HashTable<Entry>),
}

const COMPARED: usize = 4;

impl Default for Topics {
    fn default() -> Self {
        Self::Few(SmallVec::new())
    }
}

impl Topics {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Few(topics) => topics.is_empty(),
            Self::Many(topics) => topics.is_empty(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        let (few, many) = match self {
            Self::Few(topics) => (Some(topics), None),
            Self::Many(topics) => (None, Some(topics)),
        };
        few.into_iter().flatten().chain(many.into_iter().flatten()).map(|(_, topic)| *topic)
    }

    /// Calls `look` with the topics that have this digest, until it returns a value.
    pub(super) fn find_map_of<T>(&self, digest: u64, mut look: impl FnMut(usize) -> Option<T>) -> Option<T> {
        match self {
            Self::Few(topics) => {
                topics.iter().filter(|entry| entry.0 == digest).find_map(|(_, topic)| look(*topic))
            }
            Self::Many(topics) => find_among_many(topics, || digest, look),
        }
    }

    /// The same, for a digest that is not computed yet. It is not needed if all topics are looked at.
    #[inline]
    pub(super) fn find_map<T>(
        &self,
        digest: impl FnOnce() -> u64,
        mut look: impl FnMut(usize) -> Option<T>,
    ) -> Option<T> {
        match self {
            Self::Few(topics) => topics.iter().find_map(|(_, topic)| look(*topic)),
            Self::Many(topics) => find_among_many(topics, digest, look),
        }
    }

    /// Adds a topic that is not among them.
    pub(super) fn insert(&mut self, digest: u64, topic: usize) {
        match self {
            Self::Few(few) if few.len() < COMPARED => few.push((digest, topic)),
            Self::Few(few) => {
                let mut many = HashTable::new();
                for entry in few.drain(..).chain([(digest, topic)]) {
                    many.insert_unique(entry.0, entry, |(digest, _)| *digest);
                }
                *self = Self::Many(many);
            }
            Self::Many(many) => {
                many.insert_unique(digest, (digest, topic), |(digest, _)| *digest);
            }
        }
    }

    /// Removes a topic. Returns whether it was among them.
    pub(super) fn remove(&mut self, digest: u64, topic: usize) -> bool {
        let entry = (digest, topic);
        match self {
            Self::Few(few) => {
                let position = few.iter().position(|other| *other == entry);
                position.map(|position| few.swap_remove(position)).is_some()
            }
            Self::Many(many) => {
                let Ok(found) = many.find_entry(digest, |other| *other == entry) else { return false };
                found.remove();
                if many.capacity() > 64 && many.len() * 8 < many.capacity() {
                    many.shrink_to(many.len() * 2, |(digest, _)| *digest);
                }
                true
            }
        }
    }
}

// Not inlined, so that the digest does not slow down the case of few topics.
#[inline(never)]
fn find_among_many<T>(
    topics: &HashTable<Entry>,
    digest: impl FnOnce() -> u64,
    mut look: impl FnMut(usize) -> Option<T>,
) -> Option<T> {
    let digest = digest();
    let mut seen = None;
    topics.find(digest, |(other, topic)| {
        seen = (*other == digest).then(|| look(*topic)).flatten();
        seen.is_some()
    });
    seen
}
