//! The guide to writing a driver shows what is compiled, and all that it shows.

const GUIDE: &str = include_str!("../../docs/writing-a-driver.md");

const SHOWN: &str =
    concat!(include_str!("../src/bin/word-count/driver.rs"), include_str!("../src/bin/word-count/main.rs"));

#[test]
fn every_piece_of_code_in_the_guide_is_in_the_program() {
    let pieces: Vec<&str> = GUIDE
        .split("```rust\n")
        .skip(1)
        .map(|rest| rest.split_once("```").map_or(rest, |(piece, _)| piece))
        .collect();
    assert!(!pieces.is_empty());
    for piece in pieces {
        assert!(SHOWN.contains(piece), "not in the program:\n{piece}");
    }
}
