//! Nests the rows of the tree again by their depth.

use crate::frame::{Kind, Row, Tree};

/// A process and, if it is a VM, its contents.
#[derive(Debug)]
pub(super) struct Nest<'a> {
    pub(super) row: &'a Row,
    pub(super) inside: Vec<Self>,
}

/// The grounds of these rows, without the processes with these names.
pub(super) fn nests<'a>(tree: &'a Tree, without: &[String]) -> Vec<Nest<'a>> {
    let mut rows = tree.rows.as_slice();
    nests_at(&mut rows, 0, without)
}

/// The rows at this depth, up to the first row that is less deep.
fn nests_at<'a>(rows: &mut &'a [Row], depth: usize, without: &[String]) -> Vec<Nest<'a>> {
    let mut nests = Vec::new();
    while let Some((row, rest)) = rows.split_first().filter(|(row, _)| row.depth >= depth) {
        *rows = rest;
        let inside = nests_at(rows, depth + 1, without);
        if !without.contains(&row.name) {
            nests.push(Nest { row, inside });
        }
    }
    nests
}

impl Nest<'_> {
    pub(super) fn is_vm(&self) -> bool {
        self.row.kind != Kind::Process
    }

    /// Its name, or its Pid if it has no name.
    pub(super) fn label(&self) -> &str {
        if self.row.name.is_empty() { &self.row.pid } else { &self.row.name }
    }
}
