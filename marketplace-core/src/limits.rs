//! Limits: how soon and how often a process that has failed is restarted.

use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use crate::Reason;

/// How soon a process that has failed is restarted, and how often before that is given up.
///
/// A [`Supervisor`](crate::Supervisor) has limits, and so has a [`DemandMatcher`](crate::DemandMatcher) that
/// [restarts servers](crate::DemandMatcher::restarting).
///
/// | | default |
/// | --- | --- |
/// | delay before the first restart | 100 ms |
/// | each further delay | twice the one before, at most 10 s |
/// | random part | up to a fifth of each delay is taken off |
/// | a process is well again after | 30 s, and its next delay is the first one again |
/// | restarts | 5 within 60 s; the next failure is one too many |
///
/// The delays keep a process that fails at once from using up the machine. The random part keeps processes that
/// failed together from being restarted together. A process that exceeds the number of restarts probably has a fault
/// that does not go away by itself. So it is given up, and the failure is reported: a supervisor fails with
/// [`TooManyRestarts`], and a matcher logs an error.
///
/// Each method changes one of the defaults.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use marketplace_core::Limits;
///
/// // With these delays there are never more than ten restarts within a minute, so the process is never given up.
/// let patient = Limits::new()
///     .restarts(10, Duration::from_secs(60))
///     .backoff(Duration::from_secs(1), Duration::from_secs(60));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    restarts: usize,
    within: Duration,
    first: Duration,
    cap: Duration,
    jitter: f64,
    reset_after: Duration,
    seed: Option<u64>,
}

impl Limits {
    /// The defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            restarts: 5,
            within: Duration::from_secs(60),
            first: Duration::from_millis(100),
            cap: Duration::from_secs(10),
            jitter: 0.2,
            reset_after: Duration::from_secs(30),
            seed: None,
        }
    }

    /// Allows up to `restarts` restarts within any period of length `within`. OTP calls this the restart intensity.
    /// The next restart is one too many.
    #[must_use]
    pub const fn restarts(mut self, restarts: usize, within: Duration) -> Self {
        self.restarts = restarts;
        self.within = within;
        self
    }

    /// Sets the delays: the first restart waits for `first`, and each further one waits twice as long, but at most
    /// `cap`.
    #[must_use]
    pub const fn backoff(mut self, first: Duration, cap: Duration) -> Self {
        self.first = first;
        self.cap = cap;
        self
    }

    /// Restarts at once, as OTP does.
    #[must_use]
    pub const fn no_backoff(self) -> Self {
        self.backoff(Duration::ZERO, Duration::ZERO)
    }

    /// Takes up to this share of each delay off at random. 0 makes delays exact. Values below 0 count as 0, values
    /// above 1 as 1.
    #[must_use]
    pub const fn jitter(mut self, share: f64) -> Self {
        self.jitter = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        self
    }

    /// A process that has lived for `lifetime` since it was started is well: its next delay is the first one again.
    #[must_use]
    pub const fn reset_after(mut self, lifetime: Duration) -> Self {
        self.reset_after = lifetime;
        self
    }

    /// Makes the random part the same in each run. Without a seed it differs.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Whether one more restart is allowed, after so many within [`window`](Self::window).
    pub(crate) const fn allow(&self, recent: usize) -> bool {
        recent < self.restarts
    }

    /// How long a restart counts.
    pub(crate) const fn window(&self) -> Duration {
        self.within
    }

    /// How long a process must live to be well.
    pub(crate) const fn lifetime(&self) -> Duration {
        self.reset_after
    }

    /// The delay of a restart, after so many failures since the process was last well.
    pub(crate) fn delay(&self, failures: u32, random: &mut Random) -> Duration {
        let delay = self.first.saturating_mul(2_u32.saturating_pow(failures)).min(self.cap);
        let off = Duration::try_from_secs_f64(delay.as_secs_f64() * self.jitter * random.share());
        delay.saturating_sub(off.unwrap_or(delay))
    }

    pub(crate) fn random(&self) -> Random {
        Random(self.seed.unwrap_or_else(|| RandomState::new().build_hasher().finish()))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

/// Random numbers for the delays: the generator known as SplitMix64.
pub(crate) struct Random(u64);

impl Random {
    /// A number from 0 up to, but not including, 1.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        // As many bits as the number can hold.
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A process has failed more often than its [`Limits`] allow. A supervisor leaves with this error.
///
/// Its source is the last failure. If the child that failed was a supervisor, the source is again such an error. So
/// `format!("{reason:#}")` shows the whole chain, and [`Reason::downcast_ref`] finds each link.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Reason, TooManyRestarts};
///
/// fn report(reason: &Reason) {
///     match reason.downcast_ref::<TooManyRestarts>() {
///         Some(TooManyRestarts { child, restarts, .. }) => println!("{child} still fails after {restarts} restarts"),
///         None => println!("{reason:#}"),
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct TooManyRestarts {
    /// The supervisor's name.
    pub supervisor: Arc<str>,
    /// The child's name.
    pub child: Arc<str>,
    /// How many restarts there have been within `within`, of all children of the supervisor together.
    pub restarts: usize,
    /// How long a restart counts.
    pub within: Duration,
    /// Why the child ended this time. The reason is normal if the child is permanent and quit.
    pub last: Reason,
}

impl TooManyRestarts {
    pub(crate) fn new(supervisor: Arc<str>, child: Arc<str>, limits: &Limits, last: Reason) -> Self {
        Self { supervisor, child, restarts: limits.restarts, within: limits.within, last }
    }
}

impl fmt::Display for TooManyRestarts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { supervisor, child, restarts, within, .. } = self;
        write!(f, "supervisor `{supervisor}`: `{child}` has ended")?;
        match restarts {
            0 => f.write_str(", and no restart is allowed"),
            1 => write!(f, " again after 1 restart within {within:?}"),
            _ => write!(f, " again after {restarts} restarts within {within:?}"),
        }
    }
}

impl Error for TooManyRestarts {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.last)
    }
}
