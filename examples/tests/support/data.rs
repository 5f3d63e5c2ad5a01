//! Bytes that look random and are the same in every run.

use std::fs;
use std::path::PathBuf;

use anyhow::ensure;

/// Endless bytes: a block of odd length, repeated, so that every shift is noticed.
pub(crate) struct Cycle {
    /// The block, and as much of its repetition as is looked at in one piece.
    bytes: Vec<u8>,
}

/// Numbers that look random.
pub(crate) struct Random(u32);

/// A file with the first bytes of a [`Cycle`]. It is deleted when this value is dropped.
pub(crate) struct TestFile {
    pub(crate) path: PathBuf,
}

const BLOCK: usize = 65_521;

impl Cycle {
    /// The greatest number of bytes that are looked at in one piece.
    pub(crate) const PIECE: usize = 1 << 20;

    pub(crate) fn new() -> Self {
        let mut random = Random::new();
        let block: Vec<u8> = std::iter::repeat_with(|| random.byte()).take(BLOCK).collect();
        Self { bytes: block.repeat(2 + Self::PIECE / BLOCK) }
    }

    /// This number of bytes from a position on.
    pub(crate) fn piece(&self, position: usize, length: usize) -> &[u8] {
        &self.bytes[position % BLOCK..][..length]
    }

    /// An error unless these are the bytes from a position on.
    pub(crate) fn check(&self, position: usize, bytes: &[u8]) -> anyhow::Result<()> {
        ensure!(bytes == self.piece(position, bytes.len()), "other bytes from position {position} on");
        Ok(())
    }
}

impl Random {
    pub(crate) const fn new() -> Self {
        Self(1)
    }

    pub(crate) const fn byte(&mut self) -> u8 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.0.to_be_bytes()[0]
    }

    /// A number below `count`, which is at most 256.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte()) * count / 256
    }
}

impl TestFile {
    /// A file of this number of bytes. No other test may use the same `name`.
    pub(crate) fn new(name: &str, length: usize) -> anyhow::Result<Self> {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let bytes = Cycle::new().piece(0, BLOCK).repeat(length / BLOCK + 1);
        let file = Self { path };
        fs::write(&file.path, &bytes[..length])?;
        Ok(file)
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        // This fails if a test has deleted it.
        let _deleted = fs::remove_file(&self.path);
    }
}
