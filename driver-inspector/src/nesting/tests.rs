//! What a picture of the tree shows, read as XML.

use roxmltree::{Document, Node};

use super::nesting;
use crate::frame::{Kind, Row, State, Tree};

fn row(depth: usize, kind: Kind, name: &str) -> Row {
    let open = kind != Kind::Process;
    Row { depth, kind, name: name.to_owned(), pid: "Pid(7)".to_owned(), open, ..Row::default() }
}

/// A ground with a process, a room with two people, and a process that was started after the room.
fn chat() -> Tree {
    let rows = vec![
        row(0, Kind::Ground, "chat"),
        row(1, Kind::Process, "driver"),
        row(1, Kind::Vm, "room"),
        row(2, Kind::Process, "ann"),
        row(2, Kind::Process, ""),
        row(1, Kind::Process, "announcer"),
    ];
    Tree { total: rows.len(), from: 0, rows }
}

fn texts(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).expect("it is well-formed");
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts.map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

/// Left, top, right and bottom of a box.
fn edges(node: &Node<'_, '_>) -> [f64; 4] {
    let [x, y, width, height] = ["x", "y", "width", "height"]
        .map(|name| node.attribute(name).and_then(|text| text.parse().ok()).expect("a number"));
    [x, y, x + width, y + height]
}

fn is_inside(inner: [f64; 4], outer: [f64; 4]) -> bool {
    inner[0] > outer[0] && inner[1] > outer[1] && inner[2] < outer[2] && inner[3] < outer[3]
}

#[test]
fn the_processes_of_a_vm_are_in_its_box_before_the_vms_that_are_in_it() {
    let svg = nesting(&chat(), "chat", &[]);
    let expected = ["chat", "ground", "driver", "announcer", "room", "nested VM", "ann", "Pid(7)"];
    assert_eq!(texts(&svg), expected);
    let document = Document::parse(&svg).expect("it is well-formed");
    let boxes = |class| {
        let is_it = move |node: &Node<'_, '_>| node.attribute("class") == Some(class);
        document.descendants().filter(is_it).map(|node| edges(&node)).collect::<Vec<_>>()
    };
    let (vms, processes, whole) = (boxes("vm"), boxes("head"), boxes("ground")[0]);
    assert!(is_inside(vms[0], whole) && is_inside(vms[1], vms[0]), "{vms:?}");
    assert!(processes.iter().all(|process| is_inside(*process, vms[0])), "{processes:?}");
    let in_room: Vec<bool> = processes.iter().map(|process| is_inside(*process, vms[1])).collect();
    assert_eq!(in_room, [false, false, true, true]);
}

#[test]
fn who_is_left_out_takes_along_what_is_inside() {
    let svg = nesting(&chat(), "chat", &["room".to_owned(), "driver".to_owned()]);
    assert_eq!(texts(&svg), ["chat", "ground", "announcer"]);
}

#[test]
fn what_is_out_of_the_ordinary_is_said() {
    let mut tree = chat();
    tree.rows[1] = Row {
        state: State::Failed,
        reason: Some("out of paper".to_owned()),
        ..row(1, Kind::Process, "driver")
    };
    (tree.rows[2].open, tree.rows[2].inside) = (false, 12);
    tree.rows.drain(3..5);
    tree.total = 90;
    let texts = texts(&nesting(&tree, "chat", &[]));
    for expected in
        ["driver, failed: out of paper", "nested VM, 12 processes inside", "86 more processes are not shown."]
    {
        assert!(texts.iter().any(|text| text == expected), "{expected}: {texts:?}");
    }
}

#[test]
fn very_many_processes_are_in_lines_that_do_not_leave_the_picture() {
    let mut rows = vec![row(0, Kind::Ground, "chat")];
    rows.extend((0..499).map(|number| row(1, Kind::Process, &format!("worker {number} <&>"))));
    let svg = nesting(&Tree { total: rows.len(), from: 0, rows }, "chat", &[]);
    let document = Document::parse(&svg).expect("it is well-formed");
    let rectangles = document.descendants().filter(|node| node.has_tag_name("rect")).map(|node| edges(&node));
    let rectangles: Vec<_> = rectangles.collect();
    assert_eq!(rectangles.len(), 501);
    assert!(rectangles[2..].iter().all(|chip| is_inside(*chip, rectangles[1])));
    assert_eq!(texts(&nesting(&Tree::default(), "chat", &[])), ["There is no process."]);
}
