//! The topics of one shape, found by their digests once they are many.

use hashbrown::HashTable;
use smallvec::SmallVec;

/// Numbers of topics.
pub(super) enum Topics {
    /// So few that to compare them all costs less than a digest.
    Few(SmallVec<[usize; COMPARED]>),
    Many(HashTable<usize>),
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
            Self::Few(topics) => (Some(topics.iter()), None),
            Self::Many(topics) => (None, Some(topics.iter())),
        };
        few.into_iter().flatten().chain(many.into_iter().flatten()).copied()
    }

    /// All of them, if they are few.
    #[inline]
    pub(super) fn few(&self) -> Option<&[usize]> {
        match self {
            Self::Few(topics) => Some(topics),
            Self::Many(_) => None,
        }
    }

    /// The topic of this digest that `is_it` accepts.
    pub(super) fn find(&self, digest: u64, mut is_it: impl FnMut(usize) -> bool) -> Option<usize> {
        match self {
            Self::Few(topics) => topics.iter().copied().find(|topic| is_it(*topic)),
            Self::Many(topics) => topics.find(digest, |topic| is_it(*topic)).copied(),
        }
    }

    /// Adds a topic that is not among them.
    pub(super) fn insert(&mut self, topic: usize, digest_of: impl Fn(usize) -> u64) {
        match self {
            Self::Few(few) if few.len() < COMPARED => few.push(topic),
            Self::Few(few) => {
                let mut many = HashTable::new();
                for topic in few.drain(..).chain([topic]) {
                    many.insert_unique(digest_of(topic), topic, |topic| digest_of(*topic));
                }
                *self = Self::Many(many);
            }
            Self::Many(many) => {
                many.insert_unique(digest_of(topic), topic, |topic| digest_of(*topic));
            }
        }
    }

    /// Removes a topic; whether it was among them.
    pub(super) fn remove(&mut self, topic: usize, digest: u64, digest_of: impl Fn(usize) -> u64) -> bool {
        match self {
            Self::Few(few) => {
                let position = few.iter().position(|other| *other == topic);
                position.map(|position| few.swap_remove(position)).is_some()
            }
            Self::Many(many) => {
                let Ok(found) = many.find_entry(digest, |other| *other == topic) else { return false };
                found.remove();
                if many.capacity() > 64 && many.len() * 8 < many.capacity() {
                    many.shrink_to(many.len() * 2, |topic| digest_of(*topic));
                }
                true
            }
        }
    }
}
