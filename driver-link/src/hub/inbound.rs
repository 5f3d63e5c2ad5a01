//! Inbound: events from the transports.

use std::sync::Arc;

use anyhow::Context as _;
use marketplace_core::{AnyMessage, GroundEvent, NetworkAction, Orientation, Reason, Role, TakeOnce};
use tracing::{debug, info, trace};

use super::bracket::Taken;
use super::peer::Standing;
use super::{Arrived, Hub};
use crate::error::Cause;
use crate::frame::{Batch, Frame, Hello};
use crate::ground::GroundId;
use crate::shared::SharedType;
use crate::transport::TransportEvent;

/// The highest session number. Grounds count up one by one, so only a hostile peer can reach it.
const LAST: u64 = u64::MAX / 2;

/// The maximum length of a ground's name in bytes. The name is in each warning.
const LONGEST_NAME: usize = 255;

impl Hub {
    /// Handles an event of a transport.
    pub(super) fn arrive(&mut self, message: &AnyMessage) -> anyhow::Result<()> {
        let event = message.downcast_ref::<GroundEvent>().context("not an event")?;
        let arrived =
            event.value.downcast_ref::<TakeOnce<Arrived>>().context("not an event of a transport")?;
        for (transport, event) in arrived.take().into_iter().flatten() {
            match event {
                TransportEvent::Found(ground) => self.meet(transport, ground),
                TransportEvent::Batch { from, batch, .. } => self.take(from, batch),
                TransportEvent::Lost { peer, why } => self.part(transport, peer, why),
                TransportEvent::Refused { peer, why } => {
                    if let Some(at) = self.find(peer).filter(|at| self.peers[*at].standing == Standing::Open)
                    {
                        self.bar(at, why);
                    }
                }
                TransportEvent::Unsent { peer, reason } => self.report(self.find(peer), &reason),
                TransportEvent::Tick => self.pulse(transport),
                TransportEvent::Failed(reason) => self.report(None, &reason),
            }
        }
        Ok(())
    }

    /// The actions on behalf of others are about to be performed.
    pub(super) fn open(&mut self) {
        self.brackets.opened();
        // Events after this belong to later messages, since mirrors are added and deleted.
        self.peers.iter_mut().for_each(|peer| peer.last = None);
    }

    /// They have been performed.
    pub(super) fn close(&mut self) {
        for Taken { ground, session, frames } in self.brackets.closed() {
            if let Some(at) = self.find(ground).filter(|at| self.peers[*at].session == session) {
                let peer = &mut self.peers[at];
                peer.inbound.taken += frames;
                peer.is_due |= peer.inbound.owes(peer.outbox.window());
            }
        }
    }

    fn pulse(&mut self, transport: usize) {
        for peer in self.peers.iter_mut().filter(|peer| peer.transports.first() == Some(&transport)) {
            peer.is_pulse = true;
            peer.is_due = true;
        }
    }

    /// Accepts a batch, if it is of this session and no frame is missing before it.
    fn take(&mut self, from: GroundId, batch: Batch) {
        let Some(at) = self.find(from) else {
            return debug!(ground = %from, "a batch of a ground that was not found");
        };
        let Batch { session, first, frames } = batch;
        if !self.follow(at, session) {
            return;
        }
        let expected = self.peers[at].inbound.expected;
        let Some(known) = expected.checked_sub(first) else {
            return self.begin_anew(at, Cause::Missing { expected, received: first });
        };
        let before = self.peers[at].inbound.came;
        for frame in frames.into_iter().skip(usize::try_from(known).unwrap_or(usize::MAX)) {
            if let Err(why) = self.take_frame(at, frame) {
                return self.bar(at, why);
            }
            if self.peers[at].standing != Standing::Open {
                return;
            }
        }
        let frames = self.peers[at].inbound.came - before;
        if frames > 0 {
            self.taking.push(Taken { ground: from, session, frames });
        }
    }

    /// Whether to accept a batch of this session. The other side may have begun a newer one.
    fn follow(&mut self, at: usize, session: u64) -> bool {
        let peer = &self.peers[at];
        if peer.standing == Standing::Barred || session < peer.session {
            return false;
        }
        if session == peer.session {
            return peer.standing == Standing::Open;
        }
        if session > LAST {
            self.bar(at, format!("session {session} is too far ahead"));
            return false;
        }
        if peer.inbound.types.is_some() {
            self.lose(at, Cause::NewSession);
        }
        self.begin(at, session);
        true
    }

    /// Handles a frame. The error says how it breaks the protocol.
    fn take_frame(&mut self, at: usize, frame: Frame) -> Result<(), Arc<str>> {
        let window = self.options.window;
        let inbound = &mut self.peers[at].inbound;
        trace!(?frame, "came");
        inbound.expected += 1;
        if frame.counts() {
            inbound.came += 1;
            if inbound.types.is_none() {
                return Err("it says something before hello".into());
            }
            if inbound.came - inbound.taken > window.into() {
                return Err(format!("more than {window} frames are under way").into());
            }
        }
        match frame {
            Frame::Hello(hello) => self.greet(at, hello),
            Frame::Add { id, role } => self.mirror(at, id, role),
            Frame::Remove { id, reason } => {
                let place = inbound.mirrors.remove(&id);
                if let Some(mirror) = place.and_then(|place| self.mirrors.at(place)) {
                    self.asked.push(NetworkAction::Delete { name: mirror.name(), reason });
                }
                Ok(())
            }
            Frame::Ready => self.complete(at),
            Frame::Message { orientation, message } => self.inject(at, orientation, message),
            Frame::Taken(frames) => self.give_room(at, frames),
            Frame::Sync => {
                inbound.is_hurried = true;
                self.peers[at].is_due = true;
                Ok(())
            }
            Frame::Bye(reason) => {
                self.say_goodbye(at, &reason);
                Ok(())
            }
            Frame::Void => Ok(()),
        }
    }

    fn greet(&mut self, at: usize, hello: Hello) -> Result<(), Arc<str>> {
        let Hello { name, types, window, refusals } = hello;
        let types: Vec<_> = types.into_iter().filter(|known| self.shared.get(*known).is_some()).collect();
        let peer = &mut self.peers[at];
        if peer.inbound.types.replace(types.clone()).is_some() {
            return Err("it says hello twice".into());
        }
        if name.len() > LONGEST_NAME {
            return Err(format!("its name has {} bytes, and the limit is {LONGEST_NAME}", name.len()).into());
        }
        let own = self.shared.iter().filter(|shared| !types.contains(&shared.message_type()));
        let only_here: Vec<&str> = own.map(SharedType::type_name).collect();
        info!(peer = %name, shared = types.len(), ?only_here, "hello");
        peer.name = name;
        peer.outbox.begin(types, window.min(self.options.window), &self.exports);
        peer.is_due = true;
        for refusal in refusals {
            self.report(Some(at), &Reason::error(anyhow::Error::msg(refusal)));
        }
        Ok(())
    }

    /// An endpoint exists in the other ground.
    fn mirror(&mut self, at: usize, id: u64, role: Role) -> Result<(), Arc<str>> {
        let Self { peers, mirrors, asked, shared, options, .. } = self;
        let peer = &mut peers[at];
        let shared = shared.get(role.topic.message_type());
        let Some(shared) = shared.filter(|shared| peer.inbound.shares(shared.message_type())) else {
            return Err(format!("{} is not shared", role.topic.type_name()).into());
        };
        let Some(topic) = shared.mirrored(&role) else { return Ok(()) };
        if peer.inbound.mirrors.contains_key(&id) {
            return Err(format!("endpoint {id} is there twice").into());
        }
        if peer.inbound.mirrors.len() >= options.endpoints {
            return Err(format!("it has more than {} endpoints", options.endpoints).into());
        }
        let (place, add) = mirrors.add(peer.ground, peer.session, Role { topic, ..role });
        peer.inbound.mirrors.insert(id, place);
        asked.push(NetworkAction::Add(add));
        Ok(())
    }

    /// A message was sent in the other ground, and is sent here.
    fn inject(&mut self, at: usize, orientation: Orientation, message: AnyMessage) -> Result<(), Arc<str>> {
        let shared = self.shared.get(message.message_type());
        match shared.filter(|shared| self.peers[at].inbound.shares(shared.message_type())) {
            None => return Err(format!("{} is not shared", message.type_name()).into()),
            Some(shared) if shared.passes_inward(&message) => {
                self.asked.push(NetworkAction::Send { orientation, message });
            }
            // This side decides what enters, so the other one does nothing wrong.
            Some(shared) => {
                debug!(message_type = shared.type_name(), "a message is outside the inbound filter")
            }
        }
        Ok(())
    }

    fn give_room(&mut self, at: usize, frames: u64) -> Result<(), Arc<str>> {
        let peer = &mut self.peers[at];
        peer.is_due = true;
        match peer.outbox.taken(frames) {
            true => Ok(()),
            false => Err(format!("it has taken {frames} frames, of which so many were not sent").into()),
        }
    }

    fn say_goodbye(&mut self, at: usize, reason: &Reason) {
        match reason.as_error() {
            None => self.forget(at, &Reason::normal()),
            Some(error) => self.lose(at, Cause::Left(format!("{error:#}").into())),
        }
        self.turn_away(at, Standing::Closed);
    }
}
