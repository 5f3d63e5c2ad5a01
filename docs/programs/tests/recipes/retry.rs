//! Retry with back-off: a page is fetched until that succeeds, as long as a reader wants it.

use std::time::Duration;

use anyhow::anyhow;
use marketplace_core::{Limits, Message, Pattern, Question, Spawn, Stopping, topic};

/// A question to a server, which may be slow, may fail, or may not be there.
#[derive(Debug, Message)]
struct Download {
    url: String,
}

impl Question for Download {
    type Answer = anyhow::Result<String>;
}

/// A page. Each of its subscribers is a reader that wants it.
#[derive(Debug, Message)]
#[message(lossy)] // A reader leaves with the first copy, and may be sent two.
struct Page {
    url: String,
    #[message(skip)]
    text: String,
}

/// Runs one fetcher for each page that has a reader, and restarts it after a failure.
fn fetchers() -> Spawn {
    let second = Duration::from_secs(1);
    let limits = Limits::new().backoff(second, 60 * second).restarts(100, 600 * second);
    Spawn::new((), move |(), cx| {
        cx.observe_subscribers(topic!(Page { .. }))
            .for_each_conversation_restarting(limits, |wanted| Some(fetcher(wanted.url.value()?)));
    })
}

/// Makes one attempt to fetch a page, and fails if the attempt fails.
fn fetcher(url: String) -> Spawn {
    Spawn::new((), move |(), cx| {
        let question = Download { url: url.clone() };
        cx.ask(question).within(Duration::from_secs(5)).then(move |(), cx, answer| {
            let text = answer??;
            cx.publisher(topic!(Page { url: &url, .. })).on_presence(move |(), cx, _reader| {
                cx.send(Page { url: url.clone(), text: text.clone() });
            });
            Ok(())
        });
    })
}

/// Waits for a page, for two minutes at most.
fn reader(url: &'static str) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Page { url: url.to_owned(), .. })).on_message(|(), cx, page| {
            cx.send(Shown(page.text.clone()));
            cx.quit();
        });
        cx.sleep_then(Duration::from_secs(120), |(), cx| cx.quit_because(anyhow!("no page in two minutes")));
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
    })
}

#[derive(Debug, Message)]
struct Shown(String);

use marketplace_core::{Child, Restart, Strategy, Supervisor};

/// Runs a job until it succeeds. At the fifth failure within a minute this process fails, too.
fn stubborn(job: impl Fn() -> Spawn + Send + Sync + 'static) -> Spawn {
    Supervisor::new(Strategy::OneForOne)
        .named("stubborn")
        .limits(Limits::new().restarts(4, Duration::from_secs(60)))
        .child(Child::new("job", job).restart(Restart::Transient))
        .spawn()
}

use marketplace_core::Context;

/// The state of a process that makes the attempts itself.
struct Attempts {
    url: String,
    failed: u32,
}

impl Attempts {
    /// Makes an attempt, and after a failure another one: after 1, 2, 4 and 8 seconds, then no more.
    fn attempt(&self, cx: &mut Context<'_, Self>) {
        let question = Download { url: self.url.clone() };
        cx.ask(question).within(Duration::from_secs(5)).then(|attempts: &mut Self, cx, answer| {
            match answer.map_err(anyhow::Error::from).and_then(|answer| answer) {
                Ok(text) => cx.send(Shown(text)),
                Err(error) if attempts.failed == 4 => return Err(error),
                Err(_) => {
                    let delay = Duration::from_secs(1 << attempts.failed);
                    attempts.failed += 1;
                    cx.sleep_then(delay, |attempts, cx| attempts.attempt(cx));
                }
            }
            Ok(())
        });
    }
}

use anyhow::bail;
use marketplace_core::Ground;
use marketplace_testing::TestProgram;

const SECOND: Duration = Duration::from_secs(1);

/// A server that fails so many times before it answers.
fn server(failures: usize) -> Spawn {
    Spawn::new(failures, |_, cx| {
        cx.on_question(topic!(Download { .. }), |failures, _, download, reply| {
            reply.send(if *failures == 0 {
                Ok(format!("the text of {}", download.url))
            } else {
                *failures -= 1;
                Err(anyhow!("the server is busy"))
            });
        });
    })
}

#[test]
fn a_page_is_fetched_again_until_it_is_there() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(server(3)).spawn(fetchers()));
    let mut shown = program.messages(topic!(Shown(_)))?;
    program.spawn(reader("/a"))?;
    program.spawn(reader("/a"))?;
    // The delays are up to 1, 2 and 4 seconds; up to a fifth is taken off each.
    program.advance(SECOND * 28 / 5);
    shown.nothing()?;
    program.advance(SECOND * 7 / 5);
    assert_eq!(shown.message()?.0, "the text of /a");
    assert_eq!(shown.message()?.0, "the text of /a");
    shown.nothing()
}

#[test]
fn a_reader_that_comes_later_gets_the_page_too() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(server(0)).spawn(fetchers()));
    let keeper = program.messages(topic!(Page { url: "/a".to_owned(), .. }))?;
    let mut shown = program.messages(topic!(Shown(_)))?;
    program.spawn(reader("/a"))?;
    assert_eq!(shown.message()?.0, "the text of /a");
    keeper.close()
}

#[test]
fn a_missing_server_is_a_failure_like_any_other() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(fetchers()).spawn(reader("/a")));
    let mut shown = program.messages(topic!(Shown(_)))?;
    program.advance(10 * SECOND);
    shown.nothing()?;
    program.spawn(server(0))?;
    program.advance(10 * SECOND);
    assert_eq!(shown.message()?.0, "the text of /a");
    Ok(())
}

#[test]
fn nothing_is_tried_for_a_reader_that_has_gone() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(fetchers()).spawn(reader("/a")));
    let mut pages = program.observe_subscribers(topic!(Page { .. }))?;
    pages.presence()?;
    program.advance(120 * SECOND);
    assert_eq!(pages.absence()?.to_string(), "no page in two minutes");
    assert_eq!(program.clock().next(), None, "nothing is waited for any more");
    Ok(())
}

#[test]
fn a_job_that_never_succeeds_is_given_up_with_its_error() -> anyhow::Result<()> {
    let job = || Spawn::new((), |(), _| bail!("the disk is full"));
    let program = TestProgram::by_hand(Ground::new().main(stubborn(job)));
    program.advance(3 * SECOND);
    let error = program.outcome().expect_err("the job never succeeds");
    assert_eq!(
        format!("{error:#}"),
        "supervisor `stubborn`: `job` has ended again after 4 restarts within 60s: the disk is full"
    );
    Ok(())
}

#[test]
fn a_job_that_succeeds_is_done() -> anyhow::Result<()> {
    let job = || Spawn::new((), |(), cx| cx.quit());
    TestProgram::by_hand(Ground::new().main(stubborn(job))).end()
}

#[test]
fn a_process_can_count_its_attempts_itself() -> anyhow::Result<()> {
    for (failures, succeeds) in [(4, true), (5, false)] {
        let program = TestProgram::by_hand(Ground::new().spawn(server(failures)));
        let mut shown = program.messages(topic!(Shown(_)))?;
        let attempts = Attempts { url: "/a".to_owned(), failed: 0 };
        program.spawn(Spawn::new(attempts, |attempts, cx| attempts.attempt(cx)))?;
        program.advance(14 * SECOND);
        shown.nothing()?;
        program.advance(SECOND);
        match succeeds {
            true => assert_eq!(shown.message()?.0, "the text of /a"),
            false => shown.nothing()?,
        }
        assert_eq!(program.clock().next(), None, "it has ended");
    }
    Ok(())
}
