//! The relay's process without a VM: events in, actions out.

use anyhow::bail;
use driver_event_relay::event_relay;
use marketplace_core::{Action, NetworkAction};
use marketplace_testing::TestActor;

#[test]
fn a_second_relay_quits_with_a_reason() -> anyhow::Result<()> {
    let mut relay = TestActor::boot(event_relay("second"))?;
    let actions = relay.settled(1)?;
    let [Action::Local(NetworkAction::Quit { pid: None, reason })] = &actions[..] else {
        bail!("the relay must quit, not {actions:?}")
    };
    assert_eq!(reason.to_string(), "this VM already has an event relay, so the relay \"second\" quits");
    Ok(())
}
