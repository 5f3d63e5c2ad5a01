//! Many clients at the same time.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;

use super::packet::{a, addresses, answer, asked, question};
use super::resolver::{DNS_RESOLVER, PATIENT, Resolver, ask, host, receive};
use super::upstream::{Upstream, answering, silent, write_framed};
use crate::support::{TIMEOUT, connect, program, serve, wait_until};

#[test]
fn a_hundred_clients_who_ask_the_same_are_one_question_upstream() -> anyhow::Result<()> {
    let (answer_now, wait) = channel();
    let wait = Mutex::new(wait);
    let upstream = Upstream::start(answering(move |query| {
        let _told = wait.lock().unwrap().recv_timeout(TIMEOUT);
        answer(query, [a("www.test.", host(1))])
    }))?;
    let resolver = Resolver::start(|command| {
        command.args(["--upstream", &upstream.address.to_string()]).args(PATIENT);
    })?;
    let clients = ask(&resolver, (0..100).map(|_| "www.test.".into()))?;
    wait_until(|| Ok(upstream.asked().len() == 1))?;
    // This question comes after the others and needs no server, so its answer shows that all the others are waiting.
    assert_eq!(
        resolver.exchange(&question("www.test.", RecordType::ANY))?.metadata.response_code,
        ResponseCode::NotImp
    );
    answer_now.send(())?;
    for (socket, query) in clients {
        assert_eq!(addresses(&receive(&socket, &query)?), [host(1)]);
    }
    assert_eq!(upstream.asked().len(), 1);
    Ok(())
}

#[test]
fn questions_upstream_cannot_be_guessed() -> anyhow::Result<()> {
    let upstream = Upstream::start(answering(|query| answer(query, [a(&asked(query), host(1))])))?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    for (socket, query) in ask(&resolver, (0..100).map(|number| format!("n{number}.test.")))? {
        assert_eq!(addresses(&receive(&socket, &query)?), [host(1)]);
    }
    let asked = upstream.asked();
    let ports: HashSet<u16> = asked.iter().map(|asked| asked.from.port()).collect();
    let ids: HashSet<u16> = asked.iter().map(|asked| asked.id).collect();
    assert_eq!(asked.len(), 100);
    assert!(ports.len() > 50, "{} ports", ports.len());
    assert!(ids.len() > 90, "{} ids", ids.len());
    let steps: HashSet<u16> = asked.windows(2).map(|two| two[1].id.wrapping_sub(two[0].id)).collect();
    assert!(steps.len() > 90, "{} differences between one id and the next", steps.len());
    Ok(())
}

#[test]
fn clients_above_the_limit_get_an_error_at_once() -> anyhow::Result<()> {
    let upstream = Upstream::start(silent)?;
    for limit in ["--max-waiting", "--max-questions"] {
        let resolver = Resolver::start(|command| {
            command.args(["--upstream", &upstream.address.to_string(), limit, "10"]).args(PATIENT);
        })?;
        let clients = ask(&resolver, (0..10).map(|number| format!("n{number}.test.")))?;
        // These clients wait, and further ones get an error at once.
        wait_until(|| Ok(resolver.ask("late.test.")?.metadata.response_code == ResponseCode::ServFail))?;
        drop(clients);
    }
    Ok(())
}

#[test]
fn questions_for_which_no_client_waits_any_more_are_given_up() -> anyhow::Result<()> {
    let upstream = Upstream::start(silent)?;
    let resolver = Resolver::start(|command| {
        command.args(["--upstream", &upstream.address.to_string()]).args(PATIENT);
    })?;
    let before = resolver.program.descriptors()?;
    let mut streams = Vec::new();
    for number in 0..20 {
        let mut stream = connect(resolver.address)?;
        write_framed(&mut stream, &question(&format!("n{number}.test."), RecordType::A).to_vec()?)?;
        streams.push(stream);
    }
    wait_until(|| Ok(upstream.asked().len() == 20))?;
    assert!(resolver.program.descriptors()? >= before + 40, "a connection and a socket for each");
    for stream in &streams {
        // This ends a connection at once, so that no answer can be sent any more.
        socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO))?;
    }
    drop(streams);
    wait_until(|| Ok(resolver.program.descriptors()? == before))
}

#[test]
fn without_free_sockets_clients_get_an_error_and_warnings_are_rare() -> anyhow::Result<()> {
    let upstream = Upstream::start(silent)?;
    let mut command = program("sh");
    command.args(["-c", "ulimit -n 40 && exec \"$0\" \"$@\"", DNS_RESOLVER, "--port", "0"]);
    command.args(["--upstream", &upstream.address.to_string()]).args(PATIENT);
    let (program, address) = serve(&mut command)?;
    let resolver = Resolver { program, address };
    let waiting = ask(&resolver, (0..40).map(|number| format!("n{number}.test.")))?;
    for number in 40..100 {
        let answer = resolver.ask(&format!("n{number}.test."))?;
        assert_eq!(answer.metadata.response_code, ResponseCode::ServFail);
    }
    drop(waiting);
    let finished = resolver.program.terminate()?;
    assert!((1..10).contains(&finished.errors.matches("cannot bind").count()), "{finished:?}");
    Ok(())
}
