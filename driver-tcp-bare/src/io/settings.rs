//! The socket options of a connection: `TCP_NODELAY` and keep-alive.

use std::io;
use std::time::Duration;

use mio::net::TcpStream;
use socket2::{SockRef, TcpKeepalive};
use tracing::warn;

use crate::options::Options;

/// The largest time in seconds that Linux accepts before the first probe.
const LONGEST: u64 = 32_767;

/// The smallest time in whole seconds: one before the first probe, and one for the answer.
const SHORTEST: u64 = 2;

/// The number of probes, if the time is long enough.
const PROBES: u64 = 3;

/// The times of the keep-alive probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct KeepAlive {
    idle: Duration,
    interval: Duration,
    probes: u32,
}

impl KeepAlive {
    /// Fits all probes, and the wait for the last answer, into the time `silence`, in whole seconds.
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
        // Other systems use their own values for the rest.
        #[cfg(any(target_os = "android", target_os = "freebsd", target_os = "linux", target_os = "macos"))]
        let keep_alive = keep_alive.with_interval(self.interval).with_retries(self.probes);
        socket.set_tcp_keepalive(&keep_alive)?;
        // The same limit for data that the peer does not acknowledge.
        #[cfg(any(target_os = "android", target_os = "linux"))]
        socket.set_tcp_user_timeout(Some(self.idle + self.interval * self.probes))?;
        Ok(())
    }
}

/// Sets the socket's options. If the system refuses one of them, a warning is logged and the connection stays open.
pub(super) fn configure(socket: &TcpStream, options: &Options) {
    let mut set = socket.set_nodelay(options.no_delay);
    if let Some(silence) = options.keep_alive {
        set = set.and(KeepAlive::within(silence).set(SockRef::from(socket)));
    }
    if let Err(error) = set {
        warn!(%error, "cannot set TCP_NODELAY or keep-alive on a connection");
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
    fn the_probes_and_the_last_answer_fit_into_the_silence() {
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
    fn the_socket_has_the_computed_times() -> anyhow::Result<()> {
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
