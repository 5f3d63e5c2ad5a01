//! Supervision, seen from outside, by a clock that the tests drive by hand.

#[path = "support/property.rs"]
mod property;
#[expect(dead_code, unused_imports, reason = "the rules' tests use the rest")]
mod support;

mod supervise {
    mod children;
    mod containment;
    mod demand;
    mod escalation;
    mod leaving;
    mod limits;
    mod model;
    mod play;
    mod random;
    mod strategy;
}
