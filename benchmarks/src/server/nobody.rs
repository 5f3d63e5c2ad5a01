//! Used in place of the others' servers when they are not built.

pub(super) fn serve(name: &str, _buffer: usize) -> anyhow::Result<()> {
    anyhow::bail!("there is no server `{name}`, or it is not built (feature `others`)")
}
