//! The page Several machines: weather stations and displays, in any number of programs.

use driver_link::{Link, Shared};
use marketplace_core::{Ground, Message, Pattern as _, Spawn, topic};
use serde::{Deserialize, Serialize};

/// What a weather station has measured.
#[derive(Debug, Deserialize, Message, Serialize)]
#[message(serde)]
struct Reading {
    station: String,
    celsius: i32,
}

/// Sends what it measures whenever a display appears.
fn station(name: &'static str, celsius: i32) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Reading { station: name.into(), .. }))
            .on_presence(move |(), cx, _display| cx.send(Reading { station: name.into(), celsius }));
    })
    .named("station")
}

/// Shows what all stations measure, and says why one is missing.
fn display() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Reading { .. }))
            .on_message(|(), _, reading| tracing::info!("{}: {} degrees", reading.station, reading.celsius))
            .on_departure(|(), _, peer, reason| {
                let station = peer.conversation.station.value().unwrap_or_default();
                tracing::warn!("{station} is gone: {reason:#}");
            });
    })
    .named("display")
}

/// The link of one program: what it is called, and what it shares.
fn link(program: &str) -> Link {
    Link::new(program).share(Shared::<Reading>::new().named("example.org/weather/Reading", 1))
}

#[cfg(feature = "zenoh")]
/// One program, joined with all programs in the local network that use the same name, `weather`.
fn program(name: &str, process: Spawn) -> Ground {
    Ground::new().spawn(link(name).join(driver_link::Zenoh::new("weather")).spawn()).main(process)
}

mod tests {
    use driver_link::{LinkLost, Linked, Threads};
    use marketplace_testing::{InboxEvent, TestProgram};

    use super::*;

    fn settle(programs: &[TestProgram]) {
        (0..4).for_each(|_| programs.iter().for_each(TestProgram::settle));
    }

    #[test]
    fn a_display_gets_the_readings_of_all_stations_and_sees_which_one_is_lost() -> anyhow::Result<()> {
        let threads = Threads::new();
        let program =
            |name: &str| TestProgram::by_hand(Ground::new().spawn(link(name).join(threads.clone()).spawn()));
        let mut programs = vec![program("here"), program("Oslo"), program("Rome")];
        let mut readings = programs[0].subscriber(topic!(Reading { .. }))?;
        let mut links = programs[0].observe_publishers(topic!(Linked { .. }))?;
        programs[0].spawn(display())?;
        programs[1].spawn(station("Oslo", -5))?;
        programs[2].spawn(station("Rome", 21))?;
        settle(&programs);
        let mut seen: Vec<_> = readings
            .rest()
            .into_iter()
            .filter_map(|event| match event {
                InboxEvent::Message(reading) => Some((reading.station.clone(), reading.celsius)),
                _ => None,
            })
            .collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen, [("Oslo".to_owned(), -5), ("Rome".to_owned(), 21)]);
        assert_eq!(
            (links.presence()?.peer.value(), links.presence()?.peer.value()),
            (Some("Oslo".into()), Some("Rome".into()))
        );
        drop(programs.remove(1));
        settle(&programs);
        let InboxEvent::Absence { conversation, reason, .. } = readings.recv()? else {
            anyhow::bail!("no absence")
        };
        assert_eq!(conversation.station.value().as_deref(), Some("Oslo"));
        assert!(reason.downcast_ref::<LinkLost>().is_some(), "{reason:#}");
        Ok(())
    }

    #[cfg(feature = "zenoh")]
    #[test]
    fn a_program_can_be_made() {
        let _ground = program("here", display());
    }
}
