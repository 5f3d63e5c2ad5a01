//! Observation: S19.

use marketplace_core::{Ground, Message, topic};
use marketplace_testing::TestProgram;

#[derive(Debug, Message)]
struct Job(u32);

#[test]
fn s19_a_snapshot_shows_every_endpoint_and_is_seen_by_none() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut worker = program.subscriber(topic!(Job(_)))?;
    let snapshot = program.snapshot()?;
    assert!(snapshot.to_string().contains("Job(_)"));
    worker.nothing()?;
    Ok(())
}
