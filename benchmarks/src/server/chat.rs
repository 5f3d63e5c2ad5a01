//! The chat room on tokio: each line is sent to all other clients, and so is each arrival and departure.
//!
//! Ours is the example program `chat-server`. This one uses the same protocol.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::broadcast;

use super::announce;

pub(super) fn serve(name: &str, _buffer: usize) -> anyhow::Result<()> {
    match name {
        "tokio, one thread" => {
            tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(listen())
        }
        name => anyhow::bail!("there is no server `{name}`"),
    }
}

/// A line that a client says, or a notice about a client. It is not sent to that client.
#[derive(Clone)]
struct Utterance {
    speaker: u64,
    line: Arc<str>,
}

/// The room's broadcast channel, and the clients in the room.
#[derive(Clone)]
struct Room {
    utterances: broadcast::Sender<Utterance>,
    people: Arc<Mutex<BTreeSet<u64>>>,
}

/// How many utterances a client may lag behind before it is disconnected.
const BEHIND: usize = 16 * 1024;

async fn listen() -> anyhow::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    // The same backlog as our driver's: all clients connect at once.
    let listener = socket.listen(1_024)?;
    announce(listener.local_addr()?);
    let room = Room { utterances: broadcast::channel(BEHIND).0, people: Arc::default() };
    let mut people = 0;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        people += 1;
        let (room, own) = (room.clone(), people);
        tokio::spawn(async move {
            // A client whose connection breaks has departed, like one that leaves.
            let _ = person(stream, &room, own).await;
            room.people().remove(&own);
            room.say(own, format!("user{own} departed.\n"));
        });
    }
}

async fn person(stream: TcpStream, room: &Room, own: u64) -> anyhow::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let (greeting, mut utterances) = room.enter(own);
    writer.write_all(greeting.as_bytes()).await?;
    loop {
        tokio::select! {
            line = lines.next_line() => match line? {
                Some(line) => room.say(own, format!("user{own}: {line}\n")),
                None => return Ok(()),
            },
            utterance = utterances.recv() => {
                let Utterance { speaker, line } = utterance?;
                if speaker != own {
                    writer.write_all(line.as_bytes()).await?;
                }
            }
        }
    }
}

impl Room {
    fn people(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, speaker: u64, line: String) {
        // This fails if the room is empty.
        let _ = self.utterances.send(Utterance { speaker, line: line.into() });
    }

    /// Adds a client: the others receive its arrival, and the returned greeting names the others.
    fn enter(&self, own: u64) -> (String, broadcast::Receiver<Utterance>) {
        let mut people = self.people();
        let others: String = people.iter().map(|other| format!("user{other} arrived.\n")).collect();
        let utterances = self.utterances.subscribe();
        self.say(own, format!("user{own} arrived.\n"));
        people.insert(own);
        (format!("You are user{own}.\n{others}"), utterances)
    }
}
