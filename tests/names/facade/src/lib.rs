//! All that the core has, at the root and in a module.

pub use marketplace_core::*;

pub mod net {
    //! The core as a module.

    pub use marketplace_core as core;
}
