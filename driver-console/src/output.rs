//! An output: its queue, its back-pressure and its failures.

use std::io;
use std::mem;

use anyhow::{Error, anyhow};
use bytes::Bytes;
use marketplace_core::{Context, Reason, Reply, topic};
use tracing::{debug, warn};

use crate::message::{OutputBytes, OutputFlush, OutputReady, OutputStream};
use crate::state::{Driver, Output};

/// The largest number of bytes that are written at a time.
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

    /// Subscribes to the bytes to write: from the start, and again with new demand after a failure.
    fn open(&mut self, cx: &mut Context<'_, Driver>) {
        if mem::replace(&mut self.is_open, true) {
            return;
        }
        let stream = self.stream;
        cx.subscriber(OutputBytes::to(stream)).named(name(stream)).on_message(
            move |driver: &mut Driver, cx, output| driver.output(stream).queue(cx, &output.bytes),
        );
        self.publish_ready(cx);
    }

    fn queue(&mut self, cx: &mut Context<'_, Driver>, bytes: &Bytes) {
        // Sent before the process could see that the output has failed.
        if !self.is_open {
            debug!(stream = %self.stream, bytes = bytes.len(), "bytes dropped: the output has failed");
            return;
        }
        let limit = self.marks.limit;
        if self.unwritten() + bytes.len() > limit {
            let reason = anyhow!(
                "bytes dropped: the queue of {} would exceed its limit of {limit} bytes",
                self.stream
            );
            return self.fail(cx, reason.into());
        }
        self.waiting.extend_from_slice(bytes);
        self.write(cx);
        if self.unwritten() > self.marks.high {
            cx.delete(ready_name(self.stream));
        }
    }

    /// Answers after all bytes that are queued now have been written.
    fn flush(&mut self, reply: Reply<OutputFlush>) {
        match self.unwritten() {
            _ if !self.is_open => reply.send(Err(self.failure.clone())),
            0 => reply.send(Ok(())),
            left => self.flushes.push((left, reply)),
        }
    }

    /// Writes the next piece of the queue, unless a piece is being written.
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
            let context = format!("cannot write to {}; up to {lost} bytes are lost", self.stream);
            let reason = Reason::from(Error::new(error).context(context));
            self.flushes.drain(..).for_each(|(_, reply)| reply.send(Err(reason.clone())));
            return self.fail(cx, reason);
        }
        let written = mem::take(&mut self.writing);
        self.flushes.iter_mut().for_each(|(left, _)| *left = left.saturating_sub(written));
        let done = self.flushes.partition_point(|(left, _)| *left == 0);
        self.flushes.drain(..done).for_each(|(_, reply)| reply.send(Ok(())));
        self.write(cx);
        if self.is_open && self.unwritten() <= self.marks.low {
            self.publish_ready(cx);
        }
    }

    /// Deletes the endpoints of a failed output, so that it accepts no more bytes.
    fn fail(&mut self, cx: &mut Context<'_, Driver>, reason: Reason) {
        if self.is_open && self.publishers > 0 {
            debug!(stream = %self.stream, %reason, "an output has failed");
        } else {
            // No process sees the absence, so it is logged as a warning.
            warn!(stream = %self.stream, %reason, "an output has failed");
        }
        if self.is_open {
            self.is_open = false;
            self.failure = reason.clone();
            cx.delete_because(ready_name(self.stream), reason.clone());
            cx.delete_because(name(self.stream), reason);
        }
    }

    fn publish_ready(&self, cx: &mut Context<'_, Driver>) {
        if self.unwritten() <= self.marks.high {
            cx.publisher(topic!(OutputReady { stream: self.stream })).named(ready_name(self.stream));
        }
    }

    /// The number of bytes that were accepted and may not have been written yet.
    fn unwritten(&self) -> usize {
        self.waiting.len() + self.writing
    }
}

/// However the driver ends, the bytes that it has accepted are written, as long as the program runs.
impl Drop for Output {
    fn drop(&mut self) {
        if !self.waiting.is_empty() {
            drop(self.writer.write(self.waiting.split().freeze()));
        }
    }
}

/// The name of the endpoint that subscribes to the bytes to write.
const fn name(stream: OutputStream) -> &'static str {
    match stream {
        OutputStream::Stdout => "stdout",
        OutputStream::Stderr => "stderr",
    }
}

/// The name of the endpoint that publishes `OutputReady`.
const fn ready_name(stream: OutputStream) -> &'static str {
    match stream {
        OutputStream::Stdout => "stdout ready",
        OutputStream::Stderr => "stderr ready",
    }
}
