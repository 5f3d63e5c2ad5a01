//! Answers in the form in which they go into packets: written once, and adjusted to their age each time they are sent.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::{BufMut, BytesMut};
use hickory_proto::op::{Message as Packet, OpCode, ResponseCode};
use marketplace_core::Message;

use crate::question::{Outcome, Question};

/// The answer to a question. A client that waits for it subscribes to it, which is the demand. The client may be gone when
/// the answer arrives.
#[derive(Debug, Message)]
#[message(lossy)]
pub(crate) struct Answer {
    pub(crate) question: Question,
    #[message(skip)]
    pub(crate) sections: Arc<Sections>,
    /// The age of the answer.
    #[message(skip)]
    pub(crate) age: Duration,
}

/// The records of an answer, as they follow a question with a name of the same length.
#[derive(Debug)]
pub(crate) struct Sections {
    pub(crate) response_code: ResponseCode,
    /// The number of records in the answer section, and in the authority section.
    pub(crate) answers: u16,
    pub(crate) authorities: u16,
    /// The records. A pointer stands for the name of the question, which is at the same offset in every packet.
    records: Vec<u8>,
    /// The offsets of their times to live.
    lifetimes: Vec<usize>,
}

/// The length of a packet's header in bytes.
pub(crate) const HEADER: usize = 12;

/// The bit in the third byte that says that the packet is truncated.
pub(crate) const TRUNCATION: u8 = 0x02;

/// The number of bytes of a question after its name, and the offsets of the time to live and the length of the data in a
/// record after its name (RFC 1035).
const TYPE_AND_CLASS: usize = 4;
const LIFETIME: Range<usize> = 4..8;
const LENGTH: Range<usize> = 8..10;

/// The memory for an outcome without records, together with its question, in bytes.
const OVERHEAD: usize = 512;

impl Sections {
    /// The outcome if no server has answered.
    pub(crate) const fn failure() -> Self {
        let response_code = ResponseCode::ServFail;
        Self { response_code, answers: 0, authorities: 0, records: Vec::new(), lifetimes: Vec::new() }
    }

    /// The answer for the outcome of a question.
    ///
    /// # Errors
    ///
    /// If it cannot be encoded, or is longer than a packet may be.
    pub(crate) fn new(question: &Question, outcome: &Outcome) -> anyhow::Result<Self> {
        let mut packet = Packet::response(0, OpCode::Query);
        packet.add_query(question.to_query());
        packet.add_answers(outcome.answers.iter().cloned());
        packet.add_authorities(outcome.authority.iter().cloned());
        let bytes = packet.to_vec()?;
        ensure!(bytes.get(2).is_some_and(|flags| flags & TRUNCATION == 0), "too long");
        let start = after_name(&bytes, HEADER).context("no question")? + TYPE_AND_CLASS;
        let records = bytes.get(start..).context("no question")?.to_vec();
        Ok(Self {
            response_code: outcome.response_code,
            answers: u16::try_from(outcome.answers.len())?,
            authorities: u16::from(outcome.authority.is_some()),
            lifetimes: lifetimes(&records).context("no records")?,
            records,
        })
    }

    /// The length of the records in bytes.
    pub(crate) const fn len(&self) -> usize {
        self.records.len()
    }

    /// The approximate memory for it, together with its question, in bytes.
    pub(crate) fn size(&self) -> usize {
        OVERHEAD + self.records.len() + size_of_val(&self.lifetimes[..])
    }

    /// Writes the records, with their times to live reduced by the age.
    pub(crate) fn write(&self, age: Duration, packet: &mut BytesMut) {
        let start = packet.len();
        packet.put_slice(&self.records);
        let age = u32::try_from(age.as_secs()).unwrap_or(u32::MAX);
        for lifetime in &self.lifetimes {
            if let Some(bytes) = packet[start + lifetime..].first_chunk_mut() {
                *bytes = u32::from_be_bytes(*bytes).saturating_sub(age).to_be_bytes();
            }
        }
    }
}

/// The offsets of the times to live in these records.
fn lifetimes(records: &[u8]) -> Option<Vec<usize>> {
    let mut lifetimes = Vec::new();
    let mut at = 0;
    while at < records.len() {
        let name_end = after_name(records, at)?;
        lifetimes.push(name_end + LIFETIME.start);
        let length = records.get(name_end + LENGTH.start..)?.first_chunk()?;
        at = name_end + LENGTH.end + usize::from(u16::from_be_bytes(*length));
    }
    (at == records.len()).then_some(lifetimes)
}

/// The end of the name that begins at `at`. A name ends with the root, or with a pointer to its rest.
fn after_name(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *bytes.get(at)? {
            0 => return Some(at + 1),
            length @ 1..=63 => at += 1 + usize::from(length),
            _ => return Some(at + 2),
        }
    }
}
