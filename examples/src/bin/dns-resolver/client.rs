//! A client that waits for an answer: a process for each request.

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

/// Serves requests, while there is no overload.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    overloads: usize,
}

struct Client {
    request: Option<Box<Request>>,
    back: Return,
}

/// What has a counter for requests.
pub(crate) trait Desk: Sized + 'static {
    fn counter(&mut self) -> &mut Counter;
}

impl Counter {
    /// Notices overloads from now on.
    pub(crate) fn open<S: Desk>(cx: &mut Context<'_, S>) {
        cx.observe_publishers(topic!(Overload {}))
            .on_presence(|desk: &mut S, _, _| desk.counter().overloads += 1)
            .on_absence(|desk, _, _, _| desk.counter().overloads -= 1);
    }

    /// Serves what has come from a client.
    pub(crate) fn serve<S: 'static>(&self, cx: &mut Context<'_, S>, bytes: &[u8], back: Return) {
        match Received::from_bytes(bytes) {
            Received::Request(request) if self.overloads > 0 => {
                debug!(question = %request.question, ?back, "refused: too many wait already");
                if let Ok(bytes) = back.pack(request, &Outcome::failure()) {
                    back.send(cx, bytes);
                }
            }
            Received::Request(request) => cx.spawn(client(request, back)),
            Received::Refused(bytes) => back.send(cx, bytes),
            Received::NoRequest => debug!(?back, "dropped: no request"),
        }
    }
}

/// Waits for the answer to a request, and tells it.
fn client(request: Box<Request>, back: Return) -> Spawn {
    let question = request.question.clone();
    Spawn::new(Client { request: Some(request), back }, move |client, cx| {
        if let Return::Stream(us, them) = &client.back {
            // So the connection stays until the answer has been given, unless they go.
            cx.meta().publisher(TcpChannel::flow(us, them)).on_absence(|_, cx, _, _| cx.quit());
        }
        cx.subscriber(topic!(Answer { question, .. })).on_message(
            |client: &mut Client, cx, Answer { outcome, .. }| {
                cx.quit();
                let Some(request) = client.request.take() else { return Ok(()) };
                client.back.send(cx, client.back.pack(request, outcome)?);
                anyhow::Ok(())
            },
        );
    })
    .named("client")
}

impl Return {
    fn pack(&self, request: Box<Request>, outcome: &Outcome) -> anyhow::Result<Bytes> {
        match self {
            Self::Datagram(..) => request.datagram(outcome),
            Self::Stream(..) => request.whole(outcome),
        }
    }

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
