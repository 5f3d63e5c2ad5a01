//! The input: the demand for it, and its delivery.
//!
//! A piece is sent in a turn that ends with a yield. The yield's turn follows directly after the delivery of the
//! piece, so the subscribers are then the same as at the delivery. If there is none, the piece is put back. One more
//! yield lets processes that delete their subscriber in the handler of the piece do so before the next piece is sent.

use std::mem;

use marketplace_core::{Context, Message, Pattern, Reason, topic};
use tracing::debug;

use crate::io::Arrival;
use crate::message::{InputBytes, InputLine, PauseInput};
use crate::state::{Driver, Form, Input, Piece, Subscribers};

impl Input {
    /// Observes the demand for the input. Only participants are demand.
    pub(crate) fn serve(cx: &mut Context<'_, Driver>) {
        watch(cx, topic!(InputLine { .. }), Form::Lines);
        watch(cx, topic!(InputBytes { .. }), Form::Bytes);
        cx.observe_publishers(topic!(PauseInput))
            .on_presence(|driver: &mut Driver, _, _| driver.input.pauses += 1)
            .on_absence(|driver, cx, _, _| {
                driver.input.pauses -= 1;
                driver.input.proceed(cx);
            });
    }

    fn subscriber_added(&mut self, cx: &mut Context<'_, Driver>, form: Form) {
        let subscribers = self.subscribers(form);
        subscribers.count += 1;
        subscribers.has_seen_end = false;
        self.proceed(cx);
    }

    fn subscriber_removed(&mut self, cx: &mut Context<'_, Driver>, form: Form) {
        let subscribers = self.subscribers(form);
        subscribers.count -= 1;
        if subscribers.count > 0 {
            return;
        }
        if self.offered == Some(form) {
            self.withdraw(cx, Reason::normal());
        }
        self.proceed(cx);
    }

    /// Stops reading. Input that has been read is still delivered.
    pub(crate) fn stop(&mut self, cx: &mut Context<'_, Driver>) {
        self.is_stopping = true;
        self.close(cx);
        self.proceed(cx);
    }

    /// Delivers the next piece, or starts to read one.
    fn proceed(&mut self, cx: &mut Context<'_, Driver>) {
        if self.delivering.is_some() {
            return;
        }
        let Some(form) = self.offered.or_else(|| self.offer(cx)) else { return };
        if self.pauses > 0 {
            return;
        }
        if let Some(piece) = self.reader.take(form, self.max_line_length) {
            return self.deliver(cx, piece);
        }
        match self.reader.take_end() {
            Some(end) => self.end(cx, form, end.map_or_else(Reason::error, |()| Reason::normal())),
            None if self.is_stopping => self.withdraw(cx, Reason::normal()),
            None => self.reader.read(),
        }
    }

    /// Adds the publisher of a form that has subscribers who have not seen the end of the input. Lines come first if
    /// both forms have some.
    fn offer(&mut self, cx: &mut Context<'_, Driver>) -> Option<Form> {
        let wants = |subscribers: &Subscribers| subscribers.count > 0 && !subscribers.has_seen_end;
        if self.is_stopping {
            return None;
        }
        let form = match (wants(&self.lines), wants(&self.bytes)) {
            (true, _) => Form::Lines,
            (_, true) => Form::Bytes,
            _ => return None,
        };
        match form {
            Form::Lines => cx.publisher(topic!(InputLine { .. })).named(form.name()).name(),
            Form::Bytes => cx.publisher(topic!(InputBytes { .. })).named(form.name()).name(),
        };
        let endpoint = cx.on_event(&self.reader.arrivals(), |driver: &mut Driver, cx, _: &Arrival| {
            driver.input.proceed(cx);
        });
        self.arrival_endpoint = Some(endpoint.name());
        self.offered = Some(form);
        self.offered
    }

    fn deliver(&mut self, cx: &mut Context<'_, Driver>, piece: Piece) {
        match &piece {
            Piece::Line(line) => cx.send(line.clone()),
            Piece::Bytes(bytes) => cx.send(InputBytes { bytes: bytes.clone() }),
        }
        self.delivering = Some(piece);
        cx.yield_then(|driver, cx| driver.input.delivered(cx));
    }

    /// A piece has been delivered to the present subscribers.
    fn delivered(&mut self, cx: &mut Context<'_, Driver>) {
        let Some(piece) = &self.delivering else { return };
        let subscribers = match piece {
            Piece::Line(_) => self.lines,
            Piece::Bytes(_) => self.bytes,
        };
        if subscribers.count == 0 {
            self.reader.put_back(piece);
        }
        cx.yield_then(|driver, cx| {
            driver.input.delivering = None;
            driver.input.proceed(cx);
        });
    }

    /// Handles the end of the input, or a failure to read it.
    fn end(&mut self, cx: &mut Context<'_, Driver>, form: Form, reason: Reason) {
        debug!(%reason, "the input has ended");
        self.subscribers(form).has_seen_end = true;
        self.withdraw(cx, reason);
        self.proceed(cx);
    }

    /// Removes the publisher of the input.
    fn withdraw(&mut self, cx: &mut Context<'_, Driver>, reason: Reason) {
        self.close(cx);
        if let Some(form) = self.offered.take() {
            cx.delete_because(form.name(), reason);
        }
    }

    /// Deletes the subscription to arriving input. (Input that is being read meanwhile is kept.)
    fn close(&mut self, cx: &mut Context<'_, Driver>) {
        if let Some(arrival_endpoint) = mem::take(&mut self.arrival_endpoint) {
            cx.delete(arrival_endpoint);
        }
    }

    const fn subscribers(&mut self, form: Form) -> &mut Subscribers {
        match form {
            Form::Lines => &mut self.lines,
            Form::Bytes => &mut self.bytes,
        }
    }
}

fn watch<P>(cx: &mut Context<'_, Driver>, topic: P, form: Form)
where
    P: Pattern<Value: Message<Pattern = P>>,
{
    cx.observe_subscribers(topic)
        .on_presence(move |driver: &mut Driver, cx, _| driver.input.subscriber_added(cx, form))
        .on_absence(move |driver, cx, _, _| driver.input.subscriber_removed(cx, form));
}

impl Form {
    /// The name of the endpoint that publishes the input.
    const fn name(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::Bytes => "bytes",
        }
    }
}
