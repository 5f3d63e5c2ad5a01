//! The outbox: frames that wait for a ground, and how many may be in flight.

use std::any::TypeId;
use std::collections::VecDeque;
use std::mem;
use std::ops::Range;

use marketplace_core::{EndpointId, Reason, Role};

use super::exports::Exports;
use crate::frame::Frame;

/// The frames for a ground in one session.
#[derive(Default)]
pub(super) struct Outbox {
    /// The number of the next frame.
    next: u64,
    /// Frames about the link itself, which do not wait for room.
    control: Vec<Frame>,
    telling: Telling,
    /// What has happened since the snapshot, in order.
    queue: VecDeque<Frame>,
    /// The maximum number of frames in flight.
    window: u64,
    /// How many counted frames were sent, and how many of them are acknowledged.
    sent: u64,
    taken: u64,
    /// Whether the other side has been asked to acknowledge at once.
    is_hurried: bool,
}

/// How much of the snapshot at the beginning of the session has been sent.
#[derive(Default)]
enum Telling {
    /// Nothing: the other side has not said yet which types it shares.
    #[default]
    NotYet,
    /// Endpoints with numbers in this range are still to be sent, before anything that has happened since.
    Rest(Range<u64>, Vec<TypeId>),
    /// Everything.
    Done(Vec<TypeId>),
}

/// The maximum number of frames in a batch.
const MOST: usize = 1_024;

impl Outbox {
    /// Starts the snapshot: the other side has said which types it shares, and its window.
    pub(super) fn begin(&mut self, types: Vec<TypeId>, window: u32, exports: &Exports) {
        self.window = window.into();
        self.telling = Telling::Rest(0..exports.end(), types);
    }

    /// Sets how many frames may be in flight. Each side knows what the other one allows.
    pub(super) const fn window(&self) -> u64 {
        self.window
    }

    /// Adds a frame about the link itself.
    pub(super) fn control(&mut self, frame: Frame) {
        self.control.push(frame);
    }

    /// Adds an endpoint, which is newer than all before. Returns whether this has to be sent.
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

    /// Removes an endpoint. Returns whether this has to be sent.
    pub(super) fn removed(&mut self, id: EndpointId, role: &Role, reason: &Reason) -> bool {
        let is_news = match &mut self.telling {
            Telling::NotYet => false,
            Telling::Rest(_, types) | Telling::Done(types) if !types.contains(&role.topic.message_type()) => {
                false
            }
            Telling::Rest(rest, _) if rest.contains(&id.0) => {
                // Messages of its process must not arrive without it.
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

    /// Adds a frame about an event.
    pub(super) fn push(&mut self, frame: Frame) {
        self.queue.push_back(frame);
    }

    /// The other side acknowledges this many frames. Returns whether that many have been sent.
    pub(super) const fn taken(&mut self, frames: u64) -> bool {
        if frames < self.taken || frames > self.sent {
            return false;
        }
        self.taken = frames;
        true
    }

    /// How many frames wait, besides those in flight.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Whether a full batch can be sent.
    pub(super) fn has_a_batch(&self) -> bool {
        self.queue.len() >= MOST && self.room() >= MOST as u64
    }

    /// Whether a frame is not acknowledged yet.
    pub(super) fn is_unfinished(&self) -> bool {
        !self.queue.is_empty() || self.taken < self.sent
    }

    /// Asks the other side, once, to acknowledge at once.
    pub(super) fn hurry(&mut self) -> bool {
        let is_new = !mem::replace(&mut self.is_hurried, true);
        if is_new {
            self.control.push(Frame::Sync);
        }
        is_new
    }

    /// The next batch that can be sent now, and the number of its first frame.
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
