//! The laws of a driver, as far as they are about one that nobody in the program asks for anything: the inspector serves
//! browsers, from the beginning of the first ground that is watched to the end of the last. So these are its demand, and
//! the tests have the laws' names without being `driver_laws!`, whose clients are processes of one program. The one that
//! counts what the process has is in `endurance`.
//!
//! Three do not apply. It is not silent without demand, since a browser that is to find a page needs a port at which it
//! is. It takes nothing that it would have to bring outside before a stop. And it is of a ground, not of a nested VM:
//! those are seen through their ground.

mod support;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use driver_inspector::{Inspecting, Inspector};
use marketplace_core::{Ground, Pattern, Pid, Trace, TraceEvent, topic};
use marketplace_testing::laws::LONGEST_TURN;
use marketplace_testing::{TestProgram, wait_until};

use support::{Inspected, at_loopback, failing, inspect};

/// An inspector at an address of loopback that no other test has, on a port that is free there, so that several programs
/// can have it one after the other.
fn at_one_port(last: u8) -> anyhow::Result<(Inspector, SocketAddr)> {
    let address = TcpListener::bind((Ipv4Addr::new(127, 0, 1, last), 0))?.local_addr()?;
    Ok((at_loopback().address(address), address))
}

/// Waits until the port is free.
fn is_freed(address: SocketAddr) -> anyhow::Result<()> {
    wait_until(|| Ok(TcpListener::bind(address).is_ok()))
}

#[test]
fn opens_once_for_any_number_of_clients() -> anyhow::Result<()> {
    let inspector = at_loopback();
    let [one, other] = [inspect(&inspector)?, inspect(&inspector.clone())?];
    assert_eq!(one.inspecting, other.inspecting);
    Ok(())
}

#[test]
fn announces_readiness_by_presence() -> anyhow::Result<()> {
    let program = TestProgram::run(at_loopback().watch(Ground::new()))?;
    let mut pages = program.observe_publishers(topic!(Inspecting { .. }))?;
    let told = pages.presence()?.value().context("it says where it is")?;
    assert!(told.url.contains(&told.address.to_string()), "{told:?}");
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", told.address);
    assert_eq!(support::Browser::connect(told.address)?.ask(&request)?.status, 200);
    Ok(())
}

#[test]
fn closes_with_the_last_demand() -> anyhow::Result<()> {
    let (inspector, address) = at_one_port(1)?;
    let [one, other] = [inspect(&inspector)?, inspect(&inspector)?];
    one.program.end()?;
    assert_eq!(other.get("/")?.status, 200);
    other.program.end()?;
    is_freed(address)
}

#[test]
fn closes_while_it_opens() -> anyhow::Result<()> {
    let (inspector, address) = at_one_port(2)?;
    for _ in 0..100 {
        // Nothing is in this program but the inspector, which does not keep it.
        futures::executor::block_on(inspector.watch(Ground::new()).run())?;
    }
    is_freed(address)
}

#[test]
fn survives_flapping_demand() -> anyhow::Result<()> {
    let (inspector, address) = at_one_port(3)?;
    for _ in 0..100 {
        // The one before may still be about to close.
        let Inspected { program, inspecting } = inspect(&inspector)?;
        assert_eq!(inspecting.address, address);
        program.end()?;
    }
    is_freed(address)
}

#[test]
fn reports_a_failed_open_and_leaves_nothing() -> anyhow::Result<()> {
    let taken = TcpListener::bind("127.0.1.4:0")?;
    let address = taken.local_addr()?;
    let (program, reason) = failing(&at_loopback().address(address))?;
    assert!(reason.contains(&format!("cannot listen on {address}")), "{reason}");
    assert!(program.open_sources()?.is_empty());
    program.end()
}

#[test]
fn retries_on_new_demand() -> anyhow::Result<()> {
    let taken = TcpListener::bind("127.0.1.5:0")?;
    let address = taken.local_addr()?;
    let inspector = at_loopback().address(address);
    let (_program, _) = failing(&inspector)?;
    drop(taken);
    // A further ground, while the first goes on without.
    assert_eq!(inspect(&inspector)?.get("/")?.status, 200);
    Ok(())
}

#[test]
fn a_crash_ends_what_the_client_owned() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    for number in 0..100 {
        let mut page = inspected.page(&number.to_string())?;
        page.frame()?;
        // It is gone without a word, and leaves room for the next: sixteen are the most.
        drop(page);
        wait_until(|| {
            let mut browser = inspected.browser()?;
            browser.send(inspected.request("GET", "/events?page=next", "").as_bytes())?;
            Ok(browser.head()?.status == 200)
        })?;
    }
    Ok(())
}

#[test]
fn stops_while_a_client_stays() -> anyhow::Result<()> {
    let (inspector, address) = at_one_port(7)?;
    let inspected = inspect(&inspector)?;
    let mut page = inspected.page("a")?;
    page.frame()?;
    inspected.program.stop()?;
    page.ends()?;
    is_freed(address)
}

/// How long the inspector's longest turn has taken.
#[derive(Clone, Default)]
struct Turns(Arc<Mutex<(Option<Instant>, Duration)>>);

impl Trace for Turns {
    fn trace(&self, _: &[Pid], event: &TraceEvent<'_>) {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            TraceEvent::TurnBegan { name: Some("inspector"), .. } => turns.0 = Some(Instant::now()),
            TraceEvent::TurnEnded { .. } => {
                let took = turns.0.take().map(|began| began.elapsed());
                turns.1 = turns.1.max(took.unwrap_or_default());
            }
            _ => {}
        }
    }
}

#[test]
fn no_turn_blocks() -> anyhow::Result<()> {
    let turns = Turns::default();
    let inspected = Inspected::run(at_loopback().watch(Ground::new().with_trace(turns.clone())))?;
    inspected.page("a")?.frame()?;
    inspected.program.end()?;
    let longest = turns.0.lock().unwrap_or_else(PoisonError::into_inner).1;
    ensure!(longest > Duration::ZERO && longest < LONGEST_TURN, "the longest turn took {longest:?}");
    Ok(())
}
