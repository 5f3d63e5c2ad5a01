//! What closures return.

/// What a closure may return: nothing, or a result whose error fails the process.
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`",
    note = "a handler returns `()` or `anyhow::Result<()>`: end its last expression with `;`, or turn the error \
            into one of anyhow's with `?`"
)]
pub trait HandlerResult {
    /// The result of the turn.
    ///
    /// # Errors
    ///
    /// The closure's own error.
    fn into_result(self) -> anyhow::Result<()>;
}

impl HandlerResult for () {
    fn into_result(self) -> anyhow::Result<()> {
        Ok(())
    }
}

impl HandlerResult for anyhow::Result<()> {
    fn into_result(self) -> Self {
        self
    }
}
