//! An errand: one question to one server, once. A process runs it for as long as somebody waits for its reply.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use hickory_proto::op::{Edns, Message as Packet, MessageType, OpCode, ResponseCode};
use hickory_proto::serialize::binary::DecodeError;
use marketplace_core::{Message, Pattern, Spawn, Value, topic};

use crate::over_tcp::over_tcp;
use crate::over_udp::over_udp;
use crate::question::Question;

/// One question to one server, once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Message)]
#[message(leaf)]
pub(crate) struct Errand {
    /// Nobody else has an errand of the same.
    pub(crate) id: Value,
    pub(crate) server: SocketAddr,
    pub(crate) question: Question,
    pub(crate) manner: Manner,
    /// Whether the server is to find out what it does not know.
    pub(crate) recursion: bool,
}

/// How to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Manner {
    Udp,
    /// For servers that take EDNS for a mistake.
    UdpWithoutEdns,
    /// For answers that do not fit into a datagram.
    Tcp,
    /// For servers that do not know EDNS, and answers that do not fit into a datagram.
    TcpWithoutEdns,
}

/// What comes of an errand, for whoever subscribes to it: that is the demand.
#[derive(Debug, Message)]
pub(crate) struct Reply {
    pub(crate) errand: Errand,
    #[message(skip)]
    pub(crate) response: Response,
}

/// What comes of asking a server.
#[derive(Clone, Debug)]
pub(crate) enum Response {
    Packet(Arc<Packet>),
    /// That it cannot be asked, or does not answer.
    Silence,
    /// That it was not asked, for want of a socket.
    NoSocket,
}

/// How many bytes of an answer are taken in a datagram: what no path fragments.
pub(crate) const DATAGRAM: u16 = 1232;

/// Runs errands while their replies are waited for.
pub(crate) fn errands() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.observe_subscribers(topic!(Reply { errand: _, .. })).for_each_conversation(|conversation| {
            let errand = conversation.errand.value()?;
            Some(match errand.manner {
                Manner::Udp | Manner::UdpWithoutEdns => over_udp(errand),
                Manner::Tcp | Manner::TcpWithoutEdns => over_tcp(errand),
            })
        });
    })
    .named("errands")
}

impl From<Packet> for Response {
    fn from(packet: Packet) -> Self {
        Self::Packet(Arc::new(packet))
    }
}

impl Errand {
    /// The packet with the question, its id as random as its answer must be hard to guess.
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

    /// The response in some bytes.
    ///
    /// # Errors
    ///
    /// If they are not a response to what was asked.
    pub(crate) fn check(&self, id: u16, bytes: &[u8]) -> anyhow::Result<Packet> {
        let response = self.read(bytes).context("malformed")?;
        ensure!(response.metadata.message_type == MessageType::Response, "no response");
        ensure!(response.metadata.op_code == OpCode::Query, "of another kind");
        ensure!(response.metadata.id == id, "not to what was asked");
        // One who cannot read the question cannot repeat it either.
        let is_unread = is_misunderstood(&response) && response.queries.is_empty();
        ensure!(is_unread || response.queries == [self.question.to_query()], "to another question");
        Ok(response)
    }

    /// Of a datagram that may be cut off within a record only the beginning is read, which says that it is.
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

    /// How to ask the same server again, where it answers that this was not the way to.
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

    /// What is told to whoever waits.
    pub(crate) fn reply(&self, response: Response) -> Reply {
        Reply { errand: self.clone(), response }
    }
}

/// Where a packet's header says how many records there are (RFC 1035).
const RECORD_COUNTS: Range<usize> = 6..12;

/// The bit of a header's third byte that says that the rest did not fit.
const TRUNCATED: u8 = 2;

/// Whether a server says that it cannot make sense of a question, as one may that does not know EDNS (RFC 6891).
fn is_misunderstood(response: &Packet) -> bool {
    matches!(response.metadata.response_code, ResponseCode::FormErr | ResponseCode::NotImp)
}
