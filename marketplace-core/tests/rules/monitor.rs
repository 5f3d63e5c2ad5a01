//! S11: a process that monitors another one gets its end.

use anyhow::{anyhow, bail};
use marketplace_core::{Context, EndpointId, Reason, Role, Spawn, topic};

use crate::support::{Go, Log, Say, Stage, trace};

type Recipe = fn() -> Spawn;

/// Monitors `child`, and logs its end.
fn monitor(log: &Log, child: Spawn) -> Spawn {
    let log = log.clone();
    Spawn::new((), move |(), cx| watch(cx, &log, child))
}

fn watch(cx: &mut Context<'_, ()>, log: &Log, child: Spawn) {
    let (started, ended) = (log.clone(), log.clone());
    cx.spawn_monitored(
        child,
        move |(), _, pid| started.add(format_args!("started {pid:?}")),
        move |(), _, pid, reason| ended.add(format_args!("ended {pid:?}: {reason}")),
    );
}

#[test]
fn s11_who_monitors_a_process_is_told_of_its_end_and_of_the_reason() {
    let ends: [(Recipe, &str); 5] = [
        (|| Spawn::new((), |(), cx| cx.quit()), "normal"),
        (|| Spawn::new((), |(), cx| cx.quit_because(anyhow!("bored"))), "bored"),
        (|| Spawn::new((), |(), _| bail!("broken")), "broken"),
        (|| Spawn::new((), |(), _| -> () { panic!("mad") }), "panic: mad"),
        // It is collected, because nothing can happen to it any more.
        (|| Spawn::new((), |(), _| ()), "normal"),
    ];
    for (child, reason) in ends {
        let lines = trace(|log| [monitor(log, child())]);
        assert_eq!(lines, ["started Pid(2)".to_owned(), format!("ended Pid(2): {reason}")]);
        let lines = trace(|log| [Spawn::nested([monitor(log, child())])]);
        assert_eq!(lines, ["started Pid(1)".to_owned(), format!("ended Pid(1): {reason}")]);
    }
}

#[test]
fn s11_the_end_is_told_after_the_absences() {
    let lines = trace(|log| {
        let child = Spawn::new((), |(), cx| {
            cx.publisher(topic!(Say(1, _)));
            cx.quit();
        });
        [log.watcher("peer", Role::subscriber(topic!(Say(1, _)))), monitor(log, child)]
    });
    assert_eq!(
        lines,
        [
            "peer settled, 0",
            "started Pid(3)",
            "peer + SayPattern(1, any)",
            "peer - SayPattern(1, any), normal",
            "ended Pid(3): normal"
        ]
        .map(|line| line.replace("SayPattern(1, any)", &format!("{:?}", topic!(Say(1, _)))))
    );
}

#[test]
fn s11_the_end_of_a_process_at_the_meta_level_is_told_inside() {
    let lines = trace(|log| {
        let log = log.clone();
        [Spawn::nested([Spawn::new((), move |(), cx| {
            let child = Spawn::new((), |(), _| bail!("broken"));
            cx.meta().spawn_monitored(child, |(), _, _| (), move |(), _, _, reason| log.add(reason));
        })])]
    });
    assert_eq!(lines, ["broken"]);
}

#[test]
fn s12_a_process_that_waits_for_an_end_is_not_collected() -> anyhow::Result<()> {
    let log = Log::default();
    let child = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.quit());
    });
    let mut stage = Stage::new([monitor(&log, child)]);
    log.take();
    stage.go(1)?;
    assert_eq!(log.take(), ["ended Pid(2): normal"]);
    stage.stop()
}

#[test]
fn s11_those_whom_a_process_monitors_stay_when_it_goes() -> anyhow::Result<()> {
    let log = Log::default();
    let (parents, childs) = (log.clone(), log.clone());
    let parent = Spawn::new((), move |(), cx| {
        let child = Spawn::new(childs.epitaph("child is dropped"), |_, cx| {
            cx.subscriber(topic!(Go(2))).on_message(|_, cx, _| cx.quit());
        });
        watch(cx, &parents, child);
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.quit());
    });
    let mut stage = Stage::new([parent]);
    log.take();
    stage.go(1)?;
    assert!(log.take().is_empty());
    stage.go(2)?;
    assert_eq!(log.take(), ["child is dropped"]);
    stage.stop()
}

#[test]
fn s11_a_process_that_takes_the_place_of_one_that_monitored_is_told_nothing() -> anyhow::Result<()> {
    let log = Log::default();
    let (parents, others) = (log.clone(), log.clone());
    let parent = Spawn::new((), move |(), cx| {
        let child = Spawn::new((), |(), cx| {
            cx.subscriber(topic!(Go(2))).on_message(|(), cx, _| cx.quit());
        });
        watch(cx, &parents, child);
        cx.quit();
    });
    let mut stage = Stage::new([parent]);
    stage.spawn(Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Go(2))).on_message(move |(), _, _| others.add("another goes on"));
    }))?;
    log.take();
    stage.go(2)?;
    assert_eq!(log.take(), ["another goes on"]);
    stage.stop()
}

#[test]
fn s07_an_absence_has_the_number_of_its_presence() {
    let lines = trace(|log| {
        let (come, gone) = (log.clone(), log.clone());
        let watcher = Spawn::new((), move |(), cx| {
            cx.subscriber(topic!(Say(1, _)))
                .on_presence(move |(), _, peer| come.add(format_args!("+{:?}", peer.id)))
                .on_absence(move |(), _, peer, _| gone.add(format_args!("-{:?}", peer.id)));
        });
        let twins = Spawn::new((), |(), cx| {
            let first = cx.publisher(topic!(Say(1, _))).name();
            cx.publisher(topic!(Say(1, _)));
            cx.delete(first);
            cx.quit_because(Reason::normal());
        });
        [watcher, twins]
    });
    let [first, second] = [EndpointId(3), EndpointId(4)];
    assert_eq!(
        lines,
        [format!("+{first:?}"), format!("+{second:?}"), format!("-{first:?}"), format!("-{second:?}")]
    );
}
