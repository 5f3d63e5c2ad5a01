//! How many inbound connections there may be.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The inbound connections there are, and the most there may be.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    most: usize,
    most_per_address: usize,
    present: Arc<Mutex<Present>>,
}

#[derive(Debug, Default)]
struct Present {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A place among the connections; given up when dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    admission: Admission,
    address: IpAddr,
}

impl Admission {
    pub(crate) fn new(most: usize, most_per_address: usize) -> Self {
        Self { most, most_per_address, present: Arc::default() }
    }

    /// A place for a connection from `address`, if there is one.
    pub(crate) fn admit(&self, address: IpAddr) -> Option<Admitted> {
        let mut present = self.lock();
        let from_there = present.by_address.get(&address).copied().unwrap_or_default();
        if present.all >= self.most || from_there >= self.most_per_address {
            return None;
        }
        present.all += 1;
        present.by_address.insert(address, from_there + 1);
        Some(Admitted { admission: self.clone(), address })
    }

    fn lock(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut present = self.admission.lock();
        present.all -= 1;
        if let Some(from_there) = present.by_address.get_mut(&self.address) {
            *from_there -= 1;
            if *from_there == 0 {
                present.by_address.remove(&self.address);
            }
        }
    }
}
