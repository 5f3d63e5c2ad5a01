//! The outputs: what waits to be written, and whether there is room for more.

use std::io;
use std::mem;

use anyhow::{Error, anyhow};
use bytes::Bytes;
use marketplace_core::{Context, Reason, Reply, topic};
use tracing::{debug, warn};

use crate::message::{OutputBytes, OutputFlush, OutputRoom, OutputStream};
use crate::state::{Driver, Output};

/// How many bytes are written at a time.
const PIECE: usize = 64 * 1024;

impl Output {
    pub(crate) fn serve(&mut self, cx: &mut Context<'_, Driver>) {
        let stream = self.stream;
        cx.observe_publishers(OutputBytes::to(stream))
            .on_presence(move |driver: &mut Driver, cx, _| {
                driver.output(stream).publishers += 1;
                driver.output(stream).open(cx);
            })
            .on_absence(move |driver, _, _, _| driver.output(stream).publishers -= 1);
        cx.on_question(topic!(OutputFlush { stream }), move |driver: &mut Driver, _, _, reply| {
            driver.output(stream).flush(reply);
        });
        self.open(cx);
    }

    /// Takes what is to be written: from the beginning, and again with new demand after a failure.
    fn open(&mut self, cx: &mut Context<'_, Driver>) {
        if mem::replace(&mut self.is_open, true) {
            return;
        }
        let stream = self.stream;
        cx.subscriber(OutputBytes::to(stream))
            .named(name(stream))
            .on_message(move |driver: &mut Driver, cx, output| driver.output(stream).take(cx, &output.bytes));
        self.show_room(cx);
    }

    fn take(&mut self, cx: &mut Context<'_, Driver>, bytes: &Bytes) {
        // Sent before the end of the output could be heard of.
        if !self.is_open {
            debug!(stream = %self.stream, bytes = bytes.len(), "lost: the output has failed");
            return;
        }
        let limit = self.marks.limit;
        if self.unwritten() + bytes.len() > limit {
            let stream = self.stream;
            return self.fail(cx, anyhow!("dropped: more than {limit} bytes would wait for {stream}").into());
        }
        self.waiting.extend_from_slice(bytes);
        self.write(cx);
        if self.unwritten() > self.marks.high {
            cx.delete(room(self.stream));
        }
    }

    /// Answers once all that has been taken is written.
    fn flush(&mut self, reply: Reply<OutputFlush>) {
        match self.unwritten() {
            _ if !self.is_open => reply.send(Err(self.failure.clone())),
            0 => reply.send(Ok(())),
            left => self.flushes.push((left, reply)),
        }
    }

    /// Writes what waits, one piece after another.
    fn write(&mut self, cx: &mut Context<'_, Driver>) {
        if self.writing > 0 || self.waiting.is_empty() {
            return;
        }
        let piece = self.waiting.split_to(self.waiting.len().min(PIECE)).freeze();
        let stream = self.stream;
        self.writing = piece.len();
        cx.perform(self.writer.write(piece), move |driver: &mut Driver, cx, written| {
            driver.output(stream).written(cx, written);
        });
    }

    fn written(&mut self, cx: &mut Context<'_, Driver>, written: io::Result<()>) {
        if let Err(error) = written {
            let lost = self.unwritten();
            (self.writing, self.waiting) = (0, Default::default());
            let what = format!("cannot write to {}; up to {lost} bytes are lost", self.stream);
            let reason = Reason::from(Error::new(error).context(what));
            self.flushes.drain(..).for_each(|(_, reply)| reply.send(Err(reason.clone())));
            return self.fail(cx, reason);
        }
        let written = mem::take(&mut self.writing);
        self.flushes.iter_mut().for_each(|(left, _)| *left = left.saturating_sub(written));
        let done = self.flushes.partition_point(|(left, _)| *left == 0);
        self.flushes.drain(..done).for_each(|(_, reply)| reply.send(Ok(())));
        self.write(cx);
        if self.is_open && self.unwritten() <= self.marks.low {
            self.show_room(cx);
        }
    }

    /// Takes no more.
    fn fail(&mut self, cx: &mut Context<'_, Driver>, reason: Reason) {
        if self.is_open && self.publishers > 0 {
            debug!(stream = %self.stream, %reason, "an output has failed");
        } else {
            // Nobody is there to be told.
            warn!(stream = %self.stream, %reason, "an output has failed");
        }
        if self.is_open {
            self.is_open = false;
            self.failure = reason.clone();
            cx.delete_because(room(self.stream), reason.clone());
            cx.delete_because(name(self.stream), reason);
        }
    }

    fn show_room(&self, cx: &mut Context<'_, Driver>) {
        if self.unwritten() <= self.marks.high {
            cx.publisher(topic!(OutputRoom { stream: self.stream })).named(room(self.stream));
        }
    }

    /// How many bytes have been taken and are not known to be written.
    fn unwritten(&self) -> usize {
        self.waiting.len() + self.writing
    }
}

/// Whichever way the driver goes, what it has taken is written, as long as the program goes on.
impl Drop for Output {
    fn drop(&mut self) {
        if !self.waiting.is_empty() {
            drop(self.writer.write(self.waiting.split().freeze()));
        }
    }
}

/// The endpoint that takes what is to be written.
const fn name(stream: OutputStream) -> &'static str {
    match stream {
        OutputStream::Stdout => "stdout",
        OutputStream::Stderr => "stderr",
    }
}

/// The endpoint that says that there is room.
const fn room(stream: OutputStream) -> &'static str {
    match stream {
        OutputStream::Stdout => "room in stdout",
        OutputStream::Stderr => "room in stderr",
    }
}
