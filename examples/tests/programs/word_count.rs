//! `word-count` counts the lines and the words of standard input.

use std::fs::File;
use std::io::{Write as _, pipe};
use std::process::Stdio;

use crate::support::{Program, WORD_COUNT, program};

#[test]
fn it_counts_the_lines_and_the_words_of_its_input() -> anyhow::Result<()> {
    for (text, count) in [
        ("", "0 lines, 0 words\n"),
        ("one", "1 lines, 1 words\n"),
        ("one two\n\n  three\t four \n", "3 lines, 4 words\n"),
    ] {
        let (read, mut input) = pipe()?;
        let program = Program::start_with(&mut program(WORD_COUNT), read, Stdio::piped())?;
        input.write_all(text.as_bytes())?;
        drop(input);
        let finished = program.finish()?;
        assert!(finished.status.success());
        assert_eq!((&*finished.output, &*finished.errors), (count, ""));
    }
    Ok(())
}

#[test]
fn an_input_that_cannot_be_read_is_a_failure_that_says_so() -> anyhow::Result<()> {
    let folder = File::open(env!("CARGO_MANIFEST_DIR"))?;
    let finished = Program::start_with(&mut program(WORD_COUNT), folder, Stdio::piped())?.finish()?;
    assert_eq!(finished.status.code(), Some(1));
    assert_eq!(finished.output, "0 lines, 0 words\n");
    assert!(finished.errors.contains("Error: cannot read standard input"), "{}", finished.errors);
    Ok(())
}
