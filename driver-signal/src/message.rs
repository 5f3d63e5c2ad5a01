//! The vocabulary: signals, and what the driver says of those that it cannot catch.

use std::fmt;

use marketplace_core::{Message, Reason};

/// The system has sent the program a signal.
///
/// A participant that subscribes to one kind has it caught. Its publisher is there while it is caught: from then on it
/// does nothing else to the program. Equal signals that come close together may be one, since the system does not count
/// them.
///
/// Nobody is warned of one that nobody takes: its subscriber may go while it is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[message(lossy)]
pub struct Signal {
    /// Which one.
    pub kind: SignalKind,
}

/// A signal that is asked for cannot be caught, or no longer: it does what it does to a program that does not catch it.
/// Another try needs new demand.
///
/// Nobody is warned of one that nobody takes: the driver logs a warning of its own.
#[derive(Clone, Debug, Message)]
#[message(lossy)]
pub struct SignalError {
    /// Which one.
    pub kind: SignalKind,
    /// What went wrong; never matched on.
    #[message(skip)]
    pub reason: Reason,
}

/// A kind of signal, of those that say something to a whole program.
///
/// Those by which the system tells of a fault of the program's own code, `SIGSEGV` and the like, are not among them: who
/// goes on after such a signal runs into it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Message)]
#[message(leaf)]
#[non_exhaustive]
pub enum SignalKind {
    /// `SIGALRM`: a timer of the system's has expired. By default, it ends the program.
    Alarm,
    /// `SIGCHLD`: a child process has ended, stopped or gone on. By default, nothing happens.
    Child,
    /// `SIGCONT`: the program goes on after a stop, whether this is caught or not.
    Continue,
    /// `SIGXCPU`: the program has used up its processor time. By default, it ends the program.
    CpuLimit,
    /// `SIGXFSZ`: a file has become as large as the program may make one. By default, it ends the program.
    FileLimit,
    /// `SIGHUP`: the terminal is gone, or, to a daemon, its configuration is to be read again. By default, it ends the
    /// program.
    Hangup,
    /// `SIGINT`: Ctrl-C. By default, it ends the program.
    Interrupt,
    /// `SIGKILL`, which cannot be caught: it ends the program.
    Kill,
    /// `SIGPIPE`: somebody writes to a pipe or connection that nobody reads. Rust's programs ignore it.
    Pipe,
    /// `SIGQUIT`: Ctrl-\. By default, it ends the program, with a core dump.
    Quit,
    /// `SIGSTOP`, which cannot be caught: it stops the program, until it is told to go on.
    Stop,
    /// `SIGTTIN`: the program reads its terminal from the background. By default, it stops the program.
    TerminalInput,
    /// `SIGTTOU`: the program writes to its terminal from the background. By default, it stops the program.
    TerminalOutput,
    /// `SIGTSTP`: Ctrl-Z. By default, it stops the program.
    TerminalStop,
    /// `SIGTERM`: the program is to end. By default, it ends the program.
    Terminate,
    /// `SIGUSR1`: what the program says it means. By default, it ends the program.
    User1,
    /// `SIGUSR2`: what the program says it means. By default, it ends the program.
    User2,
    /// `SIGWINCH`: the terminal's window has another size. By default, nothing happens.
    WindowChange,
}

impl SignalKind {
    /// The name that the system gives it, `SIGINT` say.
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
