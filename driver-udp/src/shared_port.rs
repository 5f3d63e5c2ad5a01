//! A port that several drivers share.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// What drivers know in common that are made of clones of one builder: the port that the kernel has picked, while one
/// of them holds it.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedPort(Arc<Mutex<Weak<u16>>>);

/// A socket, and what it is bound to.
pub(crate) type Bound<T> = (T, SocketAddr);

/// A port that the kernel has picked; the others know it as long as one of these is there.
#[derive(Debug)]
pub(crate) struct Picked {
    _port: Arc<u16>,
}

impl SharedPort {
    /// Binds a port that the kernel picks: the one that it has picked for another, if one holds it. `bind` binds a port,
    /// or one that the kernel picks if it is 0, and returns with the socket what it is bound to.
    pub(crate) fn pick<T>(
        &self,
        bind: impl FnOnce(u16) -> io::Result<Bound<T>>,
    ) -> io::Result<(Bound<T>, Picked)> {
        // Held meanwhile, so that two that begin at the same time have the same port.
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

    /// Binds a port as if the kernel picked this one; which one that is, and what keeps it.
    fn pick(shared: &SharedPort, picked: u16) -> io::Result<(u16, Picked)> {
        let bind = |asked| Ok(((), (Ipv4Addr::LOCALHOST, if asked == 0 { picked } else { asked }).into()));
        let (((), address), picked) = shared.pick(bind)?;
        Ok((address.port(), picked))
    }

    #[test]
    fn a_port_is_known_as_long_as_somebody_holds_it() -> io::Result<()> {
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
    fn who_cannot_bind_the_port_changes_nothing_for_the_others() -> io::Result<()> {
        let refused = |_| -> io::Result<Bound<()>> { Err(io::ErrorKind::AddrInUse.into()) };
        let shared = SharedPort::default();
        assert!(shared.pick(refused).is_err());
        let (_, _held) = pick(&shared, 1)?;
        assert!(shared.pick(refused).is_err());
        assert_eq!(pick(&shared, 2)?.0, 1);
        Ok(())
    }
}
