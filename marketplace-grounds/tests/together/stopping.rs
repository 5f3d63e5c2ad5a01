//! Grounds that are stopped.

use std::future::pending;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use futures::executor::block_on;
use marketplace_core::{Ground, Pattern, Spawn, Stopping, topic};
use marketplace_testing::TIMEOUT;

use crate::support::{end, ended, next, patient, start, stubborn};

/// Reports the deadline of its ground's stop, and quits.
fn told_of_stop(tell: Sender<Option<Instant>>) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.perform(pending::<()>(), |(), _, ()| ());
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(move |(), cx, stopping| {
            tell.send(stopping.conversation.value().and_then(|stopping| stopping.deadline))?;
            cx.quit();
            anyhow::Ok(())
        });
    })
}

#[test]
fn one_handle_stops_all() -> anyhow::Result<()> {
    let grounds = start(|_| Ok(Ground::new().spawn(patient())))?;
    let stop = grounds.stop_handle();
    stop.stop(Duration::MAX);
    end(grounds)?;
    // No ground is left to receive it.
    stop.stop(Duration::ZERO);
    Ok(())
}

#[test]
fn what_does_not_finish_in_time_is_dropped() -> anyhow::Result<()> {
    for grace in [Duration::ZERO, Duration::from_millis(10)] {
        let grounds = start(|_| Ok(Ground::new().spawn(stubborn())))?;
        grounds.stop_handle().stop(grace);
        end(grounds)?;
    }
    Ok(())
}

#[test]
fn of_several_stops_the_first_deadline_counts() -> anyhow::Result<()> {
    let grounds = start(|_| Ok(Ground::new().spawn(stubborn())))?;
    let stop = grounds.stop_handle();
    stop.stop(Duration::MAX);
    stop.stop(Duration::ZERO);
    stop.stop(Duration::MAX);
    end(grounds)
}

#[test]
fn a_stop_of_one_ground_stops_all_by_the_same_deadline() -> anyhow::Result<()> {
    let (tell, told) = channel();
    let grounds = start(move |_| Ok(Ground::new().spawn(told_of_stop(tell.clone()))))?;
    let deadline = Instant::now() + TIMEOUT;
    block_on(grounds.handles()[1].clone().stop(deadline, pending()))?;
    assert_eq!((next(&told)?, next(&told)?), (Some(deadline), Some(deadline)));
    end(grounds)
}

#[test]
fn a_stop_of_the_first_ground_before_the_others_are_made_stops_all() -> anyhow::Result<()> {
    let (tell, told) = channel();
    let deadline = Instant::now() + TIMEOUT;
    let grounds = start(move |index| {
        let ground = Ground::new().spawn(told_of_stop(tell.clone()));
        if index == 0 {
            block_on(ground.handle().stop(deadline, pending()))?;
        }
        Ok(ground)
    })?;
    assert_eq!((next(&told)?, next(&told)?), (Some(deadline), Some(deadline)));
    end(grounds)
}

#[test]
fn a_stop_of_one_ground_drops_the_others_at_the_deadline_too() -> anyhow::Result<()> {
    let grounds = start(|index| {
        let process = if index == 0 { patient() } else { stubborn() };
        Ok(Ground::new().spawn(process))
    })?;
    let deadline = Instant::now() + Duration::from_millis(10);
    block_on(grounds.handles()[0].clone().stop(deadline, pending()))?;
    end(grounds)
}

#[test]
fn the_end_of_a_main_process_stops_only_its_own_ground() -> anyhow::Result<()> {
    let (tell, told) = channel();
    let grounds = start(move |index| {
        let ground = Ground::new().spawn(told_of_stop(tell.clone()));
        Ok(if index == 0 { ground.main(Spawn::new((), |(), cx| cx.quit())) } else { ground })
    })?;
    ended(&grounds, 0)?;
    assert_eq!(next(&told)?, None);
    assert!(told.try_recv().is_err(), "the other ground is told to stop, too");
    grounds.stop_handle().stop(Duration::MAX);
    assert!(next(&told)?.is_some());
    end(grounds)
}
