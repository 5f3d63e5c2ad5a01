//! The driver with a terminal whose size is demanded.

use std::os::fd::OwnedFd;

use driver_console::{ConsoleDriver, TerminalSize};
use marketplace_core::{Context, Role, Spawn, topic};
use marketplace_testing::laws::{Errand, Obstacle, Subject, Up};
use marketplace_testing::{TestProgram, driver_laws};
use rustix::pty::{OpenptFlags, openpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// A terminal of 80 columns and 24 rows.
struct Terminal(OwnedFd);

impl Terminal {
    fn new() -> anyhow::Result<Self> {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        tcsetwinsize(&terminal, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 })?;
        Ok(Self(terminal))
    }
}

impl Subject for Terminal {
    fn driver(&self) -> Spawn {
        let driver = ConsoleDriver::new();
        match self.0.try_clone() {
            Ok(terminal) => driver.terminal(terminal).spawn(),
            // The laws see that there is no terminal.
            Err(_) => driver.spawn(),
        }
    }

    fn demand(&self, cx: &mut Context<'_, ()>) {
        cx.subscriber(topic!(TerminalSize { .. })).named("size");
    }

    fn withdraw(&self, cx: &mut Context<'_, ()>) {
        cx.delete("size");
    }

    fn up(&self) -> Up {
        let role = Role::publisher(topic!(TerminalSize { .. }));
        Up::Always(role, "a terminal has its size whether or not somebody follows it")
    }

    fn is_open(&self, program: &TestProgram) -> anyhow::Result<bool> {
        Ok(!program.open_sources()?.is_empty())
    }

    fn obstruct(&self) -> anyhow::Result<Obstacle> {
        Ok(Obstacle::Impossible("a signal can always be waited for"))
    }

    fn errand(&self) -> Errand {
        Errand::None("a size only comes in")
    }
}

driver_laws!(Terminal::new);
