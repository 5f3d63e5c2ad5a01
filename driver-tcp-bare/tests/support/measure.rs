//! The cost of the process, as the system measures it.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use anyhow::Context as _;

/// The processor time of the process. It can be read even if no descriptor is left.
pub(crate) struct CpuTime(File);

impl CpuTime {
    pub(crate) fn open() -> anyhow::Result<Self> {
        Ok(Self(File::open("/proc/self/stat")?))
    }

    pub(crate) fn read(&self) -> anyhow::Result<Duration> {
        let mut line = [0; 1024];
        let length = self.0.read_at(&mut line, 0)?;
        // The name of the program, in parentheses, may contain any character.
        let (_, fields) = str::from_utf8(&line[..length])?.rsplit_once(')').context("no such line")?;
        let times = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
        let hundredths: u64 = times.sum::<Result<_, _>>()?;
        Ok(Duration::from_millis(10 * hundredths))
    }
}
