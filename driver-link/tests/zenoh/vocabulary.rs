//! What the grounds of the tests talk about.

use anyhow::Context as _;
use driver_link::{Cause, Link, LinkLost, Linked, Shared, Zenoh};
use marketplace_core::{Ground, Message, Reason, Spawn, topic};
use marketplace_testing::{Inbox, TestProgram};
use serde::{Deserialize, Serialize};

pub(crate) use crate::place::LEASE;

/// Something said in a room.
#[derive(Clone, Debug, PartialEq, Eq, Message, Serialize, Deserialize)]
#[message(serde)]
pub(crate) struct Said {
    pub(crate) room: u32,
    #[message(skip)]
    pub(crate) text: String,
}

pub(crate) fn said(room: u32, text: &str) -> Said {
    Said { room, text: text.to_owned() }
}

/// The link of a ground that talks.
pub(crate) fn link(name: &str, transport: Zenoh) -> Link {
    Link::new(name).share(Shared::<Said>::new().named("test/Said", 1)).join(transport)
}

/// A ground that talks, on a thread of its own.
pub(crate) fn ground(name: &str, transport: Zenoh) -> anyhow::Result<TestProgram> {
    ground_with(link(name, transport).spawn())
}

pub(crate) fn ground_with(link: Spawn) -> anyhow::Result<TestProgram> {
    // Recorded, ten thousand conversations would take too long.
    Ok(TestProgram::run_unrecorded(Ground::new().spawn(link))?)
}

/// The links of a ground.
pub(crate) fn links(ground: &TestProgram) -> anyhow::Result<Inbox<Linked>> {
    ground.subscriber(topic!(Linked { .. }))
}

/// Grounds that are linked, each with each.
pub(crate) fn linked(grounds: &[&TestProgram]) -> anyhow::Result<()> {
    for ground in grounds {
        let mut links = links(ground)?;
        for _ in 1..grounds.len() {
            links.presence()?;
        }
    }
    Ok(())
}

/// Why a ground cannot be reached any more, as the absence of what was behind it tells.
pub(crate) fn unreachable(reason: &Reason) -> anyhow::Result<String> {
    let lost = reason.downcast_ref::<LinkLost>().with_context(|| format!("{reason} is no loss of a link"))?;
    match &lost.cause {
        Cause::Unreachable(why) => Ok(why.to_string()),
        other => anyhow::bail!("{other:?}"),
    }
}
