//! A network between two grounds that the test can break.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use crate::place::address;

/// Forwards what arrives at its address, unless the test prevents it.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    way: Way,
    streams: Vec<TcpStream>,
}

/// What happens to data.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// It is forwarded.
    Open,
    /// It is discarded, and neither side is informed.
    Silent,
    /// There is no connection.
    Cut,
}

impl Proxy {
    /// Forwards to this address.
    pub(crate) fn to(target: SocketAddr) -> anyhow::Result<Self> {
        let address = address()?;
        let listener = TcpListener::bind(address)?;
        let state = Mutex::new(State { way: Way::Open, streams: Vec::new() });
        let shared = Arc::new(Shared { state, changed: Condvar::new() });
        let own = Arc::clone(&shared);
        // The thread ends with the test program.
        thread::spawn(move || {
            for inward in listener.incoming().map_while(Result::ok) {
                // If nothing listens there, the client notices it by the end of its connection.
                let _unreachable = own.join(inward, target);
            }
        });
        Ok(Self { address, shared })
    }

    /// Closes all connections, and refuses new ones.
    pub(crate) fn cut(&self) {
        self.shared.turn(Way::Cut);
    }

    /// Discards all data.
    pub(crate) fn fall_silent(&self) {
        self.shared.turn(Way::Silent);
    }

    /// Forwards again.
    pub(crate) fn heal(&self) {
        self.shared.turn(Way::Open);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }

    fn turn(&self, way: Way) {
        let mut state = self.state();
        state.way = way;
        if way == Way::Cut {
            for stream in state.streams.drain(..) {
                let _ended_already = stream.shutdown(Shutdown::Both);
            }
        }
        self.changed.notify_all();
    }

    fn join(self: &Arc<Self>, inward: TcpStream, target: SocketAddr) -> std::io::Result<()> {
        let mut state = self.state();
        if state.way == Way::Cut {
            return Ok(());
        }
        let outward = TcpStream::connect(target)?;
        for (from, to) in [(&inward, &outward), (&outward, &inward)] {
            let (from, to, own) = (from.try_clone()?, to.try_clone()?, Arc::clone(self));
            thread::spawn(move || own.hand_on(from, to));
        }
        state.streams.extend([inward, outward]);
        Ok(())
    }

    fn hand_on(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut bytes = [0; 1 << 16];
        while let Ok(length @ 1..) = from.read(&mut bytes) {
            let state = self.changed.wait_while(self.state(), |state| state.way == Way::Silent);
            drop(state.expect("no panic"));
            if to.write_all(&bytes[..length]).is_err() {
                break;
            }
        }
        let _ended_already = to.shutdown(Shutdown::Both);
        let _ended_already = from.shutdown(Shutdown::Both);
    }
}
