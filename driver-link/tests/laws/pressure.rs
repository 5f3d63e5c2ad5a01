//! Grounds that are too slow.

use std::num::NonZero;

use anyhow::{Context as _, ensure};
use driver_link::{Cause, Link, LinkLost, LinkPressure, Linked};
use marketplace_core::topic;

use crate::support::{Joined, Said, Way, link, said};

const WINDOW: u32 = 16;
const MARK: usize = 32;
const LIMIT: usize = 64;

fn narrow(name: &'static str) -> Link {
    let window = NonZero::new(WINDOW).expect("not zero");
    link(name).window(window).mark(MARK).limit(LIMIT)
}

pub(crate) fn link_s16_pressure_is_told_by_presence_and_nothing_is_lost<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([narrow("a"), narrow("b")])?;
    let mut ear = joined[1].messages(topic!(Said { .. }))?;
    let mut pressure = joined[0].subscriber(topic!(LinkPressure { peer: "b".into(), .. }))?;
    joined.flow()?;
    pressure.nothing()?;
    joined.freeze(1)?;
    let speaker = joined[0].process(|_| {})?;
    // As many messages as may wait. That is more than the mark, although some of them are sent at once.
    let many = u32::try_from(LIMIT)?;
    speaker.run(move |cx| (0..many).for_each(|number| cx.send(said(1, number))))?;
    pressure.presence().context("more waits than the mark")?;
    joined.thaw(1)?;
    joined.flow()?;
    pressure.absence().context("all has been taken")?;
    for number in 0..many {
        let came = ear.message()?.number;
        ensure!(came == number, "{came} has come in the place of {number}");
    }
    ear.nothing()?;
    pressure.nothing()
}

pub(crate) fn link_s16_above_the_limit_the_link_is_lost_and_begins_anew<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([narrow("a"), narrow("b")])?;
    let mut ear = joined[1].messages(topic!(Said { .. }))?;
    let mut mouth = joined[0].publisher(topic!(Said { .. }))?;
    let mut linked = joined[0].subscriber(topic!(Linked { .. }))?;
    joined.flow()?;
    mouth.presence()?;
    linked.presence()?;
    joined.freeze(1)?;
    let speaker = joined[0].process(|_| {})?;
    let many = WINDOW + u32::try_from(LIMIT)? + 1;
    speaker.run(move |cx| (0..many).for_each(|number| cx.send(said(1, number))))?;
    let reason = mouth.absence()?;
    let lost = reason.downcast_ref::<LinkLost>().context("not the link's error")?;
    ensure!(lost.cause == Cause::Overrun { limit: LIMIT } && &*lost.peer == "b", "{lost}");
    linked.absence()?;
    joined.thaw(1)?;
    joined.flow()?;
    mouth.presence()?;
    linked.presence()?;
    // The first of the messages that were sent before the loss have been received.
    joined[0].send(said(1, many))?;
    joined.flow()?;
    let mut expected = 0..many;
    loop {
        match ear.message()?.number {
            last if last == many => break,
            came => ensure!(expected.next() == Some(came), "{came} has come out of turn"),
        }
    }
    ear.nothing()
}

pub(crate) fn link_s16_others_do_not_notice_a_slow_ground<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([narrow("a"), narrow("slow"), narrow("c")])?;
    let mut ear = joined[2].messages(topic!(Said { .. }))?;
    let _slow = joined[1].messages(topic!(Said { .. }))?;
    let mut pressure = joined[0].subscriber(topic!(LinkPressure { .. }))?;
    joined.flow()?;
    joined.freeze(1)?;
    // In total more than the queue for the slow ground holds, but never so much at once.
    let speaker = joined[0].process(|_| {})?;
    for first in (0..200).step_by(10) {
        speaker.run(move |cx| (first..first + 10).for_each(|number| cx.send(said(1, number))))?;
        joined.flow_but(1)?;
        for number in first..first + 10 {
            ensure!(ear.message()?.number == number, "another has come than {number}");
        }
    }
    let under_pressure = pressure.presence()?;
    ensure!(format!("{under_pressure:?}").contains("slow"), "{under_pressure:?} is under pressure");
    joined.thaw(1)
}

/// The window of the wider ground is so large that by itself it would acknowledge messages only rarely.
pub(crate) fn link_s16_a_ground_with_a_narrow_window_is_told_in_time_what_a_wider_one_takes<W: Way>()
-> anyhow::Result<()> {
    let narrow = link("a").window(NonZero::new(WINDOW).context("zero")?);
    let mut joined = Joined::<W>::of([narrow, link("b")])?;
    for (from, to) in [(0, 1), (1, 0)] {
        let mut ear = joined[to].messages(topic!(Said { .. }))?;
        // A process that stays. Otherwise the sending ground might seem about to end.
        let _stays = joined[from].publisher(topic!(Said { .. }))?;
        joined.flow()?;
        joined[from].process(|cx| (0..40 * WINDOW).for_each(|number| cx.send(said(1, number))))?.quit()?;
        joined.flow()?;
        for number in 0..40 * WINDOW {
            let came = ear.message()?.number;
            ensure!(came == number, "{came} has come in the place of {number}");
        }
        ear.close()?;
    }
    Ok(())
}
