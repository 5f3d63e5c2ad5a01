//! Keyed digests of topics and messages. A message and each topic that matches it have equal digests.

use std::hash::{BuildHasher, DefaultHasher, Hasher, RandomState};

use super::{Pattern, Shape};

/// The digest of the parts of a topic at the positions of `shape`.
pub(crate) fn digest<P: Pattern>(topic: &P, shape: Shape, keys: &RandomState) -> u64 {
    if shape.is_empty() {
        return 0;
    }
    let mut hasher = Packing::new(keys.build_hasher());
    topic.digest(shape, &mut hasher);
    hasher.finish()
}

/// The digest of the parts of a message at the positions of `shape`.
#[inline]
pub(crate) fn digest_value<P: Pattern>(message: &P::Value, shape: Shape, keys: &RandomState) -> u64 {
    if shape.is_empty() {
        return 0;
    }
    let mut hasher = Packing::new(keys.build_hasher());
    P::digest_value(message, shape, &mut hasher);
    hasher.finish()
}

/// Collects what is to be hashed. A topic consists of many small parts, and it is faster to give them to the hasher
/// all at once than one by one.
struct Packing {
    packed: [u8; PACKED],
    length: usize,
    hasher: DefaultHasher,
}

const PACKED: usize = 64;

impl Packing {
    #[inline]
    const fn new(hasher: DefaultHasher) -> Self {
        Self { packed: [0; PACKED], length: 0, hasher }
    }

    #[cold]
    fn write_through(&mut self, bytes: &[u8]) {
        self.hasher.write(&self.packed[..self.length]);
        self.hasher.write(bytes);
        self.length = 0;
    }
}

impl Hasher for Packing {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        match self.packed.get_mut(self.length..self.length + bytes.len()) {
            Some(free) => {
                free.copy_from_slice(bytes);
                self.length += bytes.len();
            }
            None => self.write_through(bytes),
        }
    }

    #[inline]
    fn finish(&self) -> u64 {
        let mut hasher = self.hasher.clone();
        hasher.write(&self.packed[..self.length]);
        hasher.finish()
    }
}
