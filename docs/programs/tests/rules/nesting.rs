//! Nesting: S14.

use marketplace_core::{Ground, Message, Spawn, topic};
use marketplace_testing::TestProgram;

#[derive(Debug, Message)]
struct Note(&'static str);

fn musician() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.publisher(topic!(Note("inside")));
        cx.meta().publisher(topic!(Note("outside")));
    })
}

#[test]
fn s14_a_nested_vm_has_a_network_of_its_own() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut outer = program.subscriber(topic!(Note(_)))?;
    program.spawn(Spawn::nested([musician()]))?;
    assert_eq!(outer.presence()?, topic!(Note("outside")));
    outer.nothing()?;
    Ok(())
}

#[test]
fn s14_when_a_nested_vm_ends_everything_in_it_ends() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut outer = program.subscriber(topic!(Note(_)))?;
    let fragile = Spawn::new((), |(), cx| {
        cx.yield_then(|(), _| Err::<(), _>(anyhow::anyhow!("the main process fails")));
    });
    program.spawn(Spawn::nested_with_main([musician()], fragile))?;
    outer.presence()?;
    assert_eq!(outer.absence()?.to_string(), "the main process fails");
    Ok(())
}
