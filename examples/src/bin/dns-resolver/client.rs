//! A client that waits for an answer: a process for each request.

use std::time::Duration;

use bytes::Bytes;
use driver_tcp_bare::{TcpAddress, TcpChannel};
use driver_udp::{UdpAddress, UdpPacket};
use marketplace_core::{Context, Spawn, topic};
use tracing::debug;

use crate::frame::framed;
use crate::question::{Answer, Outcome, Overload};
use crate::request::{Received, Request};

/// Where an answer goes: from us, to them.
#[derive(Clone, Debug)]
pub(crate) enum Return {
    Datagram(UdpAddress, UdpAddress),
    Stream(TcpAddress, TcpAddress),
}

struct Client {
    /// Until it is answered.
    request: Option<Box<Request>>,
    back: Return,
}

/// Serves what has come from a client; whether somebody waits for the answer now.
pub(crate) fn serve<S: 'static>(cx: &mut Context<'_, S>, bytes: &[u8], back: Return) -> bool {
    match Received::from_bytes(bytes) {
        Received::Request(request) => {
            cx.spawn(client(request, back));
            return true;
        }
        Received::Refused(bytes) => back.send(cx, bytes),
        Received::NoRequest => debug!(?back, "dropped: no request"),
    }
    false
}

/// Waits for the answer to a request, unless too many do, and tells it.
fn client(request: Box<Request>, back: Return) -> Spawn {
    Spawn::new(Client { request: Some(request), back }, |client, cx| {
        if let Return::Stream(us, them) = &client.back {
            // The connection counts those who answer; and nobody can be answered once it has gone.
            cx.meta().publisher(TcpChannel::flow(us, them)).on_absence(|_, cx, _, _| cx.quit());
        }
        if let Return::Datagram(us, them) = &client.back {
            // So a stop waits for the answer.
            cx.meta().publisher(UdpPacket::flow(us, them));
        }
        cx.observe_publishers(topic!(Overload {})).on_settled(|client: &mut Client, cx, overloads| {
            if overloads == 0 {
                client.wait(cx)
            } else {
                client.tell(cx, &Outcome::failure(), Duration::ZERO)
            }
        });
    })
    .named("client")
}

impl Client {
    fn wait(&self, cx: &mut Context<'_, Self>) -> anyhow::Result<()> {
        let Some(request) = &self.request else { return Ok(()) };
        cx.subscriber(topic!(Answer { question: &request.question, .. }))
            .on_message(|client: &mut Self, cx, Answer { outcome, age, .. }| client.tell(cx, outcome, *age));
        Ok(())
    }

    fn tell(&mut self, cx: &mut Context<'_, Self>, outcome: &Outcome, age: Duration) -> anyhow::Result<()> {
        cx.quit();
        let Some(request) = self.request.take() else { return Ok(()) };
        let answer = match self.back {
            Return::Datagram(..) => request.datagram(outcome, age)?,
            Return::Stream(..) => request.whole(outcome, age)?,
        };
        self.back.send(cx, answer);
        Ok(())
    }
}

impl Return {
    fn send<S: 'static>(&self, cx: &mut Context<'_, S>, bytes: Bytes) {
        match self {
            Self::Datagram(us, them) => cx.meta().send(UdpPacket::new(us, them, bytes)),
            Self::Stream(us, them) => match framed(&bytes) {
                Some(bytes) => cx.meta().send(TcpChannel::bytes(us, them, bytes)),
                None => debug!("dropped: too long an answer"),
            },
        }
    }
}
