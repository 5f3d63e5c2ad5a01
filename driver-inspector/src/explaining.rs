//! An explanation of the core's, as the page is sent it.

use marketplace_core::{ExplainedEndpoint, Pid, Place};

use crate::frame::{Difference, Explained, Explanation, Number, Relation};
use crate::relation::{self, Found};
use crate::{role, shown};

/// How much of a name, a value and a place is shown.
const NAME: usize = 100;
const VALUE: usize = 200;

/// The core's explanation for the VM that is called `vm`.
pub(crate) fn explanation(
    explanation: &marketplace_core::Explanation,
    number_of: &dyn Fn(&Pid) -> Option<Number>,
    vm: &str,
) -> Explanation {
    let found = explanation.endpoints.iter().map(|endpoint| found(endpoint, number_of));
    let (endpoints, hidden_endpoints) = relation::nearest(found.collect());
    Explanation {
        topic: role::topic(&explanation.topic),
        message_type: role::short(explanation.topic.type_name()),
        vm: vm.to_owned(),
        is_taken: explanation.is_taken(),
        is_typed: false,
        endpoints,
        hidden_endpoints,
    }
}

fn found(it: &ExplainedEndpoint, number_of: &dyn Fn(&Pid) -> Option<Number>) -> Found {
    let difference = it.difference.as_ref().map(difference);
    let (role, is_here) = (&it.endpoint.role, it.place == Place::Here);
    let explained = Explained {
        process: number_of(&it.process.pid),
        process_name: match &it.process.name {
            Some(name) => shown::display(name, NAME),
            None => shown::debug(&it.process.pid, NAME),
        },
        endpoint: shown::debug(&it.endpoint.name, NAME),
        role: role::role(role),
        relation: if it.meets() { relation::relation(role) } else { Relation::Apart },
        says: match &difference {
            _ if it.meets() => relation::part(role, it.endpoint.kinds).to_owned(),
            difference => relation::apart(place(&it.place), difference.as_ref()),
        },
        difference,
    };
    Found { explained, is_here, differences: usize::from(it.difference.is_some()) }
}

/// Where it is, if it is elsewhere.
fn place(place: &Place) -> Option<String> {
    (*place != Place::Here).then(|| shown::display(place, VALUE))
}

fn difference(difference: &marketplace_core::Difference) -> Difference {
    Difference {
        field: difference.fields().collect::<Vec<_>>().join("."),
        asked: shown::debug(&difference.own(), VALUE),
        theirs: shown::debug(&difference.other(), VALUE),
    }
}
