//! The counters of all grounds together.

use std::time::Duration;

use futures::executor::block_on;
use marketplace_core::{Counters, Ground};

use crate::support::{act, acting, end, ended, patient, start};

#[test]
fn the_counters_of_all_grounds_add_up() -> anyhow::Result<()> {
    let grounds = start(|_| Ok(Ground::new().spawn(patient()).spawn(acting(|| Ok(())))))?;
    act(&grounds, 0)?;
    act(&grounds, 1)?;
    // They are requested after the other requests.
    let all = block_on(grounds.counters());
    let each: Vec<Counters> =
        grounds.handles().iter().filter_map(|handle| block_on(handle.clone().counters()).ok()).collect();
    assert_eq!(each.len(), 2);
    assert_eq!(all.messages, 2);
    assert_eq!(all, each.into_iter().sum());
    grounds.stop_handle().stop(Duration::MAX);
    end(grounds)
}

#[test]
fn a_ground_that_has_ended_is_left_out() -> anyhow::Result<()> {
    let grounds = start(|index| {
        let ground = Ground::new();
        Ok(if index == 0 { ground.main(acting(|| Ok(()))) } else { ground.spawn(patient()) })
    })?;
    act(&grounds, 0)?;
    ended(&grounds, 0)?;
    let all = block_on(grounds.counters());
    assert_eq!(all, block_on(grounds.handles()[1].clone().counters())?);
    grounds.stop_handle().stop(Duration::MAX);
    end(grounds)
}
