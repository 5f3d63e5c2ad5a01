//! The relay by hand: events in, actions out.

use anyhow::{Context as _, bail};
use driver_event_relay::event_relay;
use marketplace_core::{Action, Actions, AddEndpoint, EndpointId, Event, Kinds, NetworkAction, Pid, Token};

#[test]
fn a_second_relay_quits_with_a_reason() -> anyhow::Result<()> {
    let mut relay = event_relay("second").into_actor();
    let mut actions = Actions::new(true);
    relay.handle(Event::Boot { pid: Pid::detached() }, &mut actions)?;
    let token = actions.take().iter().find_map(settling).context("it looks for another")?;
    relay.handle(Event::Settled { token, endpoint: EndpointId(2), peers: 1 }, &mut actions)?;
    let asked = actions.take();
    let [Action::Local(NetworkAction::Quit { pid: None, reason })] = &asked[..] else {
        bail!("it is to quit and does {asked:?}")
    };
    assert_eq!(reason.to_string(), "the VM has an event relay already, \"second\" is one too many");
    Ok(())
}

/// The token of an endpoint that wants to know when it has settled.
fn settling(action: &Action) -> Option<Token> {
    match action {
        Action::Local(NetworkAction::Add(AddEndpoint { token, kinds, .. }))
            if kinds.contains(Kinds::SETTLED) =>
        {
            Some(*token)
        }
        _ => None,
    }
}
