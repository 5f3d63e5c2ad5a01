//! A driver in a nested VM, which gets its events through a relay.

use super::timer::kitchen;

use std::time::Duration;

use driver_event_relay::event_relay;
use driver_timer::timer_driver;
use marketplace_core::Spawn;

/// A VM with a timer driver of its own.
fn house() -> Spawn {
    let kitchen = kitchen(Duration::from_millis(20));
    Spawn::nested_with_main([event_relay("house"), timer_driver()], kitchen)
}

mod tests {
    use marketplace_core::Ground;
    use marketplace_testing::TestProgram;

    use super::*;

    #[test]
    fn the_timer_expires_inside_and_the_program_ends() -> anyhow::Result<()> {
        TestProgram::run(Ground::new().main(house()))?.end()
    }
}
