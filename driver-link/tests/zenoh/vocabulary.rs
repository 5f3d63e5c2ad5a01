//! The vocabulary of the grounds in the tests.

use anyhow::Context as _;
use driver_link::{Cause, Link, LinkLost, Linked, Shared, Zenoh};
use marketplace_core::{Ground, Message, Reason, Spawn, topic};
use marketplace_testing::{Inbox, TestProgram};
use serde::{Deserialize, Serialize};

pub(crate) use crate::place::LEASE;

/// A line in a room.
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

/// The link of a ground that shares it.
pub(crate) fn link(name: &str, transport: Zenoh) -> Link {
    Link::new(name).share(Shared::<Said>::new().named("test/Said", 1)).join(transport)
}

/// A ground that shares it, on a separate thread.
pub(crate) fn ground(name: &str, transport: Zenoh) -> anyhow::Result<TestProgram> {
    ground_with(link(name, transport).spawn())
}

pub(crate) fn ground_with(link: Spawn) -> anyhow::Result<TestProgram> {
    // Not recorded, because that would take too long with ten thousand conversations.
    Ok(TestProgram::run_unrecorded(Ground::new().spawn(link))?)
}

/// The links of a ground.
pub(crate) fn links(ground: &TestProgram) -> anyhow::Result<Inbox<Linked>> {
    ground.subscriber(topic!(Linked { .. }))
}

/// Grounds that are all linked with each other.
pub(crate) fn linked(grounds: &[&TestProgram]) -> anyhow::Result<()> {
    for ground in grounds {
        let mut links = links(ground)?;
        for _ in 1..grounds.len() {
            links.presence()?;
        }
    }
    Ok(())
}

/// The reason of a lost link, from the absence of an endpoint behind it.
pub(crate) fn unreachable(reason: &Reason) -> anyhow::Result<String> {
    let lost = reason.downcast_ref::<LinkLost>().with_context(|| format!("{reason} is no loss of a link"))?;
    match &lost.cause {
        Cause::Unreachable(why) => Ok(why.to_string()),
        other => anyhow::bail!("{other:?}"),
    }
}
