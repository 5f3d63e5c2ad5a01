//! How a link, a ground, or a program ends.

use anyhow::{Context as _, anyhow, ensure};
use driver_link::{LinkLost, Linked};
use marketplace_core::topic;
use marketplace_testing::wait_until;

use crate::support::{Joined, Noted, Said, Way, link, said};

pub(crate) fn link_s11_a_link_that_goes_is_an_absence_of_all_behind_it_with_its_error<W: Way>()
-> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a"), link("b"), link("c")])?;
    let mut here = joined[0].subscriber(topic!(Noted(_)))?;
    let mut there = joined[1].subscriber(topic!(Noted(_)))?;
    let mut linked = joined[1].subscriber(topic!(Linked { peer: "a".into(), .. }))?;
    let mouths: Vec<_> =
        (0..3).map(|ground| joined[ground].publisher(topic!(Noted(1)))).collect::<Result<_, _>>()?;
    joined.flow()?;
    (0..3).try_for_each(|_| here.presence().map(drop))?;
    (0..3).try_for_each(|_| there.presence().map(drop))?;
    linked.presence()?;
    let snapshot = joined[0].snapshot()?;
    let link = snapshot.processes.iter().find(|process| process.name.as_deref() == Some("link \"a\""));
    let pid = link.context("no link")?.pid.clone();
    let _killer = joined[0].process(move |cx| cx.kill(&pid, anyhow!("no more links")))?;
    joined.flow_but(0)?;
    // On this ground the reason is that of the kill. There are two grounds behind the link.
    for _ in 0..2 {
        ensure!(here.absence()?.to_string() == "no more links", "the reason is another");
    }
    for reason in [there.absence()?, linked.absence()?] {
        let lost =
            reason.downcast_ref::<LinkLost>().with_context(|| format!("{reason} is another reason"))?;
        ensure!(&*lost.peer == "a", "{lost}");
    }
    here.nothing()?;
    there.nothing()?;
    drop(mouths);
    Ok(())
}

pub(crate) fn link_s15_a_program_ends_when_nobody_in_it_shares_any_more<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    let listener = joined[0].process(|cx| {
        cx.subscriber(topic!(Noted(_)));
    })?;
    let mut there = joined[1].publisher(topic!(Noted(1)))?;
    joined.flow()?;
    there.presence()?;
    let mut program = joined.take(0)?;
    program.release();
    joined.flow()?;
    ensure!(!program.has_ended(), "somebody may still say something");
    drop(listener);
    let program = &program;
    wait_until(|| {
        joined.flow()?;
        program.settle();
        Ok(program.has_ended())
    })?;
    let reason = there.absence()?;
    ensure!(reason.as_error().is_none(), "it went with {reason}");
    program.outcome()
}

pub(crate) fn link_s18_a_stop_sends_what_was_accepted_and_takes_leave<W: Way>() -> anyhow::Result<()> {
    const MANY: u32 = 5_000;
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    let mut ear = joined[1].subscriber(topic!(Said { .. }))?;
    let mut linked = joined[1].subscriber(topic!(Linked { .. }))?;
    linked.presence()?;
    let speaker = joined[0].process(|cx| {
        cx.publisher(topic!(Said { .. }));
    })?;
    joined.flow()?;
    ear.presence()?;
    speaker.start(|cx| (0..MANY).for_each(|number| cx.send(said(1, number))))?;
    let program = joined.take(0)?;
    program.ask_to_stop()?;
    wait_until(|| {
        joined.flow()?;
        program.settle();
        Ok(program.has_ended())
    })?;
    program.outcome()?;
    joined.flow()?;
    for number in 0..MANY {
        let came = ear.message().with_context(|| format!("message {number}"))?.number;
        ensure!(came == number, "{came} has come in the place of {number}");
    }
    for reason in [ear.absence()?, linked.absence()?] {
        ensure!(reason.as_error().is_none(), "it went with {reason}");
    }
    Ok(())
}
