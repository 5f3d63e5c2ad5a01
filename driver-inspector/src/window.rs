//! The rows of the tree that a page shows. They are found without visiting the other rows.

use std::collections::{HashMap, HashSet};

use crate::frame::{Number, Tree};
use crate::row::row;
use crate::state::Stuck;
use crate::tree::{Process, ProcessTree};
use crate::view::TreeView;

/// The most rows that are shown.
const MOST: usize = 500;

/// The rows that are shown, without the ages.
pub(crate) fn window(tree: &ProcessTree, stuck: &Stuck, view: &TreeView) -> Tree {
    let filter = Filter::new(tree, view);
    let below = |number: Number| filter.below(tree, number);
    let total = tree.grounds().iter().filter_map(|ground| below(*ground)).map(|below| 1 + below).sum();
    let (from, wanted) = (view.from.min(total), view.rows.min(MOST));
    let mut window = Tree { total, from, rows: Vec::new() };
    let mut place = 0;
    // The iterators that are not finished, from the outermost VM to the innermost.
    let mut levels: Vec<Box<dyn Iterator<Item = Number> + '_>> =
        vec![Box::new(tree.grounds().iter().copied())];
    while let Some(level) = levels.last_mut().filter(|_| window.rows.len() < wanted) {
        let Some(number) = level.next() else {
            levels.pop();
            continue;
        };
        let (Some(process), Some(below)) = (tree.get(number), below(number)) else { continue };
        if place + 1 + below <= from {
            place += 1 + below;
            continue;
        }
        if place >= from {
            window.rows.push(row(process, stuck.state(process), levels.len() - 1, below > 0));
        }
        place += 1;
        if let Some(vm) = process.vm.as_ref().filter(|_| below > 0) {
            levels.push(Box::new(vm.members.iter().copied()));
        }
    }
    window
}

/// Which processes have a row.
enum Filter {
    /// All but the processes in folded VMs; for each VM that contains folded ones, how many of its rows are hidden.
    Unfolded { folded: HashSet<Number>, hidden: HashMap<Number, usize> },
    /// Only the processes that were found and the VMs that contain them; for each of these, how many rows it contains.
    Found(HashMap<Number, usize>),
}

impl Filter {
    fn new(tree: &ProcessTree, view: &TreeView) -> Self {
        if view.search.trim().is_empty() {
            Self::unfolded(tree, view)
        } else {
            Self::found(tree, &view.search)
        }
    }

    fn unfolded(tree: &ProcessTree, view: &TreeView) -> Self {
        let mut hidden = HashMap::new();
        let folded: HashSet<_> =
            view.folded.iter().copied().filter(|vm| tree.vm(*vm).is_some_and(|vm| vm.rows > 0)).collect();
        for &number in &folded {
            let rows = tree.vm(number).map_or(0, |vm| vm.rows);
            if !tree.containers(number).any(|around| folded.contains(&around.number)) {
                tree.containers(number).for_each(|around| *hidden.entry(around.number).or_default() += rows);
            }
        }
        Self::Unfolded { folded, hidden }
    }

    fn found(tree: &ProcessTree, search: &str) -> Self {
        let search = search.trim().to_lowercase();
        let mut found: HashMap<Number, usize> = HashMap::new();
        let is_it = |process: &&Process| process.name.to_lowercase().contains(&search);
        // The processes that were found and the VMs that contain them. Each is then counted in all its containers.
        let hits = tree.iter().filter(is_it).map(|process| process.number);
        let rows: HashSet<_> = hits
            .flat_map(|hit| std::iter::once(hit).chain(tree.containers(hit).map(|around| around.number)))
            .collect();
        for &row in &rows {
            found.entry(row).or_default();
            tree.containers(row).for_each(|around| *found.entry(around.number).or_default() += 1);
        }
        Self::Found(found)
    }

    /// How many rows there are below the row of a process. `None` if the process has no row.
    fn below(&self, tree: &ProcessTree, number: Number) -> Option<usize> {
        match self {
            Self::Unfolded { folded, .. } if folded.contains(&number) => Some(0),
            Self::Unfolded { hidden, .. } => {
                let rows = tree.vm(number).map_or(0, |vm| vm.rows);
                Some(rows - hidden.get(&number).copied().unwrap_or(0))
            }
            Self::Found(found) => found.get(&number).copied(),
        }
    }
}
