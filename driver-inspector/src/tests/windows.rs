//! The rows of the tree that a page shows.

use marketplace_core::{Ground, Spawn, topic};

use super::scene::{Said, Scene};
use crate::frame::{Number, Row, Tree};
use crate::view::{TreeView, View};

/// Three processes, a VM with two and a VM with one in it, and another process.
fn scene() -> Scene {
    let waiting = |name| Spawn::new((), |(), cx| drop(cx.subscriber(topic!(Said { .. })))).named(name);
    // A VM stays while it has an endpoint in the network of its container.
    let inside = |name| Spawn::new((), |(), cx| drop(cx.meta().subscriber(topic!(Said { .. })))).named(name);
    let deep = Spawn::nested([inside("bottom")]).named("deep");
    let room = Spawn::nested([inside("first in it"), deep, waiting("second in it")]).named("room");
    Scene::new(Ground::new().spawn(waiting("one")).spawn(room).spawn(waiting("other")))
}

fn tree(scene: &mut Scene, view: TreeView) -> Tree {
    let page = scene.open(View { tree: view, ..View::default() });
    let tree = scene.frame(page).tree.unwrap();
    scene.model.close(page);
    tree
}

fn names(rows: &[Row]) -> Vec<(usize, &str)> {
    rows.iter().map(|row| (row.depth, &*row.name)).collect()
}

fn number(scene: &mut Scene, name: &str) -> Number {
    scene.row(name).number
}

#[test]
fn each_vm_is_followed_by_those_in_it() {
    let mut scene = scene();
    let tree = tree(&mut scene, TreeView { rows: 100, ..TreeView::default() });
    let shown = names(&tree.rows);
    let room = shown.iter().position(|row| *row == (1, "room")).unwrap();
    let inside =
        [(1, "room"), (2, "first in it"), (2, "deep"), (3, "bottom"), (2, "second in it"), (1, "other")];
    assert_eq!(shown[room..room + 6], inside);
    assert_eq!(shown[0], (0, "program"));
    assert_eq!((tree.total, tree.from), (shown.len(), 0));
}

#[test]
fn a_window_is_a_part_of_all_rows_wherever_it_begins() {
    let mut scene = scene();
    let room = number(&mut scene, "room");
    for folded in
        [vec![], vec![room], vec![number(&mut scene, "deep")], vec![room, number(&mut scene, "deep")]]
    {
        let folded: std::collections::BTreeSet<_> = folded.into_iter().collect();
        let view = |from, rows| TreeView { folded: folded.clone(), from, rows, ..TreeView::default() };
        let all = tree(&mut scene, view(0, 500));
        assert_eq!(all.total, all.rows.len());
        for from in 0..=all.total + 1 {
            for rows in 1..4 {
                let window = tree(&mut scene, view(from, rows));
                let end = (from + rows).min(all.total);
                assert_eq!(names(&window.rows), names(&all.rows[from.min(all.total)..end]), "{from} {rows}");
                assert_eq!(window.total, all.total);
            }
        }
    }
}

#[test]
fn those_in_a_folded_vm_are_not_in_sight_and_it_says_how_many_they_are() {
    let mut scene = scene();
    let room = number(&mut scene, "room");
    let tree = tree(&mut scene, TreeView { folded: [room].into(), rows: 100, ..TreeView::default() });
    let row = tree.rows.iter().find(|row| row.name == "room").unwrap();
    assert_eq!((row.open, row.inside), (false, 4));
    assert!(tree.rows.iter().all(|row| row.depth < 2));
}

#[test]
fn a_search_finds_names_and_shows_what_they_are_in() {
    let mut scene = scene();
    let view =
        |search: &str, from, rows| TreeView { search: search.into(), from, rows, ..TreeView::default() };
    let found = tree(&mut scene, view("IT", 0, 100));
    assert_eq!(names(&found.rows), [(0, "program"), (1, "room"), (2, "first in it"), (2, "second in it")]);
    assert_eq!(found.total, 4);
    let bottom = tree(&mut scene, view("bottom", 2, 1));
    assert_eq!(names(&bottom.rows), [(2, "deep")]);
    assert_eq!(tree(&mut scene, view("nobody", 0, 100)).total, 0);
}

#[test]
fn a_window_in_ten_thousand_rows_shows_no_more_than_five_hundred() {
    let mut scene = Scene::new(Ground::new().spawn(Spawn::new((), |(), cx| {
        for _ in 0..10_000 {
            cx.spawn(Spawn::new((), |(), cx| drop(cx.subscriber(topic!(Said { .. })))));
        }
    })));
    let tree = tree(&mut scene, TreeView { from: 9_000, rows: 10_000, ..TreeView::default() });
    assert!(tree.total > 10_000);
    assert_eq!((tree.from, tree.rows.len()), (9_000, 500));
}
