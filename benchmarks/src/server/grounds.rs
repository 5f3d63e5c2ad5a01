//! Echo servers that do some work for each message: on one ground, and on two grounds that share a port.

use std::hash::{DefaultHasher, Hasher};
use std::hint::black_box;
use std::net::Ipv4Addr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, bail};
use async_std::task;
use driver_tcp_bare::{TcpAddress, TcpBound, TcpChannel, TcpDriver};
use marketplace_core::{Ground, Pattern, Spawn, topic};
use marketplace_grounds::Grounds;

use super::announce;

/// Hashes `work` bytes for each message.
pub(super) fn serve(name: &str, work: usize) -> anyhow::Result<()> {
    let driver = TcpDriver::new().bind_address(Ipv4Addr::LOCALHOST);
    match name {
        "one ground" => task::block_on(ground(&driver, &Arc::new(AtomicUsize::new(1)), work).run()),
        "two grounds" => {
            let (driver, missing) = (driver.share_port(true), Arc::new(AtomicUsize::new(2)));
            let grounds = Grounds::new(move |_| Ok(ground(&driver, &missing, work)));
            grounds.count(NonZeroUsize::MIN.saturating_add(1)).run(task::block_on)
        }
        name => bail!("there is no server `{name}`"),
    }
}

/// One of the grounds. `missing` is the number of grounds that do not listen yet; the last one prints the port.
fn ground(driver: &TcpDriver, missing: &Arc<AtomicUsize>, work: usize) -> Ground {
    let (us, missing) = (TcpAddress::listener(0), Arc::clone(missing));
    let listen = Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(TcpBound { listener: &us, address: _ })).on_presence(
            move |(), _, bound| {
                let bound = bound.conversation.value().context("a bound listener has an address")?;
                if missing.fetch_sub(1, Ordering::AcqRel) == 1 {
                    announce(bound.address);
                }
                Ok(())
            },
        );
        cx.observe_publishers(topic!(TcpChannel { source: _, destination: us, .. })).for_each_conversation(
            move |conversation| conversation.ends().map(|(them, us)| worker(them, us, work)),
        );
    });
    Ground::new().spawn(driver.clone().spawn()).main(listen)
}

fn worker(them: TcpAddress, us: TcpAddress, work: usize) -> Spawn {
    Spawn::new(vec![1; work], move |_, cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(TcpChannel::flow(&them, &us))
            .on_message(|bytes: &mut Vec<u8>, cx, packet| {
                if !bytes.is_empty() {
                    let mut hasher = DefaultHasher::new();
                    hasher.write(bytes);
                    black_box(hasher.finish());
                }
                cx.send(packet.reply());
            })
            .on_absence(|_, cx, _peer, _reason| cx.quit());
    })
}
