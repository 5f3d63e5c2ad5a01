//! Hostile packets and random changes to them, from clients and from servers.

use std::io::Write as _;
use std::net::{Shutdown, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use hickory_proto::op::Message;
use hickory_proto::rr::RecordType;

use super::corpus::{QUERIES, RESPONSES};
use super::packet::{a, addresses, answer, asked, question};
use super::resolver::{Resolver, host};
use super::upstream::Upstream;
use crate::support::{Random, connect, wait_until};

/// The packet that a client sends, and the packet that a server answers to the question that belongs to this case.
struct Case {
    query: Vec<u8>,
    response: Vec<u8>,
}

/// The environment variable with the number of cases. 50,000 cases take about a minute.
const VARIABLE: &str = "DNS_FUZZ_CASES";
const DEFAULT: usize = 500;

/// After this number of cases the test checks that the resolver still answers.
const ROUND: usize = 20;

/// The cases are the same in every run: first the corpus, then random changes to it.
fn cases(count: usize) -> anyhow::Result<Vec<Case>> {
    let mut random = Random::new();
    let case = |number: usize| {
        let own = question(&name_of(number), RecordType::A).to_vec()?;
        let mut query = QUERIES[number % QUERIES.len()].packet(&[]);
        let mut response = RESPONSES[number % RESPONSES.len()].packet(&own[12..]);
        if number >= QUERIES.len().max(RESPONSES.len()) {
            query = change(&mut random, &query);
            response = change(&mut random, &response);
        }
        Ok(Case { query, response })
    };
    (0..count).map(case).collect()
}

fn name_of(number: usize) -> String {
    format!("n{number}.fuzz.")
}

/// The number of the case whose question has this name.
fn number_of(name: &str) -> Option<usize> {
    name.strip_prefix('n')?.strip_suffix(".fuzz.")?.parse().ok()
}

/// The bytes, with some of them changed, left out or repeated.
fn change(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(256) * bytes.len() / 256;
        match random.below(8) {
            0 => bytes.truncate(at),
            1 => bytes.extend_from_within(at..),
            2 => bytes.splice(at..at, [0xc0, random.byte()]).for_each(drop),
            3 => bytes.get_mut(at).into_iter().for_each(|byte| *byte = 0xff),
            _ => bytes.get_mut(at).into_iter().for_each(|byte| *byte = random.byte()),
        }
    }
    bytes.truncate(1200);
    bytes
}

/// A server that answers the cases' questions with the cases' responses, and other questions correctly.
fn hostile(responses: Vec<Vec<u8>>) -> anyhow::Result<Upstream> {
    Upstream::start(move |query: &Message, _| {
        let response = number_of(&asked(query)).and_then(|number| responses.get(number));
        let mut bytes = response.cloned().unwrap_or_else(|| right(query));
        // The ID is correct, so that the resolver reads the rest.
        bytes.iter_mut().zip(query.metadata.id.to_be_bytes()).for_each(|(byte, id)| *byte = id);
        vec![bytes]
    })
}

fn right(query: &Message) -> Vec<u8> {
    let mut record = a("www.test.", host(1));
    // The name may be one that cannot be written as text.
    record.name = query.queries[0].name().clone();
    answer(query, [record]).to_vec().unwrap()
}

#[test]
fn hostile_packets_and_random_changes_to_them_do_no_harm() -> anyhow::Result<()> {
    let count = std::env::var(VARIABLE).map_or(Ok(DEFAULT), |count| count.parse())?;
    let (queries, responses): (Vec<_>, Vec<_>) =
        cases(count)?.into_iter().map(|case| (case.query, case.response)).unzip();
    let upstream = hostile(responses)?;
    let resolver = Resolver::start(|command| {
        // Most responses are no valid answers, so long time-outs would be a waste of time.
        command.args([
            "--upstream",
            &upstream.address.to_string(),
            "--server-timeout",
            "20",
            "--timeout",
            "50",
        ]);
    })?;
    // On a busy machine, the first answer may take longer than the short time-outs. After that it is in the cache.
    wait_until(|| Ok(addresses(&resolver.ask("www.test.")?) == [host(1)]))?;
    for (round, queries) in queries.chunks(ROUND).enumerate() {
        let first = round * ROUND;
        let done = send(&resolver, first, queries).and_then(|()| {
            ensure!(addresses(&resolver.ask("www.test.")?) == [host(1)]);
            Ok(())
        });
        done.with_context(|| {
            format!("after the cases from {first} on, by the generator's only seed: {queries:x?}")
        })?;
    }
    ensure!(upstream.asked().len() > count / 2, "{} of {count} answers", upstream.asked().len());
    expect_unharmed(resolver).with_context(|| format!("in {count} cases, by the generator's only seed"))
}

/// Sends the packets from clients, and asks the question of each case.
fn send(resolver: &Resolver, first: usize, queries: &[Vec<u8>]) -> anyhow::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let mut stream = connect(resolver.address)?;
    for (number, query) in (first..).zip(queries) {
        socket.send_to(query, resolver.address)?;
        socket.send_to(&question(&name_of(number), RecordType::A).to_vec()?, resolver.address)?;
        // Some lengths are wrong. The resolver understands nothing after them on this connection.
        let length = u16::try_from(query.len())? ^ u16::from(number % 50 == 49);
        stream.write_all(&[&length.to_be_bytes(), &query[..]].concat())?;
    }
    stream.shutdown(Shutdown::Write).context("the connection has ended")
}

fn expect_unharmed(resolver: Resolver) -> anyhow::Result<()> {
    ensure!(resolver.program.peak_memory()? < 64 << 20, "{} bytes", resolver.program.peak_memory()?);
    let stopped = Instant::now();
    let finished = resolver.program.terminate()?;
    let is_unharmed = !finished.errors.contains(" ERROR ") && !finished.errors.contains("panicked");
    ensure!(finished.status.success() && is_unharmed, "{finished:?}");
    ensure!(stopped.elapsed() < Duration::from_secs(8), "it ends because nobody waits, not when it must");
    Ok(())
}
