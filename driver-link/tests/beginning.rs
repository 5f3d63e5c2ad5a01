//! How a session begins, while something happens.

mod support;

use std::num::NonZero;

use anyhow::ensure;
use marketplace_core::{Ground, Spawn, topic};

use support::{Noted, Simulated, Way as _, link};

/// The window is narrow, so there is still much to report when the process sends and quits.
#[test]
fn a_process_that_sends_and_quits_while_a_session_begins_is_reported_all_the_same() -> anyhow::Result<()> {
    let mut way = Simulated::default();
    let narrow = |name| link(name).window(NonZero::<u32>::MIN);
    let crowd = Spawn::new((), |(), cx| (0..10).for_each(|number| drop(cx.publisher(topic!(Noted(number))))));
    let here = way.start(Ground::new().spawn(crowd), narrow("a"))?;
    let there = way.start(Ground::new(), narrow("b"))?;
    let mut noted = there.subscriber(topic!(Noted(_)))?;
    let speaker = here.process(|cx| {
        cx.publisher(topic!(Noted(17)));
    })?;
    // The endpoints of "b" become known here, while those of "a" are not all known there yet.
    let mut hearers = here.publisher(topic!(Noted(99)))?;
    while hearers.rest().is_empty() {
        way.network.deliver(0, 1);
        there.settle();
        way.network.deliver(1, 0);
    }
    speaker.run(|cx| cx.send(Noted(17)))?;
    speaker.quit()?;
    way.flow(&[&here, &there])?;
    let seen = noted.rest().into_iter().map(|seen| format!("{seen:?}"));
    let seen: Vec<_> = seen.filter(|seen| seen.contains("(17)")).collect();
    ensure!(seen == ["+ Noted(17)", "Noted(17)", "- Noted(17): normal"], "{seen:?}");
    Ok(())
}
