//! Which endpoints receive the presence of which.

use anyhow::ensure;
use marketplace_core::{Interest, Orientation, Pid, Reason, Role, Spawn, topic};
use marketplace_testing::{Inbox, InboxEvent};

use crate::support::{Broken, Joined, Noted, Said, Way, link, said};

pub(crate) fn link_s01_a_pid_from_over_there_is_unknown_here<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    let (reporter, pids) = joined[0].reports::<Pid>();
    let _lives = joined[0].process(move |cx| {
        reporter.report(cx.pid().clone());
        cx.publisher(topic!(Noted(1)));
    })?;
    let mut noted = joined[1].subscriber(topic!(Noted(_)))?;
    joined.flow()?;
    noted.presence()?;
    let pid = pids.next()?;
    let _killer = joined[1].process(move |cx| cx.kill(&pid, Reason::normal()))?;
    joined.flow()?;
    noted.nothing()
}

pub(crate) fn link_s02_a_failure_is_known_over_there_and_takes_no_other_along<W: Way>() -> anyhow::Result<()>
{
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    let mut noted = joined[1].subscriber(topic!(Noted(_)))?;
    let driver = joined[0].process(|cx| {
        cx.publisher(topic!(Noted(1)));
        cx.publisher(topic!(Noted(2)));
    })?;
    let _other = joined[0].process(|cx| {
        cx.publisher(topic!(Noted(3)));
    })?;
    joined.flow()?;
    (0..3).try_for_each(|_| noted.presence().map(drop))?;
    driver.fail("the disk is full")?;
    joined.flow()?;
    for _ in 0..2 {
        let reason = noted.absence()?;
        ensure!(reason.to_string() == "the disk is full", "the reason is {reason}");
    }
    noted.nothing()
}

/// Both orientations, with each interest on either side.
pub(crate) fn link_s06_who_sees_whom_is_as_in_one_ground<W: Way>() -> anyhow::Result<()> {
    const INTERESTS: [Interest; 3] = [Interest::Participant, Interest::Observer, Interest::Everything];
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    for orientation in [Orientation::Publisher, Orientation::Subscriber] {
        for (here, there) in INTERESTS.iter().flat_map(|here| INTERESTS.map(|there| (*here, there))) {
            let role = |orientation, interest| Role { orientation, interest, topic: topic!(Noted(7)).into() };
            let mut seen_here: Inbox<Noted> = joined[0].watch(role(orientation, here))?;
            // The endpoints of its own ground, such as those of the link.
            joined.flow()?;
            let _own = seen_here.rest();
            let mut seen_there: Inbox<Noted> = joined[1].watch(role(orientation.opposite(), there))?;
            joined.flow()?;
            for (seen, of, by) in [(&mut seen_here, there, here), (&mut seen_there, here, there)] {
                let told = seen.rest().into_iter().filter(|seen| is_presence_of(seen, of)).count();
                // An everything also sees the link's own endpoint, which observes everything.
                let links_own = usize::from(by == Interest::Everything && of == Interest::Everything);
                let should = usize::from(of.is_visible_to(by));
                ensure!(
                    told == should || told == should + links_own,
                    "{by:?} of {orientation:?} and its opposite was told {told} times of {of:?}"
                );
            }
            seen_there.close()?;
            joined.flow()?;
            let gone = seen_here
                .rest()
                .into_iter()
                .filter(|seen| matches!(seen, InboxEvent::Absence { .. }))
                .count();
            ensure!(
                gone == usize::from(there.is_visible_to(here)),
                "{here:?} has lost {there:?} {gone} times"
            );
        }
    }
    Ok(())
}

fn is_presence_of(seen: &InboxEvent<Noted>, of: Interest) -> bool {
    matches!(seen, InboxEvent::Presence { interest, conversation, .. } if *interest == of && *conversation == topic!(Noted(7)))
}

pub(crate) fn link_s06_both_are_told_of_what_both_are_about<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    let mut publisher = joined[0].publisher(topic!(Said { room: 1, who: _, .. }))?;
    let mut subscriber = joined[1].subscriber(topic!(Said { room: _, who: 2, .. }))?;
    let mut elsewhere = joined[1].subscriber(topic!(Said { room: 3, .. }))?;
    joined.flow()?;
    let both = topic!(Said { room: 1, who: 2, .. });
    ensure!(publisher.presence()? == both && subscriber.presence()? == both, "told of other topics");
    publisher.nothing()?;
    elsewhere.nothing()
}

pub(crate) fn link_s06_a_ground_that_comes_late_is_told_of_all_there_is<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a")])?;
    let _early = joined[0].process(|cx| {
        for number in 0..100 {
            cx.publisher(topic!(Noted(number)));
        }
    })?;
    joined.start(link("b"))?;
    let mut noted = joined[1].subscriber(topic!(Noted(_)))?;
    joined.await_links()?;
    for number in 0..100 {
        let conversation = noted.presence()?;
        ensure!(conversation == topic!(Noted(number)), "{conversation:?} is there in the place of {number}");
    }
    noted.nothing()
}

pub(crate) fn link_s06_what_was_there_before_the_link_is_told_of_too<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a")])?;
    let early = Spawn::new((), |(), cx| {
        cx.publisher(topic!(Noted(1)));
        cx.subscriber(topic!(Said { .. }));
    });
    let late = joined.start_with(link("b"), [early])?;
    joined.await_links()?;
    let mut noted = joined[0].subscriber(topic!(Noted(_)))?;
    let mut said_to = joined[0].publisher(topic!(Said { .. }))?;
    noted.presence()?;
    said_to.presence()?;
    drop(joined.take(late)?);
    joined.flow()?;
    noted.absence()?;
    said_to.absence()?;
    Ok(())
}

pub(crate) fn link_s07_presence_and_absence_come_strictly_in_turn<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    let mut noted = joined[1].subscriber(topic!(Noted(_)))?;
    let flapping = joined[0].process(|_| {})?;
    for _ in 0..20 {
        flapping.run(|cx| {
            // It is added and deleted within one turn, and is present at the end of the turn.
            cx.publisher(topic!(Noted(1))).named("it");
            cx.delete("it");
            cx.publisher(topic!(Noted(1))).named("it");
        })?;
        flapping.run(|cx| cx.delete("it"))?;
    }
    flapping.run(|cx| {
        cx.publisher(topic!(Noted(1))).named("it");
    })?;
    joined.flow()?;
    let mut present = None;
    for seen in noted.rest() {
        present = match (present, &seen) {
            (None, InboxEvent::Presence { id, .. }) => Some(*id),
            (Some(there), InboxEvent::Absence { id, .. }) if there == *id => None,
            _ => anyhow::bail!("{seen:?} after {present:?} was there"),
        };
    }
    ensure!(present.is_some(), "it is not there in the end");
    Ok(())
}

pub(crate) fn link_s07_an_absence_has_its_reason<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    let mut noted = joined[1].subscriber(topic!(Noted(_)))?;
    let process = joined[0].process(|cx| {
        cx.publisher(topic!(Noted(1))).named(1);
        cx.publisher(topic!(Noted(2))).named(2);
    })?;
    joined.flow()?;
    (0..2).try_for_each(|_| noted.presence().map(drop))?;
    process.run(|cx| cx.delete(1))?;
    process.run(|cx| cx.delete_because(2, Reason::error(Broken(7))))?;
    joined.flow()?;
    let (normal, broken) = (noted.absence()?, noted.absence()?);
    ensure!(normal.as_error().is_none(), "what was deleted went with {normal}");
    ensure!(broken.to_string() == "part 7 is broken", "the reason is {broken}");
    if W::SHARES_REASONS {
        ensure!(broken.downcast_ref() == Some(&Broken(7)), "{broken} is not the reason itself");
    }
    Ok(())
}

pub(crate) fn link_s07_each_of_many_equal_endpoints_is_told_of<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    let mut noted = joined[1].subscriber(topic!(Noted(_)))?;
    let one = joined[0].publisher(topic!(Noted(1)))?;
    let other = joined[0].publisher(topic!(Noted(1)))?;
    joined.flow()?;
    (0..2).try_for_each(|_| noted.presence().map(drop))?;
    one.close()?;
    joined.flow()?;
    noted.absence()?;
    noted.nothing()?;
    other.close()?;
    joined.flow()?;
    noted.absence()?;
    noted.nothing()
}

pub(crate) fn link_s08_an_update_is_not_seen_over_there<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    let mut publisher = joined[1].publisher(topic!(Said { .. }))?;
    let (reporter, heard) = joined[0].reports();
    let process = joined[0].process(|cx| {
        cx.subscriber(topic!(Said { .. })).named("ear");
    })?;
    joined.flow()?;
    publisher.presence()?;
    process.run(move |cx| {
        let ear = cx.subscriber(topic!(Said { .. })).named("ear");
        ear.on_message(move |(), _, said: &Said| reporter.report(said.number));
    })?;
    joined.flow()?;
    publisher.nothing()?;
    joined[1].send(said(1, 17))?;
    joined.flow()?;
    ensure!(heard.next()? == 17, "the new handler has heard something else");
    Ok(())
}

pub(crate) fn link_s14_what_a_nested_vm_has_at_the_ground_is_mirrored<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of([link("a"), link("b")])?;
    let (reporter, heard) = joined[0].reports();
    let inside = Spawn::new((), move |(), cx| {
        let mut outside = cx.meta();
        let ear = outside.subscriber(topic!(Said { .. }));
        ear.on_message(move |(), _, said: &Said| reporter.report(said.number));
        // An endpoint inside the VM only.
        cx.subscriber(topic!(Noted(_)));
    });
    let _vm = joined[0].nested([inside])?;
    let mut said_to = joined[1].publisher(topic!(Said { .. }))?;
    let mut noted_to = joined[1].publisher(topic!(Noted(_)))?;
    joined.flow()?;
    said_to.presence()?;
    noted_to.nothing()?;
    joined[1].send(said(1, 5))?;
    joined.flow()?;
    ensure!(heard.next()? == 5, "something else has come");
    Ok(())
}
