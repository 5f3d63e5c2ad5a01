//! What the guide to writing a driver says is so: the code that it shows is the template's, the laws are all there are,
//! and what it points to exists.

use std::path::Path;

const GUIDE: &str = include_str!("../../docs/writing-a-driver.md");

const LAWS: &str = include_str!("../../marketplace-testing/src/laws.rs");

const SHOWN: &str = concat!(
    include_str!("../template/src/driver.rs"),
    include_str!("../template/src/io.rs"),
    include_str!("../template/src/journal.rs"),
    include_str!("../template/src/message.rs"),
    include_str!("../template/tests/driver.rs"),
    include_str!("../template/tests/files.rs"),
    include_str!("../template/tests/laws.rs"),
);

#[test]
fn every_piece_of_code_in_the_guide_is_in_the_template() {
    let pieces: Vec<&str> = GUIDE
        .split("```rust\n")
        .skip(1)
        .map(|rest| rest.split_once("```").map_or(rest, |(piece, _)| piece))
        .collect();
    assert!(!pieces.is_empty());
    for piece in pieces {
        assert!(SHOWN.contains(piece), "not in the template:\n{piece}");
    }
}

#[test]
fn the_guide_has_a_line_for_each_law_and_no_other() {
    let list = LAWS.split_once("$crate::driver_laws! { $subject =>").expect("the list").1;
    let mut laws: Vec<&str> = list.split_once('}').expect("its end").0.split_whitespace().collect();
    let mut lines: Vec<&str> = GUIDE
        .split_once("| law |")
        .expect("the table")
        .1
        .lines()
        .take_while(|line| line.contains('|'))
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    laws.sort_unstable();
    lines.sort_unstable();
    assert_eq!(lines, laws);
}

#[test]
fn every_file_that_the_guide_points_to_exists() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let links: Vec<&str> =
        GUIDE.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0)).collect();
    assert!(!links.is_empty());
    for link in links {
        assert!(docs.join(link).exists(), "{link} does not exist");
    }
}
