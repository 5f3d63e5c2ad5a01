//! Sends a file to every client, as fast as each one takes it.
//!
//! Run it, and fetch the file: `nc localhost 5999 >copy`. With `--inspect` after the file, see it in a browser.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use async_std::task::spawn_blocking;
use clap::Parser;
use driver_tcp_bare::{TcpAddress, TcpChannel, TcpPressure};
use examples::{Announcement, Cores, InspectOptions, ServerOptions, log_to_standard_error, run_on};
use marketplace_core::{Context, Ground, Spawn, topic};

/// How much of the file is read at a time, in bytes.
const PIECE: usize = 64 * 1024;

/// Sends a file to every client, as fast as each one takes it
#[derive(Debug, Parser)]
struct Options {
    /// The file to send
    file: PathBuf,
    #[command(flatten)]
    server: ServerOptions,
    #[command(flatten)]
    cores: Cores,
    #[command(flatten)]
    inspect: InspectOptions,
}

fn main() -> anyhow::Result<()> {
    let Options { file, server, cores, inspect } = Options::parse();
    log_to_standard_error();
    open(&file)?;
    let file: Arc<Path> = file.into();
    let driver = server.tcp_driver().share_port(cores.share_ports());
    let (announcement, inspection) = (Announcement::new(cores), inspect.inspection());
    run_on(cores, move || {
        let listen = listen(server.port, Arc::clone(&file), announcement.clone());
        Ok(inspection.watch(Ground::new().spawn(driver.clone().spawn()).main(listen)))
    })
}

/// Keeps one download for each client that is connected.
fn listen(port: u16, path: Arc<Path>, announcement: Announcement) -> Spawn {
    Spawn::new((), move |(), cx| {
        let us = TcpAddress::listener(port);
        announcement.of_tcp(cx, &us);
        cx.observe_subscribers(topic!(TcpChannel { source: us, destination: _, .. })).for_each_conversation(
            move |conversation| conversation.ends().map(|(us, them)| download(Arc::clone(&path), us, them)),
        );
    })
    .named("listen")
}

/// A file that is being sent to one client.
struct Download {
    us: TcpAddress,
    them: TcpAddress,
    /// `None` while a piece of the file is being read.
    file: Option<File>,
    /// Whether to wait until the client has received more.
    is_full: bool,
}

/// Sends the file to one client. Data that was sent still arrives after this process has quit.
fn download(path: Arc<Path>, us: TcpAddress, them: TcpAddress) -> Spawn {
    Spawn::new(Download { us, them, file: None, is_full: false }, move |Download { us, them, .. }, cx| {
        cx.publisher(TcpChannel::flow(us, them));
        // Pressure is feedback, which publishers receive.
        cx.publisher(TcpPressure::flow(us, them)).on_message(|download, cx, pressure| {
            download.is_full = pressure.full;
            download.proceed(cx);
        });
        cx.perform(spawn_blocking(move || open(&path)), |download, cx, file| {
            download.file = Some(file?);
            download.proceed(cx);
            anyhow::Ok(())
        });
    })
    .named("download")
}

impl Download {
    /// Reads the next piece and sends it, again and again until the client has to catch up.
    fn proceed(&mut self, cx: &mut Context<'_, Self>) {
        if self.is_full {
            return;
        }
        let Some(mut file) = self.file.take() else { return };
        cx.perform(
            spawn_blocking(move || read_piece(&mut file).map(|piece| (file, piece))),
            |download, cx, read| {
                let (file, piece) = read.context("cannot read on")?;
                if piece.is_empty() {
                    cx.quit();
                } else {
                    cx.send(TcpChannel::bytes(&download.us, &download.them, piece));
                    download.file = Some(file);
                    download.proceed(cx);
                }
                anyhow::Ok(())
            },
        );
    }
}

fn open(path: &Path) -> anyhow::Result<File> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    ensure!(!file.metadata()?.is_dir(), "cannot send {}: it is a directory", path.display());
    Ok(file)
}

/// The next piece of a file; empty at its end.
fn read_piece(file: &mut File) -> io::Result<Vec<u8>> {
    let mut piece = Vec::with_capacity(PIECE);
    file.take(PIECE as u64).read_to_end(&mut piece)?;
    Ok(piece)
}
