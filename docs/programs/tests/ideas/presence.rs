//! `ideas/presence.md`

use marketplace_core::{Ground, Message, Pattern, Spawn, topic};
use marketplace_testing::TestProgram;

#[derive(Debug, Message)]
struct Price {
    stock: String,
    cents: u32,
}

/// Runs one `feed` for each stock that some process subscribes to.
fn exchange() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.observe_subscribers(topic!(Price { stock: _, .. }))
            .for_each_conversation(|conversation| conversation.stock.value().map(feed));
    })
}

/// Publishes the prices of one stock.
fn feed(stock: String) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Price { stock: &stock, .. })).on_presence(move |(), cx, _subscriber| {
            cx.send(Price { stock: stock.clone(), cents: 100 });
        });
    })
}

#[test]
fn a_feed_runs_while_some_process_subscribes_to_its_prices() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(exchange()));

    // The first subscriber creates the demand for the feed, and sees the feed.
    let mut first = program.subscriber(topic!(Price { stock: "acme".into(), .. }))?;
    first.presence()?;
    assert_eq!(first.message()?.cents, 100);

    // A second subscriber uses the same feed. It is still there when the first one leaves.
    let mut second = program.subscriber(topic!(Price { stock: "acme".into(), .. }))?;
    second.presence()?;
    second.message()?;
    first.close()?;
    second.nothing()?;

    // The last subscriber that leaves ends the feed.
    let mut feeds = program.observe_publishers(topic!(Price { stock: _, .. }))?;
    feeds.presence()?;
    second.close()?;
    feeds.absence()?;
    Ok(())
}
