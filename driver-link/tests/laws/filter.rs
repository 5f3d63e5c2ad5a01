//! What may be sent, and what may be received.

use anyhow::ensure;
use driver_link::Link;
use marketplace_core::{Ground, topic};

use crate::support::{Joined, Noted, Said, Secret, Way, link, shared};

/// The first ground sends only messages of room 1. The second accepts only messages of person 2.
fn filtered() -> [Link; 2] {
    let outward = shared::<Said>().outbound(topic!(Said { room: 1, .. }));
    let inward = shared::<Said>().inbound(topic!(Said { who: 2, .. }));
    [Link::new("a").share(outward), Link::new("b").share(inward)]
}

pub(crate) fn link_s05_only_messages_within_the_filters_pass<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of(filtered())?;
    let mut there = joined[1].messages(topic!(Said { .. }))?;
    joined.flow()?;
    for (room, who) in [(1, 1), (2, 2), (1, 2), (2, 1)] {
        joined[0].send(Said { room, who, number: 0 })?;
    }
    joined.flow()?;
    let passed = there.message()?;
    ensure!((passed.room, passed.who) == (1, 2), "{passed:?} has passed both filters");
    there.nothing()
}

/// The first ground's mirror subscribes to room 1 only, so nothing else is sent to it, although there is no filter in
/// this direction.
pub(crate) fn link_s05_nobody_hears_over_a_link_what_he_is_not_told_to_hear<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of(filtered())?;
    let mut here = joined[0].messages(topic!(Said { .. }))?;
    joined.flow()?;
    for (room, who) in [(1, 1), (2, 2), (1, 2), (2, 1)] {
        joined[1].send(Said { room, who, number: 1 })?;
    }
    joined.flow()?;
    let passed = here.message()?;
    ensure!((passed.room, passed.who) == (1, 2), "{passed:?} was heard");
    here.nothing()
}

pub(crate) fn link_s06_endpoints_are_told_of_as_far_as_they_are_within_the_filters<W: Way>()
-> anyhow::Result<()> {
    let mut joined = Joined::<W>::of(filtered())?;
    let mut there = joined[1].subscriber(topic!(Said { .. }))?;
    let mut here = joined[0].subscriber(topic!(Said { .. }))?;
    joined.flow()?;
    let _outside = joined[0].publisher(topic!(Said { room: 2, .. }))?;
    let _refused = joined[0].publisher(topic!(Said { who: 1, .. }))?;
    let _partly = joined[0].publisher(topic!(Said { .. }))?;
    joined.flow()?;
    let told = there.presence()?;
    ensure!(told == topic!(Said { room: 1, who: 2, .. }), "{told:?} is within both filters");
    there.nothing()?;
    (0..3).try_for_each(|_| here.presence().map(drop))?;
    let _free = joined[1].publisher(topic!(Said { room: 3, who: 3, .. }))?;
    joined.flow()?;
    let told = here.presence()?;
    ensure!(told == topic!(Said { room: 3, who: 3, .. }), "{told:?} is not filtered");
    Ok(())
}

pub(crate) fn link_s06_what_only_one_side_shares_stays_at_home<W: Way>() -> anyhow::Result<()> {
    let within = shared::<Noted>().within(topic!(Noted(1)));
    let mut joined = Joined::<W>::of([
        link("a").share(shared::<Secret>()),
        Link::new("b").share(within).share(shared::<Said>()),
    ])?;
    let mut secret = joined[1].subscriber(topic!(Secret(_)))?;
    let mut noted = joined[1].subscriber(topic!(Noted(_)))?;
    let mut secret_too = joined[0].publisher(topic!(Secret(_)))?;
    let mut noted_too = joined[0].publisher(topic!(Noted(_)))?;
    joined.flow()?;
    ensure!(noted.presence()? == topic!(Noted(1)), "more is told of than is shared");
    ensure!(noted_too.presence()? == topic!(Noted(1)), "more is told of than is shared");
    for number in [2, 1] {
        joined[0].send(Secret(number))?;
        joined[0].send(Noted(number))?;
    }
    joined.flow()?;
    ensure!(noted.message()?.0 == 1, "a message has passed that is not within");
    noted.nothing()?;
    secret.nothing()?;
    secret_too.nothing()?;
    noted_too.nothing()
}

pub(crate) fn link_s06_a_type_may_not_be_shared_twice<W: Way>() -> anyhow::Result<()> {
    let mut way = W::default();
    let twice = link("a").share(shared::<Said>().outbound(topic!(Said { room: 1, .. })));
    let ground = way.start(Ground::new(), twice)?;
    let snapshot = ground.snapshot()?;
    ensure!(
        snapshot.processes.iter().all(|process| process.name.as_deref() != Some("link \"a\"")),
        "{snapshot}"
    );
    Ok(())
}

/// A subscriber that appears receives the messages. One that would receive none does not appear.
pub(crate) fn link_s06_nobody_sees_a_listener_who_is_sent_nothing<W: Way>() -> anyhow::Result<()> {
    let mut joined = Joined::<W>::of(filtered())?;
    let mut mouth = joined[0].publisher(topic!(Said { .. }))?;
    let mut ear = joined[1].messages(topic!(Said { .. }))?;
    joined.flow()?;
    let told = mouth.presence()?;
    ensure!(told == topic!(Said { room: 1, who: 2, .. }), "{told:?} is said to be heard");
    for (room, who) in [(2, 2), (1, 1), (1, 2)] {
        joined[0].send(Said { room, who, number: 0 })?;
    }
    joined.flow()?;
    let passed = ear.message()?;
    ensure!((passed.room, passed.who) == (1, 2), "{passed:?} has passed both filters");
    mouth.nothing()
}
