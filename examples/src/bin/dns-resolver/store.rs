//! A store of values with an expiry time, in bounded memory.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Values by key, each with an expiry time. If there are too many, those that expire first are removed first.
#[derive(Debug)]
pub(crate) struct Store<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// The keys in the order in which they expire. The number distinguishes keys with the same instant.
    by_expiry: BTreeMap<(Instant, u64), K>,
    number: u64,
    size: usize,
    capacity: usize,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    size: usize,
    since: Instant,
    expires: (Instant, u64),
}

impl<K: Eq + Hash + Clone, V> Store<K, V> {
    /// An empty store for entries of no more than `capacity` bytes in all.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { entries: HashMap::new(), by_expiry: BTreeMap::new(), number: 0, size: 0, capacity }
    }

    /// Stores a value of some size for a time, if it can fit.
    pub(crate) fn put(&mut self, key: K, value: V, size: usize, lifetime: Duration, now: Instant) {
        self.remove(&key);
        if lifetime.is_zero() || size > self.capacity {
            return;
        }
        self.number += 1;
        let expires = (now + lifetime, self.number);
        self.size += size;
        self.by_expiry.insert(expires, key.clone());
        self.entries.insert(key, Entry { value, size, since: now, expires });
        self.make_room(now);
    }

    /// A value that has not expired, and its age.
    pub(crate) fn get(&self, key: &K, now: Instant) -> Option<(&V, Duration)> {
        let entry = self.entries.get(key).filter(|entry| now < entry.expires.0)?;
        Some((&entry.value, now.saturating_duration_since(entry.since)))
    }

    /// Removes a value.
    pub(crate) fn remove(&mut self, key: &K) {
        if let Some(entry) = self.entries.remove(key) {
            self.by_expiry.remove(&entry.expires);
            self.size -= entry.size;
        }
    }

    /// Removes expired values, and more if that is not enough.
    fn make_room(&mut self, now: Instant) {
        while let Some((expires, key)) = self.by_expiry.first_key_value() {
            if self.size <= self.capacity && now < expires.0 {
                return;
            }
            let key = key.clone();
            self.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn get(store: &Store<&'static str, u32>, key: &'static str, now: Instant) -> Option<u32> {
        store.get(&key, now).map(|(value, _)| *value)
    }

    #[test]
    fn a_value_is_remembered_for_its_time_and_no_longer() {
        let (mut store, now) = (Store::new(10), Instant::now());
        store.put("a", 1, 1, 2 * SECOND, now);
        assert_eq!(store.get(&"a", now + SECOND), Some((&1, SECOND)));
        assert_eq!(get(&store, "a", now + 2 * SECOND), None);
    }

    #[test]
    fn a_value_of_no_lifetime_is_not_remembered_and_replaces_the_old_one() {
        let (mut store, now) = (Store::new(10), Instant::now());
        store.put("a", 1, 1, SECOND, now);
        store.put("a", 2, 1, Duration::ZERO, now);
        assert_eq!(get(&store, "a", now), None);
        assert_eq!((store.size, store.by_expiry.len()), (0, 0));
    }

    #[test]
    fn a_full_store_forgets_what_expires_first() {
        let (mut store, now) = (Store::new(10), Instant::now());
        store.put("long", 1, 4, 9 * SECOND, now);
        store.put("short", 2, 4, 2 * SECOND, now);
        store.put("middle", 3, 4, 5 * SECOND, now);
        assert_eq!(get(&store, "short", now), None);
        assert_eq!((get(&store, "long", now), get(&store, "middle", now)), (Some(1), Some(3)));
        store.put("too large", 4, 11, 20 * SECOND, now);
        assert_eq!((get(&store, "too large", now), store.size), (None, 8));
    }

    #[test]
    fn what_has_expired_makes_room() {
        let (mut store, now) = (Store::new(10), Instant::now());
        for number in 0..1000 {
            store.put(number, number, 1, SECOND, now + number * SECOND);
            assert_eq!(store.entries.len(), 1);
        }
    }
}
