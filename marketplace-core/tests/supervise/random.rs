//! Random schedules of failures, on a supervisor and on a slow model of OTP's supervisors. Both show the same.

use std::time::Duration;

use marketplace_core::{Children, Limits, Restart, Spawn, Strategy, Supervisor};
use proptest::prelude::{Strategy as Values, *};
use proptest::sample::select;

use super::model::{Model, Setup};
use super::play::{Deed, Play, Tell};
use crate::property::check;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// One step of a schedule.
#[derive(Clone, Debug)]
enum Step {
    Tell(Vec<(&'static str, Deed)>),
    FailBoots(&'static str, u32),
    Pass(Duration),
    Add(&'static str, Restart),
    Remove(&'static str),
    Stop,
    Kill,
}

/// Delays and steps take whole milliseconds. The time after which a restart no longer counts, and the life that is long
/// enough, do not. So no two different things are due at the same time.
fn milliseconds(range: std::ops::Range<u64>) -> impl Values<Value = Duration> {
    range.prop_map(Duration::from_millis)
}

fn setups(strategy: Strategy) -> impl Values<Value = Setup> {
    let children = proptest::collection::vec(kinds(), 0..=NAMES.len());
    let backoff =
        prop_oneof![Just((Duration::ZERO, Duration::ZERO)), (milliseconds(1..50), milliseconds(1..400))];
    let limits = (prop_oneof![0..4_usize, 4..20_usize], milliseconds(1..400), milliseconds(1..200));
    (children, backoff, limits).prop_map(move |(kinds, (first, cap), (restarts, within, life))| Setup {
        strategy,
        restarts,
        within: within + Duration::from_micros(337),
        first,
        cap,
        life: life + Duration::from_micros(511),
        children: NAMES.into_iter().zip(kinds).collect(),
    })
}

fn kinds() -> impl Values<Value = Restart> {
    prop_oneof![4 => Just(Restart::Permanent), 2 => Just(Restart::Transient), 1 => Just(Restart::Temporary)]
}

fn schedules() -> impl Values<Value = Vec<Step>> {
    let names = || select(NAMES.to_vec());
    let deeds = || prop_oneof![3 => Just(Deed::Fail), 1 => Just(Deed::Quit)];
    let step = prop_oneof![
        12 => (names(), deeds()).prop_map(|deed| Step::Tell(vec![deed])),
        3 => proptest::collection::vec((names(), deeds()), 2..4).prop_map(Step::Tell),
        3 => (names(), 1..4_u32).prop_map(|(name, times)| Step::FailBoots(name, times)),
        12 => milliseconds(1..150).prop_map(Step::Pass),
        3 => (names(), kinds()).prop_map(|(name, kind)| Step::Add(name, kind)),
        3 => names().prop_map(Step::Remove),
        1 => prop_oneof![Just(Step::Stop), Just(Step::Kill)],
    ];
    proptest::collection::vec(step, 1..16)
}

#[test]
fn one_for_one_does_what_otp_says_whatever_fails_and_when() {
    compare(Strategy::OneForOne);
}

#[test]
fn all_for_one_does_what_otp_says_whatever_fails_and_when() {
    compare(Strategy::AllForOne);
}

#[test]
fn rest_for_one_does_what_otp_says_whatever_fails_and_when() {
    compare(Strategy::RestForOne);
}

/// How many schedules are tried for each of the three strategies.
const SCHEDULES: u32 = 3_334;

fn compare(strategy: Strategy) {
    check(&(setups(strategy), schedules()), SCHEDULES, |(setup, schedule)| {
        let children = Children::new("crew");
        let mut play = start(&setup, &children).map_err(fault)?;
        let mut model = Model::new(setup);
        prop_assert_eq!(play.seen(), model.seen(), "as it starts");
        for (number, step) in schedule.into_iter().enumerate() {
            let step = plain(step, &model);
            follow(&mut model, &step);
            let (did, should) = (act(&mut play, &children, &step).map_err(fault)?, model.seen());
            prop_assert_eq!(did, should, "at step {}, {:?}", number, step);
        }
        Ok(())
    });
}

fn fault(error: anyhow::Error) -> TestCaseError {
    TestCaseError::fail(format!("{error:#}"))
}

fn start(setup: &Setup, children: &Children) -> anyhow::Result<Play> {
    let limits = Limits::new()
        .restarts(setup.restarts, setup.within)
        .backoff(setup.first, setup.cap)
        .reset_after(setup.life)
        .jitter(0.0);
    let mut play = Play::new(|cast| {
        let supervisor = Supervisor::new(setup.strategy).named("s").limits(limits).controlled_by(children);
        setup
            .children
            .iter()
            .fold(supervisor, |supervisor, (name, kind)| supervisor.child(cast.child(name, *kind)))
    })?;
    // Keeps the ground running during a stop.
    play.stage.spawn(Spawn::new((), |(), cx| cx.perform(std::future::pending::<()>(), |(), _, ()| {})))?;
    Ok(play)
}

/// The step, shortened if its result would depend on the round in which the supervisor notices each failure.
fn plain(step: Step, model: &Model) -> Step {
    let Step::Tell(mut deeds) = step else { return step };
    if model.is_touchy(deeds.len()) {
        deeds.truncate(1);
    }
    model.sort(&mut deeds);
    Step::Tell(deeds)
}

fn act(play: &mut Play, children: &Children, step: &Step) -> anyhow::Result<String> {
    match *step {
        Step::Tell(ref deeds) => {
            let deeds = deeds.clone();
            play.stage.spawn(Spawn::new((), move |(), cx| {
                deeds.into_iter().for_each(|(name, deed)| cx.send(Tell(name, deed)));
            }))?;
        }
        Step::FailBoots(name, times) => play.cast.fail_boots(name, times),
        Step::Pass(duration) => return play.pass(duration),
        Step::Add(name, kind) => play.stage.send(children.add(play.cast.child(name, kind)))?,
        Step::Remove(name) => play.stage.send(children.remove(name))?,
        Step::Stop => play.begin_stop()?,
        Step::Kill => return play.kill_supervisor(),
    }
    Ok(play.seen())
}

fn follow(model: &mut Model, step: &Step) {
    match *step {
        Step::Tell(ref deeds) => model.tell(deeds),
        Step::FailBoots(name, times) => model.fail_boots(name, times),
        Step::Pass(duration) => model.pass(duration),
        Step::Add(name, kind) => model.add(name, kind),
        Step::Remove(name) => model.remove(name),
        Step::Stop => model.stop(),
        Step::Kill => model.kill(),
    }
}
