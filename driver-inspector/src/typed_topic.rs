//! A topic that was typed, held as text against the endpoints that there are: the page knows no types.

mod comparison;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use comparison::differences;
use marketplace_core::Interest;

use crate::endpoint::KnownEndpoint;
use crate::expression::{self, Expression};
use crate::frame::{Explained, Explanation, Number, Relation};
use crate::relation::{self, Found};
use crate::{role, text};

/// The longest text that is read, and how much of an endpoint's topic, in bytes.
const TYPED: usize = 4 << 10;
const THEIRS: usize = 2 << 10;
/// The most endpoints that are compared.
const COMPARED: usize = 10_000;
/// How much of a name is shown.
const NAME: usize = 100;
/// How many names are proposed where no type has the one that was typed.
const PROPOSED: usize = 3;

/// An endpoint that a typed topic is compared with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TypedCandidate<'a> {
    pub(crate) process: Number,
    pub(crate) process_name: &'a str,
    /// The VM in whose network it is.
    pub(crate) vm: Number,
    pub(crate) endpoint: &'a KnownEndpoint,
}

/// Who would hear messages of the topic that is expression as `text`, in the VM `vm`, called `vm_name`.
///
/// # Errors
///
/// If it cannot be read, or if no endpoint is about messages of its type.
pub(crate) fn explanation<'a>(
    text: &str,
    vm: Number,
    vm_name: &str,
    endpoints: impl Iterator<Item = TypedCandidate<'a>>,
) -> anyhow::Result<Explanation> {
    ensure!(text.len() <= TYPED, "the topic is longer than {TYPED} bytes");
    let asked = expression::parse(text).context("the topic cannot be read")?;
    let mut types = Types::new();
    for candidate in endpoints {
        types.entry(candidate.endpoint.role.topic.type_name()).or_default().push(candidate);
    }
    let (name, candidates) = of_type(&asked, &types)?;
    let beyond = candidates.len().saturating_sub(COMPARED);
    let found: Vec<Found> = candidates.iter().take(COMPARED).map(|it| compare(&asked, vm, it)).collect();
    let is_taken = found.iter().zip(&candidates).any(|(found, candidate)| {
        found.explained.relation == Relation::Hears
            && candidate.endpoint.role.interest == Interest::Participant
    });
    let (endpoints, hidden) = relation::nearest(found);
    Ok(Explanation {
        topic: asked.to_string(),
        message_type: name,
        vm: vm_name.to_owned(),
        asker: None,
        is_met: is_taken,
        is_typed: true,
        endpoints,
        hidden_endpoints: hidden + beyond,
    })
}

type Types<'a> = BTreeMap<&'a str, Vec<TypedCandidate<'a>>>;

/// The type that is meant, and the endpoints about its messages.
fn of_type<'a>(asked: &Expression, types: &Types<'a>) -> anyhow::Result<(String, Vec<TypedCandidate<'a>>)> {
    let Some(last) = asked.path().last() else {
        bail!("a topic begins with the name of its type, as in `Said {{ room: \"lobby\", .. }}`");
    };
    // The type itself, or an enum before its variant.
    let around = asked.path().iter().rev().nth(1);
    let is_meant = |base: &str| base == last || around.is_some_and(|around| base == around);
    let mut meant: Vec<(&&str, &Vec<_>)> = types.iter().filter(|(it, _)| is_meant(role::base(it))).collect();
    if meant.is_empty() {
        // A variant alone, as `{:?}` shows it.
        meant = types.iter().filter(|(_, candidates)| has_variant(candidates, last)).collect();
    }
    let Some((name, _)) = meant.first() else { bail!(unknown(last, types)) };
    Ok((role::short(name), meant.iter().flat_map(|(_, candidates)| candidates.iter().copied()).collect()))
}

/// Whether the topic of one of these begins with this name.
fn has_variant(candidates: &[TypedCandidate<'_>], name: &str) -> bool {
    candidates
        .iter()
        .take(COMPARED)
        .any(|candidate| theirs(candidate.endpoint).path().last().is_some_and(|it| it == name))
}

fn unknown(name: &str, types: &Types<'_>) -> String {
    let mut known: Vec<&str> = types.keys().map(|name| role::base(name)).collect();
    known.sort_by_key(|known| relation::distance(&known.to_lowercase(), &name.to_lowercase()));
    known.dedup();
    known.truncate(PROPOSED);
    let nearest = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match known.len() {
        0 => format!("no endpoint is about messages of a type `{name}`: there is none at all"),
        _ => format!("no endpoint is about messages of a type `{name}`; the nearest names are {nearest}"),
    }
}

fn compare(asked: &Expression, vm: Number, candidate: &TypedCandidate<'_>) -> Found {
    let KnownEndpoint { name, role, kinds, .. } = candidate.endpoint;
    let mut differences = differences(asked, &theirs(candidate.endpoint));
    let (count, is_here) = (differences.len(), candidate.vm == vm);
    let difference = (count > 0).then(|| differences.swap_remove(0));
    let meets = is_here && count == 0;
    let place = (!is_here).then(|| "in another VM".to_owned());
    let explained = Explained {
        process: Some(candidate.process),
        process_name: candidate.process_name.to_owned(),
        endpoint: text::debug(name, NAME),
        role: role::role(role),
        relation: if meets { relation::relation(role) } else { Relation::Apart },
        says: if meets {
            relation::part(role, *kinds).to_owned()
        } else {
            relation::apart(place, difference.as_ref())
        },
        difference,
    };
    Found { explained, is_here, differences: count }
}

/// The topic of an endpoint, as it is expression.
fn theirs(endpoint: &KnownEndpoint) -> Expression {
    let text = text::debug(&endpoint.role.topic, THEIRS);
    match text.strip_suffix('…') {
        Some(cut) if text.len() > THEIRS => expression::read(cut, true),
        _ => expression::read(&text, false),
    }
}
