//! Messages that processes of nested VMs send at the meta level.
//!
//! A nested VM sends such a message once more, in its own name, to the network around it. This remembers which process
//! sent it first.

use std::collections::VecDeque;

use marketplace_core::{AnyMessage, Pid};

use crate::panic::discard;

/// The most messages that wait to be sent by their VM. Of further ones, the oldest is forgotten.
const MOST: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct MetaSends(VecDeque<MetaSend>);

#[derive(Debug)]
struct MetaSend {
    vm: Pid,
    process: Pid,
    message: AnyMessage,
}

impl MetaSends {
    /// A process of a VM sends a message at the meta level.
    pub(super) fn add(&mut self, vm: &Pid, process: &Pid, message: &AnyMessage) {
        if self.0.len() == MOST {
            discard(self.0.pop_front());
        }
        self.0.push_back(MetaSend { vm: vm.clone(), process: process.clone(), message: message.clone() });
    }

    /// The process of a VM that sent the message which the VM sends now.
    pub(super) fn remove(&mut self, vm: &Pid, message: &AnyMessage) -> Option<Pid> {
        // As a rule it is the first.
        let at = self.0.iter().position(|sent| sent.vm == *vm && sent.message.is_same(message))?;
        self.0.remove(at).map(|sent| sent.process)
    }
}

impl Drop for MetaSends {
    fn drop(&mut self) {
        self.0.drain(..).for_each(discard);
    }
}
