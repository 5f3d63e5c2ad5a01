//! Standard output, which may be closed at any time.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write as _};

use anyhow::Context as _;
use marketplace_core::{Context, Reason};

/// Prints a line. If the reader has closed its end, as `| head -1` does, the process quits.
///
/// # Errors
///
/// If the line cannot be written for another reason.
pub fn print_line<S: 'static>(cx: &mut Context<'_, S>, line: impl Display) -> anyhow::Result<()> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            cx.quit();
            Ok(())
        }
        written => written.context("cannot write standard output"),
    }
}

/// Quits because an output is gone. If its reader has closed it, this is not an error.
pub fn quit_with_output<S: 'static>(cx: &mut Context<'_, S>, reason: &Reason) {
    let error = reason.downcast_ref::<io::Error>();
    let is_unread = error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe);
    cx.quit_because(if is_unread { Reason::normal() } else { reason.clone() });
}
