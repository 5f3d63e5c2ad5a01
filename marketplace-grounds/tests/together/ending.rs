//! Grounds that end by themselves.

use futures::FutureExt;
use futures::executor::block_on;
use marketplace_core::{Ground, Handle};
use marketplace_grounds::{Grounds, RunningGrounds, StopHandle};

use crate::support::{Act, act, acting, end, ended, in_time, start};

#[test]
fn a_ground_that_ends_leaves_the_others_as_they_are() -> anyhow::Result<()> {
    let grounds = start(|_| Ok(Ground::new().main(acting(|| Ok(())))))?;
    act(&grounds, 0)?;
    ended(&grounds, 0)?;
    assert!(grounds.handles()[1].closed().now_or_never().is_none());
    // It still accepts requests.
    act(&grounds, 1)?;
    end(grounds)
}

#[test]
fn grounds_in_which_nothing_can_happen_end() -> anyhow::Result<()> {
    end(start(|_| Ok(Ground::new()))?)
}

#[test]
fn grounds_go_on_when_nobody_waits_for_them() -> anyhow::Result<()> {
    let grounds = start(|_| Ok(Ground::new().main(acting(|| Ok(())))))?;
    let mut handles = grounds.handles().to_vec();
    drop(grounds);
    for handle in &mut handles {
        block_on(handle.send(Act {}))?;
        let closed = handle.closed();
        in_time(|| block_on(closed))??;
    }
    Ok(())
}

#[test]
fn what_is_public_can_be_used_from_any_thread() {
    fn check<T: Send + Sync>() {}
    check::<Grounds>();
    check::<RunningGrounds>();
    check::<StopHandle>();
    check::<Handle>();
}
