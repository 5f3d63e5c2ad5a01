//! A timer.

use std::time::Duration;

use driver_timer::{SetTimer, TimerExpired};
use marketplace_core::{Message, Spawn, Value, topic};

/// The tea is ready.
#[derive(Debug, Message)]
struct Tea;

/// Announces the tea when its time is over.
pub(crate) fn kitchen(time: Duration) -> Spawn {
    Spawn::new((), move |(), cx| {
        let label = Value::unique("tea");
        cx.subscriber(topic!(TimerExpired { label: &label, .. })).on_message(|(), cx, _| {
            cx.send(Tea);
            cx.quit();
        });
        cx.send(SetTimer::after(label, time));
    })
}

mod tests {
    use std::time::Instant;

    use driver_timer::timer_driver;
    use marketplace_core::Ground;
    use marketplace_testing::TestProgram;

    use super::*;

    #[test]
    fn the_tea_is_not_ready_early() -> anyhow::Result<()> {
        let program = TestProgram::run(Ground::new().spawn(timer_driver()))?;
        let mut tea = program.messages(topic!(Tea))?;
        let (began, time) = (Instant::now(), Duration::from_millis(20));
        program.spawn(kitchen(time))?;
        tea.message()?;
        assert!(began.elapsed() >= time);
        program.stop()
    }
}
