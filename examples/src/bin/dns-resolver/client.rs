//! A client that waits for an answer: a process for each request.

use std::time::Duration;

use bytes::Bytes;
use driver_tcp_bare::{TcpAddress, TcpChannel};
use driver_udp::{UdpAddress, UdpPacket};
use marketplace_core::{Context, Spawn, topic};
use tracing::debug;

use crate::answer::{Answer, Sections};
use crate::frame::framed;
use crate::question::Overload;
use crate::request::Request;

/// The addresses of an answer: from us, to them.
#[derive(Clone, Debug)]
pub(crate) enum Return {
    Datagram(UdpAddress, UdpAddress),
    Stream(TcpAddress, TcpAddress),
}

struct Client {
    request: Request,
    back: Return,
}

/// Waits for the answer to a request, unless too many clients wait, and sends it.
pub(crate) fn client(request: Request, back: Return) -> Spawn {
    Spawn::new(Client { request, back }, |client, cx| {
        if let Return::Stream(us, them) = &client.back {
            // The connection counts its clients, and without the connection there is nothing to answer.
            cx.meta().publisher(TcpChannel::flow(us, them)).on_absence(|_, cx, _, _| cx.quit());
        }
        if let Return::Datagram(us, them) = &client.back {
            // This makes a stop wait for the answer.
            cx.meta().publisher(UdpPacket::flow(us, them));
        }
        cx.observe_publishers(topic!(Overload {})).on_settled(|client: &mut Client, cx, overloads| {
            if overloads == 0 {
                client.wait(cx);
            } else {
                client.tell(cx, &Sections::failure(), Duration::ZERO);
            }
        });
    })
    .named("client")
}

impl Client {
    fn wait(&self, cx: &mut Context<'_, Self>) {
        cx.subscriber(topic!(Answer { question: &self.request.question, .. })).on_message(
            |client: &mut Self, cx, Answer { sections, age, .. }| client.tell(cx, sections, *age),
        );
    }

    fn tell(&self, cx: &mut Context<'_, Self>, sections: &Sections, age: Duration) {
        self.back.answer(cx, &self.request, sections, age);
        cx.quit();
    }
}

impl Return {
    /// Answers a request with an answer of this age.
    pub(crate) fn answer<S: 'static>(
        &self,
        cx: &mut Context<'_, S>,
        request: &Request,
        sections: &Sections,
        age: Duration,
    ) {
        let answer = match self {
            Self::Datagram(..) => request.datagram(sections, age),
            Self::Stream(..) => request.whole(sections, age),
        };
        self.send(cx, answer);
    }

    pub(crate) fn send<S: 'static>(&self, cx: &mut Context<'_, S>, bytes: Bytes) {
        match self {
            Self::Datagram(us, them) => cx.meta().send(UdpPacket::new(us, them, bytes)),
            Self::Stream(us, them) => match framed(&bytes) {
                Some(bytes) => cx.meta().send(TcpChannel::bytes(us, them, bytes)),
                None => debug!("dropped: the answer is too long"),
            },
        }
    }
}
