//! Bytes that are not a DNS packet.

use hickory_proto::op::{Edns, Message, OpCode, Query, ResponseCode};
use hickory_proto::rr::{DNSClass, RecordType};

use super::packet::{a, addresses, answer, name, question, with_size};
use super::resolver::{Resolver, client, host, receive};
use super::upstream::{Upstream, answering};

fn upstream() -> anyhow::Result<Upstream> {
    Upstream::start(answering(|query| answer(query, [a("www.test.", host(1))])))
}

/// The answer to some bytes.
fn refusal(resolver: &Resolver, bytes: &[u8]) -> anyhow::Result<Message> {
    let socket = client()?;
    socket.send_to(bytes, resolver.address)?;
    let mut buffer = [0; 4096];
    let (length, _) = socket.recv_from(&mut buffer)?;
    Ok(Message::from_vec(&buffer[..length])?)
}

#[test]
fn a_query_that_cannot_be_served_is_refused_with_the_reason() -> anyhow::Result<()> {
    let upstream = upstream()?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    let (mut notify, mut chaos, mut two, mut newer) = (query(), query(), query(), with_size(query(), 1232));
    notify.metadata.op_code = OpCode::Notify;
    chaos.queries[0].set_query_class(DNSClass::CH);
    two.add_query(Query::query(name("two.test."), RecordType::A));
    newer.edns.as_mut().map(|edns: &mut Edns| edns.set_version(1));
    let cases = [
        (notify, ResponseCode::NotImp),
        (chaos, ResponseCode::Refused),
        (two, ResponseCode::FormErr),
        (newer, ResponseCode::BADVERS),
        (question("test.", RecordType::ANY), ResponseCode::NotImp),
        (question("test.", RecordType::AXFR), ResponseCode::NotImp),
        (Message::query(), ResponseCode::FormErr),
    ];
    for (query, code) in cases {
        let answer = refusal(&resolver, &query.to_vec()?)?.metadata;
        // The codes are compared as numbers, because one of them has two names.
        assert_eq!((u16::from(answer.response_code), answer.id), (code.into(), query.metadata.id), "{query}");
    }
    let mut cut_off = query().to_vec()?;
    cut_off.pop();
    let answer = refusal(&resolver, &cut_off)?;
    assert_eq!(answer.metadata.response_code, ResponseCode::FormErr);
    assert!(upstream.asked().is_empty());
    Ok(())
}

#[test]
fn answers_are_not_answered() -> anyhow::Result<()> {
    let upstream = upstream()?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    let socket = client()?;
    for bytes in [answer(&query(), []).to_vec()?, b"".to_vec(), b"short".to_vec(), [0xff; 30].to_vec()] {
        socket.send_to(&bytes, resolver.address)?;
    }
    // The first answer is the one to the last packet.
    let query = query();
    socket.send_to(&query.to_vec()?, resolver.address)?;
    assert_eq!(addresses(&receive(&socket, &query)?), [host(1)]);
    Ok(())
}

fn query() -> Message {
    question("www.test.", RecordType::A)
}
