//! What the server answers, and what it keeps in its cache.

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::RecordType;

use super::packet::{a, addresses, answer, asked, cname, name, nothing, question};
use super::resolver::{Resolver, host};
use super::upstream::{Upstream, answering};
use crate::support::wait_until;

#[test]
fn an_answer_is_forwarded_and_cached() -> anyhow::Result<()> {
    let upstream = Upstream::start(answering(|query| answer(query, [a("www.test.", host(1))])))?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    for name in ["www.test.", "WWW.test.", "www.TEST."] {
        let answer = resolver.ask(name)?;
        assert_eq!(addresses(&answer), [host(1)]);
        assert_eq!(answer.queries[0].name().to_string(), name, "a client may look for its own spelling");
        assert!(answer.metadata.recursion_available && !answer.metadata.authoritative);
    }
    assert_eq!(upstream.names(), ["www.test."]);
    Ok(())
}

#[test]
fn the_ttl_of_a_cached_answer_counts_down_and_ends() -> anyhow::Result<()> {
    let upstream = Upstream::start(answering(|query| {
        let mut record = a("www.test.", host(1));
        record.ttl = 2;
        answer(query, [record])
    }))?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    assert_eq!(resolver.ask("www.test.")?.answers[0].ttl, 2);
    wait_until(|| Ok(resolver.ask("www.test.")?.answers[0].ttl == 1))?;
    assert_eq!(upstream.asked().len(), 1);
    wait_until(|| Ok(resolver.ask("www.test.")?.answers[0].ttl == 2))?;
    assert_eq!(upstream.asked().len(), 2);
    Ok(())
}

#[test]
fn an_answer_with_a_ttl_of_zero_is_not_cached() -> anyhow::Result<()> {
    let upstream = Upstream::start(answering(|query| {
        let mut record = a("www.test.", host(1));
        record.ttl = 0;
        answer(query, [record])
    }))?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    for _ in 0..3 {
        assert_eq!(addresses(&resolver.ask("www.test.")?), [host(1)]);
    }
    assert_eq!(upstream.asked().len(), 3);
    Ok(())
}

#[test]
fn nothing_is_cached_for_longer_than_a_day() -> anyhow::Result<()> {
    let upstream = Upstream::start(answering(|query| {
        let mut record = a(&asked(query), host(1));
        record.ttl = asked(query).split('.').next().and_then(|ttl| ttl.parse().ok()).unwrap_or_default();
        answer(query, [record])
    }))?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    for (told, passed_on) in [(86_400, 86_400), (86_401, 86_400), (i32::MAX as u32, 86_400)] {
        assert_eq!(resolver.ask(&format!("{told}.test."))?.answers[0].ttl, passed_on);
    }
    for no_number in [1 << 31, u32::MAX] {
        for _ in 0..2 {
            assert_eq!(resolver.ask(&format!("{no_number}.test."))?.answers[0].ttl, 0);
        }
    }
    assert_eq!(upstream.asked().len(), 3 + 4);
    Ok(())
}

#[test]
fn an_empty_answer_is_cached() -> anyhow::Result<()> {
    for code in [ResponseCode::NXDomain, ResponseCode::NoError] {
        let upstream = Upstream::start(answering(move |query| nothing(query, code)))?;
        let resolver = Resolver::forwarding(&[upstream.address])?;
        for _ in 0..3 {
            let answer = resolver.ask("www.test.")?;
            assert_eq!((answer.metadata.response_code, answer.answers.len()), (code, 0));
            let start = &answer.authorities[0];
            assert_eq!((&start.name, start.record_type()), (&name("test."), RecordType::SOA));
            assert!(start.ttl <= 60, "as long as the zone says, and not as long as its start holds");
        }
        assert_eq!(upstream.asked().len(), 1, "{code}");
    }
    Ok(())
}

#[test]
fn an_empty_answer_without_a_soa_record_is_not_cached() -> anyhow::Result<()> {
    let upstream = Upstream::start(answering(|query| match asked(query).as_str() {
        "alias.test." => answer(query, [cname("alias.test.", "www.test.")]),
        _ => answer(query, []),
    }))?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    for (name, asked) in [("www.test.", 1), ("alias.test.", 2)] {
        let before = upstream.asked().len();
        for _ in 0..2 {
            assert!(addresses(&resolver.ask(name)?).is_empty());
        }
        assert_eq!(upstream.asked().len() - before, 2 * asked, "{name}");
    }
    Ok(())
}

#[test]
fn types_of_one_name_are_different_questions() -> anyhow::Result<()> {
    let upstream = Upstream::start(answering(|query| nothing(query, ResponseCode::NoError)))?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    for record_type in [RecordType::A, RecordType::AAAA, RecordType::A, RecordType::AAAA] {
        resolver.exchange(&question("www.test.", record_type))?;
    }
    assert_eq!(upstream.asked().len(), 2);
    Ok(())
}

#[test]
fn aliases_are_followed_as_far_as_the_server_did_not() -> anyhow::Result<()> {
    let upstream = Upstream::start(answering(|query| match asked(query).as_str() {
        "one.test." => answer(query, [cname("one.test.", "two.test."), cname("two.test.", "three.test.")]),
        "three.test." => answer(query, [cname("three.test.", "four.test."), a("four.test.", host(4))]),
        _ => nothing(query, ResponseCode::NXDomain),
    }))?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    let answer = resolver.ask("one.test.")?;
    let owners: Vec<String> = answer.answers.iter().map(|record| record.name.to_string()).collect();
    assert_eq!(owners, ["one.test.", "two.test.", "three.test.", "four.test."]);
    assert_eq!(upstream.names(), ["one.test.", "three.test."]);
    Ok(())
}

#[test]
fn an_empty_answer_contains_the_alias_that_led_to_it() -> anyhow::Result<()> {
    let upstream = Upstream::start(answering(|query| {
        let mut answer = nothing(query, ResponseCode::NXDomain);
        answer.add_answer(cname("www.test.", "nowhere.test."));
        answer
    }))?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    let answer = resolver.ask("www.test.")?;
    assert_eq!((answer.metadata.response_code, answer.answers.len()), (ResponseCode::NXDomain, 1));
    Ok(())
}

#[test]
fn a_loop_of_aliases_is_a_failure() -> anyhow::Result<()> {
    let upstream = Upstream::start(answering(|query| {
        let target = if asked(query) == "a.test." { "b.test." } else { "a.test." };
        answer(query, [cname(&asked(query), target)])
    }))?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    assert_eq!(resolver.ask("a.test.")?.metadata.response_code, ResponseCode::ServFail);
    assert!(upstream.asked().len() < 10);
    Ok(())
}
