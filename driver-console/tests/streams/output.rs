//! Writing: order, failures, and flushes.

use std::io::{self, ErrorKind, Read, Write, pipe};
use std::sync::mpsc::{Receiver, SendError, Sender, channel};

use driver_console::{OutputBytes, OutputFlush, OutputStream};
use marketplace_core::{Ground, Spawn};
use marketplace_testing::{TIMEOUT, TestProgram, wait_until};

use crate::support::{Written, pass_time, program, writing};

const STDOUT: OutputStream = OutputStream::Stdout;

/// Fails to write bytes that begin with `bad`, as often as it has failures left.
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

/// Reports when it begins to write, and waits for a permit.
struct Gated {
    begun: Sender<()>,
    permits: Receiver<()>,
}

impl Write for Gated {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let told = self.begun.send(());
        told.and_then(|()| self.permits.recv().map_err(|_| SendError(()))).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
fn each_piece_is_written_without_waiting_for_the_next() -> anyhow::Result<()> {
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
fn a_closed_reader_is_an_absence_with_the_error_and_the_program_goes_on() -> anyhow::Result<()> {
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
    wait_until(|| Ok(written.bytes() == b"good"))
}

#[test]
fn a_flush_is_answered_after_everything_before_it_is_written() -> anyhow::Result<()> {
    // How many of the three messages of 100,000 bytes are written when each piece of 64 KiB begins.
    const WRITTEN: [usize; 5] = [0, 0, 1, 1, 2];
    let ((begun, begins), (permit, permits)) = (channel(), channel());
    let program = program(writing(Gated { begun, permits }))?;
    let (flushed, told) = channel();
    let asker = program.process(|_| ())?;
    for _ in 0..3 {
        let flushed = flushed.clone();
        asker.run(move |cx| {
            cx.send(OutputBytes::new(STDOUT, vec![b'x'; 100_000]));
            cx.ask(OutputFlush { stream: STDOUT }).then(move |(), _, answer| {
                answer??;
                Ok(flushed.send(())?)
            });
        })?;
    }
    let mut answers = 0;
    for written in WRITTEN {
        // The driver knows of a piece as soon as the next one begins.
        begins.recv_timeout(TIMEOUT)?;
        pass_time(&program)?;
        answers += told.try_iter().count();
        assert_eq!(answers, written);
        permit.send(())?;
    }
    told.recv_timeout(TIMEOUT)?;
    Ok(())
}

#[test]
fn a_flush_of_a_failed_output_is_answered_with_the_error() -> anyhow::Result<()> {
    // The output fails after the question, and before it.
    for sent_before in [false, true] {
        let program = program(writing(Fragile { written: Written::default(), failures: 1 }))?;
        let mut driver = program.publisher(OutputBytes::to(STDOUT))?;
        driver.presence()?;
        if sent_before {
            program.send(OutputBytes::new(STDOUT, "bad"))?;
            driver.absence()?;
        }
        let (flushed, told) = channel();
        let _asker = program.process(move |cx| {
            cx.send(OutputBytes::new(STDOUT, "bad"));
            cx.ask(OutputFlush { stream: STDOUT })
                .then(move |(), _, answer| Ok(flushed.send(answer?.map_err(|reason| reason.to_string()))?));
        })?;
        let expected = "cannot write to standard output; up to 3 bytes are lost".to_owned();
        assert_eq!(told.recv_timeout(TIMEOUT)?, Err(expected));
    }
    Ok(())
}

#[test]
fn a_flush_of_an_empty_queue_is_answered_at_once() -> anyhow::Result<()> {
    let program = program(writing(Written::default()))?;
    let (flushed, told) = channel();
    let _asker = program.process(move |cx| {
        cx.ask(OutputFlush { stream: STDOUT }).then(move |(), _, answer| Ok(flushed.send(answer?.is_ok())?));
    })?;
    assert!(told.recv_timeout(TIMEOUT)?);
    Ok(())
}

#[test]
fn a_second_driver_in_a_vm_quits_and_writes_nothing() -> anyhow::Result<()> {
    let (one, other) = (Written::default(), Written::default());
    let program = program(writing(one.clone()))?;
    let mut driver = program.publisher(OutputBytes::to(STDOUT))?;
    driver.presence()?;
    program.spawn(writing(other.clone()).spawn())?;
    for _ in 0..100 {
        program.send(OutputBytes::new(STDOUT, "x"))?;
    }
    driver.presence()?;
    assert_eq!(driver.absence()?.to_string(), "this VM already has a console driver");
    wait_until(|| Ok(one.bytes() == [b'x'; 100]))?;
    assert_eq!(other.bytes(), b"");
    Ok(())
}

#[test]
fn a_panic_while_writing_is_an_ordinary_error() -> anyhow::Result<()> {
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
