//! Standard output, whose reader may leave at any time.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write as _};

use anyhow::Context as _;
use marketplace_core::{Context, Reason};

/// Prints a line. If nobody reads any more, as behind `| head -1`, the process quits.
///
/// # Errors
///
/// The line cannot be written for another reason.
pub fn print_line<S: 'static>(cx: &mut Context<'_, S>, line: impl Display) -> anyhow::Result<()> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            cx.quit();
            Ok(())
        }
        written => written.context("cannot write standard output"),
    }
}

/// Quits because an output has gone, and not as from an error if nobody reads it any more.
pub fn quit_with_output<S: 'static>(cx: &mut Context<'_, S>, reason: &Reason) {
    let error = reason.downcast_ref::<io::Error>();
    let is_unread = error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe);
    cx.quit_because(if is_unread { Reason::normal() } else { reason.clone() });
}
