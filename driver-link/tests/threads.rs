//! Grounds of one program, joined by `Threads`.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use driver_link::{Link, Linked, Shared, Threads};
use marketplace_core::{Child, Ground, Message, Strategy, Supervisor, topic};
use marketplace_testing::TestProgram;

#[derive(Debug, Clone, PartialEq, Message)]
struct Said(u32, &'static str);

fn ground(name: &str, threads: &Threads) -> TestProgram {
    let link = Link::new(name).share(Shared::<Said>::new()).join(threads.clone());
    TestProgram::by_hand(Ground::new().spawn(link.spawn()))
}

#[test]
fn an_endpoint_is_present_on_the_other_ground_and_receives_messages_from_there() -> anyhow::Result<()> {
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
    speaker.run(|cx| cx.send(Said(1, "hello")))?;
    kitchen.settle();
    assert_eq!(*ears.message()?, Said(1, "hello"));
    speaker.fail("no voice")?;
    kitchen.settle();
    assert_eq!(ears.absence()?.to_string(), "no voice");
    Ok(())
}

#[test]
fn a_link_that_is_killed_and_made_again_by_a_supervisor_joins_anew() -> anyhow::Result<()> {
    let threads = Threads::new();
    let cellar = ground("cellar", &threads);
    let link = move || Link::new("kitchen").share(Shared::<Said>::new()).join(threads.clone()).spawn();
    let supervisor = Supervisor::new(Strategy::OneForOne).child(Child::new("link", link));
    let kitchen = TestProgram::by_hand(Ground::new().spawn(supervisor.spawn()));
    let mut links = cellar.subscriber(topic!(Linked { .. }))?;
    let mut ears = cellar.subscriber(topic!(Said(1, _)))?;
    let _speaker = kitchen.publisher(topic!(Said(1, _)))?;
    for _ in 0..3 {
        for _ in 0..3 {
            kitchen.settle();
            cellar.settle();
        }
        links.presence()?;
        ears.presence()?;
        let snapshot = kitchen.snapshot()?;
        let link = snapshot.processes.iter().find(|process| process.name.as_deref() == Some("link"));
        let pid = link.context("no link")?.pid.clone();
        let _killer = kitchen.process(move |cx| cx.kill(&pid, anyhow!("no more links")))?;
        cellar.settle();
        ears.absence()?;
        links.absence()?;
        kitchen.advance(Duration::from_secs(10));
    }
    ears.nothing()
}
