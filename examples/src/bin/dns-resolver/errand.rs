//! An errand: one question to one server, asked once. A process runs it while its asker waits for the reply.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::Range;

use anyhow::{Context as _, ensure};
use futures::channel::oneshot;
use futures::future::{Either, select};
use hickory_proto::op::{Edns, Message as Packet, MessageType, OpCode, ResponseCode};
use hickory_proto::serialize::binary::DecodeError;
use marketplace_core::{Message, Reply, Spawn, topic};
use tracing::debug;

use crate::question::Question;

/// One question to one server, asked once. It is declined if the server cannot be asked or gives no valid answer.
#[derive(Clone, Debug, Message)]
pub(crate) struct Errand {
    #[message(skip)]
    pub(crate) server: SocketAddr,
    #[message(skip)]
    pub(crate) question: Question,
    #[message(skip)]
    pub(crate) manner: Manner,
    /// Whether the server should find out what it does not know.
    #[message(skip)]
    pub(crate) recursion: bool,
}

impl marketplace_core::Question for Errand {
    type Answer = Response;
}

/// The server's response.
pub(crate) type Response = Result<Packet, NoSocket>;

/// The server was not asked, because no socket was available.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoSocket;

/// How to ask.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Manner {
    Udp,
    /// For servers that reject EDNS.
    UdpWithoutEdns,
    /// For answers that do not fit into a datagram.
    Tcp,
    /// For servers that do not know EDNS, and answers that do not fit into a datagram.
    TcpWithoutEdns,
}

/// A running errand.
pub(crate) struct Runner {
    pub(crate) errand: Errand,
    /// The reply to the asker; `None` when the errand is over.
    asker: Option<oneshot::Sender<Response>>,
}

/// The largest answer to accept in a datagram, in bytes: a size that no path fragments.
pub(crate) const DATAGRAM: u16 = 1232;

/// Runs errands while their askers wait.
pub(crate) fn errands() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.on_question(topic!(Errand { .. }), |(), cx, errand, reply| {
            cx.spawn(run(errand.clone(), reply));
        });
    })
    .named("errands")
}

fn run(errand: Errand, reply: Reply<Errand>) -> Spawn {
    let (asker, response) = oneshot::channel();
    Spawn::new(Runner { errand, asker: Some(asker) }, |runner, cx| {
        cx.perform(answer(reply, response), |_, cx, ()| cx.quit());
        match runner.errand.manner {
            Manner::Udp | Manner::UdpWithoutEdns => runner.run_by_udp(cx),
            Manner::Tcp | Manner::TcpWithoutEdns => runner.run_by_tcp(cx)?,
        }
        anyhow::Ok(())
    })
    .named("errand")
}

/// Answers with the response, or declines without one. Ends early if the asker is gone.
async fn answer(mut reply: Reply<Errand>, response: oneshot::Receiver<Response>) {
    let Either::Left((Ok(response), _)) = select(response, Box::pin(reply.unwanted())).await else { return };
    reply.send(response);
}

impl Runner {
    /// Ends with a response.
    pub(crate) fn end(&mut self, response: Response) {
        if let Some(asker) = self.asker.take() {
            // The asker may be gone.
            let _unheard = asker.send(response);
        }
    }

    /// Ends without a response, unless there was one.
    pub(crate) fn give_up(&mut self, error: impl Display) {
        if self.asker.take().is_some() {
            debug!(server = %self.errand.server, "no answer: {error:#}");
        }
    }
}

impl Errand {
    /// The packet with the question. Its id is random, so that an answer is hard to forge.
    pub(crate) fn packet(&self) -> Packet {
        let mut packet = Packet::query();
        packet.metadata.recursion_desired = self.recursion;
        packet.add_query(self.question.to_query());
        if matches!(self.manner, Manner::Udp | Manner::Tcp) {
            let mut edns = Edns::new();
            edns.set_max_payload(DATAGRAM);
            packet.set_edns(edns);
        }
        packet
    }

    /// Reads the response from bytes.
    ///
    /// # Errors
    ///
    /// If they are not a response to this question.
    pub(crate) fn check(&self, id: u16, bytes: &[u8]) -> anyhow::Result<Packet> {
        let response = self.read(bytes).context("malformed")?;
        ensure!(response.metadata.message_type == MessageType::Response, "no response");
        ensure!(response.metadata.op_code == OpCode::Query, "of another kind");
        ensure!(response.metadata.id == id, "not to what was asked");
        // A server that could not read the question does not repeat it.
        let is_unread = is_misunderstood(&response) && response.queries.is_empty();
        ensure!(is_unread || response.queries == [self.question.to_query()], "to another question");
        Ok(response)
    }

    /// A truncated datagram may end within a record. Only its beginning is read, which says that it is truncated.
    fn read(&self, bytes: &[u8]) -> Result<Packet, DecodeError> {
        let is_datagram = matches!(self.manner, Manner::Udp | Manner::UdpWithoutEdns);
        let is_cut_off = bytes.get(2).is_some_and(|flags| flags & TRUNCATED != 0);
        Packet::from_vec(bytes).or_else(|error| match bytes.get(RECORD_COUNTS) {
            Some(_) if is_datagram && is_cut_off => {
                let mut beginning = bytes.to_vec();
                beginning[RECORD_COUNTS].fill(0);
                Packet::from_vec(&beginning)
            }
            _ => Err(error),
        })
    }

    /// How to ask the same server again, if its answer says that it must be asked differently.
    pub(crate) fn other_manner(&self, response: &Packet) -> Option<Manner> {
        let is_truncated = response.metadata.truncation;
        match self.manner {
            Manner::Udp if is_truncated => Some(Manner::Tcp),
            Manner::UdpWithoutEdns if is_truncated => Some(Manner::TcpWithoutEdns),
            Manner::Udp if is_misunderstood(response) => Some(Manner::UdpWithoutEdns),
            Manner::Tcp if is_misunderstood(response) => Some(Manner::TcpWithoutEdns),
            _ => None,
        }
    }
}

/// The offset of the number of records in a packet's header (RFC 1035).
const RECORD_COUNTS: Range<usize> = 6..12;

/// The bit in the header's third byte that says that the packet is truncated.
const TRUNCATED: u8 = 2;

/// Whether the server says that it cannot parse the question, as servers without EDNS may (RFC 6891).
fn is_misunderstood(response: &Packet) -> bool {
    matches!(response.metadata.response_code, ResponseCode::FormErr | ResponseCode::NotImp)
}
