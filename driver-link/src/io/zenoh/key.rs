//! The keys under which grounds find each other and send to each other.

use ::zenoh::key_expr::{KeyExpr, OwnedKeyExpr};
use anyhow::{anyhow, ensure};

use crate::ground::GroundId;

/// The keys of a network, as one of its grounds uses them.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    network: String,
    own: GroundId,
}

impl Keys {
    /// # Errors
    ///
    /// If the network's name cannot be part of a key.
    pub(super) fn new(network: &str, own: GroundId) -> anyhow::Result<Self> {
        let prefix = OwnedKeyExpr::new(format!("marketplace/{network}")).map_err(|error| {
            anyhow!("the name of a network, {network:?}, is not a part of a zenoh key: {error}")
        })?;
        ensure!(!prefix.is_wild(), "the name of a network, {network:?}, has wildcards");
        Ok(Self { network: prefix.to_string(), own })
    }

    /// The key of the token that announces this ground.
    pub(super) fn token(&self) -> String {
        format!("{}/ground/{}", self.network, self.own)
    }

    /// The keys of the tokens of all grounds.
    pub(super) fn tokens(&self) -> String {
        format!("{}/ground/*", self.network)
    }

    /// The keys under which others send to this ground.
    pub(super) fn inbox(&self) -> String {
        format!("{}/to/{}/*", self.network, self.own)
    }

    /// The key under which this ground sends to another one.
    pub(super) fn to(&self, peer: GroundId) -> String {
        format!("{}/to/{peer}/{}", self.network, self.own)
    }

    /// The ground at the end of a key, if there is one and it is not this ground.
    pub(super) fn other(&self, key: &KeyExpr<'_>) -> Option<GroundId> {
        let (_, last) = key.as_str().rsplit_once('/')?;
        let is_id = last.len() == 32 && last.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let ground = GroundId(u128::from_str_radix(last, 16).ok().filter(|_| is_id)?);
        (ground != self.own).then_some(ground)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(network: &str) -> anyhow::Result<Keys> {
        Keys::new(network, GroundId(1))
    }

    fn other(last: &str) -> Option<GroundId> {
        keys("n").unwrap().other(&KeyExpr::try_from(format!("marketplace/n/ground/{last}")).unwrap())
    }

    #[test]
    fn a_network_may_have_several_parts() {
        let token = format!("marketplace/example/rooms/ground/{}", GroundId(1));
        assert_eq!(keys("example/rooms").unwrap().token(), token);
    }

    #[test]
    fn a_network_whose_name_is_no_part_of_a_key_is_refused() {
        for network in ["", "/a", "a/", "a//b", "a#b", "a?", "*", "a/**", "a$*"] {
            let error = keys(network).unwrap_err().to_string();
            assert!(error.contains(&format!("{network:?}")), "{error}");
        }
    }

    #[test]
    fn a_key_ends_with_a_ground_written_as_it_is_shown_or_with_none() {
        assert_eq!(other(&GroundId(0xab).to_string()), Some(GroundId(0xab)));
        assert_eq!(other(&GroundId(1).to_string()), None);
        for last in ["ab", "+000000000000000000000000000000a", "0000000000000000000000000000000A", "x"] {
            assert_eq!(other(last), None, "{last}");
        }
    }
}
