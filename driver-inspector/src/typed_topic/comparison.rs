//! Compares two topics as expressions.

use crate::expression::Expression;
use crate::frame::Difference;
use crate::relation::NO_FIELD;

/// How much of a value is shown, in characters.
const VALUE: usize = 200;

/// The parts in which the two differ, in the order of their text. Empty if some value matches both.
pub(super) fn differences(asked: &Expression, theirs: &Expression) -> Vec<Difference> {
    let mut comparison = Comparison { fields: Vec::new(), found: Vec::new() };
    comparison.compare(asked, theirs);
    comparison.found
}

struct Comparison {
    /// The path to the part that is compared.
    fields: Vec<String>,
    found: Vec<Difference>,
}

type Fields = [(String, Expression)];

impl Comparison {
    fn compare(&mut self, asked: &Expression, theirs: &Expression) {
        match (asked, theirs) {
            (Expression::Any, _) | (_, Expression::Any) => {}
            _ if !asked.path().is_empty()
                && !theirs.path().is_empty()
                && asked.path().last() != theirs.path().last() =>
            {
                self.differ(&last(asked), &last(theirs));
            }
            // The whole part, whatever is inside.
            (Expression::Name(_), _) if !theirs.path().is_empty() => {}
            (Expression::Struct { fields: own, .. }, Expression::Struct { fields: other, is_open, .. }) => {
                self.fields(own, other, *is_open);
            }
            (
                Expression::Tuple { items: own, rest, .. },
                Expression::Tuple { items: other, rest: cut, .. },
            ) => {
                self.items(own, *rest, other, cut.is_some());
            }
            _ if asked == theirs => {}
            _ => self.differ(&asked.to_string(), &theirs.to_string()),
        }
    }

    fn fields(&mut self, asked: &Fields, theirs: &Fields, is_cut: bool) {
        for (name, theirs) in theirs {
            if let Some((_, asked)) = asked.iter().find(|(own, _)| own == name) {
                self.within(name, asked, theirs);
            }
        }
        let unknown = asked.iter().filter(|(name, _)| !is_cut && !theirs.iter().any(|(own, _)| own == name));
        for (name, asked) in unknown {
            self.fields.push(name.clone());
            self.differ(&asked.to_string(), NO_FIELD);
            self.fields.pop();
        }
    }

    /// Compares the parts before `..` from the front, and the parts behind it from the back.
    fn items(&mut self, asked: &[Expression], rest: Option<usize>, theirs: &[Expression], is_cut: bool) {
        let (front, back) = asked.split_at(rest.unwrap_or(asked.len()));
        let fits = if rest.is_some() { asked.len() <= theirs.len() } else { asked.len() == theirs.len() };
        if !fits && !is_cut {
            self.differ(&parts(asked.len()), &parts(theirs.len()));
            return;
        }
        for (at, (asked, theirs)) in front.iter().zip(theirs).enumerate() {
            self.within(&at.to_string(), asked, theirs);
        }
        let behind = theirs.len().saturating_sub(back.len());
        for (at, (asked, theirs)) in back.iter().zip(&theirs[behind..]).enumerate().filter(|_| !is_cut) {
            self.within(&(behind + at).to_string(), asked, theirs);
        }
    }

    fn within(&mut self, field: &str, asked: &Expression, theirs: &Expression) {
        self.fields.push(field.to_owned());
        self.compare(asked, theirs);
        self.fields.pop();
    }

    fn differ(&mut self, asked: &str, theirs: &str) {
        let cut = |text: &str| text.chars().take(VALUE).collect();
        self.found.push(Difference { field: self.fields.join("."), asked: cut(asked), theirs: cut(theirs) });
    }
}

fn parts(count: usize) -> String {
    if count == 1 { "1 part".to_owned() } else { format!("{count} parts") }
}

/// The last part of the name.
fn last(expression: &Expression) -> String {
    expression.path().last().cloned().unwrap_or_default()
}
