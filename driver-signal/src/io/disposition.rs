//! What a signal does to the program while nobody catches it.
//!
//! The system's handler, once it is installed, is never taken away again: that could not be done without taking away
//! what others have installed meanwhile. So while nobody catches the signal, the handler does what was done before.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::c_int;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use signal_hook::SigId;
use signal_hook::consts::SIGPIPE;
use signal_hook::flag::register_conditional_default;
use signal_hook::low_level::unregister;

/// The signals that have been caught in this process of the operating system, whether they still are or not.
static CAUGHT: Mutex<Option<HashMap<c_int, Disposition>>> = Mutex::new(None);

struct Disposition {
    /// How many catch it.
    holders: usize,
    /// Whether the handler is to do what is done by default.
    untouched: Arc<AtomicBool>,
}

/// Somebody's catching of a signal; dropping it lets go of the signal.
#[derive(Debug)]
pub(super) struct Hold {
    signal: c_int,
    delivery: SigId,
}

/// Catches a signal by what `deliver` adds to its handler.
pub(super) fn hold(signal: c_int, deliver: impl FnOnce() -> io::Result<SigId>) -> io::Result<Hold> {
    let mut caught = lock();
    let caught = caught.get_or_insert_default();
    let disposition = match caught.entry(signal) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(new) => new.insert(Disposition::install(signal)?),
    };
    // Added before the default is left out, so that no signal gets lost in between.
    let delivery = deliver()?;
    disposition.untouched.store(false, Ordering::SeqCst);
    disposition.holders += 1;
    Ok(Hold { signal, delivery })
}

impl Disposition {
    /// Has the handler begin by what is done by default, if that is what is done now. It decides about that before it
    /// delivers, since whoever a signal is delivered to may let go of it at once.
    fn install(signal: c_int) -> io::Result<Self> {
        let untouched = Arc::new(AtomicBool::new(true));
        if is_default(signal) {
            register_conditional_default(signal, Arc::clone(&untouched))?;
        }
        Ok(Self { holders: 0, untouched })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut caught = lock();
        if let Some(disposition) = caught.get_or_insert_default().get_mut(&self.signal) {
            disposition.holders -= 1;
            // Before the delivery ends, as above.
            disposition.untouched.store(disposition.holders == 0, Ordering::SeqCst);
        }
        unregister(self.delivery);
    }
}

/// Whether a signal does now what it does by default; otherwise it is ignored, as by `nohup`, or somebody else catches it.
///
/// Only Linux tells without further ado; elsewhere it is taken to be so, but for the signal that Rust ignores.
fn is_default(signal: c_int) -> bool {
    match std::fs::read_to_string("/proc/self/status") {
        Ok(status) => !is_in(&status, "SigIgn:", signal) && !is_in(&status, "SigCgt:", signal),
        Err(_) => signal != SIGPIPE,
    }
}

/// Whether a set of signals, in hexadecimal digits with a bit for each, has one of them.
fn is_in(status: &str, set: &str, signal: c_int) -> bool {
    let digits = status.lines().find_map(|line| line.strip_prefix(set));
    let set = digits.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok()).unwrap_or_default();
    set >> (signal - 1) & 1 == 1
}

fn lock() -> MutexGuard<'static, Option<HashMap<c_int, Disposition>>> {
    CAUGHT.lock().unwrap_or_else(PoisonError::into_inner)
}
