//! The driver: one process that serves the input, the outputs and the terminal.

use anyhow::anyhow;
use marketplace_core::{Context, Reason, Spawn, Stopping, topic};

use crate::message::{ConsoleService, OutputStream};
use crate::options::ConsoleDriver;
use crate::state::{Driver, Input};

/// The console driver with the default options. Spawn it once in a program, before the processes that print.
/// [`ConsoleDriver`] makes a driver with other options.
///
/// If the VM already has a console driver, the new one quits with an error as the reason.
///
/// # Examples
///
/// ```no_run
/// use driver_console::{OutputBytes, OutputStream, console_driver};
/// use futures::executor::block_on;
/// use marketplace_core::{Ground, Spawn};
///
/// fn main() -> anyhow::Result<()> {
///     let greeter = Spawn::new((), |(), cx| cx.send(OutputBytes::line(OutputStream::Stdout, "hello")));
///     block_on(Ground::new().spawn(console_driver()).spawn(greeter).run())
/// }
/// ```
#[must_use]
pub fn console_driver() -> Spawn {
    ConsoleDriver::new().spawn()
}

impl ConsoleDriver {
    /// The driver's process with these options, to be spawned in a program.
    #[must_use]
    pub fn spawn(self) -> Spawn {
        Spawn::new(Driver::new(self), |driver, cx| {
            quit_if_served(cx);
            Input::serve(cx);
            for stream in [OutputStream::Stdout, OutputStream::Stderr] {
                driver.output(stream).serve(cx);
            }
            driver.display.serve(cx);
            // The outputs stay open: queued bytes keep the program running, and other processes may still send.
            cx.observe_publishers(topic!(Stopping { .. })).on_presence(|driver: &mut Driver, cx, _| {
                driver.input.stop(cx);
                driver.display.stop(cx);
            });
        })
        .named("console driver")
    }
}

/// Quits if the VM already has a console driver. With two of them, everything would be written twice. The second one
/// notices the first one in its boot turn, and so accepts no output.
fn quit_if_served(cx: &mut Context<'_, Driver>) {
    cx.observe_publishers(topic!(ConsoleService)).on_settled(|_, cx, others| {
        if others > 0 {
            cx.quit_because(Reason::error(anyhow!("this VM already has a console driver")));
        }
    });
    cx.publisher(topic!(ConsoleService));
}
