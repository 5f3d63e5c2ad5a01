//! Questions, records and answers.

use std::net::Ipv4Addr;

use hickory_proto::op::{Edns, Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::rdata::{A, CNAME, NS, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};

/// The TTL of a record in seconds, where its value does not matter.
pub(crate) const TTL: u32 = 300;

pub(crate) fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

/// A question as a client asks it, without EDNS.
pub(crate) fn question(text: &str, record_type: RecordType) -> Message {
    let mut query = Message::query();
    query.metadata.recursion_desired = true;
    query.add_query(Query::query(name(text), record_type));
    query
}

/// The same from a client that accepts datagrams of this size.
pub(crate) fn with_size(mut query: Message, size: u16) -> Message {
    let mut edns = Edns::new();
    edns.set_max_payload(size);
    query.set_edns(edns);
    query
}

/// The name in a question.
pub(crate) fn asked(query: &Message) -> String {
    query.queries.first().map(|query| query.name().to_lowercase().to_string()).unwrap_or_default()
}

/// The answer of a resolver with these records.
pub(crate) fn answer(query: &Message, records: impl IntoIterator<Item = Record>) -> Message {
    let mut answer = Message::response(query.metadata.id, query.metadata.op_code);
    answer.metadata.message_type = MessageType::Response;
    answer.metadata.recursion_desired = query.metadata.recursion_desired;
    answer.metadata.recursion_available = true;
    answer.add_queries(query.queries.iter().cloned());
    answer.add_answers(records);
    answer
}

/// An empty answer from the zone `test`.
pub(crate) fn nothing(query: &Message, code: ResponseCode) -> Message {
    let mut answer = answer(query, []);
    answer.metadata.response_code = code;
    answer.add_authority(soa("test."));
    answer
}

/// The answer of an authoritative server with these records.
pub(crate) fn authoritative(query: &Message, records: impl IntoIterator<Item = Record>) -> Message {
    let mut answer = answer(query, records);
    answer.metadata.recursion_available = false;
    answer.metadata.authoritative = true;
    answer
}

/// A referral to a server for a zone.
pub(crate) fn referral(query: &Message, zone: &str, server: &str, address: Option<Ipv4Addr>) -> Message {
    let mut answer = authoritative(query, []);
    answer.metadata.authoritative = false;
    answer.add_authority(Record::from_rdata(name(zone), TTL, RData::NS(NS(name(server)))));
    answer.add_additionals(address.map(|address| a(server, address)));
    answer
}

pub(crate) fn a(owner: &str, address: Ipv4Addr) -> Record {
    Record::from_rdata(name(owner), TTL, RData::A(A(address)))
}

pub(crate) fn cname(owner: &str, target: &str) -> Record {
    Record::from_rdata(name(owner), TTL, RData::CNAME(CNAME(name(target))))
}

/// A text record of this number of bytes.
pub(crate) fn txt(owner: &str, length: usize) -> Record {
    let strings = vec!["x".repeat(100); length / 100];
    Record::from_rdata(name(owner), TTL, RData::TXT(TXT::new(strings)))
}

/// The SOA record of a zone, with a negative TTL of 60 s.
pub(crate) fn soa(zone: &str) -> Record {
    let start = SOA::new(name("ns.test."), name("host.test."), 1, 2, 3, 4, 60);
    Record::from_rdata(name(zone), TTL, RData::SOA(start))
}

/// The addresses in an answer.
pub(crate) fn addresses(answer: &Message) -> Vec<Ipv4Addr> {
    let addresses = answer.answers.iter().filter_map(|record| match record.data {
        RData::A(address) => Some(address.0),
        _ => None,
    });
    addresses.collect()
}
