//! An independent, naive definition of what patterns mean: as trees of text.

use std::fmt::Debug;

use marketplace_core::{FloatLeaf, Leaf, OptionPattern};

use super::vocabulary::{AddressPattern, PacketPattern, RoutePattern};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    Any,
    Node(String, Vec<Self>),
}

impl Tree {
    /// What both describe: wildcards give way, names must agree, and so must all parts.
    pub(crate) fn meet(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, tree) | (tree, Self::Any) => Some(tree.clone()),
            (Self::Node(name, parts), Self::Node(other_name, other_parts)) => {
                if name != other_name {
                    return None;
                }
                let parts = parts.iter().zip(other_parts).map(|(part, other)| part.meet(other));
                Some(Self::Node(name.clone(), parts.collect::<Option<_>>()?))
            }
        }
    }

    fn leaf(value: impl Debug) -> Self {
        Self::Node(format!("{value:?}"), Vec::new())
    }
}

impl From<&PacketPattern> for Tree {
    fn from(pattern: &PacketPattern) -> Self {
        let RoutePattern { source, destination, label, weight, kind, tags } = &pattern.route;
        let label = match label {
            OptionPattern::Any => Self::Any,
            OptionPattern::None => Self::Node("None".into(), Vec::new()),
            OptionPattern::Some((number, flag)) => {
                Self::Node("Some".into(), vec![number.into(), flag.into()])
            }
        };
        let weight = match weight {
            FloatLeaf::Any => Self::Any,
            FloatLeaf::Exactly(weight) => Self::leaf(weight.to_bits()),
        };
        let parts = vec![source.into(), destination.into(), label, weight, kind.into(), tags.into()];
        Self::Node("Packet".into(), parts)
    }
}

impl From<&AddressPattern> for Tree {
    fn from(pattern: &AddressPattern) -> Self {
        match pattern {
            AddressPattern::Any => Self::Any,
            AddressPattern::Remote { host, port } => {
                Self::Node("Remote".into(), vec![host.into(), port.into()])
            }
            AddressPattern::Handle(id) => Self::Node("Handle".into(), vec![id.into()]),
            AddressPattern::Nowhere => Self::Node("Nowhere".into(), Vec::new()),
        }
    }
}

impl<T: Debug> From<&Leaf<T>> for Tree {
    fn from(leaf: &Leaf<T>) -> Self {
        match leaf {
            Leaf::Any => Self::Any,
            Leaf::Exactly(value) => Self::leaf(value),
        }
    }
}
