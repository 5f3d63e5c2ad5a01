//! A server on several cores, behind one port.

use std::net::SocketAddr;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;

use super::packet::{a, addresses, answer, asked, question, with_size};
use super::resolver::{PATIENT, Resolver, ask, host, receive};
use super::upstream::{Upstream, answering, silent};
use crate::support::wait_until;

/// So many clients that each of two cores gets some. Only once in 2^63 runs does one core get all of them.
const MANY: usize = 64;

/// A resolver on two cores.
fn on_two_cores(upstream: SocketAddr) -> anyhow::Result<Resolver> {
    Resolver::start(|command| {
        command.args(["--cores", "2", "--upstream", &upstream.to_string()]).args(PATIENT);
    })
}

#[test]
fn datagrams_are_answered_on_each_core_which_has_a_cache_of_its_own() -> anyhow::Result<()> {
    let upstream = Upstream::start(answering(|query| answer(query, [a("www.test.", host(1))])))?;
    let resolver = on_two_cores(upstream.address)?;
    for (socket, query) in ask(&resolver, (0..MANY).map(|_| "www.test.".into()))? {
        assert_eq!(addresses(&receive(&socket, &query)?), [host(1)]);
    }
    assert_eq!(upstream.asked().len(), 2);
    Ok(())
}

#[test]
fn connections_are_served_on_each_core_too() -> anyhow::Result<()> {
    let upstream = Upstream::start(answering(|query| answer(query, [a(&asked(query), host(1))])))?;
    let resolver = on_two_cores(upstream.address)?;
    let query = with_size(question("www.test.", RecordType::A), 1232);
    for _ in 0..MANY {
        assert_eq!(addresses(&resolver.exchange_by_tcp(&query)?), [host(1)]);
    }
    assert_eq!(upstream.asked().len(), 2);
    Ok(())
}

#[test]
fn a_signal_stops_all_cores_and_those_who_wait_get_an_error() -> anyhow::Result<()> {
    let upstream = Upstream::start(silent)?;
    let resolver = on_two_cores(upstream.address)?;
    let waiting = ask(&resolver, (0..MANY).map(|number| format!("n{number}.test.")))?;
    wait_until(|| Ok(upstream.asked().len() == MANY))?;
    let finished = resolver.program.terminate()?;
    assert!(finished.status.success() && finished.errors.is_empty(), "{finished:?}");
    for (socket, query) in waiting {
        assert_eq!(receive(&socket, &query)?.metadata.response_code, ResponseCode::ServFail);
    }
    Ok(())
}
