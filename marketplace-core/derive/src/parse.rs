//! The grammar of `topic!`: Rust's expressions, with `_` and `..` in the places where patterns have them.

use proc_macro2::{Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::token::{Brace, Paren};
use syn::{BinOp, Error, Expr, ExprCall, ExprStruct, Ident, Index, Member, Path, Result, UnOp};

/// A part of a topic.
pub(crate) enum Part {
    /// `_` at this place: any value.
    Any(Span),
    /// An expression of the part's own type, and whether it is a literal.
    Value {
        expression: Expr,
        literal: bool,
    },
    Node(Node),
}

/// A struct, variant or tuple that the topic spells out.
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) enclosed: Enclosed,
    pub(crate) parts: Vec<(Member, Part)>,
    /// Whether `..` stands for the fields that are not mentioned.
    pub(crate) rest: bool,
}

pub(crate) enum Kind {
    Struct(Path),
    Variant(Path, Ident),
    Tuple,
}

/// The delimiters around the parts.
pub(crate) enum Enclosed {
    Braces(Brace),
    Parentheses(Paren),
}

pub(crate) fn expression(input: TokenStream) -> Result<Expr> {
    syn::parse2(input.clone()).map_err(|error| pattern_only(input).unwrap_or(error))
}

/// A clearer error for input that is possible in Rust's patterns, but not here.
fn pattern_only(input: TokenStream) -> Option<Error> {
    input.into_iter().find_map(|tree| {
        match &tree {
            TokenTree::Punct(punct) if punct.as_char() == '@' => true,
            TokenTree::Ident(ident) => ident == "ref",
            _ => false,
        }
        .then(|| Error::new(tree.span(), "a topic cannot bind names"))
        .or_else(|| match tree {
            TokenTree::Group(group) => pattern_only(group.stream()),
            _ => None,
        })
    })
}

pub(crate) fn part(expression: Expr) -> Result<Part> {
    if !has_wildcard(expression.to_token_stream()) {
        return value(expression);
    }
    match expression {
        Expr::Infer(any) => Ok(Part::Any(any.underscore_token.span)),
        Expr::Paren(inner) => part(*inner.expr),
        Expr::Group(inner) => part(*inner.expr),
        Expr::Struct(node) => braced(node).map(Part::Node),
        Expr::Call(node) => called(node).map(Part::Node),
        Expr::Tuple(tuple) => numbered(Kind::Tuple, tuple.paren_token, tuple.elems).map(Part::Node),
        Expr::Binary(binary) if matches!(binary.op, BinOp::BitOr(_)) => Err(alternatives(&binary)),
        Expr::Range(range) if range.start.is_none() && range.end.is_none() => {
            Err(Error::new_spanned(range, "`..` is allowed only at the end of a list of fields"))
        }
        Expr::Range(range) => {
            Err(Error::new_spanned(range, "a topic matches one value or any value, not a range"))
        }
        other => Err(Error::new_spanned(
            other,
            "an expression that contains `_` or `..` is read as a pattern: put its value into a variable first, and \
             write the variable here",
        )),
    }
}

fn value(expression: Expr) -> Result<Part> {
    if let Expr::Binary(binary) = &expression
        && matches!(binary.op, BinOp::BitOr(_))
        && is_literal(&binary.right)
    {
        return Err(alternatives(binary));
    }
    let literal = is_literal(&expression);
    Ok(Part::Value { expression, literal })
}

fn alternatives(at: &impl ToTokens) -> Error {
    Error::new_spanned(at, "a topic cannot have alternatives: write a topic for each of them")
}

fn is_literal(expression: &Expr) -> bool {
    match expression {
        Expr::Lit(_) => true,
        Expr::Unary(unary) => matches!(unary.op, UnOp::Neg(_)) && is_literal(&unary.expr),
        _ => false,
    }
}

/// `Path { field: part, field, .. }`.
fn braced(node: ExprStruct) -> Result<Node> {
    if let Some(base) = node.rest {
        return Err(Error::new_spanned(base, "nothing can follow `..` in a topic"));
    }
    if let Some(qualified) = node.qself {
        return Err(Error::new_spanned(qualified.ty, UNQUALIFIED));
    }
    let mut parts = Vec::new();
    for field in node.fields {
        if let Some(attribute) = field.attrs.first() {
            return Err(Error::new_spanned(attribute, "attributes are not allowed in a topic"));
        }
        parts.push((field.member, part(field.expr)?));
    }
    Ok(Node {
        kind: kind(node.path),
        enclosed: Enclosed::Braces(node.brace_token),
        parts,
        rest: node.dot2_token.is_some(),
    })
}

/// `Path(part, part, ..)`.
fn called(node: ExprCall) -> Result<Node> {
    match *node.func {
        Expr::Path(path) if path.qself.is_none() => numbered(kind(path.path), node.paren_token, node.args),
        other => Err(Error::new_spanned(other, UNQUALIFIED)),
    }
}

const UNQUALIFIED: &str = "a pattern begins with the name of a struct or of a variant";

fn numbered(kind: Kind, parentheses: Paren, elements: impl IntoIterator<Item = Expr>) -> Result<Node> {
    let mut elements: Vec<Expr> = elements.into_iter().collect();
    let rest = matches!(
        elements.last(),
        Some(Expr::Range(range)) if range.start.is_none() && range.end.is_none()
    );
    if rest {
        elements.pop();
    }
    let parts = elements.into_iter().enumerate().map(|(at, element)| {
        let member =
            Member::Unnamed(Index { index: u32::try_from(at).unwrap_or(u32::MAX), span: span(&element) });
        Ok((member, part(element)?))
    });
    let parts = parts.collect::<Result<_>>()?;
    Ok(Node { kind, enclosed: Enclosed::Parentheses(parentheses), parts, rest })
}

fn span(tokens: &impl ToTokens) -> Span {
    syn::spanned::Spanned::span(tokens)
}

/// A variant, if the path's segment before the last one looks like a type, or if it is `Some`.
fn kind(path: Path) -> Kind {
    let segments: Vec<&Ident> = path.segments.iter().map(|segment| &segment.ident).collect();
    let name = match segments.as_slice() {
        [.., of, name] if of.to_string().starts_with(char::is_uppercase) => Some((*name).clone()),
        [some] if *some == "Some" => Some((*some).clone()),
        _ => None,
    };
    match name {
        Some(name) => Kind::Variant(path, name),
        None => Kind::Struct(path),
    }
}

/// Whether `_` or `..` is among the tokens, at any depth.
fn has_wildcard(tokens: TokenStream) -> bool {
    let mut after_dot = false;
    tokens.into_iter().any(|tree| {
        let was_after_dot = std::mem::take(&mut after_dot);
        match tree {
            TokenTree::Ident(ident) => ident == "_",
            TokenTree::Group(group) => has_wildcard(group.stream()),
            TokenTree::Punct(punct) => {
                after_dot = punct.as_char() == '.' && punct.spacing() == Spacing::Joint;
                punct.as_char() == '_' || (was_after_dot && punct.as_char() == '.')
            }
            TokenTree::Literal(_) => false,
        }
    })
}
