//! Questions: each gets one result, whatever the answerer does.

use anyhow::{anyhow, bail};
use marketplace_core::{AskError, Message, Question, Reason, Reply, Spawn, topic};

use crate::support::{Get, Go, Log, Stage, ask, ask_once, reply_with, show, trace};

#[test]
fn an_ask_ends_with_the_answer() {
    let lines = trace(|log| [reply_with("one"), ask_once(1, log)]);
    assert_eq!(lines, ["one"]);
}

#[test]
fn an_ask_ends_at_once_if_there_is_no_answerer() {
    let elsewhere = || {
        Spawn::new((), |(), cx| {
            cx.on_question(topic!(Get(2)), |(), _, _, reply| reply.send("two"));
        })
    };
    assert_eq!(trace(|log| [ask_once(1, log)]), ["nobody"]);
    assert_eq!(trace(|log| [elsewhere(), ask_once(1, log)]), ["nobody"]);
    assert_eq!(trace(|log| [elsewhere(), ask_once(2, log)]), ["two"]);
}

#[test]
fn observers_are_not_answerers() {
    let lines = trace(|log| {
        let watcher = Spawn::new((), |(), cx| {
            cx.observe_publishers(marketplace_core::Request::topic(topic!(Get(_))));
            cx.observe_publishers_everything(marketplace_core::Request::topic(topic!(Get(_))));
        });
        [watcher, ask_once(1, log)]
    });
    assert_eq!(lines, ["nobody"]);
}

/// The result of a question whose answerer runs this handler.
fn outcome_where(
    answer: impl FnMut(&mut (), &mut marketplace_core::Context<'_, ()>, &Get, Reply<Get>) -> anyhow::Result<()>
    + Send
    + 'static,
) -> Vec<String> {
    trace(|log| {
        let answerer = Spawn::new((), |(), cx| {
            cx.on_question(topic!(Get(_)), answer).named("answers");
        });
        [answerer, ask_once(1, log)]
    })
}

#[test]
fn an_ask_ends_with_the_reason_of_an_answerer_that_leaves_without_an_answer() {
    // It keeps the reply, because dropping the reply would decline the question.
    let keeps = |cx: &mut marketplace_core::Context<'_, ()>, reply: Reply<Get>| {
        cx.subscriber(topic!(Go(1))).on_message(move |(), _, _| assert!(reply.is_wanted()));
    };
    let fails = outcome_where(move |(), cx, _, reply| {
        keeps(cx, reply);
        bail!("broken")
    });
    assert_eq!(fails, ["left: broken"]);
    let panics = outcome_where(move |(), cx, _, reply| {
        keeps(cx, reply);
        panic!("mad")
    });
    assert_eq!(panics, ["left: panic: mad"]);
    let quits = outcome_where(move |(), cx, _, reply| {
        keeps(cx, reply);
        cx.quit();
        Ok(())
    });
    assert_eq!(quits, ["left: normal"]);
    let bored = outcome_where(move |(), cx, _, reply| {
        keeps(cx, reply);
        cx.quit_because(anyhow!("bored"));
        Ok(())
    });
    assert_eq!(bored, ["left: bored"]);
    let deletes = outcome_where(move |(), cx, _, reply| {
        keeps(cx, reply);
        cx.delete_because("answers", anyhow!("closed"));
        Ok(())
    });
    assert_eq!(deletes, ["left: closed"]);
}

#[test]
fn s02_an_answer_of_a_turn_that_fails_is_none() {
    let fails = outcome_where(|(), _, _, reply| {
        reply.send("one");
        bail!("broken")
    });
    assert_eq!(fails, ["left: broken"]);
    let panics = outcome_where(|(), _, _, reply| {
        reply.send("one");
        panic!("mad")
    });
    assert_eq!(panics, ["left: panic: mad"]);
    // The same in the turn in which the answer becomes ready.
    let later = outcome_where(|(), cx, _, reply| {
        cx.yield_then(move |(), _| {
            reply.send("one");
            bail!("broken")
        });
        Ok(())
    });
    assert_eq!(later, ["left: broken"]);
}

#[test]
fn an_answer_counts_also_if_its_giver_leaves_in_the_same_turn() {
    let quits = outcome_where(|(), cx, _, reply| {
        cx.quit();
        reply.send("one");
        Ok(())
    });
    assert_eq!(quits, ["one"]);
    let deletes = outcome_where(|(), cx, _, reply| {
        cx.delete("answers");
        reply.send("one");
        Ok(())
    });
    assert_eq!(deletes, ["one"]);
    let later = outcome_where(|(), cx, _, reply| {
        cx.perform(std::future::ready("one"), move |(), cx, word| {
            reply.send(word);
            cx.quit();
        });
        Ok(())
    });
    assert_eq!(later, ["one"]);
    let declines = outcome_where(|(), cx, _, reply| {
        cx.yield_then(move |(), cx| {
            drop(reply);
            cx.quit();
        });
        Ok(())
    });
    assert_eq!(declines, ["declined"]);
}

#[test]
fn an_ask_ends_with_the_reply_that_is_dropped() {
    let at_once = outcome_where(|(), _, _, _reply| Ok(()));
    assert_eq!(at_once, ["declined"]);
    let later = outcome_where(|(), cx, _, reply| {
        cx.perform(async move { drop(reply) }, |(), _, ()| ());
        Ok(())
    });
    assert_eq!(later, ["declined"]);
}

#[test]
fn an_answerer_can_pass_on_the_error_of_another() {
    let lines = outcome_where(|(), cx, _, reply| {
        cx.ask(Other).then(|(), _, outcome| match outcome {
            Ok(()) => reply.send("one"),
            Err(error) => reply.fail(error),
        });
        Ok(())
    });
    assert_eq!(lines, ["nobody"]);
}

/// A question that has no answerer.
#[derive(Debug, Message)]
struct Other;

impl Question for Other {
    type Answer = ();
}

#[test]
fn an_error_contains_the_question_and_what_went_wrong() {
    let texts = |error: &AskError| (error.to_string(), format!("{:#}", anyhow!(error.clone())));
    let log = Log::default();
    let noted = log.clone();
    let _ = trace(|_| {
        let answerer = Spawn::new((), |(), cx| {
            cx.on_question(topic!(Get(2)), |(), _, _, _reply| bail!("broken"));
        });
        let asker = Spawn::new(noted, move |_, cx| {
            cx.ask(Get(1))
                .then(move |log, _, outcome| outcome.err().iter().for_each(|e| log.add(texts(e).0)));
            cx.ask(Get(2))
                .then(move |log, _, outcome| outcome.err().iter().for_each(|e| log.add(texts(e).1)));
        });
        [answerer, asker]
    });
    let get = std::any::type_name::<Get>();
    assert_eq!(
        log.lines(),
        [
            format!("no process answers `{get}`"),
            format!("the answerer of `{get}` left before it answered: broken")
        ]
    );
}

#[test]
fn s02_an_error_of_what_goes_on_after_the_answer_fails_the_asker() {
    let lines = trace(|log| {
        let log = log.clone();
        let parent = Spawn::new((), move |(), cx| {
            let asker = Spawn::new((), |(), cx| {
                cx.ask(Get(1)).then(|(), _, word| bail!("what is {}?", word?));
            });
            cx.spawn_monitored(asker, |(), _, _| (), move |(), _, _, reason| log.add(reason));
        });
        [reply_with("one"), parent]
    });
    assert_eq!(lines, ["what is one?"]);
}

#[test]
fn an_ask_is_called_off_by_its_name() -> anyhow::Result<()> {
    let log = Log::default();
    let ends = log.clone();
    let answerer = Spawn::new(Vec::new(), |_, cx| {
        cx.on_question(topic!(Get(_)), |replies: &mut Vec<Reply<Get>>, _, _, reply| replies.push(reply));
        cx.subscriber(topic!(Go(2))).on_message(|replies, cx, _| {
            assert!(replies.iter().all(|reply| !reply.is_wanted()));
            cx.quit();
        });
    });
    let asker = Spawn::new((), move |(), cx| {
        let asked = cx.ask(Get(1)).then(move |(), _, outcome| ends.add(show(&outcome)));
        cx.subscriber(topic!(Go(1))).on_message(move |(), cx, _| cx.delete(asked.clone()));
    });
    let mut stage = Stage::new([answerer, asker]);
    assert!(log.take().is_empty());
    stage.go(1)?;
    assert_eq!(log.take(), ["left: normal"]);
    stage.go(2)?;
    stage.stop()
}

#[test]
fn an_ask_that_is_called_off_in_its_own_turn_ends_too() {
    let lines = trace(|log| {
        let log = log.clone();
        let asker = Spawn::new((), move |(), cx| {
            let asked = cx.ask(Get(1)).then(move |(), _, outcome| log.add(show(&outcome)));
            cx.delete_because(asked, Reason::normal());
        });
        [reply_with("one"), asker]
    });
    assert_eq!(lines, ["left: normal"]);
}

#[test]
fn several_asks_at_once_get_their_own_answers() {
    let lines = trace(|log| {
        let words = Spawn::new((), |(), cx| {
            cx.on_question(topic!(Get(_)), |(), cx, get, reply| {
                let word = ["zero", "one", "two", "three"][get.0 as usize % 4];
                match get.0 % 2 {
                    0 => reply.send(word),
                    _ => cx.perform(std::future::ready(word), |(), _, word| reply.send(word)),
                }
            });
        });
        let log = log.clone();
        let asker = Spawn::new((), move |(), cx| (0..4).for_each(|number| ask(cx, number, &log)));
        [words, asker]
    });
    assert_eq!(lines, ["zero", "two", "one", "three"]);
}

#[test]
fn an_answer_is_handed_over_and_need_not_be_cloned_nor_shown() {
    struct Precious(Box<u8>);

    #[derive(Debug, Message)]
    struct Give;

    impl Question for Give {
        type Answer = Precious;
    }

    let lines = trace(|log| {
        let giver = Spawn::new((), |(), cx| {
            cx.on_question(topic!(Give), |(), _, Give, reply| reply.send(Precious(Box::new(7))));
        });
        let log = log.clone();
        let taker = Spawn::new((), move |(), cx| {
            cx.ask(Give).then(move |(), _, given| {
                log.add(given?.0);
                Ok(())
            });
        });
        [giver, taker]
    });
    assert_eq!(lines, ["7"]);
}

#[test]
fn a_process_can_ask_itself() {
    let lines = trace(|log| {
        let log = log.clone();
        let both = Spawn::new((), move |(), cx| {
            cx.on_question(topic!(Get(_)), |(), _, _, reply| reply.send("self"));
            ask(cx, 1, &log);
        });
        [both]
    });
    assert_eq!(lines, ["self"]);
}
