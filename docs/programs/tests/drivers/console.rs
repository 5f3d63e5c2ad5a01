//! Lines from standard input to standard output.

use driver_console::{InputLine, OutputBytes, OutputStream};
use marketplace_core::{Spawn, topic};

/// Writes each line of the input in capitals.
fn shouter() -> Spawn {
    Spawn::new((), |(), cx| {
        let stdout = OutputStream::Stdout;
        cx.publisher(OutputBytes::to(stdout));
        cx.subscriber(topic!(InputLine { .. }))
            .on_message(move |(), cx, line| cx.send(OutputBytes::line(stdout, line.text().to_uppercase())))
            .on_absence(|(), cx, _driver, reason| cx.quit_because(reason.clone()));
    })
}

mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use driver_console::ConsoleDriver;
    use marketplace_core::Ground;
    use marketplace_testing::TestProgram;

    use super::*;

    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<u8>>>);

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_program_ends_with_its_input_and_has_written_all_of_it() -> anyhow::Result<()> {
        let output = Output::default();
        let console = ConsoleDriver::new().input(&b"hello\nworld\n"[..]).stdout(output.clone());
        TestProgram::run(Ground::new().spawn(console.spawn()).main(shouter()))?.end()?;
        assert_eq!(*output.0.lock().expect("no panic"), b"HELLO\nWORLD\n");
        Ok(())
    }
}
