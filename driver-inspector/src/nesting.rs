//! The tree of VMs as boxes in boxes, in SVG: each VM with its processes, and within it the VMs that are nested in it.

mod drawing;
mod nest;
#[cfg(test)]
mod tests;

use crate::frame::Tree;

/// The boxes of these rows of the tree, without the processes with these names.
pub(crate) fn nesting(tree: &Tree, title: &str, without: &[String]) -> String {
    drawing::draw(title, &nest::nests(tree, without), tree.total - tree.rows.len())
}
