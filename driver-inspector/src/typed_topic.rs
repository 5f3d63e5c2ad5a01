//! Explains a topic that was typed on the page. It is compared with the endpoints' topics as text, because a type cannot be
//! made from its name.

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

/// The longest text that is parsed, and the longest topic of an endpoint, in bytes.
const TYPED: usize = 4 << 10;
const THEIRS: usize = 2 << 10;
/// The most endpoints that are compared.
const COMPARED: usize = 10_000;
/// How much of a name is shown.
const NAME: usize = 100;
/// How many names are suggested if no type has the one that was typed.
const PROPOSED: usize = 3;

/// An endpoint to compare a typed topic with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TypedCandidate<'a> {
    pub(crate) process: Number,
    pub(crate) process_name: &'a str,
    /// The VM in whose network it is.
    pub(crate) vm: Number,
    pub(crate) endpoint: &'a KnownEndpoint,
}

/// Which endpoints would receive messages of the topic in `text`, sent in the VM `vm` with the name `vm_name`.
///
/// # Errors
///
/// If the text cannot be parsed, or if no endpoint has a topic of its type.
pub(crate) fn explanation<'a>(
    text: &str,
    vm: Number,
    vm_name: &str,
    endpoints: impl Iterator<Item = TypedCandidate<'a>>,
) -> anyhow::Result<Explanation> {
    ensure!(text.len() <= TYPED, "the topic is longer than {TYPED} bytes");
    let asked = expression::parse(text).context("the topic cannot be parsed")?;
    let mut types = Types::new();
    for candidate in endpoints {
        types.entry(candidate.endpoint.role.topic.type_name()).or_default().push(candidate);
    }
    let (name, candidates) = of_type(&asked, &types)?;
    let beyond = candidates.len().saturating_sub(COMPARED);
    let found: Vec<Found> = candidates.iter().take(COMPARED).map(|it| compare(&asked, vm, it)).collect();
    let is_taken = found.iter().zip(&candidates).any(|(found, candidate)| {
        found.explained.relation == Relation::Receives
            && candidate.endpoint.role.interest == Interest::Participant
    });
    let (endpoints, hidden) = relation::nearest(found);
    Ok(Explanation {
        topic: asked.to_string(),
        message_type: name,
        vm: vm_name.to_owned(),
        asker: None,
        is_matched: is_taken,
        is_typed: true,
        endpoints,
        hidden_endpoints: hidden + beyond,
    })
}

type Types<'a> = BTreeMap<&'a str, Vec<TypedCandidate<'a>>>;

/// The type with this name, and the endpoints with topics of this type.
fn of_type<'a>(asked: &Expression, types: &Types<'a>) -> anyhow::Result<(String, Vec<TypedCandidate<'a>>)> {
    let Some(last) = asked.path().last() else {
        bail!("a topic must begin with the name of its type, as in `Said {{ room: \"lobby\", .. }}`");
    };
    // The type's name, or an enum's name before that of a variant.
    let around = asked.path().iter().rev().nth(1);
    let is_meant = |base: &str| base == last || around.is_some_and(|around| base == around);
    let mut meant: Vec<(&&str, &Vec<_>)> = types.iter().filter(|(it, _)| is_meant(role::base(it))).collect();
    if meant.is_empty() {
        // The name of a variant without the enum's, as `{:?}` writes it.
        meant = types.iter().filter(|(_, candidates)| has_variant(candidates, last)).collect();
    }
    let Some((name, _)) = meant.first() else { bail!(unknown(last, types)) };
    Ok((role::short(name), meant.iter().flat_map(|(_, candidates)| candidates.iter().copied()).collect()))
}

/// Whether the topic of one of these endpoints begins with this name.
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
        0 => format!("no endpoint has a topic of a type `{name}`: there are no endpoints"),
        _ => format!("no endpoint has a topic of a type `{name}`; types with similar names: {nearest}"),
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
        relation: if meets { relation::relation(role) } else { Relation::Unmatched },
        says: if meets {
            relation::part(role, *kinds).to_owned()
        } else {
            relation::mismatch(place, difference.as_ref())
        },
        difference,
    };
    Found { explained, is_here, differences: count }
}

/// The topic of an endpoint as an expression.
fn theirs(endpoint: &KnownEndpoint) -> Expression {
    let text = text::debug(&endpoint.role.topic, THEIRS);
    match text.strip_suffix('…') {
        Some(cut) if text.len() > THEIRS => expression::read(cut, true),
        _ => expression::read(&text, false),
    }
}
