//! What a signal does to the program while nobody catches it.
//!
//! The system's handler, once it is installed, is never taken away again: that could not be done without taking away
//! what others have installed meanwhile. So while nobody catches the signal, the handler does what was done before.

use std::collections::HashMap;
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
    if let Some(disposition) = caught.get_mut(&signal) {
        // First, so that at no time a signal is lost.
        let delivery = deliver()?;
        disposition.holders += 1;
        disposition.untouched.store(false, Ordering::SeqCst);
        return Ok(Hold { signal, delivery });
    }
    let is_default = is_default(signal);
    let delivery = deliver()?;
    let untouched = Arc::new(AtomicBool::new(false));
    if is_default {
        if let Err(error) = register_conditional_default(signal, Arc::clone(&untouched)) {
            unregister(delivery);
            return Err(error);
        }
    }
    caught.insert(signal, Disposition { holders: 1, untouched });
    Ok(Hold { signal, delivery })
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut caught = lock();
        if let Some(disposition) = caught.get_or_insert_default().get_mut(&self.signal) {
            disposition.holders -= 1;
            // First, so that at no time a signal is lost.
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
