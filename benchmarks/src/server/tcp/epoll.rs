//! The lower bound: one thread, one buffer, one epoll, and no library.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

/// The listener's number; a stream's is that of its descriptor.
const LISTENER: u64 = u64::MAX;

const EVENTS: usize = 1_024;

struct Connection {
    stream: TcpStream,
    /// The bytes that could not be sent yet. Until they are sent, nothing is read.
    unsent: Vec<u8>,
}

pub(super) fn serve(listener: &TcpListener, buffer: usize) -> anyhow::Result<()> {
    let poll = epoll::create(CreateFlags::CLOEXEC)?;
    epoll::add(&poll, listener, EventData::new_u64(LISTENER), EventFlags::IN)?;
    let mut connections: HashMap<u64, Connection> = HashMap::new();
    let mut buffer = vec![0; buffer];
    let mut events: Vec<Event> = Vec::with_capacity(EVENTS);
    loop {
        events.clear();
        epoll::wait(&poll, spare_capacity(&mut events), None)?;
        for event in &events {
            let number = event.data.u64();
            if number == LISTENER {
                let connection = accept(&poll, listener)?;
                connections.insert(connection.stream.as_raw_fd() as u64, connection);
            } else if let Some(connection) = connections.get_mut(&number)
                && !connection.is_open_after_turn(&poll, &mut buffer)?
            {
                connections.remove(&number);
            }
        }
    }
}

fn accept(poll: &OwnedFd, listener: &TcpListener) -> anyhow::Result<Connection> {
    let (stream, _) = listener.accept()?;
    stream.set_nonblocking(true)?;
    stream.set_nodelay(true)?;
    epoll::add(poll, &stream, EventData::new_u64(stream.as_raw_fd() as u64), EventFlags::IN)?;
    Ok(Connection { stream, unsent: Vec::new() })
}

impl Connection {
    /// Sends back what has arrived. Returns false if the connection has ended.
    fn is_open_after_turn(&mut self, poll: &OwnedFd, buffer: &mut [u8]) -> anyhow::Result<bool> {
        let was_waiting = !self.unsent.is_empty();
        if was_waiting {
            let unsent = std::mem::take(&mut self.unsent);
            self.send(&unsent)?;
        } else {
            match self.stream.read(buffer) {
                Ok(read @ 1..) => self.send(&buffer[..read])?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Ok(_) | Err(_) => return Ok(false),
            }
        }
        let waits = !self.unsent.is_empty();
        if waits != was_waiting {
            let interest = if waits { EventFlags::OUT } else { EventFlags::IN };
            epoll::modify(poll, &self.stream, EventData::new_u64(self.stream.as_raw_fd() as u64), interest)?;
        }
        Ok(true)
    }

    /// Sends as much as the socket accepts, and keeps the rest.
    fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let sent = match self.stream.write(bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            sent => sent?,
        };
        self.unsent.extend_from_slice(&bytes[sent..]);
        Ok(())
    }
}
