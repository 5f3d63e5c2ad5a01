//! Encodes frames into packets.

use std::any::TypeId;
use std::borrow::Cow;
use std::mem;

use anyhow::anyhow;
use marketplace_core::{AnyMessage, Orientation, Reason, Role};
use serde::Serialize;

use super::entry::Entry;
use super::limit::{Budget, CodecLimits};
use super::refusal::{Refusal, cut};
use super::wire::{Key, Wire, contained};
use super::writer::Writer;
use super::{Packets, VERSION};
use crate::frame::{Frame, Hello};
use crate::shared::{SharedType, SharedTypes};

/// The encoder of one batch.
pub(super) struct Packing<'a> {
    shared: &'a SharedTypes,
    limits: CodecLimits,
    session: u64,
    /// The number of the next frame.
    next: u64,
    packet: Vec<u8>,
    /// The number of frames in the packet, and the type of the last ones.
    frames: usize,
    key: Option<Key>,
    /// A buffer for a message or pattern, which is encoded first because its length is written before it.
    body: Vec<u8>,
    packets: Packets,
}

impl<'a> Packing<'a> {
    pub(super) fn new(shared: &'a SharedTypes, limits: CodecLimits, session: u64, first: u64) -> Self {
        let (packet, body, packets) = (Vec::new(), Vec::new(), Packets::default());
        Self { shared, limits, session, next: first, packet, frames: 0, key: None, body, packets }
    }

    /// Encodes these frames.
    pub(super) fn pack(mut self, frames: &[Frame]) -> Result<Packets, Refusal> {
        self.begin()?;
        for frame in frames {
            if let Err(why) = self.frame(frame) {
                self.packets.unsent.push(Reason::error(anyhow!(why)));
                self.entry(None, &Entry::Void)?;
            }
        }
        self.packets.packets.push(self.packet);
        Ok(self.packets)
    }

    /// Begins a packet.
    fn begin(&mut self) -> Result<(), Refusal> {
        let header = (VERSION, self.session, self.next);
        (self.packet, self.frames, self.key) = (Vec::new(), 0, None);
        self.write(|writer| header.serialize(writer))
    }

    fn frame(&mut self, frame: &Frame) -> Result<(), Refusal> {
        let entry = match frame {
            Frame::Add { id, role } => return self.endpoint(*id, role),
            Frame::Message { orientation, message } => return self.message(*orientation, message),
            Frame::Hello(hello) => self.hello(hello),
            Frame::Remove { id, reason } => Entry::Remove { id: *id, error: words(reason) },
            Frame::Ready => Entry::Ready,
            Frame::Taken(frames) => Entry::Taken(*frames),
            Frame::Sync => Entry::Sync,
            Frame::Bye(reason) => Entry::Bye { error: words(reason) },
            Frame::Void => Entry::Void,
        };
        self.entry(None, &entry)
    }

    fn endpoint(&mut self, id: u64, role: &Role) -> Result<(), Refusal> {
        let Role { orientation, interest, topic } = role;
        let wire = self.wire(topic.message_type(), topic.type_name())?;
        let pattern = self.body(|writer| wire.write_topic(topic, writer))?;
        wire.check_pattern(&Budget::new(self.limits), &pattern)?;
        let (orientation, interest) = (*orientation, *interest);
        let added = self.entry(Some(wire), &Entry::Add { id, orientation, interest, pattern: &pattern });
        self.body = pattern;
        added
    }

    fn message(&mut self, orientation: Orientation, message: &AnyMessage) -> Result<(), Refusal> {
        let wire = self.wire(message.message_type(), message.type_name())?;
        let body = self.body(|writer| wire.write_message(message, writer))?;
        let added = self.entry(Some(wire), &Entry::Message { orientation, message: &body });
        self.body = body;
        added
    }

    fn wire(&self, message_type: TypeId, type_name: &str) -> Result<&'a Wire, Refusal> {
        self.shared.get(message_type).and_then(SharedType::wire).ok_or_else(|| {
            Refusal::new(format_args!("{type_name} is not shared under a name that other programs know"))
        })
    }

    fn body(&mut self, write: impl FnOnce(&mut Writer) -> Result<(), Refusal>) -> Result<Vec<u8>, Refusal> {
        let mut body = mem::take(&mut self.body);
        body.clear();
        let mut writer = Writer::new(body, self.limits);
        write(&mut writer)?;
        Ok(writer.into_bytes())
    }

    /// Adds an entry, which may have a type, to this packet, or to the next one if it does not fit.
    fn entry(&mut self, wire: Option<&Wire>, entry: &Entry<'_>) -> Result<(), Refusal> {
        let key = wire.map(Wire::key);
        let mut put = self.put(key, entry);
        if put.is_err() && self.frames > 0 {
            self.packets.packets.push(mem::take(&mut self.packet));
            self.begin()?;
            put = self.put(key, entry);
        }
        put.map_err(|why| wire.into_iter().fold(why, Refusal::of))
    }

    /// Adds an entry to this packet if there is room, preceded by its type if that has changed.
    fn put(&mut self, key: Option<Key>, entry: &Entry<'_>) -> Result<(), Refusal> {
        let news = key.filter(|key| self.key != Some(*key)).map(Entry::Type);
        self.write(|writer| {
            news.into_iter().try_for_each(|news| news.serialize(&mut *writer))?;
            entry.serialize(writer)
        })?;
        self.key = key.or(self.key);
        self.frames += 1;
        self.next += 1;
        Ok(())
    }

    /// Writes into this packet completely, or not at all.
    fn write(&mut self, write: impl FnOnce(&mut Writer) -> Result<(), Refusal>) -> Result<(), Refusal> {
        let length = self.packet.len();
        let limits = CodecLimits { packet: self.limits.packet, ..CodecLimits::DEFAULT };
        let mut writer = Writer::new(mem::take(&mut self.packet), limits);
        let written = write(&mut writer);
        self.packet = writer.into_bytes();
        if written.is_err() {
            self.packet.truncate(length);
        }
        written
    }

    fn hello<'b>(&self, hello: &'b Hello) -> Entry<'b>
    where
        'a: 'b,
    {
        let wires = hello.types.iter().filter_map(|known| self.shared.get(*known)?.wire());
        Entry::Hello {
            name: Cow::Borrowed(&hello.name),
            window: hello.window,
            types: wires.map(|wire| (Cow::Borrowed(&**wire.name()), wire.version())).collect(),
        }
    }
}

/// The text of a reason, if it is an error.
fn words(reason: &Reason) -> Option<Cow<'static, str>> {
    let error = reason.as_error()?;
    let words = contained(|| Ok(format!("{error:#}"))).unwrap_or_else(|why| why.to_string());
    Some(cut(words).into())
}
