//! Questions with several answerers: the first answer, all answers, and answerers that come too late.

use anyhow::bail;
use futures::channel::oneshot;
use marketplace_core::{Reply, Spawn, topic};

use crate::support::{Get, Go, Log, Stage, ask_once, reply_with, show, trace};

/// Keeps the replies to its questions. It answers, declines or fails at the given steps.
fn slow(word: &'static str, answers: u32, declines: u32, fails: u32) -> Spawn {
    Spawn::new(Vec::new(), move |_, cx| {
        cx.on_question(topic!(Get(_)), |replies: &mut Vec<Reply<Get>>, _, _, reply| replies.push(reply));
        cx.subscriber(topic!(Go(answers)))
            .on_message(move |replies, _, _| replies.drain(..).for_each(|reply| reply.send(word)));
        cx.subscriber(topic!(Go(declines))).on_message(|replies, _, _| replies.clear());
        cx.subscriber(topic!(Go(fails)))
            .on_message(move |_, _, _| -> anyhow::Result<()> { bail!("{word} fails") });
    })
}

/// A process that asks once, for all answers.
fn ask_all(log: &Log) -> Spawn {
    let log = log.clone();
    Spawn::new((), move |(), cx| {
        cx.ask(Get(1)).all(move |(), _, outcomes| {
            log.add(format_args!("{:?}", outcomes.iter().map(show).collect::<Vec<_>>()));
        });
    })
}

#[test]
fn the_first_of_two_answers_counts() {
    let lines = trace(|log| [reply_with("one"), reply_with("uno"), ask_once(1, log)]);
    assert_eq!(lines, ["one"]);
}

#[test]
fn an_answerer_that_leaves_without_an_answer_leaves_the_question_to_the_other() -> anyhow::Result<()> {
    for (steps, outcome) in [
        (vec![1], "one"),
        (vec![4], "uno"),
        (vec![2, 4], "uno"),
        (vec![3, 4], "uno"),
        (vec![5, 1], "one"),
        (vec![6, 1], "one"),
        (vec![2, 5], "declined"),
        (vec![2, 6], "left: uno fails"),
        (vec![6, 3], "left: one fails"),
        (vec![6, 2], "declined"),
    ] {
        let log = Log::default();
        let mut stage = Stage::new([slow("one", 1, 2, 3), slow("uno", 4, 5, 6), ask_once(1, &log)]);
        for step in steps {
            assert!(log.lines().is_empty());
            stage.go(step)?;
        }
        assert_eq!(log.take(), [outcome]);
        (1..=6).try_for_each(|step| stage.go(step))?;
        assert!(log.take().is_empty());
    }
    Ok(())
}

#[test]
fn all_results_are_in_the_order_in_which_the_answerers_were_added() -> anyhow::Result<()> {
    let log = Log::default();
    let third = Spawn::new((), |(), cx| {
        cx.on_question(topic!(Get(_)), |(), _, _, _reply| bail!("ach"));
    });
    let mut stage = Stage::new([slow("one", 1, 2, 3), slow("uno", 4, 5, 6), third, ask_all(&log)]);
    stage.go(4)?;
    assert!(log.lines().is_empty());
    stage.go(1)?;
    assert_eq!(log.take(), [r#"["one", "uno", "left: ach"]"#]);
    stage.spawn(ask_all(&log))?;
    stage.go(6)?;
    stage.go(2)?;
    assert_eq!(log.take(), [r#"["declined", "left: uno fails"]"#]);
    stage.stop()
}

#[test]
fn without_answerers_the_list_of_all_results_is_empty() {
    assert_eq!(trace(|log| [ask_all(log)]), ["[]"]);
}

#[test]
fn an_answerer_that_appears_after_the_question_does_not_replace_one_that_was_asked() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([slow("one", 1, 2, 3), ask_once(1, &log), ask_all(&log)]);
    stage.spawn(reply_with("late"))?;
    assert!(log.take().is_empty());
    stage.go(3)?;
    assert_eq!(log.take(), ["left: one fails", r#"["left: one fails"]"#]);
    stage.spawn(ask_once(1, &log))?;
    assert_eq!(log.take(), ["late"]);
    stage.stop()
}

#[test]
fn an_answer_can_come_from_another_thread() -> anyhow::Result<()> {
    for depth in 0..3 {
        let log = Log::default();
        let (give, given) = std::sync::mpsc::channel::<Reply<Get>>();
        let thread = std::thread::spawn(move || given.iter().for_each(|reply| reply.send("threaded")));
        let answerer = Spawn::new(give, |_, cx| {
            cx.on_question(topic!(Get(_)), |give, _, _, reply| Ok(give.send(reply)?));
        });
        let nested =
            (0..depth).fold(vec![answerer, ask_once(1, &log)], |inner, _| vec![Spawn::nested(inner)]);
        crate::support::run(nested)?;
        assert_eq!(log.take(), ["threaded"]);
        assert!(thread.join().is_ok());
    }
    Ok(())
}

#[test]
fn an_answerer_learns_that_its_answer_is_not_wanted_any_more() -> anyhow::Result<()> {
    let log = Log::default();
    let (called_off, end) = (log.clone(), log.clone());
    let (keep, kept) = oneshot::channel::<()>();
    let answerer = Spawn::new((), |(), cx| {
        cx.on_question(topic!(Get(_)), move |(), cx, _, mut reply| {
            assert!(reply.is_wanted());
            let log = called_off.clone();
            cx.perform(
                async move {
                    reply.unwanted().await;
                    reply.is_wanted()
                },
                move |(), _, is_wanted| log.add(format_args!("still wanted: {is_wanted}")),
            );
        });
    });
    let asker = Spawn::new(end.epitaph("asker is gone"), |_, cx| {
        cx.ask(Get(1)).then(|_, _, _| bail!("an answer"));
        cx.perform(kept, |_, cx, _| cx.quit());
    });
    let mut stage = Stage::new([answerer, asker]);
    assert!(log.take().is_empty());
    drop(keep);
    stage.rest()?;
    assert_eq!(log.take(), ["asker is gone", "still wanted: false"]);
    stage.spawn(ask_once(1, &log))?;
    assert!(log.take().is_empty(), "the answerer is unharmed, and is asked");
    Ok(())
}

#[test]
fn s08_who_answers_questions_cannot_take_the_place_of_another_endpoint() {
    let lines = trace(|log| {
        let log = log.clone();
        let parent = Spawn::new((), move |(), cx| {
            let answerer = Spawn::new((), |(), cx| {
                cx.on_question(topic!(Get(_)), |(), _, _, reply| reply.send("old")).named("answers");
                cx.on_question(topic!(Get(_)), |(), _, _, reply| reply.send("new")).named("answers");
            });
            cx.spawn_monitored(answerer, |(), _, _| (), move |(), _, _, reason| log.add(reason));
        });
        [parent]
    });
    assert_eq!(
        lines,
        [r#"endpoint "answers" already exists: an endpoint that answers questions must be a new one"#]
    );
}
