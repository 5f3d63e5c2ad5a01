//! Grounds that start, stop and end together.

mod support;

mod together {
    mod beginning;
    mod counting;
    mod ending;
    mod failing;
    mod stopping;
}
