//! The tree of VMs as nested boxes in SVG: the box of a VM contains its processes and the boxes of its nested VMs.

mod drawing;
mod nest;
#[cfg(test)]
mod tests;

use crate::frame::Tree;

/// The picture of these rows of the tree, without the processes with these names.
pub(crate) fn nesting(tree: &Tree, title: &str, without: &[String]) -> String {
    drawing::draw(title, &nest::nests(tree, without), tree.total - tree.rows.len())
}
