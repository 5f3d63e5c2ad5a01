//! An explanation by the core, in the form that is sent to the page.

use marketplace_core::{ExplainedEndpoint, Interest, Location, Orientation, Pid};

use crate::frame::{Difference, Explained, Explanation, Number, Relation, Side};
use crate::relation::{self, Found};
use crate::{role, text};

/// How much of a name, and of a value or a location, is shown.
const NAME: usize = 100;
const VALUE: usize = 200;

/// The core's explanation of a topic in the VM with the name `vm`. If `asker` is the side of an endpoint, only the endpoints
/// of the other side are in it.
pub(crate) fn explanation(
    explanation: &marketplace_core::Explanation,
    asker: Option<Orientation>,
    number_of: &dyn Fn(&Pid) -> Option<Number>,
    vm: &str,
) -> Explanation {
    let met = asker.map_or(Orientation::Subscriber, Orientation::opposite);
    let is_other = |it: &&ExplainedEndpoint| asker.is_none() || it.endpoint.role.orientation == met;
    let others: Vec<_> = explanation.endpoints.iter().filter(is_other).collect();
    let is_matched = others.iter().any(|it| {
        let role = &it.endpoint.role;
        it.matches() && role.orientation == met && role.interest == Interest::Participant
    });
    let found = others.iter().map(|it| found(it, number_of));
    let (endpoints, hidden_endpoints) = relation::nearest(found.collect());
    Explanation {
        topic: role::topic(&explanation.topic),
        message_type: role::short(explanation.topic.type_name()),
        vm: vm.to_owned(),
        asker: asker.map(|side| match side {
            Orientation::Publisher => Side::Publisher,
            Orientation::Subscriber => Side::Subscriber,
        }),
        is_matched,
        is_typed: false,
        endpoints,
        hidden_endpoints,
    }
}

fn found(it: &ExplainedEndpoint, number_of: &dyn Fn(&Pid) -> Option<Number>) -> Found {
    let difference = it.difference.as_ref().map(difference);
    let (role, is_here) = (&it.endpoint.role, it.location == Location::Here);
    let explained = Explained {
        process: number_of(&it.process.pid),
        process_name: match &it.process.name {
            Some(name) => text::display(name, NAME),
            None => text::debug(&it.process.pid, NAME),
        },
        endpoint: text::debug(&it.endpoint.name, NAME),
        role: role::role(role),
        relation: if it.matches() { relation::relation(role) } else { Relation::Unmatched },
        says: match &difference {
            _ if it.matches() => relation::part(role, it.endpoint.kinds).to_owned(),
            difference => relation::mismatch(place(&it.location), difference.as_ref()),
        },
        difference,
    };
    Found { explained, is_here, differences: usize::from(it.difference.is_some()) }
}

/// The location of the endpoint, if it is not in the VM that is asked about.
fn place(place: &Location) -> Option<String> {
    (*place != Location::Here).then(|| text::display(place, VALUE))
}

fn difference(difference: &marketplace_core::Difference) -> Difference {
    Difference {
        field: difference.fields().collect::<Vec<_>>().join("."),
        asked: text::debug(&difference.own(), VALUE),
        theirs: text::debug(&difference.other(), VALUE),
    }
}
