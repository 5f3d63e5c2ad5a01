//! What a link publishes about itself.

use anyhow::{bail, ensure};
use driver_link::Linked;
use marketplace_core::{Pattern as _, Reason, Spawn, topic};
use marketplace_testing::InboxEvent;

use crate::support::{Joined, Noted, Way, link};

pub(crate) fn link_s01_each_run_has_an_identity_of_its_own<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    let mut linked = joined[0].subscriber(topic!(Linked { .. }))?;
    let first = linked.presence()?;
    drop(joined.take(1)?);
    joined.flow()?;
    linked.absence()?;
    joined.start(link("b"))?;
    joined.flow()?;
    let second = linked.presence()?;
    ensure!(first.peer == second.peer, "it has another name");
    ensure!(first.ground != second.ground, "it has the same identity");
    Ok(())
}

pub(crate) fn link_s01_a_name_may_be_used_twice<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a"), link("twin"), link("twin")])?;
    let mut linked = joined[0].subscriber(topic!(Linked { peer: "twin".into(), .. }))?;
    let (one, other) = (linked.presence()?, linked.presence()?);
    ensure!(one.ground != other.ground, "both are the same ground");
    let mut noted = joined[0].subscriber(topic!(Noted(_)))?;
    let _first = joined[1].publisher(topic!(Noted(1)))?;
    let _second = joined[2].publisher(topic!(Noted(2)))?;
    joined.flow()?;
    (0..2).try_for_each(|_| noted.presence().map(drop))?;
    drop(joined.take(1)?);
    joined.flow()?;
    noted.absence()?;
    noted.nothing()
}

/// What one process receives, in order.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Noted(bool),
    Linked(bool),
}

pub(crate) fn link_s09_linked_comes_after_all_that_is_mirrored_and_goes_after_it<W: Way>()
-> anyhow::Result<()> {
    const MANY: usize = 3_000;
    let mut joined = Joined::<W>::of([link("a")])?;
    let (reporter, told) = joined[0].reports();
    let of_links = reporter.clone();
    let _watcher = joined[0].process(move |cx| {
        let (here, gone) = (reporter.clone(), reporter);
        cx.subscriber(topic!(Noted(_)))
            .on_presence(move |(), _, _| here.report(Told::Noted(true)))
            .on_absence(move |(), _, _, _: &Reason| gone.report(Told::Noted(false)));
        let (here, gone) = (of_links.clone(), of_links);
        cx.subscriber(topic!(Linked { .. }))
            .on_presence(move |(), _, _| here.report(Told::Linked(true)))
            .on_absence(move |(), _, _, _: &Reason| gone.report(Told::Linked(false)));
    })?;
    let crowd = Spawn::new((), |(), cx| {
        for _ in 0..MANY {
            cx.publisher(topic!(Noted(1)));
        }
    });
    let late = joined.start_with(link("b"), [crowd])?;
    joined.flow()?;
    for is_here in [true, false] {
        for number in 0..=MANY {
            let next = told.next()?;
            let should = if number < MANY { Told::Noted(is_here) } else { Told::Linked(is_here) };
            ensure!(next == should, "{next:?} was told as the {number}th, in the place of {should:?}");
        }
        if is_here {
            drop(joined.take(late)?);
            joined.flow()?;
        }
    }
    Ok(())
}

pub(crate) fn link_s09_a_ground_that_is_linked_with_one_is_not_with_the_other<W: Way>() -> anyhow::Result<()>
{
    let mut joined = Joined::<W>::of([link("a"), link("b"), link("c")])?;
    let mut linked = joined[0].subscriber(topic!(Linked { .. }))?;
    (0..2).try_for_each(|_| linked.presence().map(drop))?;
    linked.nothing()?;
    drop(joined.take(2)?);
    joined.flow()?;
    let left = match linked.recv()? {
        InboxEvent::Absence { conversation, .. } => conversation,
        other => bail!("{other:?} came, and not an absence"),
    };
    ensure!(left.intersection(&topic!(Linked { peer: "c".into(), .. })).is_some(), "{left:?} has left");
    linked.nothing()
}
