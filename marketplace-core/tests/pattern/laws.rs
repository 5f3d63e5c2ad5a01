//! The laws of patterns, tested with random ones.

use std::hash::{DefaultHasher, Hash, Hasher};

use marketplace_core::{Pattern, Shape};
use proptest::prelude::*;

use super::tree::Tree;
use super::vocabulary::{PacketPattern, RoutePattern, matching, packet_patterns, packets, routes};

fn digest(pattern: &PacketPattern, shape: Shape) -> u64 {
    let mut hasher = DefaultHasher::new();
    pattern.digest(shape, &mut hasher);
    hasher.finish()
}

fn digest_value(value: &<PacketPattern as Pattern>::Value, shape: Shape) -> u64 {
    let mut hasher = DefaultHasher::new();
    PacketPattern::digest_value(value, shape, &mut hasher);
    hasher.finish()
}

fn hash(pattern: &PacketPattern) -> u64 {
    let mut hasher = DefaultHasher::new();
    pattern.hash(&mut hasher);
    hasher.finish()
}

/// The positions of `shape` at which `mask` has a one bit.
fn coarser(shape: Shape, mask: u64) -> Shape {
    (0..PacketPattern::POSITIONS)
        .filter(|at| mask >> at & 1 == 1)
        .map(|at| Shape::FIRST.shifted(at))
        .filter(|position| shape.covers(*position))
        .fold(Shape::EMPTY, Shape::union)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_intersection_is_commutative(p in packet_patterns(), q in packet_patterns()) {
        prop_assert_eq!(p.intersection(&q), q.intersection(&p));
    }

    #[test]
    fn the_intersection_is_associative(p in packet_patterns(), q in packet_patterns(), r in packet_patterns()) {
        let left = p.intersection(&q).and_then(|pq| pq.intersection(&r));
        let right = q.intersection(&r).and_then(|qr| p.intersection(&qr));
        prop_assert_eq!(left, right);
    }

    #[test]
    fn the_intersection_is_idempotent_and_any_is_its_unit(p in packet_patterns()) {
        prop_assert_eq!(p.intersection(&p), Some(p.clone()));
        prop_assert_eq!(p.intersection(&PacketPattern::any()), Some(p.clone()));
        prop_assert_eq!(PacketPattern::any().intersection(&p), Some(p));
    }

    #[test]
    fn the_intersection_is_the_naive_one(p in packet_patterns(), q in packet_patterns()) {
        let met = p.intersection(&q);
        prop_assert_eq!(met.as_ref().map(Tree::from), Tree::from(&p).intersection(&Tree::from(&q)));
    }

    #[test]
    fn two_patterns_have_a_difference_exactly_when_they_do_not_intersect(
        p in packet_patterns(),
        q in packet_patterns(),
    ) {
        prop_assert_eq!(p.difference(&q).is_some(), p.intersection(&q).is_none());
    }

    #[test]
    fn the_difference_is_the_naive_one(p in packet_patterns(), q in packet_patterns()) {
        let difference = p.difference(&q).map(|difference| {
            let asked = [difference.own(), difference.other()].map(|asked| format!("{asked:?}"));
            (difference.fields().collect::<Vec<_>>(), asked)
        });
        prop_assert_eq!(difference, Tree::from(&p).difference(&Tree::from(&q)));
    }

    #[test]
    fn a_pattern_matches_a_value_if_it_intersects_its_exact_pattern(p in packet_patterns(), m in packets()) {
        let exact = PacketPattern::exactly(&m);
        prop_assert_eq!(p.intersection(&exact).is_some(), p.matches(&m));
        prop_assert_eq!(Tree::from(&p).intersection(&Tree::from(&exact)).is_some(), p.matches(&m));
    }

    #[test]
    fn an_intersection_matches_what_both_match((p, m) in matching(), q in packet_patterns()) {
        prop_assert!(p.matches(&m));
        let both = p.intersection(&q).is_some_and(|both| both.matches(&m));
        prop_assert_eq!(both, q.matches(&m));
    }

    #[test]
    fn an_exact_pattern_turns_back_into_its_value(route in routes()) {
        let value = RoutePattern::exactly(&route).value();
        // The values are not compared by `==`, because a NaN differs from itself.
        prop_assert_eq!(value.map(|value| RoutePattern::exactly(&value)), Some(RoutePattern::exactly(&route)));
    }

    #[test]
    fn only_a_fully_known_pattern_has_a_value(p in packet_patterns()) {
        let known = p.route.source.value().is_some()
            && p.route.destination.value().is_some()
            && p.route.label.value().is_some()
            && p.route.weight.value().is_some()
            && p.route.kind.value().is_some()
            && p.route.tags.value().is_some();
        prop_assert_eq!(p.route.value().is_some(), known);
        prop_assert_eq!(p.value(), None, "a skipped field cannot be known");
    }

    #[test]
    fn a_pattern_and_what_it_matches_have_one_digest((p, m) in matching(), mask: u64) {
        prop_assert_eq!(digest(&p, p.shape()), digest_value(&m, p.shape()));
        let coarser = coarser(p.shape(), mask);
        prop_assert_eq!(digest(&p, coarser), digest_value(&m, coarser));
        prop_assert_eq!(digest(&p, coarser), digest(&PacketPattern::exactly(&m), coarser));
    }

    #[test]
    fn a_value_has_the_positions_that_its_exact_pattern_pins((p, m) in matching()) {
        prop_assert_eq!(PacketPattern::positions_of(&m), PacketPattern::exactly(&m).shape());
        prop_assert!(PacketPattern::positions_of(&m).covers(p.shape()));
    }

    #[test]
    fn digests_tell_patterns_of_one_shape_apart(p in packet_patterns(), q in packet_patterns()) {
        if p.shape() == q.shape() {
            prop_assert_eq!(digest(&p, p.shape()) == digest(&q, q.shape()), p == q);
        }
    }

    #[test]
    fn equal_patterns_have_equal_hashes(p in packet_patterns(), q in packet_patterns()) {
        prop_assert_eq!(hash(&p), hash(&p.clone()));
        prop_assert_eq!(p == q, Tree::from(&p) == Tree::from(&q));
    }

    #[test]
    fn patterns_that_intersect_agree_in_the_choices_that_both_make(p in packet_patterns(), q in packet_patterns()) {
        let choices = p.shape().intersection(q.shape()).intersection(PacketPattern::CHOICES);
        if p.intersection(&q).is_some() {
            prop_assert_eq!(digest(&p, choices), digest(&q, choices));
        }
    }

    #[test]
    fn an_intersection_pins_the_positions_of_both(p in packet_patterns(), q in packet_patterns()) {
        if let Some(both) = p.intersection(&q) {
            prop_assert_eq!(both.shape(), p.shape().union(q.shape()));
        }
    }
}
