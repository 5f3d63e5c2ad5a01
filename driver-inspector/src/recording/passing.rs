//! Which records pass a filter.

use super::is_message;
use crate::frame::{Number, Record};
use crate::view::Filter;

/// A filter, made ready to be asked many times.
pub(super) struct Passing {
    process: Option<Number>,
    message_type: String,
    text: String,
    /// Whether values of messages are looked at.
    values: bool,
}

impl Passing {
    pub(super) fn new(filter: &Filter, values: bool) -> Self {
        let Filter { process, message_type, text } = filter;
        Self {
            process: *process,
            message_type: message_type.to_lowercase(),
            text: text.to_lowercase(),
            values,
        }
    }

    pub(super) fn passes(&self, record: &Record) -> bool {
        self.is_of_process(record) && self.is_of_type(record) && self.has_text(record)
    }

    fn is_of_process(&self, record: &Record) -> bool {
        self.process.is_none_or(|process| process == record.process || Some(process) == record.peer)
    }

    fn is_of_type(&self, record: &Record) -> bool {
        let is_it = |name: &str| name.to_lowercase().contains(&self.message_type);
        self.message_type.is_empty() || record.message_type.as_deref().is_some_and(is_it)
    }

    fn has_text(&self, record: &Record) -> bool {
        let Record { process_name, peer_name, text, reason, .. } = record;
        let text = text.as_ref().filter(|_| self.values || !is_message(record));
        let texts = [Some(process_name), peer_name.as_ref(), text, reason.as_ref()];
        self.text.is_empty()
            || texts.into_iter().flatten().any(|text| text.to_lowercase().contains(&self.text))
    }
}
