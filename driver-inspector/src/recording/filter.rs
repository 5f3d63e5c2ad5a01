//! The filter of records.

use std::collections::BTreeSet;

use super::is_message;
use crate::frame::{Number, Record, What};
use crate::view::Filter;

/// A filter with its texts in lower case, so that it can be applied to many records.
pub(super) struct RecordFilter {
    process: Option<Number>,
    message_type: String,
    text: String,
    what: BTreeSet<What>,
    messages: BTreeSet<String>,
    /// Whether the filter's text is searched for in the values of messages, too.
    values: bool,
}

impl RecordFilter {
    pub(super) fn new(filter: &Filter, values: bool) -> Self {
        let Filter { process, message_type, text, what, messages } = filter;
        Self {
            process: *process,
            message_type: message_type.to_lowercase(),
            text: text.to_lowercase(),
            what: what.clone(),
            messages: messages.clone(),
            values,
        }
    }

    pub(super) fn passes(&self, record: &Record) -> bool {
        self.is_of_kind(record)
            && self.is_of_process(record)
            && self.is_of_type(record)
            && self.has_text(record)
    }

    fn is_of_kind(&self, record: &Record) -> bool {
        let is_it = |name: &str| self.messages.contains(name);
        let is_wanted = self.what.is_empty() || self.what.contains(&record.what);
        let is_any = self.messages.is_empty() || !is_message(record);
        is_wanted && (is_any || record.message_type.as_deref().is_some_and(is_it))
    }

    fn is_of_process(&self, record: &Record) -> bool {
        let inside = [&record.inner, &record.peer_inner].into_iter().flatten().map(|inner| inner.process);
        let mut all = [Some(record.process), record.peer].into_iter().flatten().chain(inside);
        self.process.is_none_or(|process| all.any(|it| it == process))
    }

    fn is_of_type(&self, record: &Record) -> bool {
        let is_it = |name: &str| name.to_lowercase().contains(&self.message_type);
        self.message_type.is_empty() || record.message_type.as_deref().is_some_and(is_it)
    }

    fn has_text(&self, record: &Record) -> bool {
        let Record { process_name, peer_name, inner, peer_inner, text, reason, .. } = record;
        let inner = [inner, peer_inner].map(|inner| inner.as_ref().map(|inner| &inner.name));
        let text = text.as_ref().filter(|_| self.values || !is_message(record));
        let texts = [Some(process_name), peer_name.as_ref(), inner[0], inner[1], text, reason.as_ref()];
        self.text.is_empty()
            || texts.into_iter().flatten().any(|text| text.to_lowercase().contains(&self.text))
    }
}
