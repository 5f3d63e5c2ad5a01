//! Datagrams and connections: what fits, what is truncated, and what is asked again.

use std::io::Read as _;
use std::net::{Ipv4Addr, Shutdown};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::RecordType;

use super::packet::{a, addresses, answer, asked, question, txt, with_size};
use super::resolver::{Resolver, client, host, receive};
use super::upstream::{Transport, Upstream, answering, read_framed, write_framed};
use crate::support::connect;

/// A server with a text record of this number of bytes. Only a TCP answer has room for more than 1,232.
fn texts(length: usize) -> anyhow::Result<Upstream> {
    Upstream::start(move |query: &Message, transport| {
        let whole = answer(query, [txt("big.test.", length)]);
        let is_cut_off = transport == Transport::Udp && length > 1232;
        let sent = if is_cut_off { whole.truncate() } else { whole };
        vec![sent.to_vec().unwrap()]
    })
}

fn big() -> Message {
    question("big.test.", RecordType::TXT)
}

#[test]
fn what_does_not_fit_into_a_datagram_is_sent_over_tcp() -> anyhow::Result<()> {
    let upstream = texts(3000)?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    for query in [big(), with_size(big(), 1232), with_size(big(), 4096)] {
        let answer = resolver.exchange(&query)?;
        assert!(answer.metadata.truncation && answer.answers.is_empty());
        let answer = resolver.exchange_by_tcp(&query)?;
        assert!(!answer.metadata.truncation);
        assert_eq!(answer.answers, [txt("big.test.", 3000)]);
    }
    let transports: Vec<Transport> = upstream.asked().iter().map(|asked| asked.transport).collect();
    assert_eq!(transports, [Transport::Udp, Transport::Tcp], "and the whole is remembered");
    Ok(())
}

#[test]
fn a_datagram_that_is_cut_off_within_a_record_counts_as_truncated() -> anyhow::Result<()> {
    let upstream = Upstream::start(|query: &Message, transport| {
        let mut whole = answer(query, [txt("big.test.", 900)]);
        let is_cut_off = transport == Transport::Udp;
        whole.metadata.truncation = is_cut_off;
        let mut bytes = whole.to_vec().unwrap();
        bytes.truncate(if is_cut_off { 512 } else { bytes.len() });
        vec![bytes]
    })?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    assert_eq!(resolver.exchange(&with_size(big(), 1232))?.answers, [txt("big.test.", 900)]);
    let transports: Vec<Transport> = upstream.asked().iter().map(|asked| asked.transport).collect();
    assert_eq!(transports, [Transport::Udp, Transport::Tcp]);
    Ok(())
}

#[test]
fn a_client_gets_datagrams_up_to_the_size_that_it_states() -> anyhow::Result<()> {
    let upstream = texts(900)?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    assert!(resolver.exchange(&big())?.metadata.truncation, "512 without EDNS");
    assert!(resolver.exchange(&with_size(big(), 100))?.metadata.truncation, "and 512 where less is said");
    assert!(resolver.exchange(&with_size(big(), 800))?.metadata.truncation);
    assert_eq!(resolver.exchange(&with_size(big(), 1232))?.answers.len(), 1);
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn a_resolver_on_all_addresses_answers_from_the_one_that_was_asked() -> anyhow::Result<()> {
    let upstream = Upstream::start(answering(|query| answer(query, [a(&asked(query), host(7))])))?;
    for all in ["0.0.0.0", "::"] {
        let resolver = Resolver::start(|command| {
            command.args(["--bind", all, "--upstream", &upstream.address.to_string()]);
        })?;
        // A connected socket receives only from this address.
        let socket = client()?;
        socket.connect((Ipv4Addr::new(127, 0, 0, 2), resolver.address.port()))?;
        let query = question("www.test.", RecordType::A);
        // The first answer comes from the server, and the second from the cache. A third question is refused.
        for asked in [&query, &query] {
            socket.send(&asked.to_vec()?)?;
            assert_eq!(addresses(&receive(&socket, asked)?), [host(7)], "on {all}");
        }
        let refused = question("www.test.", RecordType::AXFR);
        socket.send(&refused.to_vec()?)?;
        assert_eq!(receive(&socket, &refused)?.metadata.response_code, ResponseCode::NotImp);
    }
    Ok(())
}

#[test]
fn many_questions_may_be_asked_on_one_connection_and_its_end_waits_for_the_answers() -> anyhow::Result<()> {
    let upstream = Upstream::start(answering(|query| answer(query, [a(&asked(query), host(7))])))?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    let mut stream = connect(resolver.address)?;
    let queries: Vec<Message> =
        (0..50).map(|number| question(&format!("n{number}.test."), RecordType::A)).collect();
    for query in &queries {
        write_framed(&mut stream, &query.to_vec()?)?;
    }
    stream.shutdown(Shutdown::Write)?;
    let mut answered = Vec::new();
    for _ in &queries {
        let answer = Message::from_vec(&read_framed(&mut stream)?)?;
        assert_eq!(addresses(&answer), [host(7)]);
        answered.push((answer.metadata.id, asked(&answer)));
    }
    let mut expected: Vec<_> = queries.iter().map(|query| (query.metadata.id, asked(query))).collect();
    answered.sort();
    expected.sort();
    assert_eq!(answered, expected);
    assert_eq!(stream.read(&mut [0])?, 0, "then the connection ends");
    Ok(())
}

#[test]
fn a_server_that_cannot_be_asked_over_tcp_has_failed() -> anyhow::Result<()> {
    let upstream = Upstream::start(|query: &Message, transport| match transport {
        Transport::Udp => vec![answer(query, []).truncate().to_vec().unwrap()],
        Transport::Tcp => Vec::new(),
    })?;
    let honest = texts(900)?;
    let resolver = Resolver::forwarding(&[upstream.address, honest.address])?;
    assert_eq!(resolver.exchange(&with_size(big(), 1232))?.answers.len(), 1);
    let resolver = Resolver::forwarding(&[upstream.address])?;
    assert_eq!(resolver.exchange(&big())?.metadata.response_code, ResponseCode::ServFail);
    Ok(())
}
