//! Retry with back-off: a page is fetched until that succeeds, as long as a reader wants it.

use std::time::Duration;

use anyhow::{anyhow, bail};
use marketplace_core::{
    Child, Context, Ground, Limits, Message, Pattern, Question, Restart, Spawn, Strategy, Supervisor, topic,
};
use marketplace_testing::TestProgram;

/// Asks a server, which may be slow, may fail, or may not be there.
#[derive(Debug, Message)]
struct Download {
    url: String,
}

impl Question for Download {
    type Answer = anyhow::Result<String>;
}

/// A page. Each subscriber is a reader that wants it; readers leave with the first copy, so a second one may be dropped.
#[derive(Debug, Message)]
#[message(lossy)]
struct Page {
    url: String,
    #[message(skip)]
    text: String,
}

/// Keeps a fetcher for each page that some reader wants, and makes it again when it has failed.
fn fetchers() -> Spawn {
    let second = Duration::from_secs(1);
    let limits = Limits::new().backoff(second, 60 * second).restarts(100, 600 * second);
    Spawn::new((), move |(), cx| {
        cx.observe_subscribers(topic!(Page { .. }))
            .for_each_conversation_restarting(limits, |wanted| Some(fetcher(wanted.url.value()?)));
    })
}

/// Makes one attempt to fetch a page. It fails if the attempt does.
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

/// Wants a page, for two minutes at most.
fn reader(url: &'static str) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Page { url: url.to_owned(), .. })).on_message(|(), cx, page| {
            cx.send(Shown(page.text.clone()));
            cx.quit();
        });
        cx.sleep_then(Duration::from_secs(120), |(), cx| cx.quit_because(anyhow!("no page in two minutes")));
    })
}

#[derive(Debug, Message)]
struct Shown(String);

/// Runs a job until it quits, but not more than five times in a minute. Then the last error is this process' error.
fn stubborn(job: impl Fn() -> Spawn + Send + Sync + 'static) -> Spawn {
    Supervisor::new(Strategy::OneForOne)
        .named("stubborn")
        .limits(Limits::new().restarts(4, Duration::from_secs(60)))
        .child(Child::new("job", job).restart(Restart::Transient))
        .spawn()
}

/// What a process knows that tries by itself.
struct Attempts {
    url: String,
    failed: u32,
}

impl Attempts {
    /// Tries, and after a failure again: after 1, 2, 4 and 8 seconds, then no more.
    fn attempt(&self, cx: &mut Context<'_, Self>) {
        cx.ask(Download { url: self.url.clone() }).then(|attempts: &mut Self, cx, answer| {
            match answer? {
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
fn no_server_is_a_failure_as_any_other() -> anyhow::Result<()> {
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
