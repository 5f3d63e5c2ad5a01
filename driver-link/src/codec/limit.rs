//! The limits of a packet, and what is left of them while a packet is written or read.

use super::refusal::Refusal;

/// The limits of a packet. A ground that receives a packet above a limit refuses the sender, and the link is lost.
///
/// To prevent this, the sender checks most limits before it sends: the length of the packet, the depth of values, and
/// items without bytes. It cannot check `memory`, because it does not know the sizes of Rust types in the other
/// program. Give all grounds that are joined the same limits.
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
    /// The maximum length of a packet in bytes. A message or a pattern has to fit into one packet. The default is 1
    /// MiB.
    pub packet: usize,
    /// The maximum length of a pattern in bytes. It is small because patterns of another ground's endpoints stay in
    /// memory, and there may be many of them: see [`Link::endpoints`](crate::Link::endpoints). The default is 4 KiB.
    pub pattern: usize,
    /// The maximum depth of nested values in a message or a pattern. Each struct, tuple, list, enum and so on is a
    /// level. A type counts as one more level for each 4 KiB of its size, since reading it uses the stack. The default
    /// is 64.
    pub depth: usize,
    /// The maximum size in bytes of all values that are decoded from a packet, by the sizes of their Rust types. If
    /// values need much more memory than bytes in the packet, they reach this limit before `packet`. The memory in use
    /// may be a few times as much, because a list allocates more room than it has items. Items without bytes, such as
    /// those of a list of `()`, count as 1 KiB each. The default is 64 MiB.
    pub memory: usize,
}

/// What is left of the limits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    limits: CodecLimits,
    levels: usize,
    memory: usize,
}

/// A value counts as one more level for each multiple of this size.
const LEVEL: usize = 4 * 1024;

/// The cost of an item without bytes.
const NOTHING: usize = 1024;

impl CodecLimits {
    /// The default limits.
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

    /// Begins a value of this size that has parts. Returns its number of levels.
    pub(super) fn enter(&mut self, size: usize) -> Result<usize, Refusal> {
        let levels = 1 + size / LEVEL;
        self.levels = self.levels.checked_sub(levels).ok_or_else(|| {
            let depth = self.limits.depth;
            Refusal::new(format_args!("its parts are nested more deeply than {depth} levels"))
        })?;
        Ok(levels)
    }

    /// Ends a value with this number of levels.
    pub(super) const fn leave(&mut self, levels: usize) {
        self.levels += levels;
    }

    /// Pays for an item of a list with this many bytes in the packet. Only an item without bytes costs something here,
    /// since a list of such items can be endless.
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

    /// Refuses a pattern that is too long.
    pub(super) fn check_pattern(&self, bytes: &[u8]) -> Result<(), Refusal> {
        let (length, most) = (bytes.len(), self.limits.pattern);
        match length <= most {
            true => Ok(()),
            false => Err(Refusal::new(format_args!(
                "it has {length} bytes, and the limit for a pattern is {most}"
            ))),
        }
    }

    /// The maximum length of a packet in bytes.
    pub(super) const fn packet(&self) -> usize {
        self.limits.packet
    }
}
