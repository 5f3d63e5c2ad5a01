//! The endpoints of a process that are in force, and where the VM has put them.

use super::Actions;
use crate::vm::index::Place;
use crate::{Level, Role, Token, Value};

/// An endpoint in force.
#[derive(Clone, Debug)]
pub(crate) struct Installed {
    pub(crate) serial: u64,
    pub(crate) role: Role,
    pub(crate) whereabouts: Whereabouts,
}

/// Where the VM has put an endpoint.
#[derive(Clone, Debug)]
pub(crate) enum Whereabouts {
    /// In its own routing index.
    Here(Place),
    /// With its container, under this name and, since its last update, this token.
    Outside { name: i64, token: Token },
}

impl Actions {
    pub(crate) fn installed(&self, level: Level, name: &Value) -> Option<&Installed> {
        self.endpoints.get(level, name)?.installed.as_ref()
    }

    pub(crate) fn installed_mut(&mut self, level: Level, name: &Value) -> &mut Option<Installed> {
        &mut self.endpoints.entry(level, name).installed
    }

    pub(crate) fn uninstall(&mut self, level: Level, name: &Value) -> Option<Installed> {
        self.endpoints.change(level, name, |endpoint| endpoint.installed.take())
    }

    /// Takes the endpoints in force, in creation order. No name of a user's is hashed or compared.
    pub(crate) fn uninstall_all(&mut self) -> Vec<Installed> {
        let endpoints = self.endpoints.iter_mut();
        let mut all: Vec<_> = endpoints.filter_map(|endpoint| endpoint.installed.take()).collect();
        all.sort_unstable_by_key(|installed| installed.serial);
        all
    }
}
