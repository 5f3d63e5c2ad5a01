//! The laws of a driver: one that keeps them, and for each law some that break it and are found out.

#[path = "laws/desk.rs"]
mod desk;

use std::time::Duration;

use marketplace_testing::{driver_laws, laws, within};

use desk::{Desk, Fault};

mod a_driver_that_keeps_them {
    use super::*;

    driver_laws!(|| Ok(Desk::new(None)));
}

/// The time-out for tests of broken drivers.
const SHORT_TIMEOUT: Duration = Duration::from_secs(2);

/// Fails unless a driver with this fault breaks a law, and says so in these words.
fn finds(fault: Fault, law: impl FnOnce(Desk) -> anyhow::Result<()>, words: &str) {
    let found = within(SHORT_TIMEOUT, || law(Desk::new(Some(fault))));
    let error = found.expect_err("the law is broken");
    let shown = format!("{error:#}");
    assert!(shown.contains(words), "{shown}");
}

#[test]
fn a_driver_that_opens_without_demand_is_found_out() {
    finds(Fault::OpensAtOnce, laws::is_silent_without_demand, "the service opens");
}

#[test]
fn a_driver_that_sends_without_demand_is_found_out() {
    finds(Fault::SaysHello, laws::is_silent_without_demand, "it sends messages without demand: [\"Hello\"]");
}

#[test]
fn a_driver_that_opens_for_each_client_is_found_out() {
    finds(Fault::OpensForEach, laws::opens_once_for_any_number_of_clients, "with three clients: Census");
}

#[test]
fn a_driver_that_does_not_announce_itself_is_found_out() {
    finds(
        Fault::SaysNothing,
        laws::announces_readiness_by_presence,
        "the service is open, and not announced",
    );
}

#[test]
fn a_driver_that_closes_with_the_first_client_that_leaves_is_found_out() {
    finds(Fault::ClosesWithTheFirst, laws::closes_with_the_last_demand, "the service closes");
}

#[test]
fn the_error_shows_what_the_driver_does_instead() {
    finds(
        Fault::ClosesWithTheFirst,
        laws::closes_with_the_last_demand,
        "desk clerk Pid(1): deletes \"letters\"",
    );
}

#[test]
fn a_driver_that_never_closes_is_found_out() {
    finds(Fault::NeverCloses, laws::closes_with_the_last_demand, "the service does not close");
    finds(Fault::NeverCloses, laws::closes_while_it_opens, "the service does not close");
}

#[test]
fn a_driver_that_counts_each_presence_and_no_absence_is_found_out() {
    finds(Fault::NeverCloses, laws::survives_flapping_demand, "the service does not close");
}

#[test]
fn a_driver_that_fails_in_silence_is_found_out() {
    finds(
        Fault::FailsInSilence,
        laws::reports_a_failed_open_and_leaves_nothing,
        "the failure is not reported",
    );
}

#[test]
fn a_driver_that_reports_a_failure_again_and_again_is_found_out() {
    finds(
        Fault::FailsLoudly,
        laws::reports_a_failed_open_and_leaves_nothing,
        "one failure is reported 2 times",
    );
}

#[test]
fn a_driver_that_leaves_something_after_a_failure_is_found_out() {
    finds(Fault::LeavesAProcess, laws::reports_a_failed_open_and_leaves_nothing, "after it: Census");
}

#[test]
fn a_driver_that_never_tries_again_is_found_out() {
    finds(Fault::GivesUp, laws::retries_on_new_demand, "the service does not open");
}

#[test]
fn a_driver_that_fails_with_its_client_is_found_out() {
    finds(Fault::FailsWithItsClient, laws::a_crash_ends_what_the_client_owned, "the service closes");
}

#[test]
fn a_driver_that_drops_what_it_accepted_is_found_out() {
    finds(Fault::DropsAtStop, laws::flushes_accepted_work_before_a_stop, "not everything that was accepted");
}

#[test]
fn a_driver_that_does_not_stop_is_found_out() {
    finds(Fault::IgnoresTheStop, laws::flushes_accepted_work_before_a_stop, "the program has not ended");
}

#[test]
fn a_driver_that_does_not_stop_two_vms_down_is_found_out() {
    finds(Fault::IgnoresTheStop, laws::works_two_vms_down, "the program has not ended");
}

#[test]
fn a_driver_that_blocks_in_a_turn_is_found_out() {
    finds(Fault::Blocks, laws::no_turn_blocks, "a turn of desk clerk took");
}

#[test]
fn a_driver_that_waits_for_its_clients_is_found_out() {
    finds(Fault::WaitsForItsClients, laws::stops_while_a_client_stays, "the program has not ended");
}

#[test]
fn a_driver_that_announces_itself_before_it_opens_is_found_out() {
    finds(
        Fault::IsUpBeforeItOpens,
        laws::reports_a_failed_open_and_leaves_nothing,
        "the service is announced, by Role",
    );
}
