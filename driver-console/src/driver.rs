//! The driver: one process that speaks for the input, the outputs and the terminal.

use anyhow::anyhow;
use marketplace_core::{Context, Reason, Spawn, Stopping, topic};

use crate::message::{OutputStream, Served};
use crate::options::ConsoleDriver;
use crate::state::{Driver, Input};

/// The console driver with its options as they are by default: see [`ConsoleDriver`].
#[must_use]
pub fn console_driver() -> Spawn {
    ConsoleDriver::new().spawn()
}

impl ConsoleDriver {
    /// The driver's process.
    #[must_use]
    pub fn spawn(self) -> Spawn {
        Spawn::new(Driver::new(self), |driver, cx| {
            quit_if_served(cx);
            Input::serve(cx);
            for stream in [OutputStream::Stdout, OutputStream::Stderr] {
                driver.output(stream).serve(cx);
            }
            driver.display.serve(cx);
            // What is to be written keeps the program, and those who send too late can do so: the outputs stay.
            cx.observe_publishers(topic!(Stopping { .. })).on_presence(|driver: &mut Driver, cx, _| {
                driver.input.stop(cx);
                driver.display.stop(cx);
            });
        })
        .named("console driver")
    }
}

/// Where two served one VM, all would be written twice. The second hears of the first as it boots, and takes nothing.
fn quit_if_served(cx: &mut Context<'_, Driver>) {
    cx.observe_publishers(topic!(Served)).on_settled(|_, cx, others| {
        if others > 0 {
            cx.quit_because(Reason::error(anyhow!("the VM has a console driver already")));
        }
    });
    cx.publisher(topic!(Served));
}
