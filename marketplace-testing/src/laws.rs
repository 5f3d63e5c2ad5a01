//! The laws of a driver: tests that a driver's crate runs with one line.
//!
//! A driver serves the processes that use it and does not affect others. Users rely on what this means without thinking
//! about it: that a port is free again when no process listens, that a service which could not start reports it, that the
//! last bytes arrive. Each law is a test with its name:
//!
//! | law | what it requires |
//! | --- | --- |
//! | [`is_silent_without_demand`] | Without demand, nothing is open and nothing is sent. |
//! | [`opens_once_for_any_number_of_clients`] | It opens on demand, and only once for any number of clients. |
//! | [`announces_readiness_by_presence`] | A presence announces that the service is ready, and its absence that it is not any more. |
//! | [`closes_with_the_last_demand`] | It closes when the last demand is gone, and not earlier. |
//! | [`closes_while_it_opens`] | The same while it is still opening. |
//! | [`survives_flapping_demand`] | If demand exists at the end of a turn, it is served in the end, even if it was withdrawn and shown again before. |
//! | [`reports_a_failed_open_and_leaves_nothing`] | A failure to open is reported once, and leaves nothing open. |
//! | [`retries_on_new_demand`] | After that, new demand makes it try again. |
//! | [`a_crash_ends_what_the_client_owned`] | A client's crash withdraws its demand, and has no other effect. |
//! | [`leaks_nothing_in_a_thousand_cycles`] | After a thousand cycles, no process, endpoint, event source, file descriptor or memory is left. |
//! | [`flushes_accepted_work_before_a_stop`] | What was accepted before a stop reaches the outside, and the program ends in time. |
//! | [`stops_while_a_client_stays`] | The program also ends in time if a client does not leave, unless the driver declares why it waits. |
//! | [`works_two_vms_down`] | It works in the same way two nested VMs down, behind event relays. |
//! | [`no_turn_blocks`] | No turn takes longer than [`LONGEST_TURN`], whatever happens outside. |
//!
//! Describe your driver with a [`Subject`]; [`driver_laws!`](crate::driver_laws) runs all laws on it.
//!
//! The laws run one at a time, since some count what the whole operating system process has open. For the same reason they
//! belong in a test file of their own.

mod census;
mod crash;
mod demand;
mod endurance;
mod failure;
mod scene;
mod stop;
mod turns;
mod watcher;

use std::any::Any;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use marketplace_core::{Context, Role, Spawn, Topic};

use crate::{TestProgram, TestVm};

pub use crash::a_crash_ends_what_the_client_owned;
pub use demand::{
    announces_readiness_by_presence, closes_while_it_opens, closes_with_the_last_demand,
    is_silent_without_demand, opens_once_for_any_number_of_clients, survives_flapping_demand,
};
pub use endurance::leaks_nothing_in_a_thousand_cycles;
pub use failure::{reports_a_failed_open_and_leaves_nothing, retries_on_new_demand};
pub use stop::{
    flushes_accepted_work_before_a_stop, no_turn_blocks, stops_while_a_client_stays, works_two_vms_down,
};

/// The longest time that a turn may take. A handler that does not wait for anything outside takes microseconds, and even on
/// the busiest machine far less than this.
pub const LONGEST_TURN: Duration = Duration::from_secs(1);

/// The description of a driver for the laws: how to demand its service, and how to look at the outside. One service of the
/// driver represents all: one port, one file, one timer.
///
/// Each law makes a subject and one program with it. The clients are test processes.
pub trait Subject: Send + Sync + 'static {
    /// Makes the driver's process.
    fn driver(&self) -> Spawn;

    /// Starts the driver in a VM nested this deep, and returns the VM of its clients.
    ///
    /// By default the driver is at the ground, or behind driver-event-relay. Override this if the driver belongs elsewhere, as
    /// an event relay does.
    ///
    /// # Errors
    ///
    /// The program has ended.
    fn place(&self, ground: &TestVm, depth: usize) -> anyhow::Result<TestVm> {
        let vm = (0..depth).try_fold(ground.clone(), |vm, _| vm.nested([]))?;
        vm.spawn(self.driver())?;
        Ok(vm)
    }

    /// Demands the service, in a turn of a client. Several clients may do so at the same time, each at most once.
    fn demand(&self, cx: &mut Context<'_, ()>);

    /// Withdraws the demand of this client, in the same turn or a later one. The client goes on, so give the endpoints of
    /// [`demand`](Self::demand) names, and delete them here by these.
    fn withdraw(&self, cx: &mut Context<'_, ()>);

    /// How the driver announces that the service is ready.
    fn up(&self) -> Up;

    /// Whether the service is open, seen from outside: whether the port is bound, or the file is open. If nothing can be seen
    /// outside, whether the driver has an event source open: [`program.open_sources()`](TestProgram::open_sources).
    ///
    /// This is called again and again while the driver opens and closes, so it must not disturb the driver.
    ///
    /// # Errors
    ///
    /// If this cannot be determined.
    fn is_open(&self, program: &TestProgram) -> anyhow::Result<bool>;

    /// Makes the next attempt to open fail, if that is possible.
    ///
    /// # Errors
    ///
    /// If the obstacle cannot be created.
    fn obstruct(&self) -> anyhow::Result<Obstacle>;

    /// What a client can send to the outside through the driver, if anything.
    fn errand(&self) -> Errand;

    /// If the driver keeps serving its clients after a stop until the last of them has left, the reason for that. `None`, the
    /// default, if it does not.
    fn waits_for_clients(&self) -> Option<&'static str> {
        None
    }
}

/// How a driver announces that its service is ready.
#[derive(Clone, Debug)]
pub enum Up {
    /// By a participant with this role, which exists while the service is open and at no other time.
    WhileOpen(Role),
    /// By a participant with this role which exists from the beginning, because nothing can keep the service from opening;
    /// with the reason why.
    Always(Role, &'static str),
}

/// An obstacle that makes opening fail.
pub enum Obstacle {
    /// It exists until the guard is dropped.
    Put {
        /// Removes the obstacle when dropped.
        guard: Box<dyn Any + Send>,
        /// How the driver reports the failure.
        told: Told,
    },
    /// There can be no obstacle, for this reason.
    Impossible(&'static str),
}

/// How a driver reports that it could not open.
#[derive(Clone, Debug)]
pub enum Told {
    /// By a message on this topic.
    Message(Topic),
    /// By the absence, with an error, of the participant that would announce the service.
    Absence,
}

/// What a client sends to the outside through a driver.
pub enum Errand {
    /// The driver accepts something.
    Some {
        /// Sends it to the driver, in a turn of a client that demands the service, which is ready.
        give: Give,
        /// Fails unless all of it has reached the outside. It is called after the program has ended.
        arrived: Arrived,
    },
    /// The driver accepts nothing, for this reason.
    None(&'static str),
}

/// A client's turn that sends something to the driver.
pub type Give = Box<dyn FnOnce(&mut Context<'_, ()>) + Send>;

/// A check that fails unless everything has reached the outside.
pub type Arrived = Box<dyn FnOnce() -> anyhow::Result<()> + Send>;

impl fmt::Debug for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put { told, .. } => f.debug_struct("Put").field("told", told).finish_non_exhaustive(),
            Self::Impossible(why) => f.debug_tuple("Impossible").field(why).finish(),
        }
    }
}

impl fmt::Debug for Errand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Some { .. } => f.debug_struct("Some").finish_non_exhaustive(),
            Self::None(why) => f.debug_tuple("None").field(why).finish(),
        }
    }
}

/// Runs a law on a driver; for [`driver_laws!`](crate::driver_laws).
///
/// # Errors
///
/// If the driver breaks the law. The error reports what the driver does instead.
pub fn hold<S: Subject>(
    name: &str,
    law: impl FnOnce(S) -> anyhow::Result<()>,
    subject: impl FnOnce() -> anyhow::Result<S>,
) -> Result<(), Broken> {
    static TURN: Mutex<()> = Mutex::new(());
    // A law that has panicked must not fail the next one.
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let subject = subject().context("the subject of the laws could not be made");
    subject.and_then(law).with_context(|| format!("the law `{name}` does not hold")).map_err(Broken)
}

/// The error of a broken law, with what the driver does instead.
pub struct Broken(anyhow::Error);

/// A test shows its error with `Debug`. This one has no backtrace, which would only lead here.
impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chain().try_for_each(|cause| write!(f, "\n{cause}"))
    }
}

/// Makes a test for each of the [`laws`](crate::laws). The argument is a function that returns a [`Subject`] or an error.
///
/// If one of the laws does not apply to your driver, list the others, and write why in a comment:
/// `driver_laws! { subject => law law }`.
///
/// # Examples
///
/// This is a file of its own, `tests/laws.rs`. If a driver has two services, use a module for each.
///
/// ```
/// use marketplace_core::{Context, DemandMatcher, GroundEvent, Message, Role, Spawn, topic};
/// use marketplace_testing::laws::{Errand, Obstacle, Subject, Up};
/// use marketplace_testing::{Feed, TestProgram, driver_laws};
///
/// // The driver: it sends what a source yields, while a process subscribes.
/// #[derive(Debug, Message)]
/// struct Word(&'static str);
///
/// struct Words(Feed<&'static str>);
///
/// impl Subject for Words {
///     fn driver(&self) -> Spawn {
///         let source = self.0.source().clone();
///         let readers = DemandMatcher::new(move |()| {
///             let source = source.clone();
///             Some(Spawn::new((), move |(), cx| {
///                 cx.on_event(&source, |(), cx, word: &&'static str| cx.send(Word(word)))
///                     .on_presence(|(), cx, _| {
///                         cx.publisher(topic!(Word(_)));
///                     });
///             }))
///         });
///         Spawn::new((), move |(), cx| {
///             cx.observe_subscribers(topic!(Word(_))).match_demand(&readers, |_| Some(()));
///         })
///     }
///
///     fn demand(&self, cx: &mut Context<'_, ()>) {
///         cx.subscriber(topic!(Word(_))).named("words");
///     }
///
///     fn withdraw(&self, cx: &mut Context<'_, ()>) {
///         cx.delete("words");
///     }
///
///     fn up(&self) -> Up {
///         Up::WhileOpen(Role::publisher(topic!(Word(_))))
///     }
///
///     fn is_open(&self, _: &TestProgram) -> anyhow::Result<bool> {
///         Ok(self.0.is_open())
///     }
///
///     fn obstruct(&self) -> anyhow::Result<Obstacle> {
///         Ok(Obstacle::Impossible("a feed can always be opened"))
///     }
///
///     fn errand(&self) -> Errand {
///         Errand::None("words only come in")
///     }
/// }
///
/// driver_laws!(|| Ok(Words(Feed::new("words"))));
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! driver_laws {
    ($subject:expr) => {
        $crate::driver_laws! { $subject =>
            is_silent_without_demand
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
    };
    ($subject:expr => $($law:ident)*) => {
        $(
            #[test]
            fn $law() -> ::core::result::Result<(), $crate::laws::Broken> {
                $crate::laws::hold(stringify!($law), $crate::laws::$law, $subject)
            }
        )*
    };
}
