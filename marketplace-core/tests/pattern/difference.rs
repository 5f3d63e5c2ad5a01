//! The differences of patterns, as text.

use std::fmt;
use std::hash::Hasher;
use std::sync::atomic::{AtomicUsize, Ordering};

use marketplace_core::{Difference, Message, Pattern, Shape, Topic, topic};

use super::vocabulary::{Address, Kind, Packet, Route};

fn shown(difference: Option<Difference>) -> String {
    difference.map_or_else(|| "they meet".to_owned(), |difference| difference.to_string())
}

#[test]
fn a_difference_names_the_fields_that_lead_to_it() {
    let to = |port| {
        topic!(Packet { route: Route { destination: Address::Remote { port, host: _ }, .. }, payload: _ })
    };
    assert_eq!(shown(to(5999).difference(&to(6000))), "route.destination.port: 5999 is not 6000");
    assert_eq!(shown(to(5999).difference(&to(5999))), "they meet");
    assert_eq!(shown(to(5999).difference(&topic!(Packet { .. }))), "they meet");
}

#[test]
fn a_difference_says_what_each_of_the_two_requires() {
    let difference = topic!(Address::Handle(1)).difference(&topic!(Address::Handle(2))).expect("they differ");
    assert_eq!(difference.fields().collect::<Vec<_>>(), ["0"]);
    assert_eq!(
        (format!("{:?}", difference.own()), format!("{:?}", difference.other())),
        ("1".into(), "2".into())
    );
}

#[test]
fn different_variants_are_shown_by_their_names() {
    let from = |source: &Address| topic!(Route { source, .. });
    let remote = from(&Address::Remote { host: "here".into(), port: 1 });
    assert_eq!(shown(remote.difference(&from(&Address::Nowhere))), "source: Remote is not Nowhere");
    assert_eq!(shown(from(&Address::Nowhere).difference(&remote)), "source: Nowhere is not Remote");
}

#[test]
fn the_content_of_an_option_is_shown_as_if_it_stood_alone() {
    let labelled = |label: Option<(u8, bool)>| topic!(Route { label, .. });
    let (seven, eight) = (labelled(Some((7, true))), labelled(Some((8, true))));
    assert_eq!(shown(seven.difference(&eight)), "label.0: 7 is not 8");
    assert_eq!(shown(seven.difference(&labelled(None))), "label: Some is not None");
    assert_eq!(shown(topic!(Some(1)).difference(&topic!(Some(2)))), "1 is not 2");
}

#[test]
fn the_first_of_several_differences_is_shown() {
    let one = topic!(Route { weight: 0.0, kind: Kind::Data, .. });
    let other = topic!(Route { weight: -0.0, kind: Kind::Control(1), .. });
    assert_eq!(shown(one.difference(&other)), "weight: 0.0 is not -0.0");
}

#[test]
fn leaves_differ_as_wholes() {
    let one = topic!(Route { kind: Kind::Control(1), .. });
    let other = topic!(Route { kind: Kind::Control(2), .. });
    assert_eq!(shown(one.difference(&other)), "kind: Control(1) is not Control(2)");
}

#[test]
fn topics_of_different_types_differ_in_the_type() {
    let (number, text) = (Topic::new(topic!(1_u8)), Topic::new(topic!("text".to_owned())));
    assert_eq!(shown(number.difference(&text)), "u8 is not alloc::string::String");
    assert_eq!(shown(number.difference(&Topic::new(topic!(2_u8)))), "1 is not 2");
    assert_eq!(shown(number.difference(&number)), "they meet");
}

/// A pattern that is implemented by hand, without a `difference`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Below(u8);

impl Pattern for Below {
    type Value = u8;

    const POSITIONS: u32 = 0;

    const CHOICES: Shape = Shape::EMPTY;

    fn any() -> Self {
        Self(u8::MAX)
    }

    fn exactly(value: &u8) -> Self {
        Self(*value)
    }

    fn matches(&self, value: &u8) -> bool {
        value <= &self.0
    }

    fn intersection(&self, other: &Self) -> Option<Self> {
        (self == other).then(|| self.clone())
    }

    fn value(&self) -> Option<u8> {
        None
    }

    fn shape(&self) -> Shape {
        Shape::EMPTY
    }

    fn digest(&self, _: Shape, _: &mut impl Hasher) {}

    fn digest_value(_: &u8, _: Shape, _: &mut impl Hasher) {}
}

#[test]
fn patterns_written_by_hand_differ_as_wholes() {
    assert_eq!(shown(Below(1).difference(&Below(2))), "Below(1) is not Below(2)");
    assert_eq!(shown(Below(1).difference(&Below(1))), "they meet");
    assert_eq!(shown((Below(1), Below(1)).difference(&(Below(1), Below(2)))), "1: Below(1) is not Below(2)");
}

/// How often a [`Costly`] has been formatted.
static SHOWN: AtomicUsize = AtomicUsize::new(0);

/// A value that should not be formatted needlessly.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
#[message(leaf)]
struct Costly(u8);

impl fmt::Debug for Costly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        SHOWN.fetch_add(1, Ordering::Relaxed);
        write!(f, "costly {}", self.0)
    }
}

#[test]
fn values_are_shown_only_if_the_difference_is() {
    let difference = topic!(Costly(1)).difference(&topic!(Costly(2)));
    assert_eq!(SHOWN.load(Ordering::Relaxed), 0);
    assert_eq!(shown(difference), "costly 1 is not costly 2");
    assert_eq!(SHOWN.load(Ordering::Relaxed), 2);
}
