//! More timers than expire in one turn.

use std::time::Duration;

use marketplace_core::{Spawn, Value};

use super::stage::Stage;
use super::{INSTANT, SECOND};
use crate::{CancelTimer, SetTimer};

#[test]
fn many_that_are_due_at_once_expire_in_order() -> anyhow::Result<()> {
    let mut stage = Stage::new()?;
    for number in 0..2000 {
        stage.send(SetTimer::after(number, SECOND))?;
    }
    stage.advance(SECOND);
    let expected: Vec<_> = (0..2000).map(|number| format!("{number}")).collect();
    assert_eq!(stage.expired(), expected);
    stage.end()
}

#[test]
fn a_million_timers_share_one_wakeup_and_expire_in_order_unless_cancelled() -> anyhow::Result<()> {
    const COUNT: u64 = 1_000_000;
    let mut stage = Stage::new()?;
    stage.spawn(Spawn::new((), |(), cx| {
        for number in 0..COUNT {
            // Each delay occurs once, in a mixed order.
            let micros = number * 7919 % COUNT;
            let label = if micros.is_multiple_of(10) { Value::from(micros) } else { "cancelled".into() };
            cx.send(SetTimer::after(label, Duration::from_micros(micros) + INSTANT));
        }
    }))?;
    assert_eq!(stage.waits(), 1);
    stage.send(CancelTimer::new("cancelled"))?;
    stage.advance(SECOND);
    let rest = (0..COUNT).step_by(10).map(|label| label.to_string());
    assert!(stage.expired().into_iter().eq(rest));
    stage.end()
}
