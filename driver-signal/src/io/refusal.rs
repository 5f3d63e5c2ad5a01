//! The counterpart of `delivery.rs` for systems without Unix signals: no signal can be caught.

use std::io;

use futures::stream::{self, Stream};

use super::Received;
use crate::message::SignalKind;

/// The delivery of a signal, which does not exist on this system.
#[derive(Debug)]
pub(super) struct Delivery {}

impl Delivery {
    pub(super) fn begin(kind: SignalKind) -> io::Result<(Self, impl Stream<Item = Received> + Send + use<>)> {
        let refused = format!("{kind} cannot be caught: this driver supports Unix signals only");
        Err::<(Self, stream::Empty<Received>), _>(io::Error::new(io::ErrorKind::Unsupported, refused))
    }
}
