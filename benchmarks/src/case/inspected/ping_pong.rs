//! The two processes of `ping-pong`, with an inspector.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use driver_inspector::{Inspecting, inspector};
use futures::executor::block_on;
use marketplace_core::{Ground, Handle, Pattern, Spawn, topic};

use super::open_page;
use crate::case::{Case, Counted, Counting, Size, Subject, Tool, ping_pong};
use crate::figure::Figure;
use crate::ours;

pub(crate) const CASE: Case = Case {
    name: "inspected-ping-pong",
    about: "round trips of two processes in a program with an inspector, one in flight",
    parameter: "",
    values: &[0],
    rounds: 3,
    // Enough for some seconds, because an inspector begins to look up to a fifth of a second after a page is opened.
    operations: |_| 20_000_000,
    counting: Some(Counting::of_process("delivery", &[Counted::at(0, 16_000, &[Tool::Callgrind])])),
    ours: &[
        Subject::new("no page open", |size| {
            inspected(size, |_, round_trips, tell| ping_pong::processes(round_trips, tell))
        }),
        Subject::new("not inspected", |size| {
            ping_pong::figures(size, ours::told(|tell| ping_pong::processes(size.operations / 2, tell))?)
        }),
        // Not counted: how much the inspector records depends on the time.
        Subject::new("a page open", |size| {
            inspected(size, |handle, round_trips, tell| vec![opener(handle, round_trips, tell)])
        })
        .uncounted(),
    ],
    others: &[],
};

/// The times are processor time, which includes the inspector's thread.
fn inspected(
    size: Size,
    processes: impl FnOnce(Handle, u64, Sender<Duration>) -> Vec<Spawn>,
) -> anyhow::Result<Vec<Figure>> {
    let (tell, told) = channel();
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let ground = inspector().address(anywhere).watch(Ground::new());
    let processes = processes(ground.handle(), size.operations / 2, tell);
    block_on(processes.into_iter().fold(ground, Ground::spawn).run())?;
    ping_pong::figures(size, told.recv()?)
}

/// Opens a page, and only then spawns the two processes. The handle keeps the program running until then.
fn opener(handle: Handle, round_trips: u64, tell: Sender<Duration>) -> Spawn {
    Spawn::new(handle, move |_, cx| {
        cx.observe_publishers(topic!(Inspecting { .. })).on_presence(move |_, cx, inspecting| {
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
