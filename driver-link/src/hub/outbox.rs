//! What is to be told to a ground, and how much of it may be under way.

use std::any::TypeId;
use std::collections::VecDeque;
use std::mem;
use std::ops::Range;

use marketplace_core::{EndpointId, Reason, Role};

use super::exports::Exports;
use crate::frame::Frame;

/// The frames to a ground, of one session.
#[derive(Default)]
pub(super) struct Outbox {
    /// The number of the next frame.
    next: u64,
    /// Frames about the link itself: they wait for nothing.
    control: Vec<Frame>,
    telling: Telling,
    /// What has happened since, in order.
    queue: VecDeque<Frame>,
    /// How many frames may be under way.
    window: u64,
    /// How many frames that count have been sent, and how many of them have been taken.
    sent: u64,
    taken: u64,
    /// Whether the other side has been asked to say at once what it takes.
    is_hurried: bool,
}

/// How far the other side has been told what there was when the session began.
#[derive(Default)]
enum Telling {
    /// It has not said yet which types it shares.
    #[default]
    NotYet,
    /// What there was from the one number up to the other is still to be told, and before all that has happened since.
    Rest(Range<u64>, Vec<TypeId>),
    /// All.
    Done(Vec<TypeId>),
}

/// How many frames go into a batch.
const MOST: usize = 1_024;

impl Outbox {
    /// The other side has said which types it shares, and how much room it has.
    pub(super) fn begin(&mut self, types: Vec<TypeId>, window: u32, exports: &Exports) {
        self.window = window.into();
        self.telling = Telling::Rest(0..exports.end(), types);
    }

    /// How many frames may be under way, each way: each side knows what the other one allows.
    pub(super) const fn window(&self) -> u64 {
        self.window
    }

    /// A frame about the link itself.
    pub(super) fn control(&mut self, frame: Frame) {
        self.control.push(frame);
    }

    /// There is an endpoint, newer than all before; whether the other side is to be told.
    pub(super) fn added(&mut self, id: EndpointId, role: &Role) -> bool {
        let is_news = match &self.telling {
            Telling::NotYet => false,
            Telling::Rest(_, types) | Telling::Done(types) => types.contains(&role.topic.message_type()),
        };
        if is_news {
            self.push(Frame::Add { id: id.0, role: role.clone() });
        }
        is_news
    }

    /// An endpoint is gone; whether the other side is to be told.
    pub(super) fn removed(&mut self, id: EndpointId, role: &Role, reason: &Reason) -> bool {
        let is_news = match &mut self.telling {
            Telling::NotYet => false,
            Telling::Rest(_, types) | Telling::Done(types) if !types.contains(&role.topic.message_type()) => {
                false
            }
            Telling::Rest(rest, _) if rest.contains(&id.0) => {
                // What its process has said meanwhile must not come without it.
                let is_awaited = !self.queue.is_empty();
                if is_awaited {
                    self.queue.push_front(Frame::Add { id: id.0, role: role.clone() });
                }
                is_awaited
            }
            Telling::Rest(..) | Telling::Done(_) => true,
        };
        if is_news {
            self.push(Frame::Remove { id: id.0, reason: reason.clone() });
        }
        is_news
    }

    /// Something has happened.
    pub(super) fn push(&mut self, frame: Frame) {
        self.queue.push_back(frame);
    }

    /// So many frames have been taken over there; whether so many have been sent.
    pub(super) const fn taken(&mut self, frames: u64) -> bool {
        if frames < self.taken || frames > self.sent {
            return false;
        }
        self.taken = frames;
        true
    }

    /// How many frames wait, beyond those that are under way.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Whether a whole batch waits that may be sent.
    pub(super) fn has_a_batch(&self) -> bool {
        self.queue.len() >= MOST && self.room() >= MOST as u64
    }

    /// Whether something has not been taken yet.
    pub(super) fn is_unfinished(&self) -> bool {
        !self.queue.is_empty() || self.taken < self.sent
    }

    /// Asks the other side, once, to say at once what it takes.
    pub(super) fn hurry(&mut self) -> bool {
        let is_new = !mem::replace(&mut self.is_hurried, true);
        if is_new {
            self.control.push(Frame::Sync);
        }
        is_new
    }

    /// What can be sent now, up to a batch, and the number of its first frame.
    pub(super) fn take(&mut self, exports: &Exports) -> (u64, Vec<Frame>) {
        let mut frames = mem::take(&mut self.control);
        while frames.len() < MOST
            && self.room() > 0
            && let Some(frame) = self.pop(exports)
        {
            self.sent += u64::from(frame.counts());
            frames.push(frame);
        }
        let first = self.next;
        self.next += frames.len() as u64;
        (first, frames)
    }

    const fn room(&self) -> u64 {
        self.window.saturating_sub(self.sent - self.taken)
    }

    fn pop(&mut self, exports: &Exports) -> Option<Frame> {
        match &mut self.telling {
            Telling::NotYet => None,
            Telling::Done(_) => self.queue.pop_front(),
            Telling::Rest(rest, types) => match exports.next(rest, types) {
                Some((id, role)) => {
                    rest.start = id + 1;
                    Some(Frame::Add { id, role: role.clone() })
                }
                None => {
                    self.telling = Telling::Done(mem::take(types));
                    Some(Frame::Ready)
                }
            },
        }
    }
}
