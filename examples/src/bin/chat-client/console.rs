//! Standard input and output, a process each.

use std::io;
use std::mem;

use anyhow::Context as _;
use async_std::io::{ReadExt, WriteExt, stdin, stdout};
use bytes::{Bytes, BytesMut};
use examples::quit_if_unread;
use marketplace_core::{Context, Message, Spawn, topic};

/// Some bytes of standard input; its publisher goes when the input ends.
#[derive(Debug, Message)]
pub(crate) struct Input {
    #[message(skip)]
    pub(crate) bytes: Bytes,
}

/// Some bytes for standard output.
#[derive(Debug, Message)]
pub(crate) struct Output {
    #[message(skip)]
    pub(crate) bytes: Bytes,
}

/// Published while there is room for more.
#[derive(Clone, Copy, Debug, Message)]
pub(crate) enum Room {
    /// On the connection.
    Outside,
    /// In the output.
    Inside,
}

/// How many bytes may wait to be written before there is no more room.
const ENOUGH: usize = 1 << 20;

/// How the input stands.
#[derive(Default)]
struct Reading {
    has_room: bool,
    is_reading: bool,
}

/// Sends what comes in, while there is room for it and until nobody is left to take it.
pub(crate) fn input() -> Spawn {
    Spawn::new(Reading::default(), |_, cx| {
        cx.publisher(topic!(Input { .. })).on_absence(|_, cx, _, _| cx.quit());
        cx.observe_publishers(topic!(Room::Outside))
            .on_presence(|reading: &mut Reading, cx, _| {
                reading.has_room = true;
                reading.read(cx);
            })
            .on_absence(|reading, _, _, _| reading.has_room = false);
    })
    .named("input")
}

impl Reading {
    /// Reads one piece after the other, to the end.
    fn read(&mut self, cx: &mut Context<'_, Self>) {
        if self.is_reading || !self.has_room {
            return;
        }
        self.is_reading = true;
        cx.perform(read(), |reading, cx, read: io::Result<Bytes>| {
            let bytes = read.context("cannot read standard input")?;
            reading.is_reading = false;
            if bytes.is_empty() {
                cx.quit();
            } else {
                cx.send(Input { bytes });
                reading.read(cx);
            }
            anyhow::Ok(())
        });
    }
}

async fn read() -> io::Result<Bytes> {
    let mut piece = BytesMut::zeroed(4096);
    let count = stdin().read(&mut piece).await?;
    piece.truncate(count);
    Ok(piece.freeze())
}

/// What waits to be written.
#[derive(Default)]
struct Waiting {
    bytes: BytesMut,
    is_writing: bool,
}

/// Writes what it is sent, until nobody reads it any more.
pub(crate) fn output() -> Spawn {
    Spawn::new(Waiting::default(), |_, cx| {
        cx.publisher(topic!(Room::Inside)).named("room");
        cx.subscriber(topic!(Output { .. })).on_message(|waiting: &mut Waiting, cx, Output { bytes }| {
            waiting.bytes.extend_from_slice(bytes);
            if waiting.bytes.len() > ENOUGH {
                cx.delete("room");
            }
            waiting.write(cx);
        });
    })
    .named("output")
}

impl Waiting {
    /// Writes all that waits, one piece after the other.
    fn write(&mut self, cx: &mut Context<'_, Self>) {
        if self.is_writing || self.bytes.is_empty() {
            return;
        }
        self.is_writing = true;
        let piece = mem::take(&mut self.bytes);
        cx.publisher(topic!(Room::Inside)).named("room");
        cx.perform(write(piece), |waiting, cx, written: io::Result<()>| {
            waiting.is_writing = false;
            waiting.write(cx);
            quit_if_unread(cx, written)
        });
    }
}

async fn write(piece: BytesMut) -> io::Result<()> {
    let mut output = stdout();
    output.write_all(&piece).await?;
    output.flush().await
}
