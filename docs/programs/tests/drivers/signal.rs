//! A signal that makes the program reload its configuration.

use driver_signal::{Signal, SignalKind};
use marketplace_core::{Message, Spawn, topic};

/// The configuration has been read again.
#[derive(Debug, Message)]
struct Reloaded {
    times: u32,
}

/// Reads the configuration again on each SIGHUP.
fn configuration() -> Spawn {
    Spawn::new(0, |_, cx| {
        cx.subscriber(topic!(Signal { kind: SignalKind::Hangup })).on_message(|times, cx, _| {
            *times += 1;
            cx.send(Reloaded { times: *times });
        });
    })
}

mod tests {
    use driver_signal::signal_driver;
    use marketplace_core::Ground;
    use marketplace_testing::TestProgram;
    use rustix::process::{self, Signal as Sent};

    use super::*;

    #[test]
    fn a_signal_makes_it_reload() -> anyhow::Result<()> {
        let program = TestProgram::run(Ground::new().spawn(signal_driver()))?;
        let mut reloads = program.messages(topic!(Reloaded { .. }))?;
        let mut caught = program.observe_publishers(topic!(Signal { kind: SignalKind::Hangup }))?;
        program.spawn(configuration())?;
        // Before that, the signal would end this test.
        caught.presence()?;
        for times in 1..=2 {
            process::kill_process(process::getpid(), Sent::HUP)?;
            assert_eq!(reloads.message()?.times, times);
        }
        program.stop()
    }
}
