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
            Self::Few(topics) => (Some(topics), None),
            Self::Many(topics) => (None, Some(topics)),
        };
        few.into_iter().flatten().chain(many.into_iter().flatten()).copied()
    }

    /// What `look` makes of the one topic of which it makes something, if there is one; it has this digest.
    #[inline]
    pub(super) fn find_map<T>(
        &self,
        digest: impl FnOnce() -> u64,
        mut look: impl FnMut(usize) -> Option<T>,
    ) -> Option<T> {
        match self {
            Self::Few(topics) => topics.iter().find_map(|topic| look(*topic)),
            Self::Many(topics) => find_among_many(topics, digest, look),
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

// Apart, so that few topics are not slowed by what a digest needs.
#[inline(never)]
fn find_among_many<T>(
    topics: &HashTable<usize>,
    digest: impl FnOnce() -> u64,
    mut look: impl FnMut(usize) -> Option<T>,
) -> Option<T> {
    let mut seen = None;
    topics.find(digest(), |topic| {
        seen = look(*topic);
        seen.is_some()
    });
    seen
}
