//! Bytes and numbers that look random and are the same in every run.

/// Splitmix64.
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
}

/// So many bytes. The block that is repeated has an odd length, so that no shift goes unnoticed.
pub(crate) fn data(length: usize) -> Vec<u8> {
    const BLOCK: usize = 65_521;
    let mut random = Random(1);
    let block: Vec<u8> = (0..BLOCK).map(|_| random.next().to_le_bytes()[0]).collect();
    let mut data = block.repeat(length / BLOCK + 1);
    data.truncate(length);
    data
}
