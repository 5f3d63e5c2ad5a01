//! The hub, the process of a link: it reports the endpoints of this ground to others, and mirrors theirs here.

mod boot;
mod bracket;
mod exports;
mod former;
mod inbound;
mod local;
mod mirrors;
mod outbox;
mod peer;
mod session;

use std::mem;
use std::sync::Arc;

use anyhow::anyhow;
use futures::stream;
use marketplace_core::{Action, Actions, Actor, Event, EventSource, NetworkAction, Reason, Token};

use crate::frame::{Batch, Frame};
use crate::ground::GroundId;
use crate::link::{Link, Options};
use crate::shared::SharedTypes;
use crate::transport::{TransportEvent, TransportSender};
use bracket::{Brackets, Taken};
use exports::Exports;
use former::Formers;
use mirrors::Mirrors;
use peer::{Peer, Standing};

/// The tokens. Those of mirrors come last.
const STATE: Token = Token(0);
const WATCHES: Token = Token(1);
const STOPPING: Token = Token(2);
const ARRIVALS: Token = Token(3);
const WORK: Token = Token(4);
const OPENED: Token = Token(5);
const CLOSED: Token = Token(6);
const FLUSH: Token = Token(7);
const FIRST_MIRROR: Token = Token(8);

/// The process of a link.
pub(crate) struct Hub {
    name: Arc<str>,
    ground: GroundId,
    options: Options,
    /// The builder, before the process has booted.
    link: Option<Link>,
    shared: Arc<SharedTypes>,
    transports: Vec<Box<dyn TransportSender>>,
    /// A source that never yields anything. It is open while this process keeps the program running.
    work: EventSource,
    keeps_the_program: bool,
    is_stopping: bool,
    /// The endpoints of this ground.
    exports: Exports,
    /// The mirrors of the endpoints of other grounds.
    mirrors: Mirrors,
    /// The other grounds, in the order in which they were found.
    peers: Vec<Peer>,
    /// Grounds that are gone.
    formers: Formers,
    brackets: Brackets,
    /// The actions of this turn on behalf of others, and the frames to acknowledge when these are done.
    asked: Vec<NetworkAction>,
    taking: Vec<Taken>,
    is_flushing: bool,
    /// Whether a turn has begun and has not ended successfully.
    is_in_turn: bool,
}

/// What the event source yields: events of transports, with the number of the transport.
type Arrived = Vec<(usize, TransportEvent)>;

impl Hub {
    pub(crate) fn new(link: Link) -> Self {
        Self {
            name: Arc::clone(&link.name),
            ground: GroundId::random(),
            options: link.options,
            link: Some(link),
            shared: Arc::default(),
            transports: Vec::new(),
            work: EventSource::repeatable("links", stream::pending::<()>),
            keeps_the_program: false,
            is_stopping: false,
            exports: Exports::default(),
            mirrors: Mirrors::default(),
            peers: Vec::new(),
            formers: Formers::default(),
            brackets: Brackets::default(),
            asked: Vec::new(),
            taking: Vec::new(),
            is_flushing: false,
            is_in_turn: false,
        }
    }

    /// Emits the actions that follow from a turn.
    fn finish(&mut self, actions: &mut Actions) {
        if !self.asked.is_empty() || !self.taking.is_empty() {
            self.brackets.ask(self.asked.drain(..), mem::take(&mut self.taking), actions);
        }
        if !self.is_flushing && self.peers.iter().any(|peer| peer.is_due) {
            self.is_flushing = true;
            actions.push(Action::Yield(FLUSH));
        }
    }

    /// Sends what is due to each ground.
    fn flush(&mut self) {
        self.is_flushing = false;
        for at in 0..self.peers.len() {
            // A message can be large, so it is not kept for long.
            self.peers[at].last = None;
            if mem::take(&mut self.peers[at].is_due) {
                self.send(at);
            }
        }
    }

    /// Sends as much to a ground as there is room for.
    fn send(&mut self, at: usize) {
        let Self { peers, transports, exports, .. } = self;
        let peer = &mut peers[at];
        let transport = peer.transports.first().and_then(|transport| transports.get_mut(*transport));
        let Some(transport) = transport.filter(|_| peer.standing == Standing::Open) else { return };
        if let Some(taken) = peer.inbound.tell() {
            peer.outbox.control(Frame::Taken(taken));
        }
        loop {
            let (first, frames) = peer.outbox.take(exports);
            let is_last = frames.is_empty();
            if !is_last || mem::take(&mut peer.is_pulse) {
                transport.send(peer.ground, Batch { session: peer.session, first, frames });
            }
            if is_last {
                break;
            }
        }
        self.press(at);
    }
}

impl Actor for Hub {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        self.is_in_turn = true;
        match event {
            Event::Boot { .. } => self.boot(actions)?,
            Event::Message { token: ARRIVALS, message } => self.arrive(message)?,
            Event::Message { token, message } => self.hear(token, message),
            Event::Presence { token: WATCHES, peer, role } => self.see(peer, role),
            Event::Absence { token: WATCHES, peer, role, reason } => self.miss(peer, &role, &reason),
            Event::Settled { token: WATCHES, endpoint, .. } => self.exports.ignore(endpoint),
            Event::Presence { token: STOPPING, .. } => self.is_stopping = true,
            Event::Closed { token } => self.mirrors.closed(token),
            Event::Resumed { token: OPENED } => self.open(),
            Event::Resumed { token: CLOSED } => self.close(),
            Event::Resumed { token: FLUSH } => self.flush(),
            _ => {}
        }
        // A message leads to a flush, which checks this.
        if !self.is_flushing {
            self.keep_the_program(actions);
        }
        self.finish(actions);
        self.is_in_turn = false;
        Ok(())
    }
}

/// The goodbye, after everything that can still be sent.
impl Drop for Hub {
    fn drop(&mut self) {
        for at in 0..self.peers.len() {
            self.send(at);
            let reason = self.leave(at);
            self.peers[at].outbox.control(Frame::Bye(reason));
            self.send(at);
        }
    }
}

impl Hub {
    /// The reason why this ground leaves. A process that is killed does not know it.
    fn leave(&self, at: usize) -> Reason {
        let is_at_its_end = self.is_stopping || self.exports.is_empty();
        match self.peers[at].outbox.waiting() {
            _ if self.is_in_turn => Reason::error(anyhow!("the link's process has failed")),
            _ if !is_at_its_end => {
                Reason::error(anyhow!("the link's process has ended before the endpoints that it shares"))
            }
            0 => Reason::normal(),
            waiting => Reason::error(anyhow!("it ended before it could send {waiting} frames")),
        }
    }
}
