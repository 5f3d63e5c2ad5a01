//! The laws of a driver, tested on a link between threads. Its service is what another ground does for the processes of
//! this one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::ensure;
use driver_link::{Link, Linked, Shared, Threads};
use marketplace_core::{Context, Ground, Message, Role, Spawn, topic};
use marketplace_testing::laws::{Errand, Obstacle, Subject, Up};
use marketplace_testing::{TestProgram, TestVm, driver_laws, wait_until};

/// The demand for the other ground, and what it publishes while it serves.
#[derive(Debug, Message)]
struct Job(u32);

#[derive(Debug, Message)]
struct Open;

struct Served {
    threads: Threads,
    counts: Arc<Counts>,
    /// The other ground, which runs until the subject is dropped.
    _other: TestProgram,
}

/// What the test knows about the other ground.
#[derive(Default)]
struct Counts {
    serving: AtomicUsize,
    done: AtomicUsize,
}

/// Serves while there are publishers of jobs.
fn service(counts: Arc<Counts>) -> Spawn {
    Spawn::new(counts, |_, cx| {
        cx.subscriber(topic!(Job(_)))
            .on_message(|counts: &mut Arc<Counts>, _, _| {
                counts.done.fetch_add(1, Ordering::SeqCst);
            })
            .on_arrival(|counts, cx, _| {
                counts.serving.fetch_add(1, Ordering::SeqCst);
                cx.publisher(topic!(Open)).named("open");
            })
            .on_departure(|counts, cx, _, _| {
                counts.serving.fetch_sub(1, Ordering::SeqCst);
                cx.delete("open");
            });
    })
}

fn link(name: &str, threads: &Threads) -> Spawn {
    let link = Link::new(name).share(Shared::<Job>::new()).share(Shared::<Open>::new());
    link.join(threads.clone()).spawn()
}

impl Subject for Served {
    fn driver(&self) -> Spawn {
        link("here", &self.threads)
    }

    /// The laws count what exists before the demand, so the grounds are linked by then.
    fn place(&self, ground: &TestVm, depth: usize) -> anyhow::Result<TestVm> {
        let vm = (0..depth).try_fold(ground.clone(), |vm, _| vm.nested([]))?;
        vm.spawn(self.driver())?;
        let mut linked = vm.subscriber(topic!(Linked { .. }))?;
        linked.presence()?;
        linked.close()?;
        Ok(vm)
    }

    fn demand(&self, cx: &mut Context<'_, ()>) {
        cx.publisher(topic!(Job(_))).named("jobs");
    }

    fn withdraw(&self, cx: &mut Context<'_, ()>) {
        cx.delete("jobs");
    }

    fn up(&self) -> Up {
        Up::WhileOpen(Role::publisher(topic!(Open)))
    }

    fn is_open(&self, _: &TestProgram) -> anyhow::Result<bool> {
        Ok(self.counts.serving.load(Ordering::SeqCst) > 0)
    }

    fn obstruct(&self) -> anyhow::Result<Obstacle> {
        Ok(Obstacle::Impossible("a ground that cannot be reached is not there"))
    }

    fn errand(&self) -> Errand {
        let counts = Arc::clone(&self.counts);
        Errand::Some {
            give: Box::new(|cx| (0..1_000).for_each(|number| cx.send(Job(number)))),
            arrived: Box::new(move || {
                let done = || counts.done.load(Ordering::SeqCst);
                wait_until(|| Ok(done() == 1_000))?;
                ensure!(done() == 1_000, "{} of 1,000 jobs arrived", done());
                Ok(())
            }),
        }
    }
}

fn served() -> anyhow::Result<Served> {
    let (threads, counts) = (Threads::new(), Arc::<Counts>::default());
    let other = Ground::new().spawn(link("there", &threads)).spawn(service(Arc::clone(&counts)));
    Ok(Served { _other: TestProgram::run_unrecorded(other)?, threads, counts })
}

// All laws but `is_silent_without_demand`: a link listens for other grounds all the time.
driver_laws! { served =>
    opens_once_for_any_number_of_clients
    announces_readiness_by_presence
    closes_with_the_last_demand
    closes_while_it_opens
    survives_flapping_demand
    reports_a_failed_open_and_leaves_nothing
    retries_on_new_demand
    a_crash_ends_what_the_client_owned
    leaks_nothing_in_a_thousand_cycles
    flushes_accepted_work_before_a_stop
    stops_while_a_client_stays
    works_two_vms_down
    no_turn_blocks
}
