//! Servers that are dead, slow or wrong, or that stop and start.

use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::RecordType;

use super::packet::{a, addresses, answer, name, question, with_size};
use super::resolver::{Resolver, client, host, receive};
use super::upstream::{Behaviour, Transport, Upstream, answering, silent};
use crate::support::{TIMEOUT, wait_until};

/// The behaviour of a correct server.
fn honest() -> impl Behaviour {
    answering(right)
}

fn right(query: &Message) -> Message {
    answer(query, [a("www.test.", host(1))])
}

/// The same answer with another address and more errors.
fn wrong(query: &Message, change: impl Fn(&mut Message)) -> Vec<u8> {
    let mut answer = answer(query, [a("www.test.", host(66))]);
    change(&mut answer);
    answer.to_vec().unwrap()
}

#[test]
fn if_a_server_is_silent_the_next_one_is_asked() -> anyhow::Result<()> {
    let (dead, living) = (Upstream::start(silent)?, Upstream::start(honest())?);
    let resolver = Resolver::impatient(&[dead.address, living.address])?;
    assert_eq!(addresses(&resolver.ask("www.test.")?), [host(1)]);
    assert_eq!((dead.asked().len(), living.asked().len()), (1, 1));
    resolver.ask("www2.test.")?;
    assert_eq!((dead.asked().len(), living.asked().len()), (1, 2), "who is silent is asked last");
    Ok(())
}

#[test]
fn if_nothing_listens_the_next_server_is_asked() -> anyhow::Result<()> {
    let free = UdpSocket::bind("127.0.0.1:0")?.local_addr()?;
    let living = Upstream::start(honest())?;
    let resolver = Resolver::forwarding(&[free, living.address])?;
    assert_eq!(addresses(&resolver.ask("www.test.")?), [host(1)]);
    Ok(())
}

#[test]
fn if_a_server_has_failed_the_next_one_is_asked() -> anyhow::Result<()> {
    for code in [ResponseCode::ServFail, ResponseCode::Refused, ResponseCode::FormErr, ResponseCode::NotImp] {
        let failing = Upstream::start(answering(move |query| {
            let mut answer = answer(query, []);
            answer.metadata.response_code = code;
            answer
        }))?;
        let living = Upstream::start(honest())?;
        let resolver = Resolver::forwarding(&[failing.address, living.address])?;
        assert_eq!(addresses(&resolver.ask("www.test.")?), [host(1)], "{code}");
    }
    Ok(())
}

#[test]
fn if_all_servers_are_silent_the_client_gets_an_error_in_the_end() -> anyhow::Result<()> {
    let dead = [Upstream::start(silent)?, Upstream::start(silent)?];
    let resolver = Resolver::impatient(&[dead[0].address, dead[1].address])?;
    let answer = resolver.ask("www.test.")?;
    assert_eq!(answer.metadata.response_code, ResponseCode::ServFail);
    for upstream in dead {
        assert_eq!(upstream.asked().len(), 3, "each is asked several times");
    }
    Ok(())
}

#[test]
fn a_slow_server_delays_no_other_question() -> anyhow::Result<()> {
    let (answer_now, wait) = channel();
    let wait = Mutex::new(wait);
    let slow = Upstream::start(move |query: &Message, _| {
        if query.queries[0].name() == &name("slow.test.") {
            let _told = wait.lock().unwrap().recv_timeout(TIMEOUT);
        }
        vec![right(query).to_vec().unwrap()]
    })?;
    let fast = Upstream::start(honest())?;
    let resolver = Resolver::impatient(&[slow.address, fast.address])?;
    let waiting = client()?;
    let query = with_size(question("slow.test.", RecordType::A), 1232);
    waiting.send_to(&query.to_vec()?, resolver.address)?;
    wait_until(|| Ok(slow.asked().len() == 1))?;
    assert_eq!(addresses(&resolver.ask("www.test.")?), [host(1)]);
    answer_now.send(())?;
    receive(&waiting, &query)?;
    Ok(())
}

#[test]
fn a_packet_that_does_not_answer_the_question_is_ignored() -> anyhow::Result<()> {
    let upstream = Upstream::start(|query: &Message, _| {
        vec![
            wrong(query, |answer| answer.metadata.id ^= 1),
            wrong(query, |answer| {
                answer.queries = question("other.test.", query.queries[0].query_type()).queries
            }),
            wrong(query, |answer| answer.queries.clear()),
            wrong(query, |answer| answer.metadata.message_type = MessageType::Query),
            b"garbage".to_vec(),
            Vec::new(),
            right(query).to_vec().unwrap(),
        ]
    })?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    assert_eq!(addresses(&resolver.ask("www.test.")?), [host(1)]);
    Ok(())
}

#[test]
fn a_server_that_sends_only_wrong_answers_is_not_believed() -> anyhow::Result<()> {
    let upstream =
        Upstream::start(|query: &Message, _| vec![wrong(query, |answer| answer.metadata.id ^= 1)])?;
    let resolver = Resolver::impatient(&[upstream.address])?;
    assert_eq!(resolver.ask("www.test.")?.metadata.response_code, ResponseCode::ServFail);
    Ok(())
}

#[test]
fn an_answer_from_another_address_is_not_believed() -> anyhow::Result<()> {
    let stranger = UdpSocket::bind("127.0.0.1:0")?;
    let (tell, told) = channel();
    let upstream = Upstream::start(move |query: &Message, _| {
        tell.send(wrong(query, |_| {})).unwrap();
        Vec::new()
    })?;
    let resolver = Resolver::impatient(&[upstream.address])?;
    let waiting = client()?;
    let query = with_size(question("www.test.", RecordType::A), 1232);
    waiting.send_to(&query.to_vec()?, resolver.address)?;
    let lie = told.recv_timeout(TIMEOUT)?;
    wait_until(|| Ok(!upstream.asked().is_empty()))?;
    stranger.send_to(&lie, upstream.asked()[0].from)?;
    assert_eq!(receive(&waiting, &query)?.metadata.response_code, ResponseCode::ServFail);
    Ok(())
}

#[test]
fn a_server_that_works_again_is_asked_again() -> anyhow::Result<()> {
    let is_up = Arc::new(AtomicBool::new(true));
    let now_up = Arc::clone(&is_up);
    let upstream = Upstream::start(move |query: &Message, _: Transport| {
        let answers = now_up.load(Ordering::Acquire).then(|| right(query).to_vec().unwrap());
        answers.into_iter().collect()
    })?;
    let resolver = Resolver::impatient(&[upstream.address])?;
    let code = |name: &str| anyhow::Ok(resolver.ask(name)?.metadata.response_code);
    assert_eq!(code("one.test.")?, ResponseCode::NoError);
    is_up.store(false, Ordering::Release);
    assert_eq!(code("two.test.")?, ResponseCode::ServFail);
    is_up.store(true, Ordering::Release);
    wait_until(|| Ok(code("two.test.")? == ResponseCode::NoError))?;
    Ok(())
}

#[test]
fn a_server_that_does_not_know_edns_is_asked_without() -> anyhow::Result<()> {
    for (code, repeats_the_question) in [
        (ResponseCode::FormErr, true),
        (ResponseCode::FormErr, false),
        (ResponseCode::NotImp, true),
        (ResponseCode::NotImp, false),
    ] {
        let upstream = Upstream::start(answering(move |query| {
            let mut answer = old_fashioned(query, code);
            answer.queries.truncate((query.edns.is_none() || repeats_the_question).into());
            answer
        }))?;
        let resolver = Resolver::forwarding(&[upstream.address])?;
        assert_eq!(addresses(&resolver.ask("www.test.")?), [host(1)], "{code}");
        assert_eq!(upstream.asked().len(), 2, "{code}");
    }
    Ok(())
}

#[test]
fn a_server_that_does_not_know_edns_is_asked_without_over_tcp_too() -> anyhow::Result<()> {
    let upstream = Upstream::start(|query: &Message, transport| {
        let mut answer = old_fashioned(query, ResponseCode::FormErr);
        if transport == Transport::Udp && query.edns.is_none() {
            answer = answer.truncate();
        }
        vec![answer.to_vec().unwrap()]
    })?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    assert_eq!(addresses(&resolver.ask("www.test.")?), [host(1)]);
    let transports: Vec<_> = upstream.asked().iter().map(|asked| asked.transport).collect();
    assert_eq!(transports, [Transport::Udp, Transport::Udp, Transport::Tcp]);
    Ok(())
}

/// The behaviour of a server that treats EDNS as an error.
fn old_fashioned(query: &Message, code: ResponseCode) -> Message {
    if query.edns.is_none() {
        return right(query);
    }
    let mut refusal = answer(query, []);
    refusal.metadata.response_code = code;
    refusal
}
