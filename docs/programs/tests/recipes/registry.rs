//! A registry: processes that are found by name, each name served by one process at a time.

use marketplace_core::{Context, Message, Pattern, Spawn, Value, topic};

/// A claim on a name. The presence of its publisher is the claim; no `Claim` is ever sent.
#[derive(Debug, Message)]
struct Claim {
    name: String,
    claimant: Value,
}

/// A message to the process that serves a name.
#[derive(Debug, Message)]
struct Letter {
    to: String,
    #[message(skip)]
    text: String,
}

/// Sent by a clerk that has received a letter.
#[derive(Debug, Message)]
struct Read {
    #[message(skip)]
    text: String,
    by: Value,
}

/// A process that serves a name, or waits until it may.
struct Clerk {
    name: &'static str,
    me: Value,
    /// All claims on the name, the oldest one first.
    claims: Vec<Value>,
}

/// Serves a name as soon as no older claim on it is left.
fn clerk(name: &'static str) -> Spawn {
    let clerk = Clerk { name, me: Value::unique(name), claims: Vec::new() };
    Spawn::new(clerk, |clerk, cx| {
        cx.publisher(topic!(Claim { name: clerk.name.into(), claimant: clerk.me.clone() }));
        cx.observe_publishers(topic!(Claim { name: clerk.name.into(), claimant: _ }))
            .on_presence(|clerk: &mut Clerk, cx, peer| {
                clerk.claims.extend(peer.conversation.claimant.value());
                clerk.serve_if_first(cx);
            })
            .on_absence(|clerk, cx, peer, _reason| {
                let gone = peer.conversation.claimant.value();
                clerk.claims.retain(|claim| Some(claim) != gone.as_ref());
                clerk.serve_if_first(cx);
            });
    })
    .named(name)
}

impl Clerk {
    fn serve_if_first(&self, cx: &mut Context<'_, Self>) {
        if self.claims.first() == Some(&self.me) {
            cx.subscriber(topic!(Letter { to: self.name.to_owned(), .. })).named("letters").on_message(
                |clerk: &mut Self, cx, letter| {
                    cx.send(Read { text: letter.text.clone(), by: clerk.me.clone() });
                },
            );
        }
    }
}

/// Sends one letter, as soon as there is a process that serves the name.
fn writer(to: &'static str, text: &'static str) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Letter { to: to.to_owned(), .. })).on_presence(move |(), cx, _clerk| {
            cx.send(Letter { to: to.to_owned(), text: text.to_owned() });
            cx.quit();
        });
    })
}

/// Sends a message when a name gets its first clerk, and when it loses its last.
fn directory() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.observe_subscribers(topic!(Letter { .. }))
            .on_arrival(|(), cx, peer| {
                if let Some(name) = peer.conversation.to.value() {
                    cx.send(Listed { name, is_served: true });
                }
            })
            .on_departure(|(), cx, peer, _reason| {
                if let Some(name) = peer.conversation.to.value() {
                    cx.send(Listed { name, is_served: false });
                }
            });
    })
}

#[derive(Debug, PartialEq, Eq, Message)]
struct Listed {
    name: String,
    is_served: bool,
}

use anyhow::ensure;

/// Serves a name, and fails if another process claims it already.
fn only_clerk(name: &'static str) -> Spawn {
    Spawn::new((), move |(), cx| {
        // The actions of one turn are performed together, so of two such processes one sees the other's claim.
        let claims = topic!(Claim { name: name.to_owned(), claimant: _ });
        cx.observe_publishers(claims.clone()).on_settled(move |(), cx, others| {
            ensure!(others == 0, "{name} is taken");
            cx.subscriber(topic!(Letter { to: name.to_owned(), .. })).on_message(|(), _, _letter| ());
            Ok(())
        });
        cx.publisher(claims);
    })
}

use anyhow::anyhow;
use marketplace_core::Ground;
use marketplace_testing::{InboxEvent, TestProgram};

#[test]
fn a_letter_reaches_the_process_of_that_name() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(clerk("post")).spawn(clerk("tax")));
    let mut read = program.messages(topic!(Read { .. }))?;
    program.spawn(writer("tax", "my income"))?;
    assert_eq!(read.message()?.text, "my income");
    read.nothing()
}

#[test]
fn a_writer_waits_until_the_name_is_served() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(writer("post", "hello")));
    let mut read = program.messages(topic!(Read { .. }))?;
    read.nothing()?;
    program.spawn(clerk("post"))?;
    assert_eq!(read.message()?.text, "hello");
    Ok(())
}

#[test]
fn of_two_that_claim_a_name_the_older_one_serves_it_and_then_the_other() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut served = program.publisher(topic!(Letter { .. }))?;
    let mut read = program.messages(topic!(Read { .. }))?;
    let mut handle = program.handle();
    let mut older = program.wait(async move { handle.spawn(clerk("post")).await })??;
    program.spawn(clerk("post"))?;
    served.presence()?;
    served.nothing()?;
    program.spawn(writer("post", "one"))?;
    let first = read.message()?.by.clone();
    read.nothing()?;

    older.kill(anyhow!("power failure"));
    program.settle();
    assert_eq!(served.absence()?.to_string(), "power failure");
    served.presence()?;
    program.spawn(writer("post", "two"))?;
    let second = read.message()?;
    assert_eq!(second.text, "two");
    assert_ne!(second.by, first);
    Ok(())
}

#[test]
fn several_that_begin_at_once_agree() -> anyhow::Result<()> {
    let clerks = (0..10).map(|_| clerk("post"));
    let program = TestProgram::by_hand(clerks.fold(Ground::new(), Ground::spawn));
    let mut served = program.publisher(topic!(Letter { .. }))?;
    served.presence()?;
    served.nothing()
}

#[test]
fn a_directory_knows_the_names_that_are_served() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(directory()));
    let mut listed = program.messages(topic!(Listed { .. }))?;
    let mut handle = program.handle();
    let mut post = program.wait(async move { handle.spawn(clerk("post")).await })??;
    assert_eq!(*listed.message()?, Listed { name: "post".to_owned(), is_served: true });
    post.kill(anyhow!("power failure"));
    assert_eq!(*listed.message()?, Listed { name: "post".to_owned(), is_served: false });
    Ok(())
}

#[test]
fn a_name_that_is_taken_can_also_be_refused() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(only_clerk("post")));
    let mut served = program.publisher(topic!(Letter { .. }))?;
    served.presence()?;
    let mut claims = program.observe_publishers(topic!(Claim { .. }))?;
    claims.presence()?;
    program.spawn(only_clerk("post"))?;
    claims.presence()?;
    let refused = claims.find(|event| match event {
        InboxEvent::Absence { reason, .. } => Some(reason.to_string()),
        _ => None,
    })?;
    assert_eq!(refused, "post is taken");
    served.nothing()
}
