//! Two programs on this machine, joined in the same way as on two machines: ours with a link over zenoh, zenoh alone,
//! ractor and Erlang.
//!
//! All of them but Erlang are the program `machines`, a crate of its own, which is built when one of these cases is
//! run.

mod erlang;

use std::env;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use super::{Case, Subject};
use crate::figure::Figure;
use crate::program;

pub(crate) const MESSAGES: Case = Case {
    name: "machines-messages",
    about: "64 bytes to another program: there and back, one in flight, and one way",
    parameter: "",
    values: &[0],
    rounds: 5,
    operations: |_| 200_000,
    counting: None,
    ours: &[
        Subject::new("marketplace", |size| ask("marketplace", "messages", size.operations)),
        Subject::new("zenoh alone", |size| ask("zenoh", "messages", size.operations)),
        // A tenth of the messages one way, because it takes much longer.
        Subject::new("ractor", |size| ask("ractor", "messages", size.operations / 10)),
        Subject::new("erlang", |size| erlang::ask("messages", size.operations)).needs(erlang::NEEDED),
    ],
    others: &[],
};

pub(crate) const PRESENCE: Case = Case {
    name: "machines-presence",
    about: "presence seen by another program: one, many at once, and the end of all when the program is killed",
    parameter: "conversations",
    values: &[1_000, 10_000],
    rounds: 5,
    operations: |conversations| conversations,
    counting: None,
    ours: &[
        Subject::new("marketplace", |size| ask("marketplace", "presence", size.value)),
        Subject::new("zenoh alone", |size| ask("zenoh", "presence", size.value)).up_to(1_000),
        Subject::new("ractor pg", |size| ask("ractor", "presence", size.value)),
        Subject::new("erlang pg", |size| erlang::ask("presence", size.value)).needs(erlang::NEEDED),
    ],
    others: &[],
};

/// ractor is not among the subjects: it does not notice that a program stands still.
pub(crate) const SILENCE: Case = Case {
    name: "machines-silence",
    about: "another program is stopped by SIGSTOP: the time until all in it is absent, with a time-out of one second",
    parameter: "conversations",
    values: &[1_000, 10_000],
    rounds: 3,
    operations: |conversations| conversations,
    counting: None,
    ours: &[
        Subject::new("marketplace", |size| ask("marketplace", "silence", size.value)),
        Subject::new("zenoh alone", |size| ask("zenoh", "silence", size.value)).up_to(1_000),
        Subject::new("erlang pg", |size| erlang::ask("silence", size.value)).needs(erlang::NEEDED),
    ],
    others: &[],
};

/// Measures a subject that is in the program `machines`.
fn ask(subject: &str, question: &str, count: u64) -> anyhow::Result<Vec<Figure>> {
    let program = env::current_exe()?.with_file_name("machines");
    ensure!(program.is_file(), "{} has not been built; `cargo xtask bench` builds it", program.display());
    let mut command = program::ending_with_us(&program)?;
    figures(command.args(["near", subject, question, &count.to_string()]))
}

/// The figures that a program prints.
fn figures(command: &mut Command) -> anyhow::Result<Vec<Figure>> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "{command:?} has failed ({})", output.status);
    let lines = String::from_utf8(output.stdout).context("the output is not UTF-8")?;
    lines.lines().map(str::parse).collect()
}
