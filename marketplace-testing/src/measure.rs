//! The system resources that this operating system process uses.

use std::io;

/// The number of file descriptors that are open in this process, on Linux; 0 on other systems.
///
/// # Errors
///
/// If the system does not say.
pub fn descriptors() -> io::Result<usize> {
    #[cfg(target_os = "linux")]
    return Ok(std::fs::read_dir("/proc/self/fd")?.count());
    #[cfg(not(target_os = "linux"))]
    Ok(0)
}

/// The resident memory of this process in bytes, on Linux; 0 on other systems.
///
/// # Errors
///
/// If the system does not say.
pub fn resident_memory() -> io::Result<usize> {
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string("/proc/self/status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<usize>().ok());
        kibibytes
            .map(|kibibytes| kibibytes * 1024)
            .ok_or_else(|| io::Error::other("no VmRSS in /proc/self/status"))
    }
    #[cfg(not(target_os = "linux"))]
    Ok(0)
}
