//! The disposition of a signal: what it does to the program while it is not caught.
//!
//! A signal handler, once it is installed, is never removed, because that could remove a handler that other code has
//! installed meanwhile. Instead, while the signal is not caught, the handler does what the signal did before.

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

/// The signals that have ever been caught in this process of the operating system.
static CAUGHT: Mutex<Option<HashMap<c_int, Disposition>>> = Mutex::new(None);

struct Disposition {
    /// How many `Hold`s there are.
    holders: usize,
    /// Whether the handler does the default action of the signal.
    does_default: Arc<AtomicBool>,
}

/// A claim on a signal, which is caught while a claim exists.
#[derive(Debug)]
pub(super) struct Hold {
    signal: c_int,
    delivery: SigId,
}

/// Catches a signal. `deliver` adds an action to its handler.
pub(super) fn hold(signal: c_int, deliver: impl FnOnce() -> io::Result<SigId>) -> io::Result<Hold> {
    let mut caught = lock();
    let caught = caught.get_or_insert_default();
    let disposition = match caught.entry(signal) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(new) => new.insert(Disposition::install(signal)?),
    };
    // Added before the default action is turned off, so that no signal is lost in between.
    let delivery = deliver()?;
    disposition.does_default.store(false, Ordering::SeqCst);
    disposition.holders += 1;
    Ok(Hold { signal, delivery })
}

impl Disposition {
    /// Installs the handler. If the signal has its default action now, the handler begins with a conditional default
    /// action. The handler checks the condition before it delivers the signal, because the receiver may release the
    /// signal at once.
    fn install(signal: c_int) -> io::Result<Self> {
        let does_default = Arc::new(AtomicBool::new(true));
        if is_default(signal) {
            register_conditional_default(signal, Arc::clone(&does_default))?;
        }
        Ok(Self { holders: 0, does_default })
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut caught = lock();
        if let Some(disposition) = caught.get_or_insert_default().get_mut(&self.signal) {
            disposition.holders -= 1;
            // Turned on before the delivery ends, so that no signal is lost in between.
            disposition.does_default.store(disposition.holders == 0, Ordering::SeqCst);
        }
        unregister(self.delivery);
    }
}

/// Whether a signal has its default action now. Otherwise it is ignored, for example because of `nohup`, or other code
/// catches it.
///
/// Only Linux has this information in a file. On other systems the answer is assumed to be yes, except for `SIGPIPE`,
/// which Rust programs ignore.
fn is_default(signal: c_int) -> bool {
    match std::fs::read_to_string("/proc/self/status") {
        Ok(status) => !is_in(&status, "SigIgn:", signal) && !is_in(&status, "SigCgt:", signal),
        Err(_) => signal != SIGPIPE,
    }
}

/// Whether a set of signals contains a signal. The set is a hexadecimal number with a bit for each signal.
fn is_in(status: &str, set: &str, signal: c_int) -> bool {
    let digits = status.lines().find_map(|line| line.strip_prefix(set));
    let set = digits.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok()).unwrap_or_default();
    set >> (signal - 1) & 1 == 1
}

fn lock() -> MutexGuard<'static, Option<HashMap<c_int, Disposition>>> {
    CAUGHT.lock().unwrap_or_else(PoisonError::into_inner)
}
