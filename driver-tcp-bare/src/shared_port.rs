//! A port that several drivers share.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The port that the kernel picked for one of several drivers made from clones of one builder. The drivers share it as
/// long as one of them uses the port.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedPort(Arc<Mutex<Weak<u16>>>);

/// A socket, and the address that it is bound to.
pub(crate) type Bound<T> = (T, SocketAddr);

/// Keeps a port that the kernel picked in use. The shared port is forgotten when the last of these is dropped.
#[derive(Debug)]
pub(crate) struct Picked {
    _port: Arc<u16>,
}

impl SharedPort {
    /// Binds the port that another driver uses, or else a port that the kernel picks. `bind` receives the port, or 0 to
    /// let the kernel pick, and returns the socket with the address that it is bound to.
    pub(crate) fn pick<T>(
        &self,
        bind: impl FnOnce(u16) -> io::Result<Bound<T>>,
    ) -> io::Result<(Bound<T>, Picked)> {
        // Locked while binding, so that two drivers that start at the same time get the same port.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = known.upgrade();
        let bound = bind(held.as_deref().copied().unwrap_or(0))?;
        let port = held.unwrap_or_else(|| Arc::new(bound.1.port()));
        *known = Arc::downgrade(&port);
        Ok((bound, Picked { _port: port }))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    /// Binds a port, with a kernel that picks `picked`. Returns the bound port and the guard that keeps it in use.
    fn pick(shared: &SharedPort, picked: u16) -> io::Result<(u16, Picked)> {
        let bind = |port| Ok(((), (Ipv4Addr::LOCALHOST, if port == 0 { picked } else { port }).into()));
        let (((), address), picked) = shared.pick(bind)?;
        Ok((address.port(), picked))
    }

    #[test]
    fn a_port_is_shared_as_long_as_a_driver_uses_it() -> io::Result<()> {
        let shared = SharedPort::default();
        let (port, first) = pick(&shared, 1)?;
        assert_eq!(port, 1);
        let (port, second) = pick(&shared.clone(), 2)?;
        assert_eq!(port, 1);
        drop(first);
        let (port, third) = pick(&shared, 3)?;
        assert_eq!(port, 1);
        drop((second, third));
        assert_eq!(pick(&shared, 4)?.0, 4);
        Ok(())
    }

    #[test]
    fn a_driver_that_cannot_bind_the_port_changes_nothing_for_the_others() -> io::Result<()> {
        let refused = |_| -> io::Result<Bound<()>> { Err(io::ErrorKind::AddrInUse.into()) };
        let shared = SharedPort::default();
        assert!(shared.pick(refused).is_err());
        let (_, _held) = pick(&shared, 1)?;
        assert!(shared.pick(refused).is_err());
        assert_eq!(pick(&shared, 2)?.0, 1);
        Ok(())
    }
}
