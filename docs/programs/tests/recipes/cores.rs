//! The page Several cores: a ground for each core, and a link between grounds on several threads.

use driver_tcp_bare::{TcpAddress, TcpChannel, TcpDriver};
use marketplace_core::{Ground, Spawn, topic};
use marketplace_grounds::Grounds;

/// Sends a client's bytes back to it.
fn echoer(them: TcpAddress, us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(TcpChannel::flow(&them, &us))
            .on_message(|(), cx, packet| cx.send(packet.reply()))
            .on_absence(|(), cx, _peer, _reason| cx.quit());
    })
    .named("echoer")
}

fn listener(us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(TcpChannel { source: _, destination: us, .. }))
            .for_each_conversation(|flow| flow.ends().map(|(them, us)| echoer(them, us)));
    })
    .named("listener")
}

/// An echo server with a ground for each core. All grounds listen on the same port.
fn echo_server(us: TcpAddress) -> Grounds {
    let tcp = TcpDriver::new().bind_address([127, 0, 0, 1]).share_port(true);
    Grounds::new(move |_index| Ok(Ground::new().spawn(tcp.clone().spawn()).main(listener(us.clone()))))
}

use std::sync::Arc;

use driver_link::{Link, Shared, Threads};
use marketplace_core::Message;

#[derive(Debug, Message)]
struct Price {
    symbol: &'static str,
    cents: u64,
}

/// Publishes a price. There is one in the whole program.
fn feed(symbol: &'static str, cents: u64) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Price { symbol: symbol, .. }))
            .on_presence(move |(), cx, _watcher| cx.send(Price { symbol, cents }));
    })
    .named("feed")
}

/// Follows a price, in whichever ground the feed is.
fn watcher(symbol: &'static str) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Price { symbol: symbol, .. }))
            .on_message(|(), _, price| tracing::info!("{}: {}", price.symbol, price.cents))
            .on_departure(|(), _, _feed, reason| tracing::warn!("no prices any more: {reason:#}"));
    })
    .named("watcher")
}

/// A ground that shares prices with all others that have a clone of `threads`.
fn joined(name: impl Into<Arc<str>>, threads: &Threads) -> Ground {
    let link = Link::new(name).share(Shared::<Price>::new()).join(threads.clone());
    Ground::new().spawn(link.spawn())
}

/// A feed on the first core, and a watcher on each.
fn market() -> Grounds {
    let threads = Threads::new();
    Grounds::new(move |index| {
        let ground = joined(format!("ground {index}"), &threads).spawn(watcher("SOUP"));
        Ok(if index == 0 { ground.spawn(feed("SOUP", 250)) } else { ground })
    })
}

mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{SocketAddr, TcpStream};
    use std::num::NonZeroUsize;
    use std::sync::mpsc::channel;
    use std::thread;

    use anyhow::Context as _;
    use driver_link::LinkLost;
    use driver_tcp_bare::TcpBound;
    use futures::StreamExt as _;
    use futures::executor::block_on;
    use marketplace_core::{Handle, Pattern as _, PresenceChange};
    use marketplace_grounds::RunningGrounds;
    use marketplace_testing::{TIMEOUT, TestProgram};

    use super::*;

    fn two() -> NonZeroUsize {
        NonZeroUsize::MIN.saturating_add(1)
    }

    /// Where a server listens.
    async fn address(mut handle: Handle) -> anyhow::Result<SocketAddr> {
        let mut bound = handle.observe_publishers(topic!(TcpBound { .. }), 8).await?;
        while let Some(change) = bound.next().await {
            if let PresenceChange::Presence { conversation, .. } = change? {
                return conversation.address.value().context("no address");
            }
        }
        anyhow::bail!("the ground has ended")
    }

    /// The processes of this name in a ground.
    fn count(handle: &Handle, name: &str) -> anyhow::Result<usize> {
        let snapshot = block_on(handle.clone().snapshot())?;
        Ok(snapshot.processes.iter().filter(|process| process.name.as_deref() == Some(name)).count())
    }

    fn stop(grounds: RunningGrounds) -> anyhow::Result<()> {
        grounds.stop_handle().stop(TIMEOUT);
        let (tell, told) = channel();
        thread::spawn(move || tell.send(grounds.join()));
        told.recv_timeout(TIMEOUT)?
    }

    #[test]
    fn clients_of_one_port_are_served_in_both_grounds() -> anyhow::Result<()> {
        let grounds = echo_server(TcpAddress::listener(0)).count(two()).start(async_std::task::block_on)?;
        let handles = grounds.handles().to_vec();
        let addresses = [block_on(address(handles[0].clone()))?, block_on(address(handles[1].clone()))?];
        assert_eq!(addresses[0], addresses[1]);
        // That all are served in one ground happens once in 2^63 runs.
        let mut clients = Vec::new();
        for _ in 0..64 {
            let mut client = TcpStream::connect(addresses[0])?;
            client.set_read_timeout(Some(TIMEOUT))?;
            client.write_all(b"hello")?;
            client.read_exact(&mut [0; 5])?;
            clients.push(client);
        }
        let counts = [count(&handles[0], "echoer")?, count(&handles[1], "echoer")?];
        assert!(counts[0] > 0 && counts[1] > 0 && counts[0] + counts[1] == 64, "{counts:?}");
        drop(clients);
        stop(grounds)
    }

    /// Each ground comes to rest as often as it takes the two to answer each other.
    fn settle(grounds: &[TestProgram; 2]) {
        (0..4).for_each(|_| grounds.iter().for_each(TestProgram::settle));
    }

    #[test]
    fn a_watcher_in_one_ground_gets_prices_of_a_feed_in_the_other_and_sees_its_absence() -> anyhow::Result<()>
    {
        let threads = Threads::new();
        let grounds = ["here", "there"].map(|name| TestProgram::by_hand(joined(name, &threads)));
        let mut prices = grounds[1].subscriber(topic!(Price { symbol: "SOUP", .. }))?;
        grounds[0].spawn(feed("SOUP", 250))?;
        settle(&grounds);
        prices.presence()?;
        assert_eq!(prices.message()?.cents, 250);
        let [here, there] = grounds;
        drop(here);
        there.settle();
        assert!(prices.absence()?.downcast_ref::<LinkLost>().is_some());
        Ok(())
    }

    #[test]
    fn the_market_has_a_watcher_in_each_ground_and_stops_as_a_whole() -> anyhow::Result<()> {
        let grounds = market().count(two()).start(async_std::task::block_on)?;
        let mut other = grounds.handles()[1].clone();
        // The watcher there follows a price whose feed is in the first ground.
        let mut feeds = block_on(other.observe_publishers(topic!(Price { .. }), 8))?;
        let is_there = async move {
            while let Some(change) = feeds.next().await {
                if matches!(change?, PresenceChange::Presence { .. }) {
                    return anyhow::Ok(true);
                }
            }
            Ok(false)
        };
        assert!(block_on(is_there)?);
        assert_eq!(count(&grounds.handles()[1], "watcher")?, 1);
        stop(grounds)
    }
}
