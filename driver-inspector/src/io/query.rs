//! The parameters of a request's URL.

use hyper::{StatusCode, Uri};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::StrDeserializer;

use super::response::Refusal;
use crate::frame::What;
use crate::inspected::Excerpt;
use crate::view::TreeView;

pub(super) struct Query(Vec<(String, String)>);

/// The longest name of a page.
const LONGEST_PAGE: usize = 64;

impl Query {
    pub(super) fn of(uri: &Uri) -> Self {
        let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The name that a page has chosen for itself.
    pub(super) fn page(&self) -> Result<&str, Refusal> {
        let is_name = |page: &&str| {
            (1..=LONGEST_PAGE).contains(&page.len())
                && page.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        self.get("page").filter(is_name).ok_or_else(|| {
            bad(format!("`page` must be a name of 1 to {LONGEST_PAGE} letters, digits and hyphens"))
        })
    }

    /// Which part of the recording is requested. The parameters in `further` are allowed, too.
    pub(super) fn excerpt(&self, further: &[&str]) -> Result<Excerpt, Refusal> {
        let mut excerpt = Excerpt::default();
        for (name, value) in &self.0 {
            match name.as_str() {
                "process" => excerpt.filter.process = Some(number(name, value)?),
                "type" => excerpt.filter.message_type.clone_from(value),
                "text" => excerpt.filter.text.clone_from(value),
                "from" => excerpt.from = Some(number(name, value)?),
                "to" => excerpt.to = Some(number(name, value)?),
                "what" => drop(excerpt.filter.what.insert(what(value)?)),
                "messages" => drop(excerpt.filter.messages.insert(value.clone())),
                "values" => excerpt.values = truth(name, value)?,
                name if further.contains(&name) => {}
                name => Self::refuse(name)?,
            }
        }
        Ok(excerpt)
    }

    /// Which part of the tree is requested, and the names of the processes to leave out.
    pub(super) fn tree(&self) -> Result<(TreeView, Vec<String>), Refusal> {
        let mut view = TreeView { rows: usize::MAX, ..TreeView::default() };
        let mut without = Vec::new();
        for (name, value) in &self.0 {
            match name.as_str() {
                "search" => view.search.clone_from(value),
                "folded" => drop(view.folded.insert(number(name, value)?)),
                "without" => without.push(value.clone()),
                name => Self::refuse(name)?,
            }
        }
        Ok((view, without))
    }

    /// The value of a parameter that is `true` or `false`. Without the parameter, `false`.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        self.get(name).map_or(Ok(false), |value| truth(name, value))
    }

    /// Refuses an unknown parameter. (`token` is for the guard.)
    fn refuse(name: &str) -> Result<(), Refusal> {
        if name == "token" { Ok(()) } else { Err(bad(format!("there is no parameter `{name}`"))) }
    }
}

fn truth(name: &str, value: &str) -> Result<bool, Refusal> {
    value.parse().map_err(|_| bad(format!("`{name}` must be `true` or `false`")))
}

fn what(value: &str) -> Result<What, Refusal> {
    let value: StrDeserializer<'_, serde::de::value::Error> = value.into_deserializer();
    What::deserialize(value).map_err(|error| bad(format!("`what`: {error}")))
}

fn number(name: &str, value: &str) -> Result<u64, Refusal> {
    value.parse().map_err(|_| bad(format!("`{name}` is not a number")))
}

fn bad(why: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, why)
}
