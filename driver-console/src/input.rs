//! The input: who wants it, and what they are told.
//!
//! A piece is told in a turn that ends by a yield. The yield's turn comes right behind the piece, so who subscribed when
//! the piece was delivered subscribes then: if nobody does, it is put back. One more yield lets those who delete their
//! subscriber at the piece be gone before the next one is told.

use std::mem;

use marketplace_core::{Context, Message, Pattern, Reason, topic};
use tracing::debug;

use crate::io::Arrival;
use crate::message::{InputBytes, InputLine, InputPause};
use crate::state::{Audience, Driver, Form, Input, Piece};

impl Input {
    /// Demand is shown by participants alone.
    pub(crate) fn serve(cx: &mut Context<'_, Driver>) {
        watch(cx, topic!(InputLine { .. }), Form::Lines);
        watch(cx, topic!(InputBytes { .. }), Form::Bytes);
        cx.observe_publishers(topic!(InputPause))
            .on_presence(|driver: &mut Driver, _, _| driver.input.pauses += 1)
            .on_absence(|driver, cx, _, _| {
                driver.input.pauses -= 1;
                driver.input.proceed(cx);
            });
    }

    fn arrive(&mut self, cx: &mut Context<'_, Driver>, form: Form) {
        let audience = self.audience(form);
        audience.subscribers += 1;
        audience.has_seen_end = false;
        self.proceed(cx);
    }

    fn depart(&mut self, cx: &mut Context<'_, Driver>, form: Form) {
        let audience = self.audience(form);
        audience.subscribers -= 1;
        if audience.subscribers > 0 {
            return;
        }
        if self.offered == Some(form) {
            self.withdraw(cx, Reason::normal());
        }
        self.proceed(cx);
    }

    /// Reads no more; what has been read is told.
    pub(crate) fn stop(&mut self, cx: &mut Context<'_, Driver>) {
        self.is_stopping = true;
        self.close(cx);
        self.proceed(cx);
    }

    /// Tells the next piece, or has one read.
    fn proceed(&mut self, cx: &mut Context<'_, Driver>) {
        if self.telling.is_some() {
            return;
        }
        let Some(form) = self.offered.or_else(|| self.offer(cx)) else { return };
        if self.pauses > 0 {
            return;
        }
        if let Some(piece) = self.reader.take(form, self.max_line_length) {
            return self.tell(cx, piece);
        }
        match self.reader.take_end() {
            Some(end) => self.end(cx, form, end.map_or_else(Reason::error, |()| Reason::normal())),
            None if self.is_stopping => self.withdraw(cx, Reason::normal()),
            None => self.reader.read(),
        }
    }

    /// Offers the input to those who want it and have not seen its end; those of one form come after the other's.
    fn offer(&mut self, cx: &mut Context<'_, Driver>) -> Option<Form> {
        let wants = |audience: &Audience| audience.subscribers > 0 && !audience.has_seen_end;
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
        let ears = cx.on_event(&self.reader.arrivals(), |driver: &mut Driver, cx, _: &Arrival| {
            driver.input.proceed(cx);
        });
        self.ears = Some(ears.name());
        self.offered = Some(form);
        self.offered
    }

    fn tell(&mut self, cx: &mut Context<'_, Driver>, piece: Piece) {
        match &piece {
            Piece::Line(line) => cx.send(line.clone()),
            Piece::Bytes(bytes) => cx.send(InputBytes { bytes: bytes.clone() }),
        }
        self.telling = Some(piece);
        cx.yield_then(|driver, cx| driver.input.told(cx));
    }

    /// A piece has been delivered to those who subscribe now.
    fn told(&mut self, cx: &mut Context<'_, Driver>) {
        let Some(piece) = &self.telling else { return };
        let audience = match piece {
            Piece::Line(_) => self.lines,
            Piece::Bytes(_) => self.bytes,
        };
        if audience.subscribers == 0 {
            self.reader.put_back(piece);
        }
        cx.yield_then(|driver, cx| {
            driver.input.telling = None;
            driver.input.proceed(cx);
        });
    }

    /// The input has ended, or cannot be read.
    fn end(&mut self, cx: &mut Context<'_, Driver>, form: Form, reason: Reason) {
        debug!(%reason, "the input has ended");
        self.audience(form).has_seen_end = true;
        self.withdraw(cx, reason);
        self.proceed(cx);
    }

    /// Offers the input no more.
    fn withdraw(&mut self, cx: &mut Context<'_, Driver>, reason: Reason) {
        self.close(cx);
        if let Some(form) = self.offered.take() {
            cx.delete_because(form.name(), reason);
        }
    }

    /// Hears no more of what comes. (What is being read meanwhile is kept.)
    fn close(&mut self, cx: &mut Context<'_, Driver>) {
        if let Some(ears) = mem::take(&mut self.ears) {
            cx.delete(ears);
        }
    }

    const fn audience(&mut self, form: Form) -> &mut Audience {
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
        .on_presence(move |driver: &mut Driver, cx, _| driver.input.arrive(cx, form))
        .on_absence(move |driver, cx, _, _| driver.input.depart(cx, form));
}

impl Form {
    /// The name of the endpoint by which the input is offered.
    const fn name(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::Bytes => "bytes",
        }
    }
}
