//! What closures may return.

/// What a handler may return: `()`, or `anyhow::Result<()>`. An error makes the process fail.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Message, Spawn, topic};
///
/// #[derive(Debug, Message)]
/// struct Number(String);
///
/// let parser = Spawn::new(0, |_, cx| {
///     cx.subscriber(topic!(Number(_))).on_message(|sum: &mut u32, _, number| {
///         *sum += number.0.parse::<u32>()?;
///         Ok(())
///     });
/// });
/// ```
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`",
    note = "a handler returns `()` or `anyhow::Result<()>`: end its last expression with `;`, or turn the error \
            into one of anyhow's with `?`",
    note = "a closure that never returns, because it panics, needs a return type: `-> anyhow::Result<()>`"
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
