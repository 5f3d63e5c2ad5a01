//! `file-server` sends its file.

use std::fs;
use std::io::Read as _;
use std::net::{SocketAddr, TcpStream};

use anyhow::ensure;

use crate::support::{Cycle, FILE_SERVER, TestFile, connect, is_turned_away, serve, server, wait_until};

const MIB: usize = 1 << 20;

/// A client, and how much it has received.
struct Download {
    stream: TcpStream,
    received: usize,
}

impl Download {
    fn begin(address: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self { stream: connect(address)?, received: 0 })
    }

    /// Reads what arrives, up to the size of the buffer. Returns whether there was something before the end.
    fn read(&mut self, cycle: &Cycle, buffer: &mut [u8]) -> anyhow::Result<bool> {
        let count = self.stream.read(buffer)?;
        cycle.check(self.received, &buffer[..count])?;
        self.received += count;
        Ok(count > 0)
    }

    fn finish(mut self, length: usize) -> anyhow::Result<()> {
        let (cycle, mut buffer) = (Cycle::new(), vec![0; MIB]);
        while self.read(&cycle, &mut buffer)? {}
        ensure!(self.received == length, "{} of {length} bytes came", self.received);
        Ok(())
    }
}

#[test]
fn clients_get_the_whole_file_and_slow_ones_cost_neither_memory_nor_the_others_time() -> anyhow::Result<()> {
    const LENGTH: usize = 64 * MIB;
    const CLIENTS: usize = 10;
    let file = TestFile::new("large", LENGTH)?;
    let (program, address) = serve(server(FILE_SERVER).arg(&file.path))?;
    let begin = || (0..CLIENTS).map(|_| Download::begin(address)).collect::<anyhow::Result<Vec<_>>>();
    let (mut slow, mut fast) = (begin()?, begin()?);
    let (cycle, mut buffer) = (Cycle::new(), vec![0; MIB]);
    while fast.iter().any(|client| client.received < LENGTH) {
        for client in &mut fast {
            client.read(&cycle, &mut buffer)?;
        }
        for client in &mut slow {
            client.read(&cycle, &mut buffer[..4096])?;
        }
    }
    assert!(slow.iter().all(|client| client.received < LENGTH));
    for client in slow.into_iter().chain(fast) {
        client.finish(LENGTH)?;
    }
    // A client costs its high-water mark of 256 KiB and a few pieces of 64 KiB. Without back-pressure it would cost up
    // to the whole file.
    if cfg!(target_os = "linux") {
        let (peak, bound) = (program.peak_memory()?, 16 * MIB + 2 * CLIENTS * MIB);
        assert!(peak < bound, "{peak} bytes of memory, more than {bound}");
    }
    Ok(())
}

#[test]
fn an_empty_file_is_the_end_at_once() -> anyhow::Result<()> {
    let file = TestFile::new("empty", 0)?;
    let (_program, address) = serve(server(FILE_SERVER).arg(&file.path))?;
    Download::begin(address)?.finish(0)
}

#[test]
fn a_file_that_ends_anywhere_is_sent_to_its_last_byte() -> anyhow::Result<()> {
    for length in [1, 64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1] {
        let file = TestFile::new(&format!("length-{length}"), length)?;
        let (_program, address) = serve(server(FILE_SERVER).arg(&file.path))?;
        Download::begin(address)?.finish(length)?;
    }
    Ok(())
}

#[test]
fn a_client_that_goes_in_the_middle_leaves_nothing_behind() -> anyhow::Result<()> {
    const LENGTH: usize = 32 * MIB;
    let file = TestFile::new("left", LENGTH)?;
    let (program, address) = serve(server(FILE_SERVER).arg(&file.path))?;
    let client = Download::begin(address)?;
    client.stream.peek(&mut [0])?;
    if cfg!(target_os = "linux") {
        let during = program.descriptors()?;
        drop(client);
        // The socket and the file.
        wait_until(|| Ok(program.descriptors()? <= during - 2))?;
    }
    Download::begin(address)?.finish(LENGTH)
}

#[test]
fn a_file_that_has_gone_is_logged_and_the_server_goes_on() -> anyhow::Result<()> {
    let file = TestFile::new("gone", 100)?;
    let (program, address) = serve(server(FILE_SERVER).arg(&file.path))?;
    fs::remove_file(&file.path)?;
    assert!(is_turned_away(&connect(address)?)?);
    fs::write(&file.path, Cycle::new().piece(0, 50))?;
    Download::begin(address)?.finish(50)?;
    let finished = program.terminate()?;
    assert!(finished.status.success());
    assert!(finished.errors.contains(&*file.path.to_string_lossy()), "{}", finished.errors);
    Ok(())
}
