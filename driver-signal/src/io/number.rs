//! The numbers of the signals in this system.

use std::ffi::c_int;

use signal_hook::consts::{
    SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1,
    SIGUSR2, SIGWINCH, SIGXCPU, SIGXFSZ,
};

use crate::message::SignalKind;

/// The number of a signal, or `None` if it cannot be caught.
pub(super) const fn of(kind: SignalKind) -> Option<c_int> {
    Some(match kind {
        SignalKind::Alarm => SIGALRM,
        SignalKind::Child => SIGCHLD,
        SignalKind::Continue => SIGCONT,
        SignalKind::CpuLimit => SIGXCPU,
        SignalKind::FileLimit => SIGXFSZ,
        SignalKind::Hangup => SIGHUP,
        SignalKind::Interrupt => SIGINT,
        SignalKind::Pipe => SIGPIPE,
        SignalKind::Quit => SIGQUIT,
        SignalKind::TerminalInput => SIGTTIN,
        SignalKind::TerminalOutput => SIGTTOU,
        SignalKind::TerminalStop => SIGTSTP,
        SignalKind::Terminate => SIGTERM,
        SignalKind::User1 => SIGUSR1,
        SignalKind::User2 => SIGUSR2,
        SignalKind::WindowChange => SIGWINCH,
        SignalKind::Kill | SignalKind::Stop => return None,
    })
}
