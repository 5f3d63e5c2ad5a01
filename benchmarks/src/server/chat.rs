//! A chat room: what anybody says is heard by everybody else, who is told of who comes and goes, too.
//!
//! Ours is the program `chat-server` of the examples. The other speaks the same protocol.

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

/// A line that is said, or said of somebody, who does not hear it.
#[derive(Clone)]
struct Utterance {
    speaker: u64,
    line: Arc<str>,
}

/// What is said in the room, and who is there.
#[derive(Clone)]
struct Room {
    utterances: broadcast::Sender<Utterance>,
    people: Arc<Mutex<BTreeSet<u64>>>,
}

/// How many utterances somebody may be behind before they are shown out.
const BEHIND: usize = 16 * 1024;

async fn listen() -> anyhow::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    // As many may wait as with our driver: the clients come all at once.
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
            // Who is lost has departed, like who leaves.
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
        // Without anybody there, nobody hears it.
        let _ = self.utterances.send(Utterance { speaker, line: line.into() });
    }

    /// Tells the others of somebody, who is told of them.
    fn enter(&self, own: u64) -> (String, broadcast::Receiver<Utterance>) {
        let mut people = self.people();
        let others: String = people.iter().map(|other| format!("user{other} arrived.\n")).collect();
        let utterances = self.utterances.subscribe();
        self.say(own, format!("user{own} arrived.\n"));
        people.insert(own);
        (format!("You are user{own}.\n{others}"), utterances)
    }
}
