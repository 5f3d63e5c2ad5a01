//! Slabs that exist once in every process, most of them with few values.

use slab::Slab;

/// Up to this many values take no more room than they need. Beyond that, the room is doubled as usual.
const FEW: usize = 8;

/// Inserts a value. Returns its place.
pub(crate) fn insert<T>(slab: &mut Slab<T>, value: T) -> usize {
    if slab.len() < FEW {
        slab.reserve_exact(1);
    }
    slab.insert(value)
}
