//! Bytes and numbers that look random and are the same in every run.

use std::sync::LazyLock;

/// The generator Splitmix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 1 up to `most`.
    pub(crate) fn up_to(&mut self, most: u64) -> usize {
        usize::try_from(1 + self.next() % most).unwrap_or(usize::MAX)
    }

    /// A number from 1 up to 2 to the power of `bits`. All magnitudes are equally likely.
    pub(crate) fn size(&mut self, bits: u64) -> usize {
        let most = 1 << self.up_to(bits);
        self.up_to(most)
    }
}

/// `length` bytes. The block that is repeated has an odd length, so that a shift does not go unnoticed.
pub(crate) fn data(length: usize) -> Vec<u8> {
    data_at(0, length)
}

/// `length` bytes of an endless stream, from the position `place`.
pub(crate) fn data_at(place: usize, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        let rest = &BLOCK[(place + bytes.len()) % BLOCK.len()..];
        bytes.extend_from_slice(&rest[..rest.len().min(length - bytes.len())]);
    }
    bytes
}

static BLOCK: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut random = Random(1);
    (0..65_521).map(|_| random.next().to_le_bytes()[0]).collect()
});
