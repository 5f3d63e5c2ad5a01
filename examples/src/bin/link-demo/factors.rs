//! The messages between services and users, and the computation of the service.

use std::sync::Arc;

use marketplace_core::Message;
use serde::{Deserialize, Serialize};

/// A user asks a service for the factors of a number. Services subscribe to it, users publish it.
#[derive(Clone, Debug, Deserialize, Message, Serialize)]
#[message(serde)]
pub(crate) struct Task {
    pub(crate) service: Arc<str>,
    /// A random number.
    pub(crate) user: u64,
    pub(crate) number: u32,
}

/// The answer.
#[derive(Clone, Debug, Deserialize, Message, Serialize)]
#[message(serde)]
pub(crate) struct Factors {
    pub(crate) user: u64,
    pub(crate) number: u32,
    pub(crate) service: Arc<str>,
    #[message(skip)]
    pub(crate) factors: Vec<u32>,
}

/// The prime factors of a number, in ascending order.
pub(crate) fn factors(mut number: u32) -> Vec<u32> {
    let mut factors = Vec::new();
    let mut factor = 2;
    while number / factor >= factor {
        if number.is_multiple_of(factor) {
            factors.push(factor);
            number /= factor;
        } else {
            factor += 1;
        }
    }
    if number > 1 {
        factors.push(number);
    }
    factors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factors_of_a_number_are_primes_and_make_the_number() {
        for number in 1..1000 {
            let found = factors(number);
            assert_eq!(found.iter().product::<u32>(), number);
            assert!(found.iter().all(|factor| factors(*factor) == [*factor]), "{number}: {found:?}");
        }
    }
}
