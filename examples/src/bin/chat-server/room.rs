//! A place of the room: a virtual machine with a doorkeeper, and with a link to the other places.

use driver_event_relay::event_relay;
use driver_link::{Link, Shared};
use driver_tcp_bare::{TcpAddress, TcpChannel};
use marketplace_core::{Message, Spawn, topic};

use crate::person::{Utterance, person};
use crate::speaker::{Place, Speaker};

/// Published outside the room while clients are accepted.
#[derive(Debug, Message)]
pub(crate) struct Open {}

/// The room, if this is its only place.
pub(crate) fn room(us: TcpAddress) -> Spawn {
    Spawn::nested([doorkeeper(Place::Only, us)]).named("room")
}

/// One place of a room that has several. The caller sets up how the link finds the other places; the room sets up what it
/// shares.
///
/// What is guaranteed for people in all places:
///
/// - Each person is told once of the arrival of every other person, in any place, and once of their departure, even if
///   their place fails or cannot be reached any more.
/// - What a person says is received in the order in which it was said, after their arrival and before their departure.
/// - In one place, all receive everything in the same order. The order of what different people say may differ between
///   places.
/// - Messages that are on their way when a place fails are lost.
pub(crate) fn one_of_several(link: Link, us: TcpAddress) -> Spawn {
    let utterances = Shared::<Utterance>::new().named("marketplace.examples/chat/Utterance", 1);
    let link = link.share(utterances).spawn();
    // Through the relay the link receives events of the ground, and the stop.
    Spawn::nested([event_relay("room"), link, doorkeeper(Place::random(), us)]).named("room")
}

/// Starts a person for each client that connects.
pub(crate) fn doorkeeper(place: Place, us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        let mut people = 0;
        let mut outside = cx.meta();
        outside.publisher(topic!(Open {}));
        outside
            .observe_publishers(topic!(TcpChannel { source: _, destination: us, .. }))
            .for_each_conversation(move |conversation| {
                let (them, us) = conversation.ends()?;
                people += 1;
                Some(person(Speaker::new(place, &format!("user{people}")), them, us))
            });
    })
    .named("doorkeeper")
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;
    use driver_link::Threads;
    use driver_tcp_bare::TcpSubPacket;
    use marketplace_core::Ground;
    use marketplace_testing::{Inbox, InboxEvent, TestProcess, TestProgram};

    use super::*;

    /// A client that replaces the driver.
    struct Client {
        process: TestProcess,
        heard: Inbox<TcpChannel>,
        flow: (TcpAddress, TcpAddress),
    }

    impl Client {
        fn enter(program: &TestProgram, number: u16) -> anyhow::Result<Self> {
            let (them, us) = (TcpAddress::remote("client", number), TcpAddress::listener(1));
            let heard = program.subscriber(TcpChannel::flow(&us, &them))?;
            let flow = (them.clone(), us.clone());
            let process = program.process(move |cx| {
                cx.publisher(TcpChannel::flow(&them, &us));
            })?;
            Ok(Self { process, heard, flow })
        }

        fn say(&self, line: &'static str) -> anyhow::Result<()> {
            let packet = TcpChannel::bytes(&self.flow.0, &self.flow.1, line);
            self.process.run(|cx| cx.send(packet))
        }

        /// The name with which the client is greeted.
        fn greeted(&mut self) -> anyhow::Result<String> {
            let greeting = self.heard.find(|seen| match seen {
                InboxEvent::Message(packet) => Some(text(packet)),
                _ => None,
            })?;
            let name = greeting.strip_prefix("You are ").and_then(|rest| rest.strip_suffix(".\n"));
            Ok(name.context("no greeting")?.to_owned())
        }

        /// Everything that was received.
        fn heard(&mut self) -> String {
            let texts = self.heard.rest().into_iter().map(|seen| match seen {
                InboxEvent::Message(packet) => text(&packet),
                InboxEvent::Presence { .. } | InboxEvent::Absence { .. } => String::new(),
            });
            texts.collect()
        }
    }

    fn text(packet: &TcpChannel) -> String {
        match &packet.subpacket {
            TcpSubPacket::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            TcpSubPacket::Eof => String::new(),
        }
    }

    fn places(names: [&str; 2]) -> [TestProgram; 2] {
        let threads = Threads::new();
        names.map(|name| {
            let link = Link::new(name).join(threads.clone());
            TestProgram::by_hand(Ground::new().spawn(one_of_several(link, TcpAddress::listener(1))))
        })
    }

    /// Moves each place until all of them have exchanged everything.
    fn settle(places: &[TestProgram; 2]) {
        (0..4).for_each(|_| places.iter().for_each(TestProgram::settle));
    }

    #[test]
    fn people_in_two_places_hear_each_other_and_are_told_apart() -> anyhow::Result<()> {
        let places = places(["kitchen", "cellar"]);
        let (mut cook, mut guest) = (Client::enter(&places[0], 1)?, Client::enter(&places[1], 1)?);
        settle(&places);
        let (cooks_name, guests_name) = (cook.greeted()?, guest.greeted()?);
        assert!(cooks_name.starts_with("user1@") && guests_name.starts_with("user1@"));
        assert_ne!(cooks_name, guests_name);
        assert_eq!(cook.heard(), format!("{guests_name} arrived.\n"));
        assert_eq!(guest.heard(), format!("{cooks_name} arrived.\n"));
        cook.say("dinner\n")?;
        settle(&places);
        assert_eq!((cook.heard(), guest.heard()), (String::new(), format!("{cooks_name}: dinner\n")));
        guest.process.quit()?;
        settle(&places);
        assert_eq!(cook.heard(), format!("{guests_name} departed.\n"));
        Ok(())
    }

    #[test]
    fn all_in_one_place_hear_all_places_in_the_same_order() -> anyhow::Result<()> {
        let places = places(["kitchen", "cellar"]);
        let cooks = [Client::enter(&places[0], 1)?, Client::enter(&places[0], 2)?];
        let mut witnesses = [Client::enter(&places[1], 1)?, Client::enter(&places[1], 2)?];
        settle(&places);
        for witness in &mut witnesses {
            witness.heard();
        }
        for _ in 0..50 {
            cooks.iter().try_for_each(|cook| cook.say("hot\n"))?;
        }
        settle(&places);
        let [one, other] = witnesses.each_mut().map(Client::heard);
        assert_eq!(one.lines().count(), 100);
        assert_eq!(one, other);
        Ok(())
    }

    #[test]
    fn a_place_that_ends_has_its_people_depart_from_the_others() -> anyhow::Result<()> {
        let places = places(["kitchen", "cellar"]);
        let (_cook, mut guest) = (Client::enter(&places[0], 1)?, Client::enter(&places[1], 1)?);
        settle(&places);
        assert!(guest.heard().ends_with(" arrived.\n"));
        let [kitchen, cellar] = places;
        drop(kitchen);
        cellar.settle();
        assert!(guest.heard().ends_with(" departed.\n"));
        Ok(())
    }
}
