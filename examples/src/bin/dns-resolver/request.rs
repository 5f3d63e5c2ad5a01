//! What a client asks, and how it is told what comes of it.

use std::time::Duration;

use bytes::Bytes;
use hickory_proto::op::{Edns, Message as Packet, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{DNSClass, Record, RecordType};
use hickory_proto::serialize::binary::{BinEncodable as _, BinEncoder};

use crate::errand::DATAGRAM;
use crate::question::{Outcome, Question};

/// A request that can be answered.
#[derive(Debug)]
pub(crate) struct Request {
    /// Its answer, but for the records.
    response: Packet,
    pub(crate) question: Question,
    /// How many bytes its sender takes in a datagram.
    size: u16,
}

/// What becomes of some bytes from a client.
#[derive(Debug)]
pub(crate) enum Received {
    Request(Box<Request>),
    /// Something that is refused, with this answer.
    Refused(Bytes),
    /// Something that is not to be answered, lest two servers answer each other for ever.
    NoRequest,
}

/// What every client takes in a datagram.
const SMALLEST: u16 = 512;

/// How many bytes the header of a packet has.
const HEADER: usize = 12;

/// The bit in its third byte that says that something is cut off.
const TRUNCATION: u8 = 0x02;

/// How many bytes a record has at least: one of the root, without data.
const SMALLEST_RECORD: usize = 11;

impl Received {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        match Packet::from_vec(bytes) {
            Ok(packet) if packet.metadata.message_type == MessageType::Response => Self::NoRequest,
            Ok(packet) => Self::from_packet(&packet),
            Err(_) => Self::from_malformed(bytes),
        }
    }

    fn from_packet(packet: &Packet) -> Self {
        let response = response(packet);
        match refusal(packet) {
            None => {
                let [query] = &packet.queries[..] else { return Self::NoRequest };
                let size = packet.edns.as_ref().map_or(SMALLEST, Edns::max_payload);
                let size = size.clamp(SMALLEST, DATAGRAM);
                Self::Request(Box::new(Request { response, question: query.into(), size }))
            }
            Some(code) => Self::refused(response, code),
        }
    }

    /// What has at least the header of a request is told that it is malformed.
    fn from_malformed(bytes: &[u8]) -> Self {
        let Some(&[high, low, flags, ..]) = bytes.first_chunk::<HEADER>() else { return Self::NoRequest };
        let is_response = flags & 0x80 != 0;
        if is_response {
            return Self::NoRequest;
        }
        let op_code = OpCode::from_u8(flags >> 3 & 0xf);
        Self::refused(Packet::response(u16::from_be_bytes([high, low]), op_code), ResponseCode::FormErr)
    }

    fn refused(mut response: Packet, code: ResponseCode) -> Self {
        response.metadata.response_code = code;
        match response.to_vec() {
            Ok(bytes) => Self::Refused(bytes.into()),
            Err(_) => Self::NoRequest,
        }
    }
}

/// The answer to a packet, but for the records.
fn response(packet: &Packet) -> Packet {
    let mut response = Packet::response(packet.metadata.id, packet.metadata.op_code);
    response.metadata.recursion_desired = packet.metadata.recursion_desired;
    response.metadata.checking_disabled = packet.metadata.checking_disabled;
    response.metadata.recursion_available = true;
    response.add_queries(packet.queries.iter().take(1).cloned());
    if packet.edns.is_some() {
        let mut edns = Edns::new();
        edns.set_max_payload(DATAGRAM);
        response.set_edns(edns);
    }
    response
}

/// Why a packet cannot be served, if so.
fn refusal(packet: &Packet) -> Option<ResponseCode> {
    if packet.metadata.op_code != OpCode::Query {
        return Some(ResponseCode::NotImp);
    }
    if packet.edns.as_ref().is_some_and(|edns| edns.version() > 0) {
        return Some(ResponseCode::BADVERS);
    }
    match &packet.queries[..] {
        [query] => refusal_of(query),
        _ => Some(ResponseCode::FormErr),
    }
}

fn refusal_of(query: &Query) -> Option<ResponseCode> {
    match query.query_type() {
        _ if query.query_class() != DNSClass::IN => Some(ResponseCode::Refused),
        RecordType::AXFR | RecordType::IXFR | RecordType::ANY => Some(ResponseCode::NotImp),
        RecordType::OPT | RecordType::TSIG | RecordType::ZERO => Some(ResponseCode::FormErr),
        _ => None,
    }
}

impl Request {
    /// The answer in a datagram, and if it does not fit, that it does not.
    ///
    /// # Errors
    ///
    /// If there is something in the outcome that cannot be written.
    pub(crate) fn datagram(self, outcome: &Outcome, age: Duration) -> anyhow::Result<Bytes> {
        let size = self.size;
        // More than this do not fit, so that it costs little to see that a long answer does not.
        let response = self.into_response(outcome, age, usize::from(size) / SMALLEST_RECORD);
        let mut bytes = Vec::with_capacity(SMALLEST.into());
        let mut encoder = BinEncoder::new(&mut bytes);
        encoder.set_max_size(size);
        response.emit(&mut encoder)?;
        let is_cut_off = bytes.get(2).is_some_and(|flags| flags & TRUNCATION != 0);
        Ok(if is_cut_off { response.truncate().to_vec()? } else { bytes }.into())
    }

    /// The answer as a whole.
    ///
    /// # Errors
    ///
    /// If there is something in the outcome that cannot be written.
    pub(crate) fn whole(self, outcome: &Outcome, age: Duration) -> anyhow::Result<Bytes> {
        Ok(self.into_response(outcome, age, usize::MAX).to_vec()?.into())
    }

    /// The response with what came of the question some time ago, of which at most so many answers.
    fn into_response(mut self, outcome: &Outcome, age: Duration, most: usize) -> Packet {
        let age = u32::try_from(age.as_secs()).unwrap_or(u32::MAX);
        let aged = |record: &Record| {
            let mut record = record.clone();
            record.decrement_ttl(age);
            record
        };
        self.response.metadata.response_code = outcome.response_code;
        self.response.add_answers(outcome.answers.iter().take(most).map(aged));
        self.response.add_authorities(outcome.authority.iter().map(aged));
        self.response
    }
}
