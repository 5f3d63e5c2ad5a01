//! The state that the rules require when all grounds are at rest: the slow model.

use marketplace_core::EndpointId;

use super::record::{Record, Sent, same};
use super::vocabulary::Part;

/// The faults, one in each element.
pub(crate) fn faults(record: &Record) -> Vec<String> {
    let grounds = (0..record.grounds.len()).filter(|ground| !record.grounds[*ground].is_over);
    let presence = grounds.flat_map(|ground| {
        let endpoints = record.grounds[ground].endpoints.iter();
        let told = endpoints.filter_map(move |(id, part)| {
            let told = told(record, ground, *id, part);
            let should = should_be_told(record, ground, part);
            same(&format!("{part:?} in {ground} at rest"), &told, &should)
        });
        told.chain(same(
            &format!("the mirrors in {ground}"),
            &mirrors(record, ground),
            &should_be_mirrored(record, ground),
        ))
    });
    presence.chain(record.sent.iter().flat_map(|(number, sent)| unheard(record, *number, sent))).collect()
}

/// The peers of an endpoint, without itself.
fn told(record: &Record, ground: usize, id: EndpointId, part: &Part) -> Vec<Part> {
    let peers = record.grounds[ground].peers.range((id, EndpointId(0))..=(id, EndpointId(u64::MAX)));
    peers.map(|(_, peer)| peer.clone()).filter(|peer| peer.numbers != part.numbers).collect()
}

/// The endpoints in any ground that match it and are visible to it.
fn should_be_told(record: &Record, ground: usize, part: &Part) -> Vec<Part> {
    let near = record.grounds[ground].endpoints.values().cloned();
    let far = should_be_mirrored(record, ground);
    near.chain(far).filter_map(|other| part.told_of(&other)).collect()
}

fn mirrors(record: &Record, ground: usize) -> Vec<Part> {
    record.grounds[ground].mirrors.values().cloned().collect()
}

/// The endpoints of other grounds, as far as the filters let them pass.
fn should_be_mirrored(record: &Record, ground: usize) -> Vec<Part> {
    let others = record.grounds.iter().enumerate().filter(|(at, other)| *at != ground && !other.is_over);
    let far = others.flat_map(|(from, other)| {
        other.endpoints.values().filter_map(move |part| record.seen(from, ground, part))
    });
    far.collect()
}

/// The endpoints that should have received a message and have not.
fn unheard(record: &Record, number: usize, sent: &Sent) -> Vec<String> {
    let has_heard = |endpoint: usize| record.heard.contains_key(&(number, endpoint));
    let near = sent.near.iter().filter(|endpoint| !has_heard(**endpoint));
    let mut unheard: Vec<_> =
        near.map(|endpoint| format!("{endpoint} has not heard {number}, of its own ground")).collect();
    let here = &record.grounds[sent.ground];
    for (mirror, part) in &sent.mirrors {
        let endpoint = part.numbers[0];
        let mut grounds = record.grounds.iter().enumerate().filter(|(_, ground)| !ground.is_over);
        let there =
            grounds.find(|(_, ground)| ground.endpoints.values().any(|part| part.numbers[0] == endpoint));
        let passes = there.and_then(|(there, _)| record.passes(sent.ground, there, sent.about)).is_some();
        let is_excused = here.is_over || here.lost.contains(mirror);
        if passes && !is_excused && !has_heard(endpoint) {
            unheard.push(format!(
                "{endpoint} has not heard {number}, and its mirror in {} has not gone",
                sent.ground
            ));
        }
    }
    unheard
}
