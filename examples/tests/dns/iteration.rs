//! Resolution from the root servers on, on three loopback addresses with one port.

use std::net::Ipv4Addr;

use hickory_proto::op::{Message, ResponseCode};

use super::packet::{a, addresses, asked, authoritative, cname, referral, soa};
use super::resolver::{Resolver, host};
use super::upstream::{Transport, Upstream, answering, bind_all};

const ROOT: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const TEST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);
const EXAMPLE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 4);

/// The servers of the root, of `test` and of `example.test`, and a resolver.
struct Tree {
    servers: Vec<Upstream>,
    resolver: Resolver,
}

type Answer = fn(&Message) -> Message;

impl Tree {
    fn new(answers: [Answer; 3]) -> anyhow::Result<Self> {
        let sockets = bind_all(&[ROOT, TEST, EXAMPLE])?;
        let servers = sockets.into_iter().zip(answers);
        let servers: Vec<Upstream> = servers
            .map(|(sockets, answer)| Upstream::serve(sockets, answering(answer)))
            .collect::<anyhow::Result<_>>()?;
        let resolver = Resolver::iterating(servers[0].address)?;
        Ok(Self { servers, resolver })
    }

    /// How many questions each server has received.
    fn asked(&self) -> Vec<usize> {
        self.servers.iter().map(|server| server.asked().len()).collect()
    }

    fn code(&self, name: &str) -> anyhow::Result<ResponseCode> {
        Ok(self.resolver.ask(name)?.metadata.response_code)
    }
}

fn root(query: &Message) -> Message {
    referral(query, "test.", "ns.test.", Some(TEST))
}

fn test(query: &Message) -> Message {
    referral(query, "example.test.", "ns.example.test.", Some(EXAMPLE))
}

fn example(query: &Message) -> Message {
    match asked(query).as_str() {
        "www.example.test." | "mail.example.test." => authoritative(query, [a(&asked(query), host(1))]),
        "alias.example.test." => authoritative(query, [cname("alias.example.test.", "www.example.test.")]),
        _ => {
            let mut answer = authoritative(query, []);
            answer.metadata.response_code = ResponseCode::NXDomain;
            answer.add_authority(soa("example.test."));
            answer
        }
    }
}

#[test]
fn an_answer_is_found_and_later_ones_begin_at_the_known_servers() -> anyhow::Result<()> {
    let tree = Tree::new([root, test, example])?;
    assert_eq!(addresses(&tree.resolver.ask("www.example.test.")?), [host(1)]);
    assert_eq!(tree.asked(), [1, 1, 1]);
    assert_eq!(addresses(&tree.resolver.ask("mail.example.test.")?), [host(1)]);
    assert_eq!(tree.asked(), [1, 1, 2]);
    assert_eq!(tree.resolver.ask("alias.example.test.")?.answers.len(), 2);
    assert_eq!(tree.code("nowhere.example.test.")?, ResponseCode::NXDomain);
    for asked in tree.servers.iter().flat_map(Upstream::asked) {
        assert_eq!(asked.transport, Transport::Udp);
    }
    Ok(())
}

#[test]
fn the_servers_of_a_zone_may_be_named_in_another() -> anyhow::Result<()> {
    let tree = Tree::new([
        |query| match asked(query).as_str() {
            "ns.test." => referral(query, "test.", "ns.test.", Some(TEST)),
            _ => referral(query, "example.", "ns.test.", None),
        },
        |query| match asked(query).as_str() {
            "ns.test." => authoritative(query, [a("ns.test.", EXAMPLE)]),
            _ => authoritative(query, []),
        },
        |query| authoritative(query, [a("www.example.", host(5))]),
    ])?;
    assert_eq!(addresses(&tree.resolver.ask("www.example.")?), [host(5)]);
    assert_eq!(tree.asked(), [2, 1, 1]);
    Ok(())
}

#[test]
fn a_zone_whose_servers_are_gone_is_looked_up_again() -> anyhow::Result<()> {
    let mut tree = Tree::new([
        |query| match asked(query).as_str() {
            "old.test." => referral(query, "test.", "ns.test.", Some(TEST)),
            _ => referral(query, "test.", "ns.test.", Some(EXAMPLE)),
        },
        |query| authoritative(query, [a(&asked(query), host(1))]),
        |query| authoritative(query, [a(&asked(query), host(2))]),
    ])?;
    assert_eq!(addresses(&tree.resolver.ask("old.test.")?), [host(1)]);
    drop(tree.servers.remove(1));
    assert_eq!(tree.code("lost.test.")?, ResponseCode::ServFail);
    assert_eq!(addresses(&tree.resolver.ask("new.test.")?), [host(2)]);
    Ok(())
}

#[test]
fn records_of_names_outside_the_servers_zone_are_neither_used_nor_cached() -> anyhow::Result<()> {
    let tree = Tree::new([
        |query| match asked(query).ends_with("bank.") {
            true => authoritative(query, [a("www.bank.", host(1))]),
            false => root(query),
        },
        |query| {
            let mut answer = authoritative(query, [cname(&asked(query), "www.bank.")]);
            answer.add_answer(a("www.bank.", host(66)));
            answer.add_authorities(referral(query, "bank.", "ns.bank.", None).authorities);
            answer.add_additional(a("ns.bank.", EXAMPLE));
            answer
        },
        |query| authoritative(query, [a(&asked(query), host(66))]),
    ])?;
    assert_eq!(addresses(&tree.resolver.ask("www.test.")?), [host(1)]);
    assert_eq!(addresses(&tree.resolver.ask("www.bank.")?), [host(1)]);
    assert_eq!(tree.asked()[2], 0);
    Ok(())
}

#[test]
fn loops_of_delegations_and_aliases_end_after_bounded_work() -> anyhow::Result<()> {
    let tree = Tree::new([
        |query| match asked(query).as_str() {
            // Two zones. The server of each is in the other.
            name if name.ends_with("a.") => referral(query, "a.", "ns.b.", None),
            name if name.ends_with("b.") => referral(query, "b.", "ns.a.", None),
            _ => root(query),
        },
        // Referrals to itself and to the root.
        |query| match asked(query).as_str() {
            "alias.test." => authoritative(query, [cname("alias.test.", "saila.test.")]),
            "saila.test." => authoritative(query, [cname("saila.test.", "alias.test.")]),
            "up.test." => referral(query, ".", "ns.", Some(ROOT)),
            _ => referral(query, "test.", "ns.test.", Some(TEST)),
        },
        example,
    ])?;
    for name in ["www.a.", "alias.test.", "up.test.", "self.test."] {
        assert_eq!(tree.code(name)?, ResponseCode::ServFail, "{name}");
    }
    assert!(tree.asked().iter().sum::<usize>() < 40, "{:?}", tree.asked());
    Ok(())
}
