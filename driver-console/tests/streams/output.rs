//! What is written: where, in which order, and what happens where it cannot be.

use std::io::{self, ErrorKind, Read, Write, pipe};

use driver_console::{OutputBytes, OutputStream};
use marketplace_core::{Ground, Spawn};
use marketplace_testing::{TestProgram, until};

use crate::support::{Written, pass_time, program, writing};

const STDOUT: OutputStream = OutputStream::Stdout;

/// Fails to write once it is broken.
struct Fragile {
    written: Written,
    failures: usize,
}

impl Write for Fragile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.starts_with(b"bad") && self.failures > 0 {
            self.failures -= 1;
            return Err(ErrorKind::StorageFull.into());
        }
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.written.flush()
    }
}

#[test]
fn what_is_sent_is_written_and_flushed_in_order() -> anyhow::Result<()> {
    let (out, err) = (Written::default(), Written::default());
    let driver = writing(out.clone()).stderr(err.clone());
    let main = Spawn::new((), |(), cx| {
        for number in 0..1_000 {
            cx.send(OutputBytes::line(STDOUT, number));
            cx.send(OutputBytes::line(OutputStream::Stderr, -number));
        }
        cx.quit();
    });
    TestProgram::run(Ground::new().spawn(driver.spawn()).main(main))?.outcome()?;
    let lines = |sign: i32| (0..1_000).map(|number| format!("{}\n", sign * number)).collect::<String>();
    assert_eq!(String::from_utf8(out.bytes())?, lines(1));
    assert_eq!(String::from_utf8(err.bytes())?, lines(-1));
    Ok(())
}

#[test]
fn what_is_sent_is_written_before_there_is_more() -> anyhow::Result<()> {
    let (mut reader, output) = pipe()?;
    let program = program(writing(output))?;
    for piece in ["hello", " ", "you"] {
        program.send(OutputBytes::new(STDOUT, piece))?;
        let mut read = vec![0; piece.len()];
        reader.read_exact(&mut read)?;
        assert_eq!(read, piece.as_bytes());
    }
    Ok(())
}

#[test]
fn a_reader_that_has_gone_is_an_absence_with_the_error_and_the_program_goes_on() -> anyhow::Result<()> {
    let (reader, output) = pipe()?;
    let program = program(writing(output))?;
    drop(reader);
    let mut driver = program.publisher(OutputBytes::to(STDOUT))?;
    let mut other = program.publisher(OutputBytes::to(OutputStream::Stderr))?;
    driver.presence()?;
    other.presence()?;
    program.send(OutputBytes::new(STDOUT, "hello"))?;
    let reason = driver.absence()?;
    let kind = reason.downcast_ref::<io::Error>().map(io::Error::kind);
    assert_eq!(kind, Some(ErrorKind::BrokenPipe));
    assert_eq!(reason.to_string(), "cannot write to standard output; up to 5 bytes are lost");
    other.nothing()
}

#[test]
fn new_demand_after_a_failure_tries_again() -> anyhow::Result<()> {
    let written = Written::default();
    let program = program(writing(Fragile { written: written.clone(), failures: 1 }))?;
    let mut one = program.publisher(OutputBytes::to(STDOUT))?;
    one.presence()?;
    program.send(OutputBytes::new(STDOUT, "bad"))?;
    assert!(one.absence()?.as_error().is_some());
    pass_time(&program)?;
    one.nothing()?;
    let mut driver = program.publisher(OutputBytes::to(STDOUT))?;
    driver.presence()?;
    one.presence()?;
    program.send(OutputBytes::new(STDOUT, "good"))?;
    until(|| Ok(written.bytes() == b"good"))
}

#[test]
fn an_output_whose_writing_panics_is_an_error_like_another() -> anyhow::Result<()> {
    struct Panicking;
    impl Write for Panicking {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            panic!("as the test wants it");
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let program = program(writing(Panicking))?;
    for _ in 0..2 {
        let mut driver = program.publisher(OutputBytes::to(STDOUT))?;
        driver.presence()?;
        program.send(OutputBytes::new(STDOUT, "hello"))?;
        let reason = driver.absence()?;
        assert!(format!("{reason:?}").ends_with("writing has panicked)"), "{reason:?}");
    }
    Ok(())
}
