//! Frames into packets.

use std::borrow::Cow;
use std::mem;

use anyhow::anyhow;
use marketplace_core::{Reason, Role};
use serde::Serialize;

use super::entry::Entry;
use super::limit::CodecLimits;
use super::refusal::{Refusal, cut};
use super::wire::{Key, Wire, contained};
use super::writer::Writer;
use super::{Packets, VERSION};
use crate::frame::{Frame, Hello};
use crate::shared::{SharedType, SharedTypes};

/// Packets that are being filled.
pub(super) struct Packing<'a> {
    shared: &'a SharedTypes,
    limits: CodecLimits,
    session: u64,
    /// The number of the next frame.
    next: u64,
    packet: Vec<u8>,
    /// How many frames the packet has, and of which type its last ones are.
    frames: usize,
    key: Option<Key>,
    packets: Packets,
}

impl<'a> Packing<'a> {
    pub(super) fn new(shared: &'a SharedTypes, limits: CodecLimits, session: u64, first: u64) -> Self {
        let (packet, packets) = (Vec::new(), Packets::default());
        Self { shared, limits, session, next: first, packet, frames: 0, key: None, packets }
    }

    /// All packets of these frames.
    pub(super) fn pack(mut self, frames: &[Frame]) -> Result<Packets, Refusal> {
        self.begin()?;
        for frame in frames {
            let added = self.frame(frame).and_then(|(key, entry)| self.append(key, &entry));
            if let Err(why) = added {
                self.packets.unsent.push(Reason::error(anyhow!(why)));
                let void = self.write(&Entry::Void)?;
                self.append(None, &void)?;
            }
        }
        self.packets.packets.push(self.packet);
        Ok(self.packets)
    }

    /// Begins a packet.
    fn begin(&mut self) -> Result<(), Refusal> {
        self.packet = vec![VERSION];
        self.packet.extend(self.write(&(self.session, self.next))?);
        (self.frames, self.key) = (0, None);
        Ok(())
    }

    /// Puts a frame's entry into this packet, or into the next.
    fn append(&mut self, key: Option<Key>, entry: &[u8]) -> Result<(), Refusal> {
        let most = self.limits.packet;
        if !self.fits(key, entry)? && self.frames > 0 {
            self.packets.packets.push(mem::take(&mut self.packet));
            self.begin()?;
        }
        if !self.fits(key, entry)? {
            let (length, wire) = (entry.len(), key.and_then(|key| self.shared.wire(key)));
            let why = Refusal::new(format_args!("it takes {length} bytes, and a packet has at most {most}"));
            return Err(wire.into_iter().fold(why, Refusal::of));
        }
        let news = self.news(key)?;
        self.packet.extend(news);
        self.packet.extend(entry);
        self.key = key.or(self.key);
        self.frames += 1;
        self.next += 1;
        Ok(())
    }

    fn fits(&self, key: Option<Key>, entry: &[u8]) -> Result<bool, Refusal> {
        Ok(self.packet.len() + self.news(key)?.len() + entry.len() <= self.limits.packet)
    }

    /// The entry that says of which type the next is, where it is of another one.
    fn news(&self, key: Option<Key>) -> Result<Vec<u8>, Refusal> {
        match key.filter(|key| self.key != Some(*key)) {
            Some(key) => self.write(&Entry::Type(key)),
            None => Ok(Vec::new()),
        }
    }

    /// A frame's entry, and the key of its type.
    fn frame(&self, frame: &Frame) -> Result<(Option<Key>, Vec<u8>), Refusal> {
        let entry = match frame {
            Frame::Add { id, role } => return self.endpoint(*id, role),
            Frame::Message { orientation, message } => {
                let wire = self.wire(self.shared.get(message.message_type()), message.type_name())?;
                let bytes = wire.write_message(message, self.limits)?;
                let entry = Entry::Message { orientation: *orientation, message: &bytes };
                return Ok((Some(wire.key()), self.write(&entry)?));
            }
            Frame::Hello(hello) => self.hello(hello),
            Frame::Remove { id, reason } => Entry::Remove { id: *id, error: words(reason) },
            Frame::Ready => Entry::Ready,
            Frame::Taken(frames) => Entry::Taken(*frames),
            Frame::Sync => Entry::Sync,
            Frame::Bye(reason) => Entry::Bye { error: words(reason) },
            Frame::Void => Entry::Void,
        };
        Ok((None, self.write(&entry)?))
    }

    fn endpoint(&self, id: u64, role: &Role) -> Result<(Option<Key>, Vec<u8>), Refusal> {
        let Role { orientation, interest, topic } = role;
        let wire = self.wire(self.shared.get(topic.message_type()), topic.type_name())?;
        let pattern = &wire.write_topic(topic, self.limits)?;
        let entry = Entry::Add { id, orientation: *orientation, interest: *interest, pattern };
        Ok((Some(wire.key()), self.write(&entry)?))
    }

    fn wire(&self, shared: Option<&'a SharedType>, type_name: &str) -> Result<&'a Wire, Refusal> {
        shared.and_then(SharedType::wire).ok_or_else(|| {
            Refusal::new(format_args!("{type_name} is not shared under a name that other programs know"))
        })
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

    fn write(&self, entry: &impl Serialize) -> Result<Vec<u8>, Refusal> {
        let mut writer = Writer::new(CodecLimits { packet: self.limits.packet, ..CodecLimits::default() });
        entry.serialize(&mut writer)?;
        Ok(writer.into_bytes())
    }
}

/// What a reason says, if it is an error.
fn words(reason: &Reason) -> Option<Cow<'static, str>> {
    let error = reason.as_error()?;
    let words = contained(|| Ok(format!("{error:#}"))).unwrap_or_else(|why| why.to_string());
    Some(cut(words).into())
}
