//! A multiset: how many times it contains each key. A key that it does not contain takes no memory.

use std::collections::HashMap;
use std::hash::Hash;

pub(crate) struct Multiset<K>(HashMap<K, usize>);

impl<K: Eq + Hash> Multiset<K> {
    pub(crate) fn new() -> Self {
        Self(HashMap::new())
    }

    pub(crate) fn count(&self, key: &K) -> usize {
        self.0.get(key).copied().unwrap_or_default()
    }

    /// Adds the key once, and returns whether it was not contained before.
    pub(crate) fn insert(&mut self, key: K) -> bool {
        let count = self.0.entry(key).or_default();
        *count += 1;
        *count == 1
    }

    /// Removes the key once, and returns whether this was the last one.
    pub(crate) fn remove(&mut self, key: &K) -> bool {
        let Some(count) = self.0.get_mut(key) else { return false };
        *count -= 1;
        let is_last = *count == 0;
        if is_last {
            self.0.remove(key);
        }
        is_last
    }
}
