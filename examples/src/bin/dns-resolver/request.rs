//! Requests of clients, and the packets of their answers.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use hickory_proto::op::{Edns, Message as Packet, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{DNSClass, RecordType};

use crate::answer::{HEADER, Sections, TRUNCATION};
use crate::errand::DATAGRAM;
use crate::question::Question;

#[cfg(test)]
mod tests;

/// A request that can be answered.
#[derive(Debug)]
pub(crate) struct Request {
    id: u16,
    /// The two bytes of flags of its answer, without the response code.
    flags: [u8; 2],
    /// The question as the client wrote it, with its upper case letters.
    query: Query,
    pub(crate) question: Question,
    /// The largest datagram that the sender accepts, in bytes.
    size: u16,
    has_edns: bool,
}

/// How to react to bytes from a client.
#[derive(Debug)]
pub(crate) enum Received {
    Request(Request),
    /// A request that is refused, with this answer.
    Refused(Bytes),
    /// Not a request. It is not answered, because two servers could otherwise answer each other for ever.
    NoRequest,
}

/// The size of a datagram that every client accepts.
const SMALLEST: u16 = 512;

/// The bits of a header that every answer has: response, and recursion available. And the bits that are copied from the
/// request: recursion desired, and checking disabled (RFC 1035, RFC 4035).
const RESPONSE: u8 = 0x80;
const RECURSION_AVAILABLE: u8 = 0x80;
const RECURSION_DESIRED: u8 = 0x01;
const CHECKING_DISABLED: u8 = 0x10;

/// The record that says how large a datagram this server accepts (RFC 6891).
const EDNS: [u8; 11] = {
    let [high, low] = DATAGRAM.to_be_bytes();
    [0, 0, 41, high, low, 0, 0, 0, 0, 0, 0]
};

impl Received {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        match Packet::from_vec(bytes) {
            Ok(packet) if packet.metadata.message_type == MessageType::Response => Self::NoRequest,
            Ok(packet) => Self::from_packet(packet),
            Err(_) => Self::from_malformed(bytes),
        }
    }

    fn from_packet(packet: Packet) -> Self {
        match refusal(&packet) {
            None => Request::from_packet(packet).map_or(Self::NoRequest, Self::Request),
            Some(code) => Self::refused(response(&packet), code),
        }
    }

    /// Bytes with at least the header of a request get an answer that says that they are malformed.
    fn from_malformed(bytes: &[u8]) -> Self {
        let Some(&[high, low, flags, ..]) = bytes.first_chunk::<HEADER>() else { return Self::NoRequest };
        if flags & RESPONSE != 0 {
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

/// The answer to a packet that is refused.
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

/// The reason why a packet is refused, if it is.
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
    fn from_packet(mut packet: Packet) -> Option<Self> {
        let query = packet.queries.pop()?;
        let bit = |is_set, bit| if is_set { bit } else { 0 };
        let asked = &packet.metadata;
        Some(Self {
            id: asked.id,
            flags: [
                RESPONSE | bit(asked.recursion_desired, RECURSION_DESIRED),
                RECURSION_AVAILABLE | bit(asked.checking_disabled, CHECKING_DISABLED),
            ],
            question: (&query).into(),
            query,
            size: packet.edns.as_ref().map_or(SMALLEST, Edns::max_payload).clamp(SMALLEST, DATAGRAM),
            has_edns: packet.edns.is_some(),
        })
    }

    /// The answer for a datagram, marked as truncated if it does not fit.
    pub(crate) fn datagram(&self, sections: &Sections, age: Duration) -> Bytes {
        let whole = self.begin(sections.response_code, 0, [sections.answers, sections.authorities]);
        if whole.len() + sections.len() + self.edns().len() <= usize::from(self.size) {
            return self.end(whole, sections, age);
        }
        let mut cut_off = self.begin(sections.response_code, TRUNCATION, [0, 0]);
        cut_off.put_slice(self.edns());
        cut_off.freeze()
    }

    /// The complete answer.
    pub(crate) fn whole(&self, sections: &Sections, age: Duration) -> Bytes {
        self.end(
            self.begin(sections.response_code, 0, [sections.answers, sections.authorities]),
            sections,
            age,
        )
    }

    /// The beginning of an answer, up to and with the question.
    fn begin(&self, code: ResponseCode, truncation: u8, [answers, authorities]: [u16; 2]) -> BytesMut {
        let mut answer = BytesMut::with_capacity(SMALLEST.into());
        answer.put_u16(self.id);
        answer.put_slice(&[self.flags[0] | truncation, self.flags[1] | code.low()]);
        for count in [1, answers, authorities, u16::from(self.has_edns)] {
            answer.put_u16(count);
        }
        for label in self.query.name().iter() {
            // A label has at most 63 bytes.
            answer.put_u8(label.len().to_le_bytes()[0]);
            answer.put_slice(label);
        }
        answer.put_u8(0);
        answer.put_u16(self.query.query_type().into());
        answer.put_u16(self.query.query_class().into());
        answer
    }

    /// The rest of an answer.
    fn end(&self, mut answer: BytesMut, sections: &Sections, age: Duration) -> Bytes {
        answer.reserve(sections.len() + self.edns().len());
        sections.write(age, &mut answer);
        answer.put_slice(self.edns());
        answer.freeze()
    }

    const fn edns(&self) -> &[u8] {
        if self.has_edns { &EDNS } else { &[] }
    }
}
