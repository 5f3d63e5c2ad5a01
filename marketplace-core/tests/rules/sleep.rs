//! Waiting, by the runtime's clock, also in nested VMs (S14).

use std::time::Duration;

use marketplace_core::{Ground, Spawn, topic};
use marketplace_testing::Clock;

use crate::support::{Go, Log, Stage, run};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn s14_a_process_at_any_depth_goes_on_after_the_time_it_asked_for() -> anyhow::Result<()> {
    for depth in 0..4 {
        let (clock, log) = (Clock::default(), Log::default());
        let waking = log.clone();
        let sleeper = Spawn::new((), move |(), cx| {
            cx.sleep_then(SECOND, move |(), _| waking.add("awake"));
        });
        let sleeper = (0..depth).fold(sleeper, |deeper, _| Spawn::nested([deeper]));
        let mut stage = Stage::of(Ground::new().with_sleep(clock.sleeper()).spawn(sleeper));
        stage.rest()?;
        assert_eq!(clock.next(), Some(SECOND));
        clock.advance(SECOND / 2);
        stage.rest()?;
        assert!(log.take().is_empty());
        clock.advance(SECOND / 2);
        stage.rest()?;
        assert_eq!(log.take(), ["awake"]);
        stage.stop()?;
    }
    Ok(())
}

#[test]
fn a_sleep_that_is_called_off_keeps_neither_process_nor_ground() -> anyhow::Result<()> {
    let (clock, log) = (Clock::default(), Log::default());
    let end = log.clone();
    let sleeper = Spawn::new(end.epitaph("gone"), |_, cx| {
        let sleep = cx.sleep_then(SECOND, |_, _| anyhow::bail!("not called off"));
        cx.subscriber(topic!(Go(1))).named("ears").on_message(move |_, cx, _| {
            sleep.abort();
            cx.delete("ears");
        });
    });
    let mut stage = Stage::of(Ground::new().with_sleep(clock.sleeper()).spawn(sleeper));
    stage.rest()?;
    stage.go(1)?;
    assert_eq!(log.take(), ["gone"]);
    assert_eq!(clock.next(), None);
    stage.stop()
}

#[test]
fn a_sleep_at_a_ground_that_cannot_wait_fails_and_says_what_is_missing() {
    let log = Log::default();
    let ended = log.clone();
    let parent = Spawn::new((), move |(), cx| {
        let sleeper = Spawn::new((), |(), cx| {
            cx.sleep_then(SECOND, |(), _| ());
        });
        cx.spawn_monitored(sleeper, |(), _, _| (), move |(), _, _, reason| ended.add(reason));
    });
    run([parent]).expect("no main process fails");
    let [reason] = &log.take()[..] else { panic!("one end") };
    assert!(reason.contains("no way to wait for 1s") && reason.contains("Ground::with_sleep"), "{reason}");
}

#[test]
fn a_future_knows_the_vms_around_its_process() {
    let log = Log::default();
    for depth in 0..3 {
        let told = log.clone();
        let process = Spawn::new((), move |(), cx| {
            cx.perform_with(
                |outside| std::future::ready(outside.path().len()),
                move |(), _, depth| told.add(depth),
            );
        });
        run([(0..depth).fold(process, |deeper, _| Spawn::nested([deeper]))]).expect("no main process fails");
    }
    assert_eq!(log.take(), ["0", "1", "2"]);
}

#[test]
fn s02_a_panic_as_a_future_is_made_fails_the_process() {
    let log = Log::default();
    let ended = log.clone();
    let parent = Spawn::new((), move |(), cx| {
        let mad = Spawn::new((), |(), cx| {
            cx.perform_with(|_| -> std::future::Ready<()> { panic!("mad") }, |(), _, ()| ());
        });
        cx.spawn_monitored(mad, |(), _, _| (), move |(), _, _, reason| ended.add(reason));
    });
    run([parent]).expect("no main process fails");
    assert_eq!(log.take(), ["panic: mad"]);
}
