//! An independent, naive definition of the meaning of patterns: as trees of text.

use std::fmt::Debug;

use marketplace_core::{FloatLeaf, Leaf, OptionPattern};

use super::vocabulary::{AddressPattern, PacketPattern, RoutePattern};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    Any,
    /// A name, and the parts with their fields' names.
    Node(String, Vec<(&'static str, Self)>),
}

impl Tree {
    /// The intersection: a wildcard gives way to the other tree, names must agree, and so must all parts.
    pub(crate) fn intersection(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, tree) | (tree, Self::Any) => Some(tree.clone()),
            (Self::Node(name, parts), Self::Node(other_name, other_parts)) => {
                if name != other_name {
                    return None;
                }
                let parts = parts
                    .iter()
                    .zip(other_parts)
                    .map(|((field, part), (_, other))| Some((*field, part.intersection(other)?)));
                Some(Self::Node(name.clone(), parts.collect::<Option<_>>()?))
            }
        }
    }

    /// The first part in which the two do not agree, and what each of them requires there.
    pub(crate) fn difference(&self, other: &Self) -> Option<(Vec<&'static str>, [String; 2])> {
        let (Self::Node(name, parts), Self::Node(other_name, other_parts)) = (self, other) else {
            return None;
        };
        if name != other_name {
            return Some((Vec::new(), [name.clone(), other_name.clone()]));
        }
        parts.iter().zip(other_parts).find_map(|((field, part), (_, other))| {
            let (mut fields, asked) = part.difference(other)?;
            fields.insert(0, *field);
            Some((fields, asked))
        })
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
                Self::Node("Some".into(), vec![("0", number.into()), ("1", flag.into())])
            }
        };
        let weight = match weight {
            FloatLeaf::Any => Self::Any,
            FloatLeaf::Exactly(weight) => Self::leaf(weight),
        };
        let parts = vec![
            ("source", source.into()),
            ("destination", destination.into()),
            ("label", label),
            ("weight", weight),
            ("kind", kind.into()),
            ("tags", tags.into()),
        ];
        Self::Node("Packet".into(), vec![("route", Self::Node("Route".into(), parts))])
    }
}

impl From<&AddressPattern> for Tree {
    fn from(pattern: &AddressPattern) -> Self {
        match pattern {
            AddressPattern::Any => Self::Any,
            AddressPattern::Remote { host, port } => {
                Self::Node("Remote".into(), vec![("host", host.into()), ("port", port.into())])
            }
            AddressPattern::Handle(id) => Self::Node("Handle".into(), vec![("0", id.into())]),
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
