//! The options of a connection's socket.

use std::io;
use std::time::Duration;

use mio::net::TcpStream;
use socket2::{SockRef, TcpKeepalive};
use tracing::warn;

use crate::options::Options;

/// The most that Linux takes for the time before it asks.
const LONGEST: u64 = 32_767;

/// The least that is in whole seconds: one before the system asks, and one for the answer.
const SHORTEST: u64 = 2;

/// How often the system asks a silent peer, if there is time.
const PROBES: u64 = 3;

/// When the system asks a silent peer whether it is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct KeepAlive {
    idle: Duration,
    interval: Duration,
    probes: u32,
}

impl KeepAlive {
    /// Fits all questions, and the wait for the last answer, into `silence`, in whole seconds.
    fn within(silence: Duration) -> Self {
        let all = silence.as_secs().clamp(SHORTEST, LONGEST);
        let probes = PROBES.min(all - 1);
        let interval = (all / (2 * PROBES)).max(1);
        Self {
            idle: Duration::from_secs(all - probes * interval),
            interval: Duration::from_secs(interval),
            probes: probes as u32,
        }
    }

    fn set(self, socket: SockRef<'_>) -> io::Result<()> {
        let keep_alive = TcpKeepalive::new().with_time(self.idle);
        // Elsewhere the system has its own idea of the rest.
        #[cfg(any(target_os = "android", target_os = "freebsd", target_os = "linux", target_os = "macos"))]
        let keep_alive = keep_alive.with_interval(self.interval).with_retries(self.probes);
        socket.set_tcp_keepalive(&keep_alive)?;
        // What is queued counts as a question too.
        #[cfg(any(target_os = "android", target_os = "linux"))]
        socket.set_tcp_user_timeout(Some(self.idle + self.interval * self.probes))?;
        Ok(())
    }
}

/// Sets the socket's options; a connection is served also where the system refuses one of them.
pub(super) fn configure(socket: &TcpStream, options: &Options) {
    let mut set = socket.set_nodelay(options.no_delay);
    if let Some(silence) = options.keep_alive {
        set = set.and(KeepAlive::within(silence).set(SockRef::from(socket)));
    }
    if let Err(error) = set {
        warn!(%error, "an option of a connection cannot be set");
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    fn seconds(idle: u64, interval: u64, probes: u32) -> KeepAlive {
        KeepAlive { idle: Duration::from_secs(idle), interval: Duration::from_secs(interval), probes }
    }

    #[test]
    fn the_questions_and_the_last_answer_fit_into_the_silence() {
        for (silence, expected) in [
            (Duration::ZERO, seconds(1, 1, 1)),
            (Duration::from_millis(2_999), seconds(1, 1, 1)),
            (Duration::from_secs(3), seconds(1, 1, 2)),
            (Duration::from_secs(4), seconds(1, 1, 3)),
            (Duration::from_millis(10_900), seconds(7, 1, 3)),
            (Duration::from_secs(30), seconds(15, 5, 3)),
            (Duration::from_secs(3600), seconds(1800, 600, 3)),
            (Duration::MAX, seconds(16_384, 5_461, 3)),
        ] {
            assert_eq!(KeepAlive::within(silence), expected, "for {silence:?}");
        }
        for seconds in SHORTEST..1000 {
            let silence = Duration::from_secs(seconds);
            let KeepAlive { idle, interval, probes } = KeepAlive::within(silence);
            assert_eq!(idle + interval * probes, silence);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_has_what_was_computed() -> anyhow::Result<()> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        for silence in [2, 30, 32_767].map(Duration::from_secs) {
            let socket = TcpStream::connect(listener.local_addr()?)?;
            let options = Options { keep_alive: Some(silence), ..Options::default() };
            configure(&socket, &options);
            let KeepAlive { idle, interval, probes } = KeepAlive::within(silence);
            let set = SockRef::from(&socket);
            assert!(set.keepalive()? && set.tcp_nodelay()?);
            assert_eq!(
                (set.tcp_keepalive_time()?, set.tcp_keepalive_interval()?, set.tcp_keepalive_retries()?),
                (idle, interval, probes)
            );
            assert_eq!(set.tcp_user_timeout()?, Some(silence));
        }
        Ok(())
    }
}
