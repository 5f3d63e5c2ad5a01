//! Limits: how soon a process that has failed is made again, and how often.

use std::error::Error;
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use crate::Reason;

/// How soon a process that has failed is made again, and how often before that is given up.
///
/// A [`Supervisor`](crate::Supervisor) goes by them, and a [`DemandMatcher`](crate::DemandMatcher) that is
/// [told to](crate::DemandMatcher::restarting).
///
/// Each restart waits longer than the one before, since a process that boots and dies at once must not use up the
/// machine: first 100 ms, then twice as long each time, up to 10 s. Of each delay up to a fifth is taken off at random,
/// so that those who failed together do not come back together. Once a process has lived for 30 s, its next delay is
/// the first one again. And after 5 restarts within 60 s the next failure is one too many: then the fault is not one that
/// goes away by itself, and those who depend on the process should know.
///
/// These are the defaults; each method changes one of them.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use marketplace_core::Limits;
///
/// // Tries for ever, but never more often than once a minute after the first few times.
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

    /// Up to `restarts` restarts within any `within`: what OTP calls the restart intensity. The next one is too many.
    #[must_use]
    pub const fn restarts(mut self, restarts: usize, within: Duration) -> Self {
        self.restarts = restarts;
        self.within = within;
        self
    }

    /// A restart waits for `first`; each further one twice as long as the one before, but no longer than `cap`.
    #[must_use]
    pub const fn backoff(mut self, first: Duration, cap: Duration) -> Self {
        self.first = first;
        self.cap = cap;
        self
    }

    /// A restart follows at once, as in OTP.
    #[must_use]
    pub const fn no_backoff(self) -> Self {
        self.backoff(Duration::ZERO, Duration::ZERO)
    }

    /// Up to this share of each delay is taken off at random: between 0, for exact delays, and 1. What is below counts
    /// as 0, what is above as 1.
    #[must_use]
    pub const fn jitter(mut self, share: f64) -> Self {
        self.jitter = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        self
    }

    /// A process that has lived for so long since it was made is well: its next delay is the first one again.
    #[must_use]
    pub const fn reset_after(mut self, lifetime: Duration) -> Self {
        self.reset_after = lifetime;
        self
    }

    /// Makes the jitter the same in each run. Without a seed it differs.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Whether there may be one more restart, after so many within [`window`](Self::window).
    pub(crate) const fn allow(&self, recent: usize) -> bool {
        recent < self.restarts
    }

    /// How long a restart counts.
    pub(crate) const fn window(&self) -> Duration {
        self.within
    }

    /// After how long a process is well.
    pub(crate) const fn lifetime(&self) -> Duration {
        self.reset_after
    }

    /// How long a restart waits, after so many of which none has led to a life that was long enough.
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

/// Numbers for the jitter: the generator known as SplitMix64.
pub(crate) struct Random(u64);

impl Random {
    /// A number from 0 up to but not including 1.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        // As many bits as the number holds.
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A process has failed once more than its [`Limits`] allow: the reason with which its supervisor leaves.
///
/// Its source is the last failure. Where that is a supervisor's, it is one of these in turn, so the whole chain is in
/// `format!("{reason:#}")`, and each link can be had by [`Reason::downcast_ref`].
#[derive(Clone, Debug)]
pub struct TooManyRestarts {
    /// The supervisor's name.
    pub supervisor: Arc<str>,
    /// The child's.
    pub child: Arc<str>,
    /// How many restarts there have been within `within`, of any of the supervisor's children.
    pub restarts: usize,
    /// How long a restart counts.
    pub within: Duration,
    /// Why the child went this time; normal, if it is a permanent one that quit.
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
