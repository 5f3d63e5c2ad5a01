//! Questions from nested VMs, through a relay in each VM.

use anyhow::bail;
use marketplace_core::{Reply, Request, Role, Spawn, ask_relay, topic};

use crate::support::{Get, Go, Log, Stage, ask, reply_with, show};

/// Asks at each step 1.
fn asker(log: &Log) -> Spawn {
    let log = log.clone();
    Spawn::new((), move |(), cx| {
        cx.meta().subscriber(topic!(Go(1))).on_message(move |(), cx, _| ask(cx, 1, &log));
    })
}

/// Relays steps into the VM, and questions out of it.
fn relays() -> [Spawn; 2] {
    let steps = Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Go(_))).on_message(|(), cx, step| cx.send(Go(step.0)));
    });
    [ask_relay(topic!(Get(_))), steps]
}

/// A process in a VM that is nested this deep, with relays in each VM.
fn nested(depth: usize, process: Spawn) -> Spawn {
    (0..depth).fold(process, |deeper, _| Spawn::nested(relays().into_iter().chain([deeper])))
}

#[test]
fn an_ask_is_answered_three_vms_out() -> anyhow::Result<()> {
    for depth in 1..=3 {
        let log = Log::default();
        let mut stage = Stage::new([nested(depth, asker(&log))]);
        stage.go(1)?;
        assert_eq!(log.take(), ["nobody"]);
        stage.spawn(reply_with("one"))?;
        stage.go(1)?;
        assert_eq!(log.take(), ["one"]);
        stage.stop()?;
    }
    Ok(())
}

/// Does something different with each question.
fn moody() -> Spawn {
    Spawn::new(0, |_, cx| {
        cx.on_question(topic!(Get(_)), |times, cx, _, reply| {
            *times += 1;
            match *times {
                1 => drop(reply),
                2 => cx.perform(std::future::ready("later"), |_, _, word| reply.send(word)),
                3 => {
                    reply.send("last");
                    cx.quit();
                }
                _ => bail!("it has quit"),
            }
            Ok(())
        });
    })
}

#[test]
fn an_ask_has_the_same_result_inside_as_outside() -> anyhow::Result<()> {
    for depth in 1..=3 {
        let log = Log::default();
        let mut stage = Stage::new([nested(depth, asker(&log))]);
        stage.spawn(moody())?;
        for outcome in ["declined", "later", "last", "nobody"] {
            stage.go(1)?;
            assert_eq!(log.take(), [outcome]);
        }
        stage.spawn(Spawn::new((), |(), cx| {
            cx.on_question(topic!(Get(_)), |(), cx, _, reply| {
                cx.perform(std::future::pending::<()>(), |(), _, ()| reply.send("never"));
            });
            cx.subscriber(topic!(Go(2))).on_message(|(), _, _| bail!("broken"));
        }))?;
        stage.go(1)?;
        assert!(log.take().is_empty());
        stage.go(2)?;
        assert_eq!(log.take(), ["left: broken"]);
        stage.stop()?;
    }
    Ok(())
}

#[test]
fn answerers_outside_are_present_inside() -> anyhow::Result<()> {
    let log = Log::default();
    let watcher = log.watcher("a", Role::publisher(Request::topic(topic!(Get(_)))));
    let mut stage = Stage::new([nested(2, watcher)]);
    assert_eq!(log.take(), ["a settled, 0"]);
    stage.spawn(moody())?;
    let topic = Request::topic(topic!(Get(_)));
    assert_eq!(log.take(), [format!("a + {topic:?}")]);
    stage.spawn(reply_with("one"))?;
    assert!(log.take().is_empty(), "one relay, however many there are outside");
    stage.stop()
}

#[test]
fn the_last_answerer_to_leave_outside_leaves_inside_with_its_reason() -> anyhow::Result<()> {
    let log = Log::default();
    let watcher = log.watcher("a", Role::publisher(Request::topic(topic!(Get(_)))));
    let mut stage = Stage::new([nested(2, watcher)]);
    for step in [2, 3] {
        stage.spawn(Spawn::new((), move |(), cx| {
            cx.on_question(topic!(Get(_)), |(), _, _, reply| reply.send("one"));
            cx.subscriber(topic!(Go(step))).on_message(|(), _, step| bail!("broken at {}", step.0));
        }))?;
    }
    log.take();
    stage.go(3)?;
    assert!(log.take().is_empty());
    stage.go(2)?;
    let topic = Request::topic(topic!(Get(_)));
    assert_eq!(log.take(), [format!("a - {topic:?}, broken at 2")]);
    stage.spawn(reply_with("one"))?;
    assert_eq!(log.take(), [format!("a + {topic:?}")]);
    stage.stop()
}

#[test]
fn an_ask_that_is_given_up_inside_is_given_up_outside() -> anyhow::Result<()> {
    let log = Log::default();
    let answerer = Spawn::new(Vec::new(), |_, cx| {
        cx.on_question(topic!(Get(_)), |replies: &mut Vec<Reply<Get>>, _, _, reply| replies.push(reply));
    });
    let asker = {
        let log = log.clone();
        Spawn::new((), move |(), cx| {
            cx.meta().subscriber(topic!(Go(1))).on_message(move |(), cx, _| {
                let log = log.clone();
                let asked = cx.ask(Get(1)).then(move |(), _, outcome| log.add(show(&outcome)));
                cx.meta().subscriber(topic!(Go(2))).on_message(move |(), cx, _| cx.delete(asked.clone()));
            });
        })
    };
    let watcher = log.watcher(
        "a",
        Role::subscriber(Request::topic(topic!(Get(_)))).with_interest(marketplace_core::Interest::Observer),
    );
    let mut stage = Stage::new([answerer, watcher, nested(3, asker)]);
    log.take();
    stage.go(1)?;
    let lines = log.take();
    assert!(lines.iter().any(|line| line.starts_with("a + ")), "{lines:?}");
    stage.go(2)?;
    let lines = log.take();
    assert!(lines.iter().any(|line| line.starts_with("a - ")), "{lines:?}");
    assert!(lines.contains(&"left: normal".to_owned()), "{lines:?}");
    // If the answer were still wanted, its future would keep the ground running.
    stage.stop()
}

#[test]
fn a_process_can_ask_and_answer_at_the_meta_level_by_itself() -> anyhow::Result<()> {
    let log = Log::default();
    let noted = log.clone();
    let asker = Spawn::nested([Spawn::new((), move |(), cx| {
        cx.meta().ask(Get(1)).then(move |(), _, outcome| noted.add(show(&outcome)));
    })]);
    let answerer = Spawn::nested([Spawn::new((), |(), cx| {
        cx.meta().on_question(topic!(Get(_)), |(), cx, _, reply| {
            cx.perform(std::future::ready("one"), |(), _, word| reply.send(word));
        });
    })]);
    let stage = Stage::new([answerer, asker]);
    assert_eq!(log.take(), ["one"]);
    stage.end()
}
