//! Peers that break the protocol. Whatever they send, nothing panics, nothing grows without bound, and no other peer
//! notices.

use std::any::TypeId;
use std::num::NonZero;

use anyhow::{Context as _, anyhow, ensure};
use driver_link::{Batch, Cause, Frame, GroundId, Hello, Link, LinkError, LinkLost, Linked};
use marketplace_core::{AnyMessage, Orientation, Reason, Role, topic};
use marketplace_testing::Inbox;

use crate::support::{Joined, Network, Noted, Said, Secret, Simulated, link, said};

const WINDOW: u32 = 8;
const ENDPOINTS: usize = 16;

/// The indices of the ground under test, and of another ground that is linked with it.
const VICTIM: usize = 0;
const OTHER: usize = 1;

/// A peer that the test plays, beside two linked grounds.
struct Villain {
    joined: Joined<Simulated>,
    network: Network,
    station: usize,
    errors: Inbox<LinkError>,
}

fn guarded(name: &'static str) -> Link {
    link(name).window(NonZero::new(WINDOW).expect("not zero")).mark(8).limit(32).endpoints(ENDPOINTS)
}

impl Villain {
    fn new() -> anyhow::Result<Self> {
        let joined = Joined::<Simulated>::of([guarded("victim"), guarded("other")])?;
        let network = joined.way.network.clone();
        let station = network.stranger(GroundId(666));
        let errors = joined[VICTIM].messages(topic!(LinkError { .. }))?;
        let mut villain = Self { joined, network, station, errors };
        villain.meet()?;
        Ok(villain)
    }

    fn meet(&mut self) -> anyhow::Result<()> {
        self.network.meet(VICTIM, self.station);
        self.joined.flow()
    }

    /// Sends a batch.
    fn say(&mut self, session: u64, first: u64, frames: Vec<Frame>) -> anyhow::Result<()> {
        self.network.forge(self.station, VICTIM, Batch { session, first, frames });
        self.joined.flow()
    }

    /// The victim's session with it.
    fn session(&mut self) -> anyhow::Result<u64> {
        let heard = self.network.heard(self.station);
        Ok(heard.last().context("it has heard nothing")?.session)
    }

    /// Sends a normal hello, and then these frames.
    fn say_after_hello(&mut self, frames: Vec<Frame>) -> anyhow::Result<()> {
        let session = self.session()?;
        let frames = [hello(WINDOW)].into_iter().chain(frames).collect();
        self.say(session, 0, frames)
    }

    /// The reason for which it has been refused.
    fn refusal(&mut self) -> anyhow::Result<String> {
        let error = self.errors.message()?;
        let lost =
            error.reason.downcast_ref::<LinkLost>().with_context(|| format!("{error:?} is another error"))?;
        let Cause::Refused(why) = &lost.cause else { anyhow::bail!("it is not refused: {lost}") };
        self.errors.nothing()?;
        Ok(why.to_string())
    }

    /// How many mirrors the victim has for it, not counting those for the other ground.
    fn mirrors(&self) -> anyhow::Result<usize> {
        let snapshot = self.joined[VICTIM].snapshot()?;
        let endpoints = snapshot.processes.iter().flat_map(|process| &process.endpoints);
        Ok(endpoints
            .filter(|endpoint| endpoint.role.topic.downcast_ref::<Noted>() == Some(&topic!(Noted(13))))
            .count())
    }

    /// Checks that the link of the other two grounds works.
    fn is_unnoticed(&mut self) -> anyhow::Result<()> {
        let mut ears = [VICTIM, OTHER].map(|ground| self.joined[ground].messages(topic!(Said { .. })));
        self.joined.flow()?;
        for (number, ground) in [(1, VICTIM), (2, OTHER)] {
            self.joined[ground].send(said(1, number))?;
            self.joined.flow()?;
            for ear in &mut ears {
                let ear = ear.as_mut().map_err(|error| anyhow!("{error:#}"))?;
                ensure!(ear.message()?.number == number, "another message than {number}");
            }
        }
        let mut linked = self.joined[OTHER].subscriber(topic!(Linked { peer: "victim".into(), .. }))?;
        linked.presence()?;
        self.joined.flow()?;
        linked.nothing()
    }
}

fn hello(window: u32) -> Frame {
    let types = vec![TypeId::of::<Said>(), TypeId::of::<Noted>()];
    Frame::Hello(Hello { name: "villain".into(), types, window, refusals: Vec::new() })
}

fn add(id: u64) -> Frame {
    Frame::Add { id, role: Role::publisher(topic!(Noted(13))) }
}

fn message() -> Frame {
    Frame::Message { orientation: Orientation::Publisher, message: AnyMessage::new(said(1, 13)) }
}

fn remove(id: u64) -> Frame {
    Frame::Remove { id, reason: Reason::normal() }
}

/// Checks that a villain is refused, and ignored from then on, if it sends this at first or after a hello.
fn is_refused(says_hello: bool, frames: Vec<Frame>, why: &str) -> anyhow::Result<()> {
    let mut villain = Villain::new()?;
    match says_hello {
        true => villain.say_after_hello(frames)?,
        false => {
            let session = villain.session()?;
            villain.say(session, 0, frames)?;
        }
    }
    let refusal = villain.refusal()?;
    ensure!(refusal.contains(why), "it is refused since {refusal}, and not since {why}");
    ensure!(villain.mirrors()? == 0, "something of it stays");
    let told = villain.network.heard(villain.station);
    let said_bye = told.iter().flat_map(|batch| &batch.frames).any(|frame| matches!(frame, Frame::Bye(_)));
    ensure!(said_bye, "it is not told why");
    // It continues, in this session and in newer ones.
    for session in 0..10 {
        villain.say(session, 0, vec![hello(WINDOW), add(99), message()])?;
    }
    ensure!(
        villain.mirrors()? == 0 && villain.network.heard(villain.station).is_empty(),
        "it is listened to"
    );
    villain.errors.nothing()?;
    villain.is_unnoticed()
}

#[test]
fn a_peer_that_sends_something_before_hello_is_refused() -> anyhow::Result<()> {
    for frame in [add(1), remove(1), message(), Frame::Void] {
        is_refused(false, vec![frame], "before hello")?;
    }
    is_refused(false, vec![Frame::Ready], "without hello")
}

#[test]
fn a_peer_that_sends_hello_or_ready_twice_is_refused() -> anyhow::Result<()> {
    is_refused(true, vec![hello(1)], "hello twice")?;
    is_refused(true, vec![Frame::Ready, Frame::Ready], "twice")
}

#[test]
fn a_peer_that_uses_a_number_twice_is_refused() -> anyhow::Result<()> {
    is_refused(true, vec![add(1), add(1)], "endpoint 1 is there twice")
}

#[test]
fn a_peer_that_sends_types_that_are_not_shared_is_refused() -> anyhow::Result<()> {
    let secret = Frame::Add { id: 1, role: Role::publisher(topic!(Secret(_))) };
    is_refused(true, vec![secret], "Secret is not shared")?;
    let message = AnyMessage::new(Secret(1));
    is_refused(
        true,
        vec![Frame::Message { orientation: Orientation::Publisher, message }],
        "Secret is not shared",
    )
}

#[test]
fn a_peer_that_acknowledges_what_was_not_sent_is_refused() -> anyhow::Result<()> {
    for taken in [1, u64::MAX] {
        is_refused(true, vec![Frame::Taken(taken)], "were not sent")?;
    }
    Ok(())
}

#[test]
fn a_peer_that_sends_more_than_there_is_room_for_is_refused() -> anyhow::Result<()> {
    let frames = (0..=WINDOW).map(|_| message()).collect();
    is_refused(true, frames, "are under way")
}

#[test]
fn a_peer_with_more_endpoints_than_are_allowed_is_refused() -> anyhow::Result<()> {
    let mut villain = Villain::new()?;
    villain.say_after_hello(Vec::new())?;
    let session = villain.session()?;
    // One at a time, because the window has room for few.
    for id in 0..ENDPOINTS as u64 {
        villain.say(session, 1 + id, vec![add(id)])?;
    }
    ensure!(villain.mirrors()? == ENDPOINTS, "not all are there");
    let many = ENDPOINTS as u64;
    villain.say(session, 1 + many, vec![add(many)])?;
    ensure!(villain.refusal()?.contains("more than 16 endpoints"), "another reason");
    ensure!(villain.mirrors()? == 0, "they stay");
    villain.is_unnoticed()
}

#[test]
fn a_session_that_leaves_no_numbers_is_refused() -> anyhow::Result<()> {
    let mut villain = Villain::new()?;
    villain.say(u64::MAX, 0, vec![hello(WINDOW)])?;
    ensure!(villain.refusal()?.contains("too far ahead"), "another reason");
    villain.is_unnoticed()
}

#[test]
fn the_numbers_of_a_peers_sessions_are_not_used_for_others() -> anyhow::Result<()> {
    let mut villain = Villain::new()?;
    // As far ahead as is allowed, again and again. If these numbers were also used for others, they would be too far
    // ahead for them.
    for step in 1..10 {
        villain.say(step << 32, 0, vec![hello(WINDOW)])?;
    }
    let late = villain.joined.start(guarded("late"))?;
    let mut linked = villain.joined[late].subscriber(topic!(Linked { peer: "victim".into(), .. }))?;
    villain.joined.flow()?;
    linked.presence()?;
    villain.is_unnoticed()
}

#[test]
fn frames_that_mean_nothing_do_nothing() -> anyhow::Result<()> {
    let mut villain = Villain::new()?;
    villain.say_after_hello(vec![
        remove(77),
        Frame::Void,
        Frame::Sync,
        Frame::Sync,
        Frame::Taken(0),
        Frame::Ready,
    ])?;
    let session = villain.session()?;
    villain.say(session, 7, Vec::new())?;
    villain.say(session, 0, vec![hello(1), add(5), add(5)])?;
    villain.say(0, 0, vec![message()])?;
    villain.errors.nothing()?;
    let mut linked = villain.joined[VICTIM].subscriber(topic!(Linked { peer: "villain".into(), .. }))?;
    linked.presence()?;
    villain.is_unnoticed()
}

#[test]
fn a_peer_that_is_never_in_step_costs_no_memory() -> anyhow::Result<()> {
    let mut villain = Villain::new()?;
    for round in 0..500 {
        let session = villain.session()?;
        villain.say(session, 0, vec![hello(WINDOW), add(round), Frame::Ready])?;
        villain.say(session, u64::MAX, vec![add(round)])?;
        // Empties the inbox.
        villain.errors.rest();
        ensure!(villain.mirrors()? == 0, "a mirror stays");
    }
    let snapshot = villain.joined[VICTIM].snapshot()?;
    let endpoints = snapshot.processes.iter().map(|process| process.endpoints.len()).sum::<usize>();
    ensure!(endpoints < 30, "there are {endpoints} endpoints");
    villain.is_unnoticed()
}

#[test]
fn a_peer_that_gives_no_room_is_lost_once_too_much_waits() -> anyhow::Result<()> {
    let mut villain = Villain::new()?;
    let session = villain.session()?;
    let ear = Frame::Add { id: 1, role: Role::subscriber(topic!(Said { .. })) };
    villain.say(session, 0, vec![hello(0), ear, Frame::Ready])?;
    let speaker = villain.joined[VICTIM].process(|_| {})?;
    speaker.run(|cx| (0..100).for_each(|number| cx.send(said(1, number))))?;
    let lost = villain.errors.message()?;
    ensure!(lost.reason.to_string().contains("more than 32 frames"), "{lost:?}");
    villain.is_unnoticed()
}

#[test]
fn a_peer_that_was_never_met_or_has_left_is_ignored() -> anyhow::Result<()> {
    let mut villain = Villain::new()?;
    let unknown = villain.network.stranger(GroundId(667));
    let frames = vec![hello(WINDOW), add(1), message()];
    villain.network.forge(unknown, VICTIM, Batch { session: 1, first: 0, frames });
    villain.joined.flow()?;
    ensure!(villain.mirrors()? == 0 && villain.network.heard(unknown).is_empty(), "it was not met");
    villain.say_after_hello(vec![add(1), Frame::Ready, Frame::Bye(Reason::normal()), add(2), message()])?;
    ensure!(villain.mirrors()? == 0, "it has left");
    villain.errors.nothing()?;
    villain.is_unnoticed()
}

#[test]
fn a_peer_that_is_refused_stays_refused_until_it_returns_as_a_new_ground() -> anyhow::Result<()> {
    let mut villain = Villain::new()?;
    villain.say_after_hello(vec![hello(WINDOW)])?;
    villain.refusal()?;
    villain.meet()?;
    villain.network.lose(VICTIM, villain.station, "it went");
    villain.meet()?;
    villain.say(50, 0, vec![hello(WINDOW), add(1)])?;
    ensure!(villain.mirrors()? == 0, "it is listened to again");
    villain.station = villain.network.stranger(GroundId(668));
    villain.meet()?;
    villain.say_after_hello(vec![add(1)])?;
    ensure!(villain.mirrors()? == 1, "a new ground is not listened to");
    villain.is_unnoticed()
}
