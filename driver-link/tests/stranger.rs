//! What a hostile or faulty ground cannot do to a ground that it is joined with.

mod support;

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;

use anyhow::ensure;
use driver_link::{Batch, Frame, GroundId, Hello, Link, LinkError, Linked};
use marketplace_core::{Ground, Reason, Role, topic};
use marketplace_testing::TestProgram;

use support::{Network, Noted, Simulated, Way as _, link};

const STRANGER: GroundId = GroundId(7);

/// A ground, and a stranger that it has met, by one network or by several.
fn met_by<const N: usize>(networks: &[Network; N]) -> TestProgram {
    let link = networks.iter().fold(link("a"), |link: Link, network| link.join(network.transport()));
    let program = TestProgram::by_hand_unrecorded(Ground::new().spawn(link.spawn()));
    for network in networks {
        network.stranger(STRANGER);
    }
    networks[0].meet(0, 1);
    program.settle();
    program
}

fn hello() -> Frame {
    let types = vec![TypeId::of::<Noted>()];
    Frame::Hello(Hello { name: "stranger".into(), types, window: 100, refusals: Vec::new() })
}

/// Sends this as the stranger.
fn says(network: &Network, session: u64, first: u64, frames: Vec<Frame>) {
    network.forge(1, 0, Batch { session, first, frames });
}

#[test]
fn a_stranger_that_raises_the_number_of_its_session_does_not_keep_others_from_being_linked()
-> anyhow::Result<()> {
    let mut way = Simulated::default();
    let here = way.start(Ground::new(), link("a"))?;
    way.network.stranger(STRANGER);
    way.network.meet(0, 1);
    for step in 1..=4_u64 {
        says(&way.network, step << 32, 0, Vec::new());
        here.settle();
    }
    says(&way.network, u64::MAX, 0, Vec::new());
    here.settle();
    let late = way.start(Ground::new(), link("c"))?;
    way.flow(&[&here, &late])?;
    here.subscriber(topic!(Linked { peer: "c".into(), .. }))?.presence()?;
    late.subscriber(topic!(Linked { peer: "a".into(), .. }))?.presence()?;
    Ok(())
}

#[test]
fn a_ground_that_is_barred_stays_so_when_another_transport_meets_it() -> anyhow::Result<()> {
    let networks = [Network::default(), Network::default()];
    let here = met_by(&networks);
    let mut noted = here.subscriber(topic!(Noted(_)))?;
    let mut errors = here.messages(topic!(LinkError { .. }))?;
    // It sends something before the hello.
    says(&networks[0], 1, 0, vec![Frame::Void]);
    here.settle();
    errors.message()?;
    networks[1].meet(0, 1);
    here.settle();
    let role = Role::publisher(topic!(Noted(1)));
    says(&networks[1], 9, 0, vec![hello(), Frame::Add { id: 1, role }]);
    here.settle();
    noted.nothing()
}

/// An error whose token shows whether anything still holds it.
#[derive(Debug)]
struct Kept(#[expect(dead_code, reason = "it is counted")] Arc<()>);

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is kept")
    }
}

impl std::error::Error for Kept {}

/// Whether changes on this ground are kept for a stranger, after the stranger has sent this frame.
fn is_kept_after(last: Frame) -> anyhow::Result<bool> {
    let networks = [Network::default()];
    let here = met_by(&networks);
    says(&networks[0], 1, 0, vec![hello(), Frame::Ready]);
    here.settle();
    says(&networks[0], 1, 2, vec![last]);
    here.settle();
    let process = here.process(|cx| {
        cx.publisher(topic!(Noted(1))).named("it");
    })?;
    let token = Arc::new(());
    let kept = Kept(Arc::clone(&token));
    process.run(move |cx| cx.delete_because("it", Reason::error(kept)))?;
    here.settle();
    Ok(Arc::strong_count(&token) > 1)
}

#[test]
fn nothing_is_kept_for_a_ground_that_is_barred() -> anyhow::Result<()> {
    ensure!(!is_kept_after(hello())?, "what happens is kept for who said hello twice");
    Ok(())
}

#[test]
fn nothing_is_kept_for_a_ground_that_has_said_goodbye() -> anyhow::Result<()> {
    ensure!(!is_kept_after(Frame::Bye(Reason::normal()))?, "what happens is kept for who has gone");
    Ok(())
}
