//! Answers, with what came of a question as it goes into packets: written once, and aged each time that it is told.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::{BufMut, BytesMut};
use hickory_proto::op::{Message as Packet, OpCode, ResponseCode};
use marketplace_core::Message;

use crate::question::{Outcome, Question};

/// What comes of a question, for those who asked. Whoever waits for one subscribes to it: that is the demand. They may go
/// while it is under way.
#[derive(Debug, Message)]
#[message(lossy)]
pub(crate) struct Answer {
    pub(crate) question: Question,
    #[message(skip)]
    pub(crate) sections: Arc<Sections>,
    /// For how long that has been known.
    #[message(skip)]
    pub(crate) age: Duration,
}

/// The records of an answer, behind a question with a name of the same length.
#[derive(Debug)]
pub(crate) struct Sections {
    pub(crate) response_code: ResponseCode,
    /// How many of the records answer, and how many tell whose word that is.
    pub(crate) answers: u16,
    pub(crate) authorities: u16,
    /// The records; for the question's name they point to where that is in every packet.
    records: Vec<u8>,
    /// Where in them their times to live are.
    lifetimes: Vec<usize>,
}

/// How many bytes the header of a packet has.
pub(crate) const HEADER: usize = 12;

/// The bit in its third byte that says that something is cut off.
pub(crate) const TRUNCATION: u8 = 0x02;

/// How many bytes a question has after its name, and where in a record after its name the time to live and the
/// length of the data are (RFC 1035).
const TYPE_AND_CLASS: usize = 4;
const LIFETIME: Range<usize> = 4..8;
const LENGTH: Range<usize> = 8..10;

/// How many bytes it takes to remember an outcome without records, together with its question.
const OVERHEAD: usize = 512;

impl Sections {
    /// No server could be made to answer.
    pub(crate) const fn failure() -> Self {
        let response_code = ResponseCode::ServFail;
        Self { response_code, answers: 0, authorities: 0, records: Vec::new(), lifetimes: Vec::new() }
    }

    /// What came of a question.
    ///
    /// # Errors
    ///
    /// If it cannot be written, or is longer than a packet may be.
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

    /// How many bytes the records have.
    pub(crate) const fn len(&self) -> usize {
        self.records.len()
    }

    /// About how many bytes it takes to remember, together with its question.
    pub(crate) fn size(&self) -> usize {
        OVERHEAD + self.records.len() + size_of_val(&self.lifetimes[..])
    }

    /// Writes the records as they are at some age.
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

/// Where the times to live of some records are.
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

/// Where a name ends that begins at `at`: with the root, or with a pointer to where the rest is.
fn after_name(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *bytes.get(at)? {
            0 => return Some(at + 1),
            length @ 1..=63 => at += 1 + usize::from(length),
            _ => return Some(at + 2),
        }
    }
}
