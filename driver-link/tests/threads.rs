//! Grounds of one program, joined by `Threads`.

use driver_link::{Link, Linked, Shared, Threads};
use marketplace_core::{Ground, Message, topic};
use marketplace_testing::TestProgram;

#[derive(Debug, Clone, PartialEq, Message)]
struct Said(u32, &'static str);

fn ground(name: &str, threads: &Threads) -> TestProgram {
    let link = Link::new(name).share(Shared::<Said>::new()).join(threads.clone());
    TestProgram::by_hand(Ground::new().spawn(link.spawn()))
}

#[test]
fn an_endpoint_here_is_seen_over_there_and_hears_what_is_said_there() -> anyhow::Result<()> {
    let threads = Threads::new();
    let (kitchen, cellar) = (ground("kitchen", &threads), ground("cellar", &threads));
    let mut ears = kitchen.subscriber(topic!(Said(1, _)))?;
    let speaker = cellar.process(|cx| {
        cx.publisher(topic!(Said(1, _)));
    })?;
    let mut links = cellar.subscriber(topic!(Linked { .. }))?;
    cellar.settle();
    kitchen.settle();
    cellar.settle();
    kitchen.settle();
    links.presence()?;
    ears.presence()?;
    speaker.tell(|cx| cx.send(Said(1, "hello")))?;
    kitchen.settle();
    assert_eq!(*ears.message()?, Said(1, "hello"));
    speaker.fail("no voice")?;
    kitchen.settle();
    assert_eq!(ears.absence()?.to_string(), "no voice");
    Ok(())
}
