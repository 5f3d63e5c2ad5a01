//! The parser of expressions.

use std::error::Error;
use std::fmt::{self, Display, Formatter};

use super::literal::{number, unescaped};
use super::{Expression, Path};

const DEEPEST: usize = 64;
/// How many characters before a mistake are shown.
const BEFORE: usize = 32;

/// Why a text cannot be parsed, and where.
#[derive(Debug)]
pub(crate) struct Mistake {
    /// The text before the mistake. `None` if the mistake is at the end.
    before: Option<String>,
    what: &'static str,
}

impl Display for Mistake {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.before.as_deref() {
            None => write!(f, "at the end: {}", self.what),
            Some("") => write!(f, "at the beginning: {}", self.what),
            Some(before) => write!(f, "after \"{before}\": {}", self.what),
        }
    }
}

impl Error for Mistake {}

/// Parses all of `text`.
pub(crate) fn parse(text: &str) -> Result<Expression, Mistake> {
    Parser { text, rest: text, depth: 0, is_shown: false, is_cut: false }.all()
}

/// Parses an output of `{:?}`, which need not be valid code. If its end was cut off, `_` stands for the missing parts.
pub(crate) fn read(text: &str, is_cut: bool) -> Expression {
    let parser = Parser { text, rest: text, depth: 0, is_shown: true, is_cut };
    parser.all().unwrap_or_else(|_| if is_cut { Expression::Any } else { Expression::Other(text.to_owned()) })
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    depth: usize,
    /// Whether the text is an output of `{:?}`, and was not typed.
    is_shown: bool,
    is_cut: bool,
}

type Parsed<T> = Result<T, Mistake>;

impl<'a> Parser<'a> {
    fn all(mut self) -> Parsed<Expression> {
        let expression = self.value()?;
        self.space();
        if self.is_at_end() { Ok(expression) } else { Err(self.mistake("nothing more is expected")) }
    }

    fn value(&mut self) -> Parsed<Expression> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.mistake("it is nested too deeply"));
        }
        self.space();
        self.rest = self.rest.trim_start_matches('&');
        let begin = self.rest;
        if self.is_at_end() && self.is_cut {
            return Ok(Expression::Any);
        }
        let depth = self.depth;
        let expression = match self.structured() {
            Err(_) if self.is_shown => None,
            expression => expression?,
        };
        self.space();
        let is_whole = self.is_at_end() || self.rest.starts_with([',', ')', '}', ']']);
        self.depth = depth - 1;
        match expression {
            // Text behind a complete topic is a mistake, not a part of the topic.
            Some(expression) if is_whole || (self.depth == 0 && !self.is_shown) => Ok(expression),
            _ => self.other(begin),
        }
    }

    /// A structured expression, if the text begins like one.
    fn structured(&mut self) -> Parsed<Option<Expression>> {
        match self.rest.chars().next() {
            Some('"') => self.string().map(Some),
            Some('(') => self.tuple(Path::new()).map(Some),
            Some(first) if is_letter(first) => {
                let path = self.path();
                match path.as_slice() {
                    [any] if any == "_" => Ok(Some(Expression::Any)),
                    _ if self.rest.starts_with('(') => self.tuple(path).map(Some),
                    _ if self.rest.trim_start().starts_with('{') => self.fields(path).map(Some),
                    _ => Ok(Some(Expression::Name(path))),
                }
            }
            _ => Ok(None),
        }
    }

    fn path(&mut self) -> Path {
        let mut path = vec![self.name()];
        while let Some(rest) = self.rest.strip_prefix("::").filter(|rest| rest.starts_with(is_letter)) {
            self.rest = rest;
            path.push(self.name());
        }
        path
    }

    fn name(&mut self) -> String {
        let rest = self.rest.strip_prefix("r#").unwrap_or(self.rest);
        let end = rest.find(|char: char| !(is_letter(char) || char.is_numeric())).unwrap_or(rest.len());
        self.rest = &rest[end..];
        rest[..end].to_owned()
    }

    fn fields(&mut self, path: Path) -> Parsed<Expression> {
        self.space();
        self.eat("{");
        let (mut fields, mut is_open) = (Vec::new(), false);
        while !self.ends("}")? {
            if self.eat("..") {
                is_open = true;
                self.end_of_rest("}")?;
                continue;
            }
            if !self.rest.starts_with(is_letter) {
                return Err(self.mistake("a field's name is expected"));
            }
            let name = self.name();
            self.space();
            if !self.eat(":") && !self.is_cut {
                return Err(self.mistake("a `:` is missing after the field's name"));
            }
            fields.push((name, self.value()?));
            self.comma("}")?;
        }
        let is_open = is_open || (self.is_cut && self.is_at_end());
        Ok(Expression::Struct { path, fields, is_open })
    }

    fn tuple(&mut self, path: Path) -> Parsed<Expression> {
        self.eat("(");
        let (mut items, mut rest) = (Vec::new(), None);
        let mut is_list = !path.is_empty();
        while !self.ends(")")? {
            if rest.is_none() && self.eat("..") {
                rest = Some(items.len());
            } else {
                items.push(self.value()?);
            }
            is_list |= self.comma(")")?;
        }
        if self.is_cut && self.is_at_end() {
            rest = rest.or(Some(items.len()));
        }
        // As in code, `(1)` is 1.
        if !is_list && rest.is_none() && items.len() == 1 {
            return Ok(items.remove(0));
        }
        Ok(Expression::Tuple { path, items, rest })
    }

    /// Whether the list ends here. If so, skips the closing bracket.
    fn ends(&mut self, close: &'static str) -> Parsed<bool> {
        self.space();
        if self.is_at_end() && !self.is_cut {
            return Err(self.mistake(if close == "}" { "`}` is missing" } else { "`)` is missing" }));
        }
        Ok(self.eat(close) || self.is_at_end())
    }

    /// Skips the comma between two parts of a list. Returns whether there was one.
    fn comma(&mut self, close: &'static str) -> Parsed<bool> {
        self.space();
        match self.eat(",") {
            false if !self.rest.starts_with(close) && !self.is_at_end() => {
                Err(self.mistake("a `,` is missing"))
            }
            is_there => Ok(is_there),
        }
    }

    fn end_of_rest(&mut self, close: &'static str) -> Parsed<()> {
        self.space();
        match self.rest.starts_with(close) || self.is_at_end() {
            true => Ok(()),
            false => Err(self.mistake("`..` must be behind all fields")),
        }
    }

    fn string(&mut self) -> Parsed<Expression> {
        let (length, text) = match unescaped(self.rest) {
            Some(found) => found,
            None if self.is_cut => {
                self.rest = "";
                return Ok(Expression::Any);
            }
            None => return Err(self.mistake("the string has no end")),
        };
        self.rest = &self.rest[length..];
        // Such a call is common where a `String` is expected.
        for call in [".into()", ".to_owned()", ".to_string()"] {
            self.eat(call);
        }
        Ok(Expression::Text(text))
    }

    /// Any other text, up to the end of the value.
    fn other(&mut self, begin: &'a str) -> Parsed<Expression> {
        self.rest = begin;
        let mut depth = 0_usize;
        while let Some(next) = self.rest.chars().next() {
            match next {
                '"' => match unescaped(self.rest) {
                    Some((length, _)) => {
                        self.rest = &self.rest[length..];
                        continue;
                    }
                    None if self.is_cut => self.rest = "\"",
                    None => return Err(self.mistake("the string has no end")),
                },
                ',' | ')' | ']' | '}' if depth == 0 => break,
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                _ => {}
            }
            self.rest = &self.rest[next.len_utf8()..];
        }
        let text = begin[..begin.len() - self.rest.len()].split_whitespace().collect::<Vec<_>>().join(" ");
        match text.as_str() {
            "" => Err(self.mistake("a value is missing")),
            _ if self.is_cut && self.is_at_end() => Ok(Expression::Any),
            _ if depth > 0 => Err(self.mistake("a bracket is not closed")),
            _ => Ok(number(&text).unwrap_or(Expression::Other(text))),
        }
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, what: &str) -> bool {
        let rest = self.rest.strip_prefix(what);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    fn mistake(&self, what: &'static str) -> Mistake {
        let before = &self.text[..self.text.len() - self.rest.len()];
        let begin = before.char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
        Mistake { before: (!self.is_at_end()).then(|| before[begin..].to_owned()), what }
    }
}

fn is_letter(char: char) -> bool {
    char.is_alphabetic() || char == '_'
}
