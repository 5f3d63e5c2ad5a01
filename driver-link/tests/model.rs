//! Random programs on two and three grounds, while the network between them delays, loses, duplicates and cuts. At all
//! times and at rest, the events of every endpoint agree with the rules for an endpoint that sees all grounds.

#[path = "model/program.rs"]
mod program;
#[path = "../../marketplace-core/tests/support/property.rs"]
mod property;
#[path = "model/record.rs"]
mod record;
#[path = "model/rest.rs"]
mod rest;
mod support;
#[path = "model/vocabulary.rs"]
mod vocabulary;
#[path = "model/world.rs"]
mod world;

use proptest::prelude::*;

use property::check;
use world::World;

#[test]
fn random_programs_receive_what_the_rules_say_whatever_the_network_does() {
    check(&program::programs(), 300, |(setup, steps)| {
        let mut world = World::new(&setup).map_err(fault)?;
        for step in &steps {
            world.take(step).map_err(fault)?;
            prop_assert!(world.faults().is_empty(), "{}", world.story());
        }
        world.come_to_rest().map_err(fault)?;
        prop_assert!(world.faults().is_empty(), "{}", world.story());
        Ok(())
    });
}

fn fault(error: anyhow::Error) -> TestCaseError {
    TestCaseError::fail(format!("{error:#}"))
}
