//! Zenoh alone. A message is a put; the presence in a conversation is a liveliness token.
//!
//! A put waits until there is room, as our link waits for credit, so that no message is lost.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use ::zenoh::liveliness::LivelinessToken;
use ::zenoh::pubsub::Subscriber;
use ::zenoh::qos::CongestionControl;
use ::zenoh::sample::{Sample, SampleKind};
use ::zenoh::{Config, Session, Wait};
use anyhow::{Context, anyhow, ensure};

use crate::LEASE;
use crate::question::Near;

const PAYLOAD: [u8; 64] = [b'x'; 64];

/// One of the two ends. Zenoh's threads pass what arrives to it through a channel.
struct End {
    session: Session,
    told: Receiver<Told>,
    tokens: HashMap<String, LivelinessToken>,
    _subscribers: [Subscriber<()>; 2],
}

/// What has arrived, with the key or its last part.
enum Told {
    Message(String),
    Appeared(String),
    Disappeared,
}

/// The time-out of every wait.
const PATIENCE: Duration = Duration::from_secs(25);

impl End {
    fn open(name: &str, other: &str, listens: bool, address: SocketAddr) -> anyhow::Result<Self> {
        let mut config = Config::default();
        let (here, there) = (format!(r#"["tcp/{address}"]"#), "[]".to_owned());
        let (listen, connect) = if listens { (here, there) } else { (there, here) };
        for (key, value) in [
            ("scouting/multicast/enabled", "false".to_owned()),
            ("listen/endpoints", listen),
            ("connect/endpoints", connect),
            ("transport/link/tx/lease", LEASE.as_millis().to_string()),
        ] {
            config.insert_json5(key, &value).map_err(|error| anyhow!("{key}: {error}"))?;
        }
        let session = ::zenoh::open(config).wait().map_err(|error| anyhow!(error))?;
        let (tell, told) = channel();
        let messages = session.declare_subscriber(format!("messages/{name}/*"));
        let hear = tell.clone();
        let messages = messages.callback(move |sample| drop(hear.send(Told::Message(last_part(&sample)))));
        let messages = messages.wait().map_err(|error| anyhow!(error))?;
        let presence = session.liveliness().declare_subscriber(format!("presence/{other}/**")).history(true);
        let presence = presence.callback(move |sample| {
            drop(tell.send(match sample.kind() {
                SampleKind::Put => Told::Appeared(sample.key_expr().as_str().to_owned()),
                SampleKind::Delete => Told::Disappeared,
            }));
        });
        let presence = presence.wait().map_err(|error| anyhow!(error))?;
        Ok(Self { session, told, tokens: HashMap::new(), _subscribers: [messages, presence] })
    }

    fn put(&self, key: &str) -> anyhow::Result<()> {
        let put = self.session.put(key, PAYLOAD).congestion_control(CongestionControl::Block);
        put.wait().map_err(|error| anyhow!(error))
    }

    fn appear(&mut self, key: String) -> anyhow::Result<()> {
        let token = self.session.liveliness().declare_token(key.clone()).wait();
        self.tokens.insert(key, token.map_err(|error| anyhow!(error))?);
        Ok(())
    }

    fn disappear(&mut self, key: &str) {
        self.tokens.remove(key);
    }

    fn next(&self) -> anyhow::Result<Told> {
        self.told.recv_timeout(PATIENCE).context("nothing has arrived")
    }
}

fn last_part(sample: &Sample) -> String {
    sample.key_expr().as_str().rsplit('/').next().unwrap_or_default().to_owned()
}

/// Answers everything.
pub(crate) fn far(address: SocketAddr) -> anyhow::Result<()> {
    let mut end = End::open("far", "near", true, address)?;
    let mut came = 0_u64;
    loop {
        let told = match end.told.recv() {
            Ok(told) => told,
            Err(_) => return Ok(()),
        };
        match told {
            Told::Message(what) => match &*what {
                "ping" => end.put("messages/near/pong")?,
                "note" => came += 1,
                "last" => end.put(&format!("messages/near/{}", std::mem::take(&mut came)))?,
                _ => {}
            },
            Told::Appeared(key) => {
                if let Some(number) = key.strip_prefix("presence/near/asked/") {
                    end.appear(format!("presence/far/answered/{number}"))?;
                } else if let Some(count) = key.strip_prefix("presence/near/wanted/") {
                    for number in 0..count.parse::<u64>()? {
                        end.appear(format!("presence/far/held/{number}"))?;
                    }
                }
            }
            // There is only one `asked` at a time.
            Told::Disappeared => end.tokens.retain(|key, _| !key.starts_with("presence/far/answered/")),
        }
    }
}

/// The near end.
pub(crate) struct Zenoh(End);

pub(crate) fn near(address: SocketAddr) -> anyhow::Result<Zenoh> {
    Ok(Zenoh(End::open("near", "far", false, address)?))
}

impl Near for Zenoh {
    fn meet(&mut self) -> anyhow::Result<()> {
        // A put is lost until the subscription of the other end is known here.
        loop {
            self.0.put("messages/far/ping")?;
            match self.0.told.recv_timeout(Duration::from_millis(20)) {
                Ok(_) => break,
                Err(RecvTimeoutError::Timeout) => {}
                Err(error) => return Err(error.into()),
            }
        }
        while self.0.told.recv_timeout(Duration::from_millis(200)).is_ok() {}
        Ok(())
    }

    fn there_and_back(&mut self) -> anyhow::Result<()> {
        self.0.put("messages/far/ping")?;
        ensure!(matches!(self.0.next()?, Told::Message(what) if what == "pong"), "no answer");
        Ok(())
    }

    fn flood(&mut self, messages: u64) -> anyhow::Result<()> {
        for _ in 0..messages {
            self.0.put("messages/far/note")?;
        }
        self.0.put("messages/far/last")?;
        ensure!(
            matches!(self.0.next()?, Told::Message(count) if count == messages.to_string()),
            "messages are missing"
        );
        Ok(())
    }

    fn appear(&mut self, number: u64) -> anyhow::Result<()> {
        self.0.appear(format!("presence/near/asked/{number}"))?;
        ensure!(matches!(self.0.next()?, Told::Appeared(_)), "no answer");
        Ok(())
    }

    fn disappear(&mut self, number: u64) -> anyhow::Result<()> {
        self.0.disappear(&format!("presence/near/asked/{number}"));
        ensure!(matches!(self.0.next()?, Told::Disappeared), "the answer has not ended");
        Ok(())
    }

    fn fill(&mut self, count: u64) -> anyhow::Result<()> {
        self.0.appear(format!("presence/near/wanted/{count}"))?;
        for _ in 0..count {
            ensure!(matches!(self.0.next()?, Told::Appeared(_)), "presences are missing");
        }
        Ok(())
    }

    fn gone(&mut self, count: u64) -> anyhow::Result<()> {
        for _ in 0..count {
            ensure!(matches!(self.0.next()?, Told::Disappeared), "absences are missing");
        }
        Ok(())
    }
}
