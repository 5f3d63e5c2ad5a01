//! What a trace remembers about each process, for as long as the process exists.

use std::collections::HashMap;
use std::fmt::{self, Write};

use crate::Pid;

/// Something about a process, and about the processes inside it, if it is a VM. The root is the ground, which has no
/// name.
///
/// Values are looked up by the path of VMs, since processes of different VMs may have Pids that look alike.
#[derive(Debug, Default)]
pub(super) struct Tree<T> {
    pub(super) name: Option<Box<str>>,
    pub(super) about: T,
    inside: HashMap<Pid, Self>,
}

impl<T: Default> Tree<T> {
    /// The value at the end of a path.
    pub(super) fn get<'a>(&self, path: impl IntoIterator<Item = &'a Pid>) -> Option<&Self> {
        path.into_iter().try_fold(self, |tree, pid| tree.inside.get(pid))
    }

    pub(super) fn get_mut<'a>(&mut self, path: impl IntoIterator<Item = &'a Pid>) -> Option<&mut Self> {
        path.into_iter().try_fold(self, |tree, pid| tree.inside.get_mut(pid))
    }

    /// The value at the end of a path, which is made if it does not exist.
    pub(super) fn entry<'a>(&mut self, path: impl IntoIterator<Item = &'a Pid>) -> &mut Self {
        path.into_iter().fold(self, |tree, pid| tree.inside.entry(pid.clone()).or_default())
    }

    /// Forgets a process, and the processes inside it.
    pub(super) fn remove(&mut self, vm: &[Pid], pid: &Pid) -> Option<Self> {
        self.get_mut(vm)?.inside.remove(pid)
    }

    /// Records the name of a process.
    pub(super) fn note_name(&mut self, vm: &[Pid], pid: &Pid, name: Option<&str>) -> &mut Self {
        let process = self.entry(vm.iter().chain([pid]));
        if process.name.is_none() {
            process.name = name.map(Into::into);
        }
        process
    }

    /// Writes a path, by names where there are any: `house/room/Pid(3)`.
    pub(super) fn write_path(&self, path: &[Pid], out: &mut impl Write) -> fmt::Result {
        let mut at = Some(self);
        for (depth, pid) in path.iter().enumerate() {
            at = at.and_then(|tree| tree.inside.get(pid));
            let separator = if depth == 0 { "" } else { "/" };
            match at.and_then(|tree| tree.name.as_deref()) {
                Some(name) => write!(out, "{separator}{name}")?,
                None => write!(out, "{separator}{pid:?}")?,
            }
        }
        Ok(())
    }
}
