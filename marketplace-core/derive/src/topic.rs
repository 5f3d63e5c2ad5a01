//! `topic!`.
//!
//! For `topic!(Channel { source: us, target: Address::Port { number: 80 }, .. })` it writes this (paths are left
//! out):
//!
//! ```text
//! {
//!     let (mut node0, (node1, ())) = any(|node0| match node0 {
//!         &Channel { source: ref part0, target: ref node1 @ Address::Port { number: ref part1, }, .. } => {
//!             let &Channel { .. } = node0;
//!             Some(((node0, (part0,)), ((node1, (part1,)), ())))
//!         }
//!         _ => None,
//!     });
//!     part(&mut node0.source).exactly(&(us));
//!     let mut fields1 = node1.__topic_Port();
//!     part(&mut fields1.number).literally(80);
//!     node0.target = node1.__pinned_Port(fields1);
//!     node0
//! }
//! ```
//!
//! The closure is never called: see `any` in the core's `macros` module.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Expr, Ident, Result};

use crate::parse::{self, Enclosed, Kind, Node, Part};

/// Writes the pattern for the input of the core's `topic!`. Before it comes the core's path, which is `$crate` there.
pub(crate) fn expand(input: TokenStream) -> Result<TokenStream> {
    let mut input = input.into_iter();
    let marketplace = input.next().to_token_stream();
    let expression = parse::expression(input.collect())?;
    let whole = expression.to_token_stream();
    match parse::part(expression)? {
        Part::Node(Node { kind: Kind::Tuple, .. }) | Part::Any(_) => Err(Error::new_spanned(
            whole,
            "a topic must name the type of its messages: `Type { .. }` matches all of them",
        )),
        Part::Value { expression, .. } => {
            let reference = reference(&expression);
            Ok(quote_spanned!(Span::mixed_site()=> #marketplace::macros::exactly(#reference)))
        }
        Part::Node(node) => Ok(block(&node, marketplace)),
    }
}

fn block(node: &Node, marketplace: TokenStream) -> TokenStream {
    let site = Span::mixed_site();
    let mut writer = Writer { marketplace, ..Writer::default() };
    let Written { check, result } = writer.node(node);
    let Writer { marketplace, opened, statements, structs, .. } = writer;
    let (mut patterns, mut bound) = (quote_spanned!(site=> ()), quote_spanned!(site=> ()));
    for Opened { pattern, value, parts } in opened.into_iter().rev() {
        patterns = quote_spanned!(site=> (#pattern, #patterns));
        bound = quote_spanned!(site=> ((#value, (#(#parts,)*)), #bound));
    }
    quote_spanned! {site=>
        {
            let #patterns = #marketplace::macros::any(|node0| match node0 {
                &#check => {
                    #structs
                    ::core::option::Option::Some(#bound)
                }
                _ => ::core::option::Option::None,
            });
            #statements
            #result
        }
    }
}

/// Collects the code for a topic, node by node.
#[derive(Default)]
struct Writer {
    /// The core's path.
    marketplace: TokenStream,
    opened: Vec<Opened>,
    /// How many parts there have been that are not nodes.
    parts: usize,
    statements: TokenStream,
    /// Rejects a variant that is not written as one, which would otherwise be taken for a struct.
    structs: TokenStream,
}

/// A node before its fields are written.
struct Opened {
    /// The variable of its pattern.
    pattern: TokenStream,
    /// The variable of the value, in the check.
    value: Ident,
    /// The variables of its parts, in the check, except parts that are nodes.
    parts: Vec<Ident>,
}

/// A node that is written.
struct Written {
    /// The Rust pattern that checks it.
    check: TokenStream,
    /// The expression that is its pattern after the statements so far.
    result: TokenStream,
}

impl Writer {
    fn node(&mut self, node: &Node) -> Written {
        let at = self.opened.len();
        let own = name("node", at, Span::mixed_site());
        self.opened.push(Opened { pattern: own.to_token_stream(), value: own.clone(), parts: Vec::new() });
        let target = self.target(node, &own, at);
        let mut checks = Vec::new();
        for (member, part) in &node.parts {
            let check = self.part(part, &quote_spanned!(Span::mixed_site()=> #target.#member), at);
            checks.push(match node.enclosed {
                Enclosed::Braces(_) => quote_spanned!(Span::mixed_site()=> #member: #check),
                Enclosed::Parentheses(_) => check,
            });
        }
        Written { check: enclose(node, &checks), result: result(node, &own, &target) }
    }

    /// Where a node's fields are written: the pattern itself, or the struct in which a variant's fields are
    /// collected.
    fn target(&mut self, node: &Node, own: &Ident, at: usize) -> Ident {
        let mutable = node.parts.iter().any(|(_, part)| !matches!(part, Part::Any(_)));
        let mutable = mutable.then(|| quote_spanned!(Span::mixed_site()=> mut));
        match &node.kind {
            Kind::Variant(_, variant) => {
                let fields = name("fields", at, Span::mixed_site());
                let open = method("__topic", variant);
                self.statements.extend(quote_spanned! {Span::mixed_site()=>
                    let #mutable #fields = #own.#open();
                });
                fields
            }
            Kind::Struct(_) | Kind::Tuple => {
                self.opened[at].pattern = quote_spanned!(Span::mixed_site()=> #mutable #own);
                if let Kind::Struct(path) = &node.kind {
                    self.structs.extend(quote_spanned!(path.span()=> let &#path { .. } = #own;));
                }
                own.clone()
            }
        }
    }

    /// Writes a part of the node `of` into `target`, and returns the check for it.
    fn part(&mut self, part: &Part, target: &TokenStream, of: usize) -> TokenStream {
        let site = Span::mixed_site();
        let marketplace = &self.marketplace;
        match part {
            Part::Any(span) => self.bound(of, *span),
            Part::Value { expression, literal } => {
                let pin = if *literal {
                    quote_spanned!(site=> literally(#expression))
                } else {
                    let reference = reference(expression);
                    quote_spanned!(site=> exactly(#reference))
                };
                self.statements.extend(quote_spanned! {site=>
                    #marketplace::macros::part(&mut #target).#pin;
                });
                self.bound(of, expression.span())
            }
            Part::Node(node) => {
                let own = name("node", self.opened.len(), site);
                let Written { check, result } = self.node(node);
                self.statements.extend(quote_spanned!(site=> #target = #result;));
                quote_spanned!(site=> ref #own @ #check)
            }
        }
    }

    /// The check for a part of the node `of` that the topic does not spell out: any value, with a name.
    fn bound(&mut self, of: usize, span: Span) -> TokenStream {
        let site = Span::mixed_site().located_at(span);
        let name = name("part", self.parts, site);
        self.parts += 1;
        self.opened[of].parts.push(name.clone());
        quote_spanned!(site=> ref #name)
    }
}

/// The node as a Rust pattern. Its delimiters have the spans of the user's, so that errors point there.
fn enclose(node: &Node, checks: &[TokenStream]) -> TokenStream {
    let site = Span::mixed_site();
    let rest = node.rest.then(|| quote_spanned!(site=> ..));
    let parts = quote_spanned!(site=> #(#checks,)* #rest);
    let mut tokens = match &node.kind {
        Kind::Struct(path) | Kind::Variant(path, _) => path.to_token_stream(),
        Kind::Tuple => TokenStream::new(),
    };
    match &node.enclosed {
        Enclosed::Braces(braces) => braces.surround(&mut tokens, |tokens| tokens.extend(parts)),
        Enclosed::Parentheses(around) => around.surround(&mut tokens, |tokens| tokens.extend(parts)),
    }
    tokens
}

/// The node's pattern after its fields are written. If its type does not fit, the error points to the user's code.
fn result(node: &Node, own: &Ident, target: &Ident) -> TokenStream {
    let span = match &node.kind {
        Kind::Struct(path) | Kind::Variant(path, _) => path.span(),
        Kind::Tuple => Span::mixed_site(),
    };
    let mut own = own.clone();
    own.set_span(Span::mixed_site().located_at(span));
    match &node.kind {
        Kind::Variant(_, variant) => {
            let close = method("__pinned", variant);
            quote_spanned!(own.span()=> #own.#close(#target))
        }
        Kind::Struct(_) | Kind::Tuple => own.to_token_stream(),
    }
}

/// A hidden method of an enum's pattern, as the derive names it.
fn method(prefix: &str, variant: &Ident) -> Ident {
    format_ident!("{prefix}_{}", syn::ext::IdentExt::unraw(variant), span = variant.span())
}

fn name(prefix: &str, at: usize, span: Span) -> Ident {
    format_ident!("{prefix}{at}", span = span)
}

/// `&(expression)`, which as a whole has the span of the expression in the user's source.
fn reference(expression: &Expr) -> TokenStream {
    let tokens = expression.to_token_stream();
    let site = Span::mixed_site();
    let first = site.located_at(expression.span());
    let last = tokens.clone().into_iter().last().map_or(first, |tree| site.located_at(tree.span()));
    let mut group = TokenTree::Group(Group::new(Delimiter::Parenthesis, tokens));
    group.set_span(last);
    quote_spanned!(first=> &#group)
}
