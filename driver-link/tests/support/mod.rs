//! What the tests of links share.

#![allow(dead_code, unused_imports, reason = "every test binary uses a part of it")]

mod coded;
mod joined;
mod network;
#[cfg(feature = "zenoh")]
mod place;
mod simulated;
mod threads;
mod vocabulary;
#[cfg(feature = "zenoh")]
mod zenoh;

pub(crate) use coded::Coded;
pub(crate) use joined::{Joined, Way};
pub(crate) use network::Network;
pub(crate) use simulated::Simulated;
pub(crate) use threads::OnThreads;
pub(crate) use vocabulary::{Broken, Noted, Said, Secret, link, said, shared};
#[cfg(feature = "zenoh")]
pub(crate) use zenoh::OnZenoh;
