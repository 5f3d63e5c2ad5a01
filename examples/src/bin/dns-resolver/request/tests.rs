//! Answers, read as a client reads them.

use std::str::FromStr as _;

use hickory_proto::rr::rdata::{A, CNAME, MX, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record};

use super::*;
use crate::question::Outcome;

fn name(text: &str) -> Name {
    Name::from_str(text).unwrap()
}

fn record(owner: &str, ttl: u32, data: RData) -> Record {
    Record::from_rdata(name(owner), ttl, data)
}

/// Somebody's request for a name, with EDNS or without.
fn request(asked: &str, edns: Option<u16>) -> (Packet, Request) {
    let mut packet = Packet::query();
    packet.metadata.checking_disabled = true;
    packet.add_query(Query::query(name(asked), RecordType::MX));
    if let Some(size) = edns {
        let mut edns = Edns::new();
        edns.set_max_payload(size);
        packet.set_edns(edns);
    }
    match Received::from_bytes(&packet.to_vec().unwrap()) {
        Received::Request(request) => (packet, request),
        received => panic!("{received:?}"),
    }
}

/// Answers that share parts of their names, with each other and with what is asked for.
fn outcome() -> Outcome {
    let soa = SOA::new(name("ns.example.test."), name("me.example.test."), 1, 2, 3, 4, 5);
    Outcome {
        response_code: ResponseCode::NXDomain,
        answers: vec![
            record("www.example.test.", 300, RData::CNAME(CNAME(name("Other.example.test.")))),
            record("Other.example.test.", 20, RData::MX(MX::new(7, name("mail.other.example.test.")))),
            record("mail.other.example.test.", 0, RData::A(A::new(192, 0, 2, 1))),
        ],
        authority: Some(record("example.test.", u32::MAX, RData::SOA(soa))),
    }
}

#[test]
fn an_answer_says_what_came_of_the_question_and_repeats_how_it_was_asked() {
    for asked in ["www.example.test.", "wWw.eXample.TEST."] {
        for edns in [None, Some(1232)] {
            let (packet, request) = request(asked, edns);
            let sections = Sections::new(&request.question, &outcome()).unwrap();
            let aged = |mut record: Record| {
                record.decrement_ttl(50);
                record
            };
            for bytes in [
                request.datagram(&sections, Duration::from_secs(50)),
                request.whole(&sections, Duration::from_secs(50)),
            ] {
                let answer = Packet::from_vec(&bytes).unwrap();
                let mut expected = response(&packet);
                expected.metadata.response_code = ResponseCode::NXDomain;
                expected.add_answers(outcome().answers.into_iter().map(aged));
                expected.add_authorities(outcome().authority.into_iter().map(aged));
                assert_eq!(answer, expected);
                assert!(answer.queries[0].name().eq_case(packet.queries[0].name()));
            }
        }
    }
}

#[test]
fn what_does_not_fit_into_a_datagram_says_so_and_nothing_else() {
    let text = TXT::new(vec!["x".repeat(200); 3]);
    let answers = vec![record("www.example.test.", 300, RData::TXT(text))];
    let outcome = Outcome { response_code: ResponseCode::NoError, answers, authority: None };
    for (edns, fits) in [(None, false), (Some(600), false), (Some(700), true)] {
        let (packet, request) = request("www.example.test.", edns);
        let sections = Sections::new(&request.question, &outcome).unwrap();
        let answer = Packet::from_vec(&request.datagram(&sections, Duration::ZERO)).unwrap();
        let mut expected = response(&packet);
        expected.metadata.truncation = !fits;
        expected.add_answers(outcome.answers.iter().filter(|_| fits).cloned());
        assert_eq!(answer, expected, "with {edns:?}");
    }
}

#[test]
fn the_root_is_a_name_too() {
    let (_, request) = request(".", None);
    let outcome = Outcome { response_code: ResponseCode::NoError, answers: Vec::new(), authority: None };
    let sections = Sections::new(&request.question, &outcome).unwrap();
    let answer = Packet::from_vec(&request.datagram(&sections, Duration::ZERO)).unwrap();
    assert_eq!(answer.queries, [Query::query(Name::root(), RecordType::MX)]);
}

#[test]
fn what_no_packet_has_room_for_cannot_be_told() {
    let text = TXT::new(vec!["x".repeat(200); 100]);
    let answers = vec![record("www.example.test.", 300, RData::TXT(text)); 4];
    let outcome = Outcome { response_code: ResponseCode::NoError, answers, authority: None };
    assert!(Sections::new(&Question::new(&name("www.example.test."), RecordType::TXT), &outcome).is_err());
}
