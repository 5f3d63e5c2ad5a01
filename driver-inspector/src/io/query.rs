//! What stands behind the `?` of a request.

use hyper::{StatusCode, Uri};

use super::response::Refusal;
use crate::inspected::Excerpt;

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

    /// The name that a page has given itself.
    pub(super) fn page(&self) -> Result<&str, Refusal> {
        let is_name = |page: &&str| {
            (1..=LONGEST_PAGE).contains(&page.len())
                && page.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        self.get("page").filter(is_name).ok_or_else(|| {
            bad(format!("`page` is to be a name of 1 to {LONGEST_PAGE} letters, digits and hyphens"))
        })
    }

    /// Which part of the recording is asked for.
    pub(super) fn excerpt(&self) -> Result<Excerpt, Refusal> {
        let mut excerpt = Excerpt::default();
        for (name, value) in &self.0 {
            match name.as_str() {
                "process" => excerpt.filter.process = Some(number(name, value)?),
                "type" => excerpt.filter.message_type.clone_from(value),
                "text" => excerpt.filter.text.clone_from(value),
                "from" => excerpt.from = Some(number(name, value)?),
                "to" => excerpt.to = Some(number(name, value)?),
                "values" => {
                    excerpt.values =
                        value.parse().map_err(|_| bad(format!("`{name}` is neither true nor false")))?;
                }
                // The guard's.
                "token" => {}
                _ => return Err(bad(format!("there is no parameter `{name}`"))),
            }
        }
        Ok(excerpt)
    }
}

fn number(name: &str, value: &str) -> Result<u64, Refusal> {
    value.parse().map_err(|_| bad(format!("`{name}` is not a number")))
}

fn bad(why: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, why)
}
