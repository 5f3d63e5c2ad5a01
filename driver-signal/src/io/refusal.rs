//! Where the system has no signals as Unix has them: none can be caught.

use std::io;

use futures::stream::{self, Stream};

use super::Told;
use crate::message::SignalKind;

/// The way of a signal, of which there is none.
#[derive(Debug)]
pub(super) struct Delivery {}

impl Delivery {
    pub(super) fn begin(kind: SignalKind) -> io::Result<(Self, impl Stream<Item = Told> + Send + use<>)> {
        let refused = format!("{kind} cannot be caught: this driver knows the signals of Unix alone");
        Err::<(Self, stream::Empty<Told>), _>(io::Error::new(io::ErrorKind::Unsupported, refused))
    }
}
