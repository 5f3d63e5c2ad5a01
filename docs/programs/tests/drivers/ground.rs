//! A program that has several drivers.

use driver_console::console_driver;
use driver_signal::signal_driver;
use driver_tcp_bare::tcp_driver;
use driver_timer::timer_driver;
use driver_udp::udp_driver;
use marketplace_core::{Ground, Spawn};

/// A ground with five drivers, and the program's main process.
fn ground(main: Spawn) -> Ground {
    Ground::new()
        .spawn(tcp_driver())
        .spawn(udp_driver())
        .spawn(timer_driver())
        .spawn(console_driver())
        .spawn(signal_driver())
        .main(main)
}

mod tests {
    use marketplace_testing::TestProgram;

    use super::*;

    #[test]
    fn drivers_that_are_not_used_have_nothing_open_and_keep_no_program() -> anyhow::Result<()> {
        let program = TestProgram::run(ground(Spawn::new((), |(), _| ())))?;
        assert_eq!(program.open_sources()?, Vec::<String>::new());
        program.end()
    }
}
