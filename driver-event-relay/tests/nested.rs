//! Relays in nested VMs, with sources that need no socket.

mod support;

use std::time::Instant;

use driver_event_relay::event_relay;
use futures::executor::block_on;
use futures::future::{FutureExt, pending};
use futures::{StreamExt, stream};
use marketplace_core::{EventSource, Ground, Message, Spawn, Stopping, topic};
use marketplace_testing::Feed;

use support::{Log, listener, program, say};

/// A VM with a relay. All relays have the same name.
fn relayed(processes: impl IntoIterator<Item = Spawn>) -> Spawn {
    Spawn::nested([event_relay("relay")].into_iter().chain(processes).collect::<Vec<_>>())
}

#[test]
fn a_source_is_received_in_a_nested_vm_until_it_ends() -> anyhow::Result<()> {
    let log = Log::default();
    let source = EventSource::once("words", stream::iter(["x", "y"]));
    block_on(Ground::new().spawn(relayed([listener(&log, "a", &source)])).run())?;
    assert_eq!(log.take(), ["a +", "a: x", "a: y", "a -, normal"]);
    Ok(())
}

#[test]
fn the_reason_of_a_sources_end_is_relayed_through_three_vms() -> anyhow::Result<()> {
    let log = Log::default();
    let broken = stream::iter(["x"]).chain(stream::once(async { panic!("broken") }));
    let source = EventSource::once("words", broken);
    let vm = relayed([relayed([relayed([listener(&log, "a", &source)])])]);
    block_on(Ground::new().spawn(vm).run())?;
    assert_eq!(log.take(), ["a +", "a: x", "a -, panic: broken"]);
    Ok(())
}

#[test]
fn a_source_is_opened_once_and_each_subscriber_receives_it_once_at_any_depth() -> anyhow::Result<()> {
    let (log, words) = (Log::default(), Feed::new("words"));
    let listener = |who| listener(&log, who, words.source());
    let inner = relayed([listener("a"), listener("b")]);
    let program = program([relayed([inner, listener("c")]), relayed([listener("d")]), listener("e")]);
    assert_eq!(log.take_sorted(), ["a +", "b +", "c +", "d +", "e +"], "each sees its presence");
    assert_eq!(words.opened(), 1);
    say("x", &words, &program)?;
    assert_eq!(log.take_sorted(), ["a: x", "b: x", "c: x", "d: x", "e: x"]);
    Ok(())
}

#[test]
fn a_source_is_relayed_until_the_last_subscriber_is_removed_in_any_order() -> anyhow::Result<()> {
    let orders = [
        ["a", "b", "c"],
        ["a", "c", "b"],
        ["b", "a", "c"],
        ["b", "c", "a"],
        ["c", "a", "b"],
        ["c", "b", "a"],
    ];
    for order in orders {
        let (log, words) = (Log::default(), Feed::new("words"));
        let listener = |who| listener(&log, who, words.source());
        let inner = relayed([listener("a"), listener("b")]);
        let program = program([relayed([inner, listener("c")])]);
        log.take();
        let mut left = vec!["a", "b", "c"];
        for leaver in order {
            assert!(words.is_open(), "{order:?}");
            say(leaver, &words, &program)?;
            let expected: Vec<_> = left.iter().map(|who| format!("{who}: {leaver}")).collect();
            assert_eq!(log.take_sorted(), expected, "{order:?}");
            left.retain(|who| *who != leaver);
        }
        assert!(!words.is_open(), "{order:?}");
        assert_eq!(words.opened(), 1, "{order:?}");
    }
    Ok(())
}

#[test]
fn new_demand_is_relayed_again() -> anyhow::Result<()> {
    let log = Log::default();
    let source = EventSource::repeatable("words", || stream::iter(["x", "a"]).chain(stream::pending()));
    let (first, second) = (listener(&log, "a", &source), listener(&log, "b", &source));
    let go = Feed::new("words");
    let starter = go.source().clone();
    let second = Spawn::new(Some(second), move |_, cx| {
        cx.on_event(&starter, |second: &mut Option<Spawn>, cx, _: &&str| {
            second.take().into_iter().for_each(|second| cx.spawn(second));
        });
    });
    let program = program([relayed([first, second])]);
    assert_eq!(log.take(), ["a +", "a: x", "a: a"]);
    say("go", &go, &program)?;
    assert_eq!(log.take(), ["b +", "b: x", "b: a"]);
    Ok(())
}

#[test]
fn only_one_of_two_relays_in_a_vm_relays() -> anyhow::Result<()> {
    let (log, words) = (Log::default(), Feed::new("words"));
    let late = Spawn::new((), |(), cx| cx.yield_then(|(), cx| cx.spawn(event_relay("late"))));
    let vm = relayed([event_relay("second"), listener(&log, "a", words.source()), late]);
    let program = program([vm]);
    assert_eq!(log.take(), ["a +"]);
    say("a", &words, &program)?;
    assert_eq!(log.take(), ["a: a"], "nothing is delivered twice");
    assert!(!words.is_open(), "and nothing is subscribed to twice");
    Ok(())
}

#[test]
fn the_stop_is_relayed_through_three_vms_while_a_process_observes_it() -> anyhow::Result<()> {
    let log = Log::default();
    let sees = log.clone();
    let watcher = Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(move |(), cx, stopping| {
            sees.add(format_args!("{:?}", stopping.conversation.deadline));
            cx.quit();
        });
    });
    let program = program([relayed([relayed([relayed([watcher])])])]);
    let now = Instant::now();
    program.handle().stop(now, pending()).now_or_never();
    program.settle();
    assert_eq!(log.take(), [format!("{:?}", Some(now))]);
    Ok(())
}

/// A message that is never sent.
#[derive(Debug, Message)]
struct Nothing;

/// Records a line when it is dropped.
struct DropRecorder(Log);

impl Drop for DropRecorder {
    fn drop(&mut self) {
        self.0.add("gone");
    }
}

#[test]
fn a_relay_without_demand_does_not_keep_its_vm() -> anyhow::Result<()> {
    let (log, words) = (Log::default(), Feed::new("words"));
    let resident = Spawn::new(DropRecorder(log.clone()), |_, cx| {
        cx.subscriber(topic!(Nothing));
    });
    let program = program([relayed([resident, listener(&log, "a", words.source())])]);
    assert_eq!(log.take(), ["a +"]);
    say("a", &words, &program)?;
    assert_eq!(log.take(), ["a: a", "gone"]);
    Ok(())
}
