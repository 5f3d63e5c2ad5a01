//! What a server's response says about a question. Records that the server has no authority for are ignored.

use std::collections::VecDeque;
use std::net::SocketAddr;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};

use crate::delegation::{Delegation, Servers};
use crate::hints::address;
use crate::question::{LONGEST_NEGATIVE, Outcome, Question, bounded};

/// The meaning of a response.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The requested records, or that there are none.
    Outcome(Outcome),
    /// An alias: the answer is that of another name, for which other servers must be asked.
    Alias(Vec<Record>, Name),
    /// A referral to other servers.
    Referral(Delegation),
    /// Nothing useful.
    Nothing,
}

/// The maximum number of aliases that lead from a name to its records.
pub(crate) const MOST_ALIASES: usize = 8;

/// The maximum number of servers of a zone, of all their addresses, and of the addresses of one server.
pub(crate) const MOST_SERVERS: usize = 8;

/// The meaning of a response from a server for `zone`.
pub(crate) fn interpret(response: &Message, question: &Question, zone: &Name, servers: Servers) -> Meaning {
    let response_code = response.metadata.response_code;
    if !matches!(response_code, ResponseCode::NoError | ResponseCode::NXDomain) {
        return Meaning::Nothing;
    }
    let Some(Path { records, end }) = Path::follow(response, question, zone) else { return Meaning::Nothing };
    let Some(name) = end else {
        let response_code = ResponseCode::NoError;
        return Meaning::Outcome(Outcome { response_code, answers: records, authority: None });
    };
    if !zone.zone_of(&name) {
        return Meaning::Alias(records, name);
    }
    let authority = start_of_zone(response, &name, zone);
    if response_code == ResponseCode::NXDomain || authority.is_some() {
        return Meaning::Outcome(Outcome { response_code, answers: records, authority });
    }
    if !records.is_empty() {
        return Meaning::Alias(records, name);
    }
    if let Servers::Authorities { port } = servers
        && let Some(delegation) = referral(response, &name, zone, port)
    {
        return Meaning::Referral(delegation);
    }
    let is_resolved = servers == Servers::Resolvers && response.metadata.recursion_available;
    if response.metadata.authoritative || is_resolved {
        return Meaning::Outcome(Outcome { response_code, answers: records, authority });
    }
    Meaning::Nothing
}

/// The aliases and records that follow from a question, as far as the server has authority for them.
struct Path {
    records: Vec<Record>,
    /// The target of the last alias, if the requested records are missing.
    end: Option<Name>,
}

impl Path {
    /// `None` if there are too many aliases, or a loop of them.
    fn follow(response: &Message, question: &Question, zone: &Name) -> Option<Self> {
        let mut records = Vec::new();
        let mut name = question.name.clone();
        while zone.zone_of(&name) {
            let found = records_of(&response.answers, &name, question.record_type);
            if !found.is_empty() {
                records.extend(found);
                return Some(Self { records, end: None });
            }
            let alias = records_of(&response.answers, &name, RecordType::CNAME).into_iter().next();
            let Some(alias) = alias else { break };
            let RData::CNAME(target) = &alias.data else { break };
            if records.len() == MOST_ALIASES {
                return None;
            }
            name = target.0.to_lowercase();
            records.push(alias);
        }
        Some(Self { records, end: Some(name) })
    }
}

/// The records with a name and a type, with their times to live limited to what is remembered here.
fn records_of(records: &[Record], name: &Name, record_type: RecordType) -> Vec<Record> {
    let records = records.iter().filter(|record| record.dns_class == DNSClass::IN);
    let mut found: Vec<Record> = records
        .filter(|record| record.record_type() == record_type && record.name == *name)
        .cloned()
        .collect();
    for record in &mut found {
        record.ttl = bounded(record.ttl);
    }
    found
}

/// The SOA record of the zone of a name without records. Its time to live is that of the negative answer.
fn start_of_zone(response: &Message, name: &Name, zone: &Name) -> Option<Record> {
    for record in &response.authorities {
        if let RData::SOA(start) = &record.data
            && record.name.zone_of(name)
            && zone.zone_of(&record.name)
        {
            let ttl = bounded(record.ttl).min(bounded(start.minimum)).min(LONGEST_NEGATIVE);
            return Some(Record::from_rdata(record.name.clone(), ttl, record.data.clone()));
        }
    }
    None
}

/// The servers of a zone inside `zone` that is nearer to the name.
fn referral(response: &Message, name: &Name, zone: &Name, port: u16) -> Option<Delegation> {
    let is_nearer = |cut: &Name| zone.zone_of(cut) && zone != cut && cut.zone_of(name);
    let is_referral = |record: &&Record| record.record_type() == RecordType::NS && is_nearer(&record.name);
    let cut = response.authorities.iter().find(is_referral)?.name.to_lowercase();
    let records = records_of(&response.authorities, &cut, RecordType::NS);
    let mut servers: Vec<(Name, Vec<SocketAddr>)> = Vec::new();
    for record in records.iter().take(MOST_SERVERS) {
        if let RData::NS(server) = &record.data {
            let name = server.0.to_lowercase();
            let addresses = glue(response, &name, zone, port);
            servers.push((name, addresses));
        }
    }
    let ttl = records.iter().map(|record| record.ttl).min()?;
    Some(Delegation { zone: cut, unknown: unknown(&servers), addresses: known(servers), ttl })
}

/// The addresses of a server, if its name is in the zone, so that the zone's servers have authority for them.
fn glue(response: &Message, server: &Name, zone: &Name, port: u16) -> Vec<SocketAddr> {
    let of_server = response.additionals.iter().filter(|record| record.name == *server);
    of_server
        .filter(|record| zone.zone_of(&record.name))
        .filter_map(|record| address(&record.data))
        .map(|address| SocketAddr::new(address, port))
        .collect()
}

/// The questions for the addresses of servers that the response names without address.
fn unknown(servers: &[(Name, Vec<SocketAddr>)]) -> VecDeque<Question> {
    let without = servers.iter().filter(|(_, addresses)| addresses.is_empty()).map(|(name, _)| name);
    [RecordType::A, RecordType::AAAA]
        .into_iter()
        .flat_map(|record_type| without.clone().map(move |name| Question::new(name, record_type)))
        .collect()
}

fn known(servers: Vec<(Name, Vec<SocketAddr>)>) -> Vec<SocketAddr> {
    servers.into_iter().flat_map(|(_, addresses)| addresses).take(MOST_SERVERS).collect()
}
