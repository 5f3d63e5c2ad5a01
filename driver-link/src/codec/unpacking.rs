//! Decodes packets into frames.

use std::borrow::Cow;
use std::collections::HashMap;

use anyhow::anyhow;
use marketplace_core::{Reason, Role};
use serde::Deserialize;

use super::VERSION;
use super::entry::Entry;
use super::limit::{Budget, CodecLimits};
use super::reader::Reader;
use super::refusal::{Refusal, cut};
use super::wire::{Key, Wire};
use crate::frame::{Batch, Frame, Hello};
use crate::shared::SharedTypes;

/// The decoder of one packet.
pub(super) struct Unpacking<'a> {
    shared: &'a SharedTypes,
    /// The budget for the packet's values.
    budget: Budget,
    /// The type of the patterns and messages that follow.
    wire: Option<&'a Wire>,
}

impl<'a> Unpacking<'a> {
    pub(super) const fn new(shared: &'a SharedTypes, limits: CodecLimits) -> Self {
        Self { shared, budget: Budget::new(limits), wire: None }
    }

    pub(super) fn batch(mut self, packet: &[u8]) -> Result<Batch, Refusal> {
        let most = self.budget.packet();
        let length = packet.len();
        if length > most {
            return Err(Refusal::new(format_args!("a packet of {length} bytes, and the limit is {most}")));
        }
        let entries = match packet {
            [VERSION, entries @ ..] => entries,
            [] => return Err(Refusal::new("an empty packet")),
            [version, ..] => {
                let why =
                    format_args!("a packet of protocol {version}: this program uses protocol {VERSION}");
                return Err(Refusal::new(why));
            }
        };
        let mut reader = Reader::new(entries, Budget::new(CodecLimits::default()));
        let (session, first) = Deserialize::deserialize(&mut reader)?;
        let mut frames = Vec::new();
        while !reader.rest().is_empty() {
            let entry = Entry::deserialize(&mut reader)?;
            if let Some(frame) = self.frame(entry)? {
                self.budget.pay(size_of::<Frame>())?;
                frames.push(frame);
            }
        }
        Ok(Batch { session, first, frames })
    }

    /// The frame of an entry, or `None` if the entry only states the type of the next ones.
    fn frame(&mut self, entry: Entry<'_>) -> Result<Option<Frame>, Refusal> {
        let frame = match entry {
            Entry::Type(key) => {
                self.wire = Some(self.known(key)?);
                return Ok(None);
            }
            Entry::Hello { name, window, types } => {
                let mut hello = Hello { name: name.into(), types: Vec::new(), window, refusals: Vec::new() };
                self.compare(&types, &mut hello);
                Frame::Hello(hello)
            }
            Entry::Add { id, orientation, interest, pattern } => {
                let topic = self.wire()?.read_topic(pattern, &mut self.budget)?;
                Frame::Add { id, role: Role { orientation, interest, topic } }
            }
            Entry::Message { orientation, message } => {
                let message = self.wire()?.read_message(message, &mut self.budget)?;
                Frame::Message { orientation, message }
            }
            Entry::Remove { id, error } => Frame::Remove { id, reason: reason(error) },
            Entry::Ready => Frame::Ready,
            Entry::Taken(frames) => Frame::Taken(frames),
            Entry::Sync => Frame::Sync,
            Entry::Bye { error } => Frame::Bye(reason(error)),
            Entry::Void => Frame::Void,
        };
        Ok(Some(frame))
    }

    fn known(&self, key: Key) -> Result<&'a Wire, Refusal> {
        self.shared.wire(key).ok_or_else(|| {
            let key = u64::from_le_bytes(key);
            Refusal::new(format_args!("the type with the key {key:016x}, which this program does not share"))
        })
    }

    fn wire(&self) -> Result<&'a Wire, Refusal> {
        self.wire.ok_or_else(|| Refusal::new("a pattern or a message without a type"))
    }

    /// Adds to the hello the types that both share, and those of which the other program has another version.
    fn compare(&self, theirs: &[(Cow<'_, str>, u32)], hello: &mut Hello) {
        let own: HashMap<&str, &Wire> = self.shared.wires().map(|(_, wire)| (&**wire.name(), wire)).collect();
        let mut versions: HashMap<&str, u32> = HashMap::new();
        for (name, version) in theirs {
            let Some(wire) = own.get(&**name) else { continue };
            // If the other program has several versions, one that both have counts.
            let known = versions.entry(wire.name()).or_insert(*version);
            if *version == wire.version() {
                *known = *version;
            }
        }
        for (message_type, wire) in self.shared.wires() {
            match versions.get(&**wire.name()) {
                Some(version) if *version == wire.version() => hello.types.push(message_type),
                Some(version) => {
                    let why = format!("{wire} is not shared: the other program has it in version {version}");
                    hello.refusals.push(why.into());
                }
                None => {}
            }
        }
    }
}

fn reason(error: Option<Cow<'_, str>>) -> Reason {
    match error {
        None => Reason::normal(),
        Some(words) => Reason::error(anyhow!(cut(words.into_owned()))),
    }
}
