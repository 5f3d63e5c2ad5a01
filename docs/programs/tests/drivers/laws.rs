//! The page about the laws has a row for each law.

const PAGE: &str = include_str!("../../../src/drivers/laws.md");

const LAWS: &str = include_str!("../../../../marketplace-testing/src/laws.rs");

#[test]
fn the_page_has_a_row_for_each_law_and_no_other() {
    let list = LAWS.split_once("$crate::driver_laws! { $subject =>").expect("the list").1;
    let mut laws: Vec<&str> = list.split_once('}').expect("its end").0.split_whitespace().collect();
    let mut rows: Vec<&str> =
        PAGE.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    laws.sort_unstable();
    rows.sort_unstable();
    assert_eq!(rows, laws);
    assert!(PAGE.contains(&format!("as {} laws", laws.len())), "the page gives another number of laws");
}
