//! Standard output, whose reader may leave at any time.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write as _};

use anyhow::Context as _;
use marketplace_core::Context;

/// Prints a line. If nobody reads any more, as behind `| head -1`, the process quits.
///
/// # Errors
///
/// The line cannot be written for another reason.
pub fn print_line<S: 'static>(cx: &mut Context<'_, S>, line: impl Display) -> anyhow::Result<()> {
    quit_if_unread(cx, writeln!(io::stdout(), "{line}"))
}

/// Quits if something could not be written to standard output because nobody reads any more.
///
/// # Errors
///
/// It could not be written for another reason.
pub fn quit_if_unread<S: 'static>(cx: &mut Context<'_, S>, written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            cx.quit();
            Ok(())
        }
        written => written.context("cannot write standard output"),
    }
}
