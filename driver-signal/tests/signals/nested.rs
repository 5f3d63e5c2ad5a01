//! A driver two virtual machines down.

use driver_signal::{Signal, SignalKind, signal_driver};
use marketplace_core::{Ground, topic};
use marketplace_testing::{InboxEvent, TestProgram};
use rustix::process::{self, getpid, kill_process};

#[test]
fn a_signal_is_received_two_virtual_machines_down() -> anyhow::Result<()> {
    let topic = topic!(Signal { kind: SignalKind::User1 });
    let program = TestProgram::run(Ground::new())?;
    let outer = program.nested([])?;
    let inner = outer.nested([signal_driver()])?;
    let mut offered = inner.observe_publishers(topic.clone())?;
    let mut heard = inner.subscriber(topic)?;
    offered.presence()?;
    for _ in 0..3 {
        kill_process(getpid(), process::Signal::USR1)?;
        heard.find(|seen| matches!(seen, InboxEvent::Message(_)).then_some(()))?;
    }
    drop((offered, heard));
    program.stop()
}
