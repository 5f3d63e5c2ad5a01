//! The two processes of `ping-pong`, inspected.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use driver_inspector::{Inspecting, inspector};
use futures::executor::block_on;
use marketplace_core::{Ground, Pattern, Spawn, topic};

use super::open_page;
use crate::case::{Case, Counted, Counting, Size, Subject, Tool, ping_pong};
use crate::figure::Figure;
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "inspected-ping-pong",
    about: "round trips of two processes that are inspected, one in flight",
    parameter: "",
    values: &[0],
    rounds: 7,
    operations: |_| 1_000_000,
    counting: Some(Counting::of_process("delivery", &[Counted::at(0, 16_000, &[Tool::Callgrind])])),
    ours: &[
        Subject::new("no page open", |size| {
            inspected(size, |round_trips, tell| ping_pong::processes(round_trips, tell))
        }),
        Subject::new("not inspected", |size| {
            ping_pong::figures(size, ours::told(|tell| ping_pong::processes(size.operations / 2, tell))?)
        }),
        // How much is recorded depends on the time.
        Subject::new("a page open", |size| {
            inspected(size, |round_trips, tell| vec![opener(round_trips, tell)])
        })
        .uncounted(),
    ],
    others: &[],
};

/// On the processor clock: the inspector's thread has its part in it.
fn inspected(
    size: Size,
    processes: impl FnOnce(u64, Sender<Duration>) -> Vec<Spawn>,
) -> anyhow::Result<Vec<Figure>> {
    let (tell, told) = channel();
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let processes = processes(size.operations / 2, tell);
    let ground = processes.into_iter().fold(Ground::new(), Ground::spawn);
    block_on(inspector().address(anywhere).watch(ground).run())?;
    ping_pong::figures(size, told.recv()?)
}

/// Opens a page, and has the two begin then.
fn opener(round_trips: u64, tell: Sender<Duration>) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(Inspecting { .. })).on_presence(move |(), cx, inspecting| {
            if let Some(address) = inspecting.conversation.address.value() {
                open_page(address)?;
            }
            for process in ping_pong::processes(round_trips, tell.clone()) {
                cx.spawn(process);
            }
            cx.quit();
            anyhow::Ok(())
        });
    })
}
