//! Sessions with another ground: how they begin, and how they are lost.

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
    /// Where a ground is among the others.
    pub(super) fn find(&self, ground: GroundId) -> Option<usize> {
        self.peers.iter().position(|peer| peer.ground == ground)
    }

    /// A carrier has met a ground.
    pub(super) fn meet(&mut self, carrier: usize, ground: GroundId) {
        if ground == self.ground {
            return;
        }
        let at = self.find(ground).unwrap_or_else(|| self.add(ground));
        let peer = &mut self.peers[at];
        let is_known = !peer.carriers.is_empty();
        if !peer.carriers.contains(&carrier) {
            peer.carriers.push(carrier);
        }
        debug!(%ground, carrier, "met");
        match peer.standing {
            // One carrier is enough, and to change it would cost the session.
            Standing::Open if is_known => {}
            Standing::Barred => {}
            Standing::Open | Standing::Closed => self.begin(at, self.peers[at].session + 1),
        }
    }

    /// A ground is one of the others from now on.
    fn add(&mut self, ground: GroundId) -> usize {
        let mut peer = Peer::new(ground);
        if let Some(former) = self.formers.take(ground) {
            peer.session = former.session;
            peer.standing = if former.is_barred { Standing::Barred } else { Standing::Open };
        }
        self.peers.push(peer);
        self.peers.len() - 1
    }

    /// A carrier has lost a ground.
    pub(super) fn part(&mut self, carrier: usize, ground: GroundId, why: Arc<str>) {
        let Some(at) = self.find(ground) else { return };
        let peer = &mut self.peers[at];
        let was_used = peer.carriers.first() == Some(&carrier);
        peer.carriers.retain(|other| *other != carrier);
        if !was_used {
            return;
        }
        let is_last = peer.carriers.is_empty();
        match peer.standing {
            // Nothing was there of one that has not even said hello.
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

    /// Gives a session up and begins the next.
    pub(super) fn begin_anew(&mut self, at: usize, cause: Cause) {
        self.lose(at, cause);
        self.begin(at, self.peers[at].session + 1);
    }

    /// Begins a session of which nothing has come yet.
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

    /// Listens to a ground no more, and keeps nothing to be told to it.
    pub(super) fn turn_away(&mut self, at: usize, standing: Standing) {
        let peer = &mut self.peers[at];
        peer.standing = standing;
        peer.outbox = Outbox::default();
    }

    /// Turns a ground away for good, and tells it why.
    pub(super) fn bar(&mut self, at: usize, why: impl Into<Arc<str>>) {
        let why = why.into();
        self.peers[at].outbox.control(Frame::Bye(Reason::error(anyhow!("it refuses what came: {why}"))));
        self.send(at);
        self.lose(at, Cause::Refused(why));
        self.turn_away(at, Standing::Barred);
    }

    /// A session is lost, and all that is behind it.
    pub(super) fn lose(&mut self, at: usize, cause: Cause) {
        let reason = Reason::error(self.peers[at].lost(cause));
        self.report(Some(at), &reason);
        self.forget(at, &reason);
    }

    /// Withdraws what is here on behalf of a ground: first its mirrors, and then that it is linked.
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

    /// All there is over there is here.
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

    /// Says whether a ground keeps up.
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

    /// Says that something went wrong.
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

/// An endpoint whose presence says something.
fn state(name: Value, topic: impl Into<Topic>) -> NetworkAction {
    let topic = topic.into();
    let role = Role { orientation: Orientation::Publisher, interest: Interest::Participant, topic };
    NetworkAction::Add(AddEndpoint { name, role, token: STATE, kinds: EventKinds::NONE })
}
