//! How much a packet may hold, and what is left of that while one is written or read.

use super::refusal::Refusal;

/// How much a packet may hold. Whoever gets more refuses it, and loses the link.
///
/// So that this does not come of a mistake, whoever sends looks too: at the packet, at how deeply values are nested, and at
/// items that take no bytes. The sizes of Rust types he does not know everywhere. Grounds that are joined should have the
/// same limits.
///
/// # Examples
///
/// ```
/// use driver_link::CodecLimits;
///
/// let limits = CodecLimits { packet: 64 * 1024, ..CodecLimits::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodecLimits {
    /// How many bytes a packet may take: 1 MiB. A message or a pattern has to fit into one.
    pub packet: usize,
    /// How many bytes a pattern may take: 4 KiB. What is there of another ground stays, and that may be many patterns; see
    /// [`Link::endpoints`](crate::Link::endpoints).
    pub pattern: usize,
    /// How deeply the parts of a message or a pattern may be nested: 64 levels. Each struct, tuple, list, enum and so on
    /// is one, and another for each 4 KiB that it takes by itself, since reading it takes the stack.
    pub depth: usize,
    /// How many bytes all values that a packet is read into may take, by the sizes of their Rust types: 64 MiB. Where a
    /// value takes much more memory than bytes in a packet, this limit is met first. A list has room for more items than
    /// it has, so that what is really in use may be a few times as much. Items that take no bytes, such as those of a list
    /// of `()`, count 1 KiB each.
    pub memory: usize,
}

/// What is left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    limits: CodecLimits,
    levels: usize,
    memory: usize,
}

/// Above this size a value counts as more than one level.
const LEVEL: usize = 4 * 1024;

/// What an item counts that takes no bytes.
const NOTHING: usize = 1024;

impl CodecLimits {
    /// The limits unless told otherwise.
    pub const DEFAULT: Self = Self { packet: 1 << 20, pattern: 4 << 10, depth: 64, memory: 64 << 20 };
}

impl Default for CodecLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Budget {
    pub(super) const fn new(limits: CodecLimits) -> Self {
        Self { limits, levels: limits.depth, memory: limits.memory }
    }

    /// Begins a value of this size that has parts; how many levels it takes.
    pub(super) fn enter(&mut self, size: usize) -> Result<usize, Refusal> {
        let levels = 1 + size / LEVEL;
        self.levels = self.levels.checked_sub(levels).ok_or_else(|| {
            let depth = self.limits.depth;
            Refusal::new(format_args!("its parts are nested more deeply than {depth} levels"))
        })?;
        Ok(levels)
    }

    /// Ends a value that took so many levels.
    pub(super) const fn leave(&mut self, levels: usize) {
        self.levels += levels;
    }

    /// Pays for an item of a list, which takes so many bytes of the packet. One that takes none costs most: a list of
    /// such items may be endless.
    pub(super) fn pay_item(&mut self, bytes: usize) -> Result<(), Refusal> {
        if bytes > 0 { Ok(()) } else { self.pay(NOTHING) }
    }

    /// Pays for a value of this size.
    pub(super) fn pay(&mut self, size: usize) -> Result<(), Refusal> {
        self.memory = self.memory.checked_sub(size).ok_or_else(|| {
            let memory = self.limits.memory;
            Refusal::new(format_args!("its values take more than {memory} bytes of memory"))
        })?;
        Ok(())
    }

    /// Refuses a pattern that takes too many bytes.
    pub(super) fn check_pattern(&self, bytes: &[u8]) -> Result<(), Refusal> {
        let (length, most) = (bytes.len(), self.limits.pattern);
        match length <= most {
            true => Ok(()),
            false => Err(Refusal::new(format_args!("it takes {length} bytes: a pattern may take {most}"))),
        }
    }

    /// How many bytes a packet may take.
    pub(super) const fn packet(&self) -> usize {
        self.limits.packet
    }
}
