//! How much processor time and memory a process uses.

use std::fs;
use std::time::Duration;

use anyhow::Context;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

/// Measures the processor time of this process from the call of `start`.
///
/// The subjects of cases without sockets run on one thread and never wait. On an idle machine, processor time is
/// therefore the same as wall-clock time; on a busy one, it leaves out the time of other programs.
pub(crate) struct Stopwatch(Duration);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(processor_time())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        processor_time() - self.0
    }
}

/// The processor time that this process has used in all its threads, including the kernel's work for it.
pub(crate) fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// The private resident memory of a process, in bytes.
pub(crate) fn private_memory(process: u32) -> anyhow::Result<u64> {
    let path = format!("/proc/{process}/status");
    let status = fs::read_to_string(&path).context(path)?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).context("no RssAnon")?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024)
}

/// Raises the limit of descriptors, for this process and for those that it starts, as far as the system allows.
pub(crate) fn raise_descriptor_limit() -> anyhow::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })?;
    Ok(())
}
