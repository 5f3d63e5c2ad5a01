//! Values and topics as they are written in code: the output of `{:?}`, and what is typed on the page.

mod literal;
mod parser;

use std::fmt::{self, Display, Formatter, Write};

pub(crate) use parser::{parse, read};

/// A value, or a topic.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    /// `_`: any value.
    Any,
    /// A name alone: `None`, `true`.
    Name(Path),
    /// `Said { room: "lobby", .. }`
    Struct {
        path: Path,
        fields: Vec<(String, Self)>,
        is_open: bool,
    },
    /// `Moved(1, _)`, or without a name `(1, _)`.
    Tuple {
        path: Path,
        items: Vec<Self>,
        rest: Option<usize>,
    },
    Text(String),
    Number(Number),
    /// Any other text, such as `127.0.0.1:80` or `[1, 2]`.
    Other(String),
}

/// The parts of a name, such as those of `Address::Listener`.
pub(crate) type Path = Vec<String>;

/// A number: its value, and its text.
#[derive(Clone, Debug)]
pub(crate) struct Number {
    pub(crate) value: Option<i128>,
    pub(crate) text: String,
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        let float = |number: &Self| number.text.parse::<f64>().ok();
        match (self.value, other.value) {
            (Some(one), Some(other)) => one == other,
            _ => float(self).is_some() && float(self) == float(other),
        }
    }
}

impl Expression {
    /// The name at its beginning, if it has one.
    pub(crate) fn path(&self) -> &[String] {
        match self {
            Self::Name(path) | Self::Struct { path, .. } | Self::Tuple { path, .. } => path,
            Self::Any | Self::Text(_) | Self::Number(_) | Self::Other(_) => &[],
        }
    }

    /// The same expression, with `name` put before the name at its beginning.
    pub(crate) fn within(mut self, name: &str) -> Self {
        if let Self::Name(path) | Self::Struct { path, .. } | Self::Tuple { path, .. } = &mut self
            && !path.is_empty()
        {
            path.insert(0, name.to_owned());
        }
        self
    }
}

/// Writes it as briefly as possible: a field with `_` is left out where `..` may stand for it.
impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_char('_'),
            Self::Name(path) => f.write_str(&path.join("::")),
            Self::Struct { path, fields, is_open } => {
                f.write_str(&path.join("::"))?;
                let pinned = fields.iter().filter(|(_, value)| *value != Self::Any);
                let mut parts: Vec<String> = pinned.map(|(name, value)| format!("{name}: {value}")).collect();
                if *is_open || parts.len() < fields.len() {
                    parts.push("..".to_owned());
                }
                if parts.is_empty() { f.write_str(" {}") } else { write!(f, " {{ {} }}", parts.join(", ")) }
            }
            Self::Tuple { path, items, rest } => {
                f.write_str(&path.join("::"))?;
                let mut parts: Vec<String> = items.iter().map(ToString::to_string).collect();
                if let Some(rest) = rest {
                    parts.insert(*rest, "..".to_owned());
                }
                let comma = if path.is_empty() && parts.len() == 1 { "," } else { "" };
                write!(f, "({}{comma})", parts.join(", "))
            }
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Number(Number { text, .. }) | Self::Other(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        parse(text).map_or_else(|mistake| mistake.to_string(), |expression| expression.to_string())
    }

    #[test]
    fn what_is_anything_is_left_out_where_that_is_allowed() {
        assert_eq!(shown("Said { room: \"lobby\", text: _ }"), "Said { room: \"lobby\", .. }");
        assert_eq!(shown("Said { room: _, text: _ }"), "Said { .. }");
        assert_eq!(shown("Moved(_, 1)"), "Moved(_, 1)");
        assert_eq!(shown("Gone"), "Gone");
        assert_eq!(
            shown("a::B{c:(1,),d:[1,  2],e:\"\\u{e4}\\\"\"}"),
            "a::B { c: (1,), d: [1, 2], e: \"ä\\\"\" }"
        );
    }

    #[test]
    fn what_is_not_code_is_taken_as_it_is() {
        assert_eq!(parse("A(127.0.0.1:80)").ok(), parse("A( 127.0.0.1:80 )").ok());
        assert_eq!(read("A(B { odd one }, 1)", false).to_string(), "A(B { odd one }, 1)");
        assert_eq!(read("not { code", false), Expression::Other("not { code".to_owned()));
        assert_eq!(
            shown("A(anonymous 3, 1.5s, b\"x,y\", {1: 2}, <x>)"),
            "A(anonymous 3, 1.5s, b\"x,y\", {1: 2}, <x>)"
        );
    }

    #[test]
    fn numbers_are_the_same_however_they_are_written() {
        let same = ["5000", "5_000", "5000u16", "0x1388"].map(|text| parse(text).ok());
        assert!(same.iter().all(|number| *number == same[0] && number.is_some()), "{same:?}");
        assert_ne!(parse("1").ok(), parse("2").ok());
        assert_eq!(parse("1.50").ok(), parse("1.5").ok());
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        assert_eq!(
            shown("Said { room \"lobby\" }"),
            "after \"Said { room \": a `:` is missing after the field's name"
        );
        assert_eq!(shown("Said { room: \"lobby"), "after \"Said { room: \": the string has no end");
        assert_eq!(shown("Said { room: \"lobby\""), "at the end: `}` is missing");
        assert_eq!(shown("Said(1) 2"), "after \"Said(1) \": nothing more is expected");
        assert_eq!(shown(""), "at the end: a value is missing");
        assert_eq!(
            shown(&"(".repeat(100)),
            "after \"((((((((((((((((((((((((((((((((\": it is nested too deeply"
        );
    }

    #[test]
    fn a_value_that_was_cut_is_anything_from_there_on() {
        let (cut, whole) = (read("Said { room: \"lob", true), parse("Said { room: _, .. }"));
        assert_eq!(Some(cut), whole.ok());
    }
}
