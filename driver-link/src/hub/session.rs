//! Sessions with another ground: their beginning and their end.

use std::mem;
use std::sync::Arc;

use anyhow::anyhow;
use marketplace_core::{
    AddEndpoint, AnyMessage, EventKinds, Interest, NetworkAction, Orientation, Reason, Role, Topic, Value,
    topic,
};
use tracing::{debug, warn};

use super::former::Former;
use super::outbox::Outbox;
use super::peer::{Inbound, Peer, Standing};
use super::{Hub, STATE};
use crate::error::Cause;
use crate::frame::{Frame, Hello};
use crate::ground::GroundId;
use crate::message::{LinkError, LinkPressure, Linked};

impl Hub {
    /// The index of a ground.
    pub(super) fn find(&self, ground: GroundId) -> Option<usize> {
        self.peers.iter().position(|peer| peer.ground == ground)
    }

    /// A transport has found a ground.
    pub(super) fn meet(&mut self, transport: usize, ground: GroundId) {
        if ground == self.ground {
            return;
        }
        let at = self.find(ground).unwrap_or_else(|| self.add(ground));
        let peer = &mut self.peers[at];
        let is_known = !peer.transports.is_empty();
        if !peer.transports.contains(&transport) {
            peer.transports.push(transport);
        }
        debug!(%ground, transport, "met");
        match peer.standing {
            // One transport is enough, and changing it would end the session.
            Standing::Open if is_known => {}
            Standing::Barred => {}
            Standing::Open | Standing::Closed => self.begin(at, self.peers[at].session + 1),
        }
    }

    /// Adds a ground.
    fn add(&mut self, ground: GroundId) -> usize {
        let mut peer = Peer::new(ground);
        if let Some(former) = self.formers.take(ground) {
            peer.session = former.session;
            peer.standing = if former.is_barred { Standing::Barred } else { Standing::Open };
        }
        self.peers.push(peer);
        self.peers.len() - 1
    }

    /// A transport has lost a ground.
    pub(super) fn part(&mut self, transport: usize, ground: GroundId, why: Arc<str>) {
        let Some(at) = self.find(ground) else { return };
        let peer = &mut self.peers[at];
        let was_used = peer.transports.first() == Some(&transport);
        peer.transports.retain(|other| *other != transport);
        if !was_used {
            return;
        }
        let is_last = peer.transports.is_empty();
        match peer.standing {
            // There is nothing to withdraw for a ground that has not said hello.
            Standing::Open if is_last && peer.inbound.types.is_none() => {}
            Standing::Open if is_last => self.lose(at, Cause::Unreachable(why)),
            Standing::Open => self.begin_anew(at, Cause::Unreachable(why)),
            Standing::Closed | Standing::Barred => {}
        }
        if is_last {
            let Peer { session, standing, .. } = self.peers.remove(at);
            self.formers.remember(Former { ground, session, is_barred: standing == Standing::Barred });
        }
    }

    /// Ends a session and begins the next one.
    pub(super) fn begin_anew(&mut self, at: usize, cause: Cause) {
        self.lose(at, cause);
        self.begin(at, self.peers[at].session + 1);
    }

    /// Begins a session of which nothing has been received yet.
    pub(super) fn begin(&mut self, at: usize, session: u64) {
        let hello = self.hello();
        let peer = &mut self.peers[at];
        peer.session = session;
        peer.inbound = Inbound::default();
        peer.standing = Standing::Open;
        peer.outbox = Outbox::default();
        peer.outbox.control(hello);
        peer.is_due = true;
    }

    /// Stops accepting a ground, and drops what waits for it.
    pub(super) fn turn_away(&mut self, at: usize, standing: Standing) {
        let peer = &mut self.peers[at];
        peer.standing = standing;
        peer.outbox = Outbox::default();
    }

    /// Refuses a ground for good, and tells it why.
    pub(super) fn bar(&mut self, at: usize, why: impl Into<Arc<str>>) {
        let why = why.into();
        self.peers[at].outbox.control(Frame::Bye(Reason::error(anyhow!("this ground is refused: {why}"))));
        self.send(at);
        self.lose(at, Cause::Refused(why));
        self.turn_away(at, Standing::Barred);
    }

    /// A session is lost, and everything behind it.
    pub(super) fn lose(&mut self, at: usize, cause: Cause) {
        let reason = Reason::error(self.peers[at].lost(cause));
        self.report(Some(at), &reason);
        self.forget(at, &reason);
    }

    /// Deletes everything on behalf of a ground: first its mirrors, then the announcement that it is linked.
    pub(super) fn forget(&mut self, at: usize, reason: &Reason) {
        let Self { peers, mirrors, asked, .. } = self;
        let peer = &mut peers[at];
        let inbound = mem::take(&mut peer.inbound);
        let gone = inbound.mirrors.values().filter_map(|place| Some(mirrors.at(*place)?.name()));
        let linked = inbound.is_linked.then(|| peer.linked());
        let pressure = mem::take(&mut peer.is_pressed).then(|| peer.pressure());
        let names = gone.chain(linked).chain(pressure);
        asked.extend(names.map(|name| NetworkAction::Delete { name, reason: reason.clone() }));
    }

    /// Everything in the other ground is mirrored here.
    pub(super) fn complete(&mut self, at: usize) -> Result<(), Arc<str>> {
        let peer = &mut self.peers[at];
        if peer.inbound.types.is_none() || mem::replace(&mut peer.inbound.is_linked, true) {
            return Err("it is ready without hello, or twice".into());
        }
        debug!(peer = %peer.name, ground = %peer.ground, "linked");
        let linked = Linked { peer: Arc::clone(&peer.name), ground: peer.ground };
        self.asked.push(state(peer.linked(), topic!(linked)));
        Ok(())
    }

    /// Announces whether a ground keeps up.
    pub(super) fn press(&mut self, at: usize) {
        let mark = self.options.mark;
        let peer = &mut self.peers[at];
        let waiting = peer.outbox.waiting();
        if !peer.is_pressed && waiting > mark {
            peer.is_pressed = true;
            let pressure = LinkPressure { peer: Arc::clone(&peer.name), ground: peer.ground };
            self.asked.push(state(peer.pressure(), topic!(pressure)));
        } else if peer.is_pressed && waiting <= mark / 2 {
            peer.is_pressed = false;
            self.asked.push(NetworkAction::Delete { name: peer.pressure(), reason: Reason::normal() });
        }
    }

    /// Reports a failure.
    pub(super) fn report(&mut self, at: Option<usize>, reason: &Reason) {
        let peer = at.map(|at| self.peers[at].name.clone());
        warn!(peer = peer.as_deref(), "{reason:#}");
        let message = AnyMessage::new(LinkError { peer, reason: reason.clone() });
        self.asked.push(NetworkAction::Send { orientation: Orientation::Publisher, message });
    }

    fn hello(&self) -> Frame {
        let types = self.shared.iter().map(|shared| shared.message_type()).collect();
        let Self { name, options, .. } = self;
        Frame::Hello(Hello { name: name.clone(), types, window: options.window, refusals: Vec::new() })
    }
}

/// An endpoint that announces something by its presence.
fn state(name: Value, topic: impl Into<Topic>) -> NetworkAction {
    let topic = topic.into();
    let role = Role { orientation: Orientation::Publisher, interest: Interest::Participant, topic };
    NetworkAction::Add(AddEndpoint { name, role, token: STATE, kinds: EventKinds::NONE })
}
