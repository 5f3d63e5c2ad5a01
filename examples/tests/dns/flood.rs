//! Clients that send more on their connections than the server can answer.

use std::io::Write as _;
use std::net::{Shutdown, TcpStream};
use std::thread;

use anyhow::ensure;
use hickory_proto::op::Message;
use hickory_proto::rr::RecordType;

use super::packet::{a, addresses, answer, asked, question, txt};
use super::resolver::{Resolver, host};
use super::upstream::{Transport, Upstream, answering, read_framed, write_framed};
use crate::support::{connect, wait_until};

/// Makes many clients send the same bytes without end, until the test shuts their connections down.
fn stream(resolver: &Resolver, clients: usize, bytes: &'static [u8]) -> anyhow::Result<Vec<TcpStream>> {
    let streams: Vec<TcpStream> =
        (0..clients).map(|_| Ok(connect(resolver.address)?)).collect::<anyhow::Result<_>>()?;
    for stream in &streams {
        let mut stream = stream.try_clone()?;
        // Ends when the test shuts the connection down.
        thread::spawn(move || while stream.write_all(bytes).is_ok() {});
    }
    Ok(streams)
}

#[test]
fn streams_of_empty_messages_delay_no_other_client() -> anyhow::Result<()> {
    let upstream = Upstream::start(answering(|query| answer(query, [a(&asked(query), host(1))])))?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    let streams = stream(&resolver, 10, &[0; 1 << 16])?;
    for number in 0..50 {
        assert_eq!(addresses(&resolver.ask(&format!("n{number}.test."))?), [host(1)]);
        assert_eq!(addresses(&resolver.ask("n0.test.")?), [host(1)]);
    }
    ensure!(resolver.program.peak_memory()? < 64 << 20, "{} bytes", resolver.program.peak_memory()?);
    for stream in streams {
        stream.shutdown(Shutdown::Both)?;
    }
    Ok(())
}

#[test]
fn one_connection_has_few_questions_in_flight() -> anyhow::Result<()> {
    let upstream = Upstream::start(|query: &Message, _| match asked(query).as_str() {
        "www.test." => vec![answer(query, [a("www.test.", host(1))]).to_vec().unwrap()],
        _ => Vec::new(),
    })?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    let mut stream = connect(resolver.address)?;
    let mut bytes = Vec::new();
    for number in 0..500 {
        let query = question(&format!("n{number}.test."), RecordType::A).to_vec()?;
        bytes.extend(u16::try_from(query.len())?.to_be_bytes());
        bytes.extend(query);
    }
    stream.write_all(&bytes)?;
    wait_until(|| Ok(upstream.asked().len() >= 8))?;
    // This question comes after everything else that was asked on the connection.
    assert_eq!(addresses(&resolver.ask("www.test.")?), [host(1)]);
    assert_eq!(upstream.asked().len(), 9);
    Ok(())
}

#[test]
fn long_answers_wait_for_a_client_who_asks_faster_than_they_read() -> anyhow::Result<()> {
    let upstream = Upstream::start(|query: &Message, transport| {
        let whole = answer(query, [txt("big.test.", 60_000)]);
        let sent = if transport == Transport::Udp { whole.truncate() } else { whole };
        vec![sent.to_vec().unwrap()]
    })?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    let query = question("big.test.", RecordType::TXT);
    resolver.exchange_by_tcp(&query)?;
    let mut stream = connect(resolver.address)?;
    for _ in 0..300 {
        write_framed(&mut stream, &query.to_vec()?)?;
    }
    stream.shutdown(Shutdown::Write)?;
    for number in 0..300 {
        let answer = read_framed(&mut stream)?;
        assert!(answer.len() > 60_000, "after {number} answers");
    }
    Ok(())
}

#[test]
fn many_connections_that_ask_faster_than_they_are_answered_lose_nothing() -> anyhow::Result<()> {
    const COUNT: usize = 4000;
    let upstream = Upstream::start(answering(|query| answer(query, [a("www.test.", host(1))])))?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    let query = question("www.test.", RecordType::A).to_vec()?;
    let framed = [&u16::try_from(query.len())?.to_be_bytes(), &query[..]].concat();
    let streams: Vec<TcpStream> =
        (0..10).map(|_| Ok(connect(resolver.address)?)).collect::<anyhow::Result<_>>()?;
    thread::scope(|scope| {
        for stream in &streams {
            let (mut sending, all) = (stream, framed.repeat(COUNT));
            scope.spawn(move || sending.write_all(&all).and_then(|()| sending.shutdown(Shutdown::Write)));
        }
        let reading = streams.iter().map(|stream| {
            scope.spawn(move || {
                let mut stream = stream.try_clone()?;
                (0..COUNT).try_for_each(|_| read_framed(&mut stream).map(drop))
            })
        });
        let reading: Vec<_> = reading.collect();
        reading.into_iter().try_for_each(|thread| anyhow::Ok(thread.join().unwrap()?))
    })
}
