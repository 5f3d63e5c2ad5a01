//! The relay by hand: events in, actions out.

use anyhow::bail;
use driver_event_relay::event_relay;
use marketplace_core::{Action, NetworkAction};
use marketplace_testing::TestActor;

#[test]
fn a_second_relay_quits_with_a_reason() -> anyhow::Result<()> {
    let mut relay = TestActor::boot(event_relay("second"))?;
    let asked = relay.settled(1)?;
    let [Action::Local(NetworkAction::Quit { pid: None, reason })] = &asked[..] else {
        bail!("it is to quit and does {asked:?}")
    };
    assert_eq!(reason.to_string(), "the VM has an event relay already, \"second\" is one too many");
    Ok(())
}
