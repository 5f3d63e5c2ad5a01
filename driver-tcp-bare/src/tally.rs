//! How many there are of each of some things; one of which there is none takes no room.

use std::collections::HashMap;
use std::hash::Hash;

pub(crate) struct Tally<K>(HashMap<K, usize>);

impl<K: Eq + Hash> Tally<K> {
    pub(crate) fn new() -> Self {
        Self(HashMap::new())
    }

    pub(crate) fn count(&self, key: &K) -> usize {
        self.0.get(key).copied().unwrap_or_default()
    }

    /// Counts one more; whether it is the first.
    pub(crate) fn arrive(&mut self, key: K) -> bool {
        let count = self.0.entry(key).or_default();
        *count += 1;
        *count == 1
    }

    /// Counts one less; whether it was the last.
    pub(crate) fn depart(&mut self, key: &K) -> bool {
        let Some(count) = self.0.get_mut(key) else { return false };
        *count -= 1;
        let is_last = *count == 0;
        if is_last {
            self.0.remove(key);
        }
        is_last
    }
}
