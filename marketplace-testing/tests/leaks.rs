//! The law of endurance, broken. A test binary of its own, since what the whole process has open is counted.

#[path = "laws/desk.rs"]
mod desk;

use std::time::Duration;

use marketplace_testing::laws::{self, Broken};
use marketplace_testing::within;

use desk::{Desk, Fault};

fn held(fault: Fault) -> Result<(), Broken> {
    let law = laws::leaks_nothing_in_a_thousand_cycles;
    within(Duration::from_secs(2), || laws::hold("endurance", law, || Ok(Desk::new(Some(fault)))))
}

/// Fails unless a driver with this fault breaks the law, with these words in the error.
fn finds(fault: Fault, words: &str) {
    let shown = format!("{:?}", held(fault).expect_err("the law is broken"));
    assert!(shown.contains(words), "{shown}");
}

#[test]
fn a_driver_that_leaks_a_process_is_found_out() {
    finds(Fault::LeaksAProcess, "after it: Census");
}

#[cfg(target_os = "linux")]
#[test]
fn a_driver_that_leaks_350_bytes_a_cycle_is_found_out() {
    finds(Fault::LeaksMemory, "memory grows");
}

#[test]
fn a_driver_that_keeps_a_megabyte_once_is_not_blamed() -> Result<(), Broken> {
    held(Fault::KeepsMemoryOnce)
}

#[cfg(target_os = "linux")]
#[test]
fn a_driver_that_leaks_a_descriptor_is_found_out() {
    finds(Fault::LeaksADescriptor, "descriptors were open");
}
