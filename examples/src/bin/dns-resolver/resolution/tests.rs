//! What is to be asked next, without a socket: a small internet of a few servers.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::{A, CNAME, NS, SOA};
use hickory_proto::rr::{RData, RecordType};

use super::*;

const PORT: u16 = 53;

/// What a server sends for a question.
type Answer = Box<dyn Fn(&Question, &mut Message)>;

/// Servers by the last part of their address.
#[derive(Default)]
struct Internet {
    servers: HashMap<u8, Answer>,
    learned: Vec<Delegation>,
    asked: Vec<(u8, String)>,
}

impl Internet {
    /// Has a server answer; one that there is not never does.
    fn with(mut self, server: u8, answer: impl Fn(&Question, &mut Message) + 'static) -> Self {
        self.servers.insert(server, Box::new(answer));
        self
    }

    /// Answers a question about the addresses of a name, the root being server 1.
    fn resolve(&mut self, text: &str) -> Outcome {
        self.run(Servers::Authorities { port: PORT }, text)
    }

    fn run(&mut self, servers: Servers, text: &str) -> Outcome {
        let mut resolution = Resolution::new(Question::new(&name(text), RecordType::A), servers);
        loop {
            match resolution.next() {
                Next::Locate(name) => resolution.located(self.nearest(&name)),
                Next::Ask(server, question) => self.ask(&mut resolution, server, &question),
                Next::Done(outcome) => return outcome,
            }
        }
    }

    fn nearest(&self, name: &Name) -> Delegation {
        let around = self.learned.iter().filter(|delegation| delegation.zone.zone_of(name));
        let nearest = around.max_by_key(|delegation| delegation.zone.num_labels()).cloned();
        nearest.unwrap_or_else(|| Delegation::of_all(vec![server(1)]))
    }

    fn ask(&mut self, resolution: &mut Resolution, address: SocketAddr, question: &Question) {
        let number = (1..=u8::MAX).find(|number| server(*number) == address).unwrap();
        self.asked.push((number, question.to_string()));
        let Some(answer) = self.servers.get(&number) else { return };
        let mut response = Message::query();
        answer(question, &mut response);
        self.learned.extend(resolution.answered(&response));
    }

    fn servers_asked(&self) -> Vec<u8> {
        self.asked.iter().map(|(server, _)| *server).collect()
    }
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn server(number: u8) -> SocketAddr {
    (Ipv4Addr::new(127, 0, 0, number), PORT).into()
}

fn record(owner: &str, data: RData) -> Record {
    Record::from_rdata(name(owner), 300, data)
}

fn a(owner: &str, number: u8) -> Record {
    record(owner, RData::A(A::new(127, 0, 0, number)))
}

fn cname(owner: &str, target: &str) -> Record {
    record(owner, RData::CNAME(CNAME(name(target))))
}

fn soa(zone: &str) -> Record {
    record(zone, RData::SOA(SOA::new(name(zone), name(zone), 1, 2, 3, 4, 60)))
}

/// Refers to one server for a zone, with its address if there is one.
fn refer(zone: &'static str, server: &'static str, number: Option<u8>) -> impl Fn(&Question, &mut Message) {
    move |_, response| {
        response.add_authority(record(zone, RData::NS(NS(name(server)))));
        response.add_additionals(number.map(|number| a(server, number)));
    }
}

/// Answers with these records, whatever is asked.
fn say(records: Vec<Record>) -> impl Fn(&Question, &mut Message) {
    move |_, response| {
        response.metadata.authoritative = true;
        response.add_answers(records.clone());
    }
}

/// The last part of the addresses found.
fn found(outcome: &Outcome) -> Vec<u8> {
    let addresses = outcome.answers.iter().filter_map(|record| match record.data {
        RData::A(address) => Some(address.0.octets()[3]),
        _ => None,
    });
    addresses.collect()
}

#[test]
fn delegations_are_followed_down_and_remembered() {
    let mut internet = Internet::default()
        .with(1, refer("test.", "ns.test.", Some(2)))
        .with(2, refer("example.test.", "ns.example.test.", Some(3)))
        .with(3, say(vec![a("www.example.test.", 99)]));
    assert_eq!(found(&internet.resolve("www.example.test.")), [99]);
    assert_eq!(found(&internet.resolve("www.example.test.")), [99]);
    assert_eq!(internet.servers_asked(), [1, 2, 3, 3]);
}

#[test]
fn the_address_of_a_server_without_glue_is_looked_for() {
    let mut internet = Internet::default()
        .with(1, |question, response| match question.name.to_string().as_str() {
            "www.a.test." => refer("a.test.", "ns.b.test.", None)(question, response),
            _ => refer("b.test.", "ns.b.test.", Some(2))(question, response),
        })
        .with(2, say(vec![a("ns.b.test.", 3)]))
        .with(3, say(vec![a("www.a.test.", 99)]));
    assert_eq!(found(&internet.resolve("www.a.test.")), [99]);
    assert_eq!(internet.servers_asked(), [1, 1, 2, 3]);
    internet.asked.clear();
    assert_eq!(found(&internet.resolve("www.a.test.")), [99]);
    assert_eq!(internet.servers_asked(), [3], "the address is remembered with the zone");
}

#[test]
fn an_alias_is_followed_into_another_zone() {
    let mut internet = Internet::default()
        .with(1, |question, response| {
            let in_a = name("a.test.").zone_of(&question.name);
            let (zone, server, number) =
                if in_a { ("a.test.", "ns.a.test.", 2) } else { ("b.test.", "ns.b.test.", 3) };
            refer(zone, server, Some(number))(question, response);
        })
        // What it says of a name that is not its own is not believed.
        .with(2, say(vec![cname("www.a.test.", "www.b.test."), a("www.b.test.", 66)]))
        .with(3, say(vec![a("www.b.test.", 99)]));
    let outcome = internet.resolve("www.a.test.");
    assert_eq!(outcome.answers, [cname("www.a.test.", "www.b.test."), a("www.b.test.", 99)]);
}

#[test]
fn glue_and_servers_of_foreign_zones_are_not_believed() {
    let mut internet = Internet::default()
        .with(1, refer("test.", "ns.test.", Some(2)))
        .with(2, |question, response| {
            refer("bank.example.", "ns.bank.example.", Some(66))(question, response);
            refer("www.test.", "ns.bank.example.", Some(66))(question, response);
        })
        .with(66, say(vec![a("www.test.", 66)]));
    assert_eq!(internet.resolve("www.test.").response_code, ResponseCode::ServFail);
    assert!(!internet.servers_asked().contains(&66));
}

#[test]
fn records_of_other_names_are_left_out() {
    let others = vec![a("other.test.", 66), a("www.test.", 99), a("www.example.", 66)];
    let mut internet = Internet::default().with(1, say(others));
    assert_eq!(internet.resolve("www.test.").answers, [a("www.test.", 99)]);
}

#[test]
fn loops_of_aliases_end_in_failure() {
    let mut internet = Internet::default().with(1, |question, response| {
        let target = if question.name == name("a.test.") { "b.test." } else { "a.test." };
        say(vec![cname(&question.name.to_string(), target)])(question, response);
    });
    assert_eq!(internet.resolve("a.test."), Outcome::failure());
    assert!(internet.asked.len() <= MOST_ALIASES, "{:?}", internet.asked);
}

#[test]
fn endless_aliases_end_in_failure() {
    let mut internet = Internet::default().with(1, |question, response| {
        say(vec![cname(&question.name.to_string(), &format!("x.{}", question.name))])(question, response);
    });
    assert_eq!(internet.resolve("a.test."), Outcome::failure());
    assert!(internet.asked.len() <= MOST_ALIASES + 1, "{:?}", internet.asked);
}

#[test]
fn servers_that_need_each_other_end_in_failure() {
    let mut internet = Internet::default().with(1, |question, response| {
        let in_a = name("a.test.").zone_of(&question.name);
        let (zone, server) = if in_a { ("a.test.", "ns.b.test.") } else { ("b.test.", "ns.a.test.") };
        refer(zone, server, None)(question, response);
    });
    assert_eq!(internet.resolve("www.a.test."), Outcome::failure());
    assert!(internet.asked.len() <= MOST_STEPS, "{:?}", internet.asked);
}

#[test]
fn a_zone_of_many_servers_without_addresses_costs_bounded_work() {
    let mut internet = Internet::default().with(1, |question, response| {
        for number in 0..100 {
            let server = format!("ns{number}.x{}", question.name);
            response.add_authority(record(&question.name.to_string(), RData::NS(NS(name(&server)))));
        }
    });
    assert_eq!(internet.resolve("a.test."), Outcome::failure());
    assert!(internet.asked.len() <= MOST_STEPS, "{}", internet.asked.len());
}

#[test]
fn of_a_server_of_many_addresses_a_few_are_remembered() {
    let many = |_: &Question, response: &mut Message| {
        response.add_answers((100..200).map(|number| a("ns.many.", number)));
    };
    let mut internet = Internet::default().with(1, move |question, response| {
        if question.name == name("ns.many.") {
            many(question, response);
        } else {
            refer("zone.", "ns.many.", None)(question, response);
        }
    });
    internet.resolve("www.zone.");
    assert_eq!(internet.learned.last().unwrap().addresses.len(), 8);
}

#[test]
fn a_referral_up_or_aside_is_of_no_use() {
    for zone in [".", "test.", "other.test.", "example."] {
        let mut internet = Internet::default()
            .with(1, refer("test.", "ns.test.", Some(2)))
            .with(2, refer(zone, "ns.test.", Some(2)));
        assert_eq!(internet.resolve("www.test."), Outcome::failure(), "{zone}");
        assert_eq!(internet.servers_asked(), [1, 2], "{zone}");
    }
}

#[test]
fn a_server_that_does_not_answer_is_asked_again_after_the_others() {
    let mut internet = Internet::default()
        .with(1, |question, response| {
            refer("test.", "dead.test.", Some(2))(question, response);
            refer("test.", "broken.test.", Some(3))(question, response);
        })
        .with(3, |_, response| response.metadata.response_code = ResponseCode::ServFail);
    assert_eq!(internet.resolve("www.test."), Outcome::failure());
    assert_eq!(internet.servers_asked(), [1, 2, 3, 2, 2]);
}

#[test]
fn that_there_is_nothing_is_an_answer() {
    for response_code in [ResponseCode::NXDomain, ResponseCode::NoError] {
        let mut internet = Internet::default().with(1, move |_, response| {
            response.metadata.response_code = response_code;
            response.add_authority(soa("other."));
            response.add_authority(soa("test."));
        });
        let outcome = internet.resolve("www.test.");
        let mut start = soa("test.");
        start.ttl = 60;
        assert_eq!((outcome.response_code, outcome.authority.clone()), (response_code, Some(start)));
        assert_eq!(outcome.lifetime(RecordType::A).as_secs(), 60);
    }
}

#[test]
fn resolvers_are_believed_about_all_names_and_asked_in_turn() {
    let mut internet = Internet::default().with(1, |question, response| {
        response.metadata.recursion_available = true;
        match question.name.to_string().as_str() {
            "www.a.test." => say(vec![cname("www.a.test.", "www.b.test.")])(question, response),
            _ => say(vec![a("www.b.test.", 99)])(question, response),
        }
    });
    let outcome = internet.run(Servers::Resolvers, "www.a.test.");
    assert_eq!(outcome.answers, [cname("www.a.test.", "www.b.test."), a("www.b.test.", 99)]);
}

#[test]
fn names_are_compared_without_regard_to_case() {
    let mut internet = Internet::default()
        .with(1, refer("TEST.", "NS.test.", Some(2)))
        .with(2, say(vec![cname("WWW.Test.", "Target.TEST."), a("tARGET.test.", 99)]));
    assert_eq!(found(&internet.resolve("www.tesT.")), [99]);
}
