//! A part of messages whose `Hash`, `Eq`, `Clone`, `Debug` or `Drop` panics when its fuse is lit.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use marketplace_core::{Message, topic};

/// A kind of user code that a VM runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Hash,
    Eq,
    Clone,
    Debug,
    Drop,
}

/// Selects the operation that panics, for all values that share this fuse.
#[derive(Clone, Default)]
pub(crate) struct Fuse(Arc<Mutex<Option<Lit>>>);

#[derive(Clone, Copy)]
struct Lit {
    deed: Deed,
    lasting: bool,
}

impl Fuse {
    /// Makes the next such operation panic.
    pub(crate) fn light(&self, deed: Deed) {
        self.set(Some(Lit { deed, lasting: false }));
    }

    /// Makes every such operation panic from now on.
    pub(crate) fn light_for_ever(&self, deed: Deed) {
        self.set(Some(Lit { deed, lasting: true }));
    }

    pub(crate) fn is_lit(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn set(&self, lit: Option<Lit>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = lit;
    }

    fn touch(&self, deed: Deed) {
        let lit = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Lit { deed: lit, lasting }) = lit else { return };
        if lit == deed {
            if !lasting {
                self.set(None);
            }
            panic!("{deed:?}");
        }
    }
}

/// A number with a fuse.
pub(crate) struct Touchy {
    number: u32,
    fuse: Fuse,
}

impl Touchy {
    pub(crate) fn new(number: u32, fuse: &Fuse) -> Self {
        Self { number, fuse: fuse.clone() }
    }
}

impl Hash for Touchy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fuse.touch(Deed::Hash);
        self.number.hash(state);
    }
}

impl PartialEq for Touchy {
    fn eq(&self, other: &Self) -> bool {
        self.fuse.touch(Deed::Eq);
        other.fuse.touch(Deed::Eq);
        self.number == other.number
    }
}

impl Eq for Touchy {}

impl Clone for Touchy {
    fn clone(&self) -> Self {
        self.fuse.touch(Deed::Clone);
        Self::new(self.number, &self.fuse)
    }
}

impl fmt::Debug for Touchy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fuse.touch(Deed::Debug);
        self.number.fmt(f)
    }
}

impl Drop for Touchy {
    fn drop(&mut self) {
        self.fuse.touch(Deed::Drop);
    }
}

/// A message with a fuse.
#[derive(Debug, Message)]
pub(crate) struct Poke(#[message(leaf)] pub(crate) Touchy);

/// The topic of pokes with this number.
pub(crate) fn pokes(number: u32, fuse: &Fuse) -> PokePattern {
    topic!(Poke(Touchy::new(number, fuse)))
}
