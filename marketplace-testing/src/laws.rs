//! The laws of a driver, as tests that a driver's crate runs by one line.
//!
//! A driver serves those who ask for it, and is not noticed by the others. What that means in each case, its users rely
//! on without thinking: that a port is free again once nobody listens, that a service which could not start says so, that
//! the last bytes arrive. The laws say it, and each is a test by its name:
//!
//! | law | what it says |
//! | --- | --- |
//! | [`is_silent_without_demand`] | While nobody asks, nothing is open and nothing is sent. |
//! | [`opens_once_for_any_number_of_clients`] | It opens on demand, and once, however many show it. |
//! | [`announces_readiness_by_presence`] | A presence says that the service is up, an absence that it is so no longer. |
//! | [`closes_with_the_last_demand`] | It closes when the last demand goes, and not before. |
//! | [`closes_while_it_opens`] | So also while it is still opening. |
//! | [`survives_flapping_demand`] | The demand that is there at the end of a turn is served in the end, however it came to be. |
//! | [`reports_a_failed_open_and_leaves_nothing`] | An opening that fails is told, once, and leaves nothing. |
//! | [`retries_on_new_demand`] | Demand anew after that tries anew. |
//! | [`a_crash_ends_what_the_client_owned`] | A client's crash is a withdrawal of its demand and nothing else. |
//! | [`leaks_nothing_in_a_thousand_cycles`] | A thousand cycles leave no process, endpoint, event source, descriptor or memory behind. |
//! | [`flushes_accepted_work_before_a_stop`] | What was taken before a stop reaches the outside, and the program ends in time. |
//! | [`stops_while_a_client_stays`] | So it does where a client does not leave, but for a driver that says why it waits. |
//! | [`works_two_vms_down`] | It works the same two nested VMs down, behind event relays. |
//! | [`no_turn_blocks`] | No turn takes longer than [`LONGEST_TURN`], whatever the outside does. |
//!
//! A driver is described by a [`Subject`], and held to all of them by [`driver_laws!`](crate::driver_laws).
//!
//! The laws of one process take turns, since some count what the whole process has open. So they belong into a test file
//! of their own.

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

/// How long a turn may take. A handler that waits for the outside takes as long as the outside pleases; one that does not
/// is done in microseconds, and on the busiest machine long before this.
pub const LONGEST_TURN: Duration = Duration::from_secs(1);

/// A driver as the laws see it: how its service is demanded, and how the outside looks. One service of the driver's stands
/// for all: one port, one file, one timer.
///
/// Each law makes a subject of its own, and one program with it. The clients are processes of the test's.
pub trait Subject: Send + Sync + 'static {
    /// The driver's process.
    fn driver(&self) -> Spawn;

    /// Puts the driver so many nested VMs down; the VM in which its clients are.
    ///
    /// By default it is at the ground, or behind driver-event-relay. What belongs elsewhere, as an event relay does, says so
    /// here.
    ///
    /// # Errors
    ///
    /// The program has ended.
    fn place(&self, ground: &TestVm, depth: usize) -> anyhow::Result<TestVm> {
        let vm = (0..depth).try_fold(ground.clone(), |vm, _| vm.nested([]))?;
        vm.spawn(self.driver())?;
        Ok(vm)
    }

    /// Demands the service, in a turn of a client. Several clients may, each once at a time.
    fn demand(&self, cx: &mut Context<'_, ()>);

    /// Withdraws what this client has demanded, in a later turn or the same. The client goes on, so the endpoints of
    /// [`demand`](Self::demand) have names by which they are deleted here.
    fn withdraw(&self, cx: &mut Context<'_, ()>);

    /// How the driver tells that the service is up.
    fn up(&self) -> Up;

    /// Whether the service is open, as the outside sees it: a port that is bound, a file that is held. Where nothing
    /// outside can be looked at, whether the driver has an event source open:
    /// [`program.open_sources()`](TestProgram::open_sources).
    ///
    /// Called again and again while the driver opens and closes, so it must not get in its way.
    ///
    /// # Errors
    ///
    /// It cannot be seen.
    fn is_open(&self, program: &TestProgram) -> anyhow::Result<bool>;

    /// Has the next opening fail, if that is possible.
    ///
    /// # Errors
    ///
    /// The obstacle cannot be put up.
    fn obstruct(&self) -> anyhow::Result<Obstacle>;

    /// What a client can give the driver to be brought outside, if anything.
    fn errand(&self) -> Errand;

    /// Why the driver goes on for its clients when the program stops, until the last of them has left; `None` if it does
    /// not, which is how most drivers are.
    fn waits_for_clients(&self) -> Option<&'static str> {
        None
    }
}

/// How a driver tells that its service is up.
#[derive(Clone, Debug)]
pub enum Up {
    /// By a participant of this role, which is there while the service is open and at no other time.
    WhileOpen(Role),
    /// By a participant of this role which is there from the beginning, since there is nothing that could keep the service
    /// from opening; and why that is so.
    Always(Role, &'static str),
}

/// What keeps a service from opening.
pub enum Obstacle {
    /// It is there until the guard is dropped.
    Put {
        /// Takes the obstacle away as it is dropped.
        guard: Box<dyn Any + Send>,
        /// How the driver tells of the failure.
        told: Told,
    },
    /// There can be none; and why not.
    Impossible(&'static str),
}

/// How a driver tells that an opening has failed.
#[derive(Clone, Debug)]
pub enum Told {
    /// By a message of this topic.
    Message(Topic),
    /// By the absence, with an error, of the participant that would tell that the service is up.
    Absence,
}

/// What a client gives a driver to be brought outside.
pub enum Errand {
    /// There is something.
    Some {
        /// Gives it to the driver, in a turn of a client that demands the service, which is up.
        give: Give,
        /// Fails unless all of it has got outside; called once the program has ended.
        arrived: Arrived,
    },
    /// The driver takes nothing; and why that is so.
    None(&'static str),
}

/// What a client does to give a driver something.
pub type Give = Box<dyn FnOnce(&mut Context<'_, ()>) + Send>;

/// What fails unless all that was given has got outside.
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

/// Holds a driver to a law; for [`driver_laws!`](crate::driver_laws).
///
/// # Errors
///
/// The driver breaks the law; what it does instead.
pub fn hold<S: Subject>(
    name: &str,
    law: impl FnOnce(S) -> anyhow::Result<()>,
    subject: impl FnOnce() -> anyhow::Result<S>,
) -> Result<(), Broken> {
    static TURN: Mutex<()> = Mutex::new(());
    // A law that has failed is none of the next one's business.
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let subject = subject().context("there is no subject to hold to the laws");
    subject.and_then(law).with_context(|| format!("the law `{name}` does not hold")).map_err(Broken)
}

/// A law that does not hold, and what the driver does instead.
pub struct Broken(anyhow::Error);

/// As a test shows its error: without a backtrace, which would only lead here.
impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chain().try_for_each(|cause| write!(f, "\n{cause}"))
    }
}

/// Holds a driver to the [`laws`](crate::laws), each in a test of its name. Takes a function that makes the [`Subject`],
/// or an error.
///
/// A driver to which one of the laws does not apply lists the others, and says why: `driver_laws! { subject => law law }`.
///
/// # Examples
///
/// In a file of its own, `tests/laws.rs`; each of two services of one driver is in a module of its own.
///
/// ```
/// use marketplace_core::{Context, DemandMatcher, GroundEvent, Message, Role, Spawn, topic};
/// use marketplace_testing::laws::{Errand, Obstacle, Subject, Up};
/// use marketplace_testing::{Feed, TestProgram, driver_laws};
///
/// // The driver: it says what a source yields, while somebody subscribes.
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
