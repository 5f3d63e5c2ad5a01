//! The messages: signals, and errors about signals that cannot be caught.

use std::fmt;

use marketplace_core::{Message, Reason};

/// The program has received a signal. Subscribe to it with a kind to catch the signals of that kind.
///
/// The driver is a participant publisher of a kind while it is caught. While this publisher exists, the signal has no
/// other effect on the program. Several equal signals in a short time may be delivered as one message, because the
/// system does not count them.
///
/// No warning is logged when a signal has no receiver, because its subscriber may be removed while the message is on
/// its way.
///
/// # Examples
///
/// ```
/// use driver_signal::{Signal, SignalKind};
/// use marketplace_core::{Spawn, topic};
///
/// let daemon = Spawn::new((), |(), cx| {
///     cx.subscriber(topic!(Signal { kind: SignalKind::Hangup }))
///         .on_message(|(), _, signal| println!("{} received: reading the configuration again", signal.kind));
/// });
/// # let _ = daemon;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[message(lossy)]
pub struct Signal {
    /// The kind of the signal.
    pub kind: SignalKind,
}

/// A signal to which a process subscribes cannot be caught, or is not caught any more. Subscribe to it to handle such
/// failures.
///
/// The signal then does what it does in a program that does not catch it. The driver tries again only when new demand
/// is added.
///
/// The driver logs a warning with each error. No further warning is logged when the message has no receiver.
///
/// # Examples
///
/// ```
/// use driver_signal::{SignalError, SignalKind};
/// use marketplace_core::{Spawn, topic};
///
/// let guard = Spawn::new((), |(), cx| {
///     cx.subscriber(topic!(SignalError { kind: SignalKind::Hangup, .. }))
///         .on_message(|(), _, error| error.reason.clone().into_result());
/// });
/// # let _ = guard;
/// ```
#[derive(Clone, Debug, Message)]
#[message(lossy)]
pub struct SignalError {
    /// The kind of the signal.
    pub kind: SignalKind,
    /// What failed. Patterns cannot match on it.
    #[message(skip)]
    pub reason: Reason,
}

/// The kinds of signals that are sent to a whole program.
///
/// Signals that report a fault in the program's own code, such as `SIGSEGV`, are not among them. A program that
/// continues after such a signal would cause the same fault again.
///
/// # Examples
///
/// ```
/// use driver_signal::SignalKind;
///
/// assert_eq!(SignalKind::Interrupt.name(), "SIGINT");
/// assert_eq!(SignalKind::Hangup.to_string(), "SIGHUP");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Message)]
#[message(leaf)]
#[non_exhaustive]
pub enum SignalKind {
    /// `SIGALRM`: a timer of the system has expired. By default, it ends the program.
    Alarm,
    /// `SIGCHLD`: a child process has ended, stopped or continued. By default, nothing happens.
    Child,
    /// `SIGCONT`: the program continues after a stop, whether the signal is caught or not.
    Continue,
    /// `SIGXCPU`: the program has used up its processor time. By default, it ends the program.
    CpuLimit,
    /// `SIGXFSZ`: a file has reached the largest size that the program may write. By default, it ends the program.
    FileLimit,
    /// `SIGHUP`: the terminal has been closed. Daemons read their configuration again on it. By default, it ends the
    /// program.
    Hangup,
    /// `SIGINT`: Ctrl-C. By default, it ends the program.
    Interrupt,
    /// `SIGKILL`, which cannot be caught: it ends the program.
    Kill,
    /// `SIGPIPE`: the program has written to a pipe or a connection whose reader is closed. Rust programs ignore it.
    Pipe,
    /// `SIGQUIT`: Ctrl-\. By default, it ends the program, with a core dump.
    Quit,
    /// `SIGSTOP`, which cannot be caught: it stops the program until `SIGCONT` is sent.
    Stop,
    /// `SIGTTIN`: the program reads its terminal from the background. By default, it stops the program.
    TerminalInput,
    /// `SIGTTOU`: the program writes to its terminal from the background. By default, it stops the program.
    TerminalOutput,
    /// `SIGTSTP`: Ctrl-Z. By default, it stops the program.
    TerminalStop,
    /// `SIGTERM`: a request to end the program. By default, it ends the program.
    Terminate,
    /// `SIGUSR1`: its meaning is defined by the program. By default, it ends the program.
    User1,
    /// `SIGUSR2`: its meaning is defined by the program. By default, it ends the program.
    User2,
    /// `SIGWINCH`: the size of the terminal has changed. By default, nothing happens.
    WindowChange,
}

impl SignalKind {
    /// The system's name of the signal, such as `SIGINT`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alarm => "SIGALRM",
            Self::Child => "SIGCHLD",
            Self::Continue => "SIGCONT",
            Self::CpuLimit => "SIGXCPU",
            Self::FileLimit => "SIGXFSZ",
            Self::Hangup => "SIGHUP",
            Self::Interrupt => "SIGINT",
            Self::Kill => "SIGKILL",
            Self::Pipe => "SIGPIPE",
            Self::Quit => "SIGQUIT",
            Self::Stop => "SIGSTOP",
            Self::TerminalInput => "SIGTTIN",
            Self::TerminalOutput => "SIGTTOU",
            Self::TerminalStop => "SIGTSTP",
            Self::Terminate => "SIGTERM",
            Self::User1 => "SIGUSR1",
            Self::User2 => "SIGUSR2",
            Self::WindowChange => "SIGWINCH",
        }
    }
}

impl fmt::Display for SignalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
