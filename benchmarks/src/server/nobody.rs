//! What stands for the others' servers where they are not built.

pub(super) fn serve(name: &str, _buffer: usize) -> anyhow::Result<()> {
    anyhow::bail!("there is no server `{name}`, or it is one of the others, which are not built")
}
