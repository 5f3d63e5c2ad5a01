//! The rows: each a message, a presence, an absence, a start or an end.

use std::collections::HashMap;

use super::bar::Bars;
use super::quote::quote;
use crate::frame::{Number, Party, Record, What};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Message,
    Feedback,
    Dropped,
    Presence,
    Absence,
    Start,
    End,
    Failure,
    Restart,
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) kind: Kind,
    /// The sender, the peer or the parent, if it is known.
    pub(super) from: Option<Number>,
    /// The receivers, or the process that it is about.
    pub(super) to: Vec<Number>,
    /// Whether each of the two processes is told of the other.
    pub(super) is_mutual: bool,
    pub(super) title: String,
    /// A message's value, or the reason of an end.
    pub(super) detail: String,
    /// Which message it is.
    message: Option<u64>,
}

/// A process that some row is about.
#[derive(Clone, Debug)]
pub(super) struct Process {
    pub(super) number: Number,
    pub(super) name: String,
    /// The VM that it is in.
    pub(super) vm: Number,
    /// The rows in which it starts and ends.
    pub(super) start: Option<usize>,
    pub(super) end: Option<usize>,
}

#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    /// In the order in which they appear.
    pub(super) processes: Vec<Process>,
    pub(super) bars: Bars,
    index: HashMap<Number, usize>,
}

impl Rows {
    pub(super) fn add(&mut self, record: &Record, wanted: &str) {
        match record.what {
            What::Presence | What::Absence => self.add_pair(record),
            What::Delivered => self.add_delivery(record, wanted),
            What::Dropped => {
                let from = self.process(record.party());
                let row = Row { from: Some(from), ..row(Kind::Dropped, of_type(record)) };
                self.rows.push(Row { detail: reason(record), ..row });
            }
            What::Started => self.add_start(record),
            What::Left => self.add_end(Kind::End, "ends", record),
            What::Failed => self.add_end(Kind::Failure, "fails", record),
            What::Restarted => {
                let to = vec![self.process(record.party())];
                let title = format!("restarts {}", record.text.as_deref().unwrap_or("a child"));
                self.rows.push(Row { to, detail: reason(record), ..row(Kind::Restart, title) });
            }
            // A message is drawn with its deliveries, or when it is dropped. A process is drawn as ended when it has left.
            What::Sent | What::Added | What::Deleted | What::Leaving => {}
        }
    }

    fn add_pair(&mut self, record: &Record) {
        let (own, Some(peer)) = (record.party(), record.peer_party()) else { return };
        let has_ended = self.index.get(&own.process).is_some_and(|at| self.processes[*at].end.is_some());
        let is_shown = record.is_handled && own.process != peer.process && !has_ended;
        let is_presence = record.what == What::Presence;
        if is_shown {
            let (kind, word) =
                if is_presence { (Kind::Presence, "presence") } else { (Kind::Absence, "absence") };
            let (from, to) = (Some(self.process(peer)), vec![self.process(own)]);
            let title = format!("{word}: {}", of_type(record));
            let row = Row { from, to, detail: reason(record), ..row(kind, title) };
            if !self.rows.last_mut().is_some_and(|last| last.merge(&row)) {
                self.rows.push(row);
            }
        }
        let at = self.rows.len() - usize::from(is_shown);
        let pair = (record.endpoint, record.peer_endpoint);
        match is_presence {
            true if is_shown => self.bars.begin([own.process, peer.process], pair, at),
            true => {}
            // An endpoint that has been deleted has no handler any more, and still loses its peers.
            false => self.bars.end([own.process, peer.process], pair, at),
        }
    }

    fn add_delivery(&mut self, record: &Record, wanted: &str) {
        let from = record.peer_party().map(|peer| self.process(peer));
        let to = self.process(record.party());
        if let Some(last) = self.rows.last_mut().filter(|last| last.message == record.message) {
            if !last.to.contains(&to) {
                last.to.push(to);
            }
            return;
        }
        let kind = if record.is_feedback { Kind::Feedback } else { Kind::Message };
        let detail = record.text.as_deref().map(|text| quote(text, wanted)).unwrap_or_default();
        let row = Row { from, to: vec![to], detail, ..row(kind, of_type(record)) };
        self.rows.push(Row { message: record.message, ..row });
    }

    fn add_start(&mut self, record: &Record) {
        let from = record.peer_party().map(|by| self.process(by));
        let to = self.process(record.party());
        self.processes[self.index[&to]].start = Some(self.rows.len());
        self.rows.push(Row { from, to: vec![to], ..row(Kind::Start, "starts".to_owned()) });
    }

    fn add_end(&mut self, kind: Kind, title: &str, record: &Record) {
        let number = self.process(record.party());
        let process = &mut self.processes[self.index[&number]];
        // It has failed, and leaves because of that.
        if process.end.is_some() {
            return;
        }
        let at = self.rows.len();
        process.end = Some(at);
        self.bars.end_all(number, at);
        let row = row(kind, title.to_owned());
        self.rows.push(Row { to: vec![number], detail: reason(record), ..row });
    }

    /// Knows a process from now on; its number.
    fn process(&mut self, Party { process: number, name, vm }: Party<'_>) -> Number {
        let processes = &mut self.processes;
        self.index.entry(number).or_insert_with(|| {
            processes.push(Process { number, name: name.to_owned(), vm, start: None, end: None });
            processes.len() - 1
        });
        number
    }
}

impl Row {
    pub(super) fn is_about(&self, process: Number) -> bool {
        self.from == Some(process) || self.to.contains(&process)
    }

    /// Merges another presence or absence of the same two processes into this row. Returns whether it is one.
    fn merge(&mut self, other: &Self) -> bool {
        let is_alike = (self.kind, &self.title, &self.detail) == (other.kind, &other.title, &other.detail);
        let (own, others) = ((self.from, self.to[..].first()), (other.from, other.to.first()));
        let is_reverse = own.0 == others.1.copied() && own.1.copied() == others.0;
        self.is_mutual |= is_alike && is_reverse;
        is_alike && (own == others || is_reverse)
    }
}

fn row(kind: Kind, title: String) -> Row {
    Row { kind, from: None, to: Vec::new(), is_mutual: false, title, detail: String::new(), message: None }
}

fn of_type(record: &Record) -> String {
    record.message_type.as_deref().unwrap_or("message").to_owned()
}

/// A reason without the operating system's error number.
fn reason(record: &Record) -> String {
    let reason = record.reason.as_deref().unwrap_or_default();
    reason.split_once(" (os error ").map_or(reason, |(reason, _)| reason).to_owned()
}
