//! Visits to a dataspace, and to a process group.

use std::sync::Arc;
use std::time::Duration;

use syndicate::actor::{Activation, ActorResult, AnyValue, Cap, Entity, Handle};

use super::{BURST, Subject, WARM_UP, figures};
use crate::clock::Stopwatch;
use crate::dataspace::{self, Tell};
use crate::others::on_tokio;

pub(super) const SUBJECTS: &[Subject] = &[
    Subject::new("syndicate", |size| figures(size, syndicate(size.value, size.operations)?))
        .up_to(100_000)
        .uncounted(),
    Subject::new("ractor pg", |size| figures(size, on_tokio(ractor::run(size.value, size.operations))?)),
];

/// The observer of a dataspace. When the visitor has been removed, it starts the next visit.
struct SyndicateObserver {
    others: u64,
    visits: u64,
    came: u64,
    went: u64,
    visitor: Arc<Cap>,
    watch: Stopwatch,
    tell: Tell,
}

impl Entity<AnyValue> for SyndicateObserver {
    fn assert(&mut self, t: &mut Activation, _: AnyValue, _: Handle) -> ActorResult {
        self.came += 1;
        if self.came == self.others {
            t.message(&self.visitor.underlying, AnyValue::new(true));
        }
        Ok(())
    }

    fn retract(&mut self, t: &mut Activation, _: Handle) -> ActorResult {
        self.went += 1;
        if self.went == WARM_UP / SLOWER {
            self.watch = Stopwatch::start();
        }
        if self.went == (WARM_UP + self.visits) / SLOWER {
            let _ = self.tell.send(self.watch.elapsed());
        } else if self.went.is_multiple_of(BURST) {
            t.message(&self.visitor.underlying, AnyValue::new(true));
        }
        Ok(())
    }
}

struct SyndicateVisitor(Arc<Cap>);

impl Entity<AnyValue> for SyndicateVisitor {
    fn message(&mut self, t: &mut Activation, _: AnyValue) -> ActorResult {
        for _ in 0..BURST {
            let visit = self.0.assert(t, &dataspace::note(u64::MAX, u64::MAX));
            visit.into_iter().for_each(|visit| t.retract(visit));
        }
        Ok(())
    }
}

/// By how much the number of visits is divided, because they take much longer.
const SLOWER: u64 = 10;

fn syndicate(others: u64, visits: u64) -> anyhow::Result<Duration> {
    let time = dataspace::told(move |t, dataspace, tell| {
        let visiting = Arc::clone(&dataspace);
        let visitor = t.create_anycap(SyndicateVisitor(visiting));
        let (came, went) = (0, 0);
        let observer =
            SyndicateObserver { others, visits, came, went, visitor, watch: Stopwatch::start(), tell };
        let observer = t.create_anycap(observer);
        dataspace::observe(t, &dataspace, None, observer);
        t.spawn(None, move |t| {
            let _ = t.prevent_inert_check();
            // An observer receives equal values only once, so the texts differ too.
            for visitor in 0..others {
                dataspace.assert(t, &dataspace::note(visitor, visitor));
            }
            Ok(())
        });
        Ok(())
    })?;
    Ok(time * SLOWER as u32)
}

/// A process group for each of the others, and one for the visitor, which the observer monitors by its name.
mod ractor {
    use std::sync::Arc;

    use ractor::{Actor, ActorProcessingErr, ActorRef, SupervisionEvent, pg};
    use tokio::sync::Notify;
    use tokio::task::yield_now;

    use super::{BURST, Duration, Stopwatch, WARM_UP};

    struct Resident;
    struct Observer {
        visits: u64,
        done: Arc<Notify>,
    }

    impl Actor for Resident {
        type Msg = ();
        type State = ();
        type Arguments = ();

        async fn pre_start(&self, _: ActorRef<()>, (): ()) -> Result<(), ActorProcessingErr> {
            Ok(())
        }
    }

    impl Actor for Observer {
        type Msg = ();
        type State = u64;
        type Arguments = ();

        async fn pre_start(&self, _: ActorRef<()>, (): ()) -> Result<u64, ActorProcessingErr> {
            Ok(0)
        }

        async fn handle_supervisor_evt(
            &self,
            _: ActorRef<()>,
            event: SupervisionEvent,
            seen: &mut u64,
        ) -> Result<(), ActorProcessingErr> {
            if let SupervisionEvent::ProcessGroupChanged(_) = event {
                *seen += 1;
                if *seen == 2 * (WARM_UP + self.visits) {
                    self.done.notify_one();
                }
            }
            Ok(())
        }
    }

    pub(super) async fn run(others: u64, visits: u64) -> anyhow::Result<Duration> {
        let done = Arc::new(Notify::new());
        let (resident, _) = Actor::spawn(None, Resident, ()).await?;
        let (observer, _) = Actor::spawn(None, Observer { visits, done: Arc::clone(&done) }, ()).await?;
        for other in 0..others {
            pg::join(format!("visitor {other}"), vec![resident.get_cell()]);
        }
        pg::monitor("visitor".into(), observer.get_cell());
        let mut watch = Stopwatch::start();
        for first in (0..WARM_UP + visits).step_by(BURST as usize) {
            if first == WARM_UP {
                watch = Stopwatch::start();
            }
            for _ in 0..BURST {
                pg::join("visitor".into(), vec![resident.get_cell()]);
                pg::leave("visitor".into(), vec![resident.get_cell()]);
            }
            yield_now().await;
        }
        done.notified().await;
        Ok(watch.elapsed())
    }
}
