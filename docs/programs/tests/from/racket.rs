//! The code of `from/racket.md`: forms of the original Marketplace's manual, as they are written in Rust.

use anyhow::anyhow;
use driver_tcp_bare::{TcpAddress, TcpChannel, TcpSubPacket};
use futures::executor::block_on;
use marketplace_core::{
    Action, Actions, Actor, AddEndpoint, AnyMessage, Context, Event, EventKinds, Ground, Message,
    NetworkAction, Orientation, Pattern, Role, Spawn, Token, topic,
};
use marketplace_testing::{Inbox, TestProcess, TestProgram};

#[derive(Debug, Message)]
struct Said {
    room: u32,
    text: String,
}

#[derive(Debug, Message)]
struct Noted(String);

fn echo_server() -> Spawn {
    Spawn::new((), |(), cx| {
        let listener = TcpAddress::listener(5999);
        cx.observe_publishers(topic!(TcpChannel { source: _, destination: listener, .. })).on_presence(
            |(), cx, peer| {
                if let Some((them, us)) = peer.conversation.ends() {
                    cx.spawn(echoer(them, us).named("echoer"));
                }
            },
        );
    })
}

fn echoer(them: TcpAddress, us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(TcpChannel::flow(&them, &us))
            .on_absence(|(), cx, _peer, _reason| cx.quit())
            .on_message(|(), cx, packet| cx.send(packet.reply()));
    })
}

#[test]
fn an_echo_server_sends_back_what_a_client_sends() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(echo_server()));
    let (them, us) = (TcpAddress::remote("client", 40_000), TcpAddress::listener(5999));
    let mut answers = program.subscriber(TcpChannel::flow(&us, &them))?;
    let inbound = TcpChannel::flow(&them, &us);
    let client = program.process(|cx| {
        cx.publisher(inbound);
    })?;
    answers.presence()?;
    client.run(move |cx| cx.send(TcpChannel::bytes(&them, &us, "hello")))?;
    assert_eq!(answers.message()?.subpacket, TcpSubPacket::Bytes("hello".into()));
    client.quit()?;
    answers.absence()?;
    Ok(())
}

#[test]
fn a_program_is_a_ground_that_runs() -> anyhow::Result<()> {
    let boot = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Noted(_))).on_message(|(), cx, _| cx.quit());
        cx.send(Noted("begun".into()));
    });
    block_on(Ground::new().spawn(echo_server()).main(boot).run())
}

#[test]
fn a_topic_has_wildcards_at_any_depth() {
    let everything = SaidPattern::any();
    let in_room_7 = topic!(Said { room: 7, text: _ });
    let the_same = topic!(Said { room: 7, .. });
    let said = Said { room: 7, text: "hello".into() };
    assert!(everything.matches(&said) && in_room_7.matches(&said));
    assert_eq!(in_room_7, the_same);
    assert_eq!(in_room_7.room.value(), Some(7));
    assert_eq!(in_room_7.text.value(), None);
}

fn doorman() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Said { room: 7, .. }))
            .on_presence(|(), cx, _peer| cx.send(Noted("somebody is there".into())))
            .on_absence(|(), cx, _peer, _reason| cx.send(Noted("somebody has left".into())))
            .on_message(|(), cx, said| match said.text.as_str() {
                "hello" => cx.send(Noted("hello to you".into())),
                "good night" => {
                    cx.send(Noted("the door is closed".into()));
                    cx.quit();
                }
                _ => {}
            });
    })
}

#[test]
fn an_endpoint_handles_presence_absence_and_messages() -> anyhow::Result<()> {
    let (program, mut notes) = program(doorman())?;
    let guest = speaker(&program)?;
    assert_eq!(notes.message()?.0, "somebody is there");
    say(&guest, "hello")?;
    assert_eq!(notes.message()?.0, "hello to you");
    guest.quit()?;
    assert_eq!(notes.message()?.0, "somebody has left");
    say(&speaker(&program)?, "good night")?;
    assert_eq!(notes.message()?.0, "somebody is there");
    assert_eq!(notes.message()?.0, "the door is closed");
    Ok(())
}

fn counter() -> Spawn {
    Spawn::new(0, |_, cx| {
        cx.subscriber(topic!(Said { .. })).on_message(|count, cx, _said| {
            *count += 1;
            cx.send(Noted(format!("{count} so far")));
        });
    })
}

#[test]
fn a_handler_changes_the_state_in_place() -> anyhow::Result<()> {
    let (program, mut notes) = program(counter())?;
    let guest = speaker(&program)?;
    say(&guest, "one")?;
    say(&guest, "two")?;
    assert_eq!(notes.message()?.0, "1 so far");
    assert_eq!(notes.message()?.0, "2 so far");
    Ok(())
}

fn watcher() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.observe_publishers_everything(topic!(Said { .. }))
            .on_presence(|(), cx, peer| {
                let room = peer.conversation.room.value();
                cx.send(Noted(format!("{:?} {:?} of {room:?}", peer.orientation, peer.interest)));
            })
            .on_absence(|(), cx, _peer, reason| match reason.as_error() {
                None => cx.send(Noted("left".into())),
                Some(error) => cx.send(Noted(format!("failed: {error}"))),
            });
    })
}

#[test]
fn a_handler_is_told_whom_it_is_about_and_why_they_left() -> anyhow::Result<()> {
    let (program, mut notes) = program(watcher())?;
    let guest = speaker(&program)?;
    assert_eq!(notes.message()?.0, "Publisher Participant of Some(7)");
    guest.fail("the roof fell in")?;
    assert_eq!(notes.message()?.0, "failed: the roof fell in");
    let observer = program.observe_subscribers(topic!(Said { .. }))?;
    assert_eq!(notes.message()?.0, "Publisher Observer of None");
    observer.close()?;
    assert_eq!(notes.message()?.0, "left");
    Ok(())
}

fn once_only() -> Spawn {
    Spawn::new((), |(), cx| {
        let endpoint = cx.subscriber(topic!(Said { .. }));
        let name = endpoint.name();
        endpoint.on_message(move |(), cx, said| {
            cx.send(Noted(said.text.clone()));
            cx.delete_because(name.clone(), anyhow!("one is enough"));
        });
    })
}

#[test]
fn an_endpoint_is_deleted_by_its_name_with_a_reason() -> anyhow::Result<()> {
    let (program, mut notes) = program(once_only())?;
    let mut listeners = program.publisher(topic!(Said { .. }))?;
    listeners.presence()?;
    let guest = speaker(&program)?;
    say(&guest, "one")?;
    say(&guest, "two")?;
    assert_eq!(notes.message()?.0, "one");
    assert_eq!(listeners.absence()?.to_string(), "one is enough");
    notes.nothing()
}

fn deaf_after_one() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Said { .. })).named("ears").on_message(|(), cx, said| {
            cx.send(Noted(said.text.clone()));
            cx.subscriber(topic!(Said { .. })).named("ears");
        });
    })
}

#[test]
fn an_endpoint_that_is_added_again_gets_other_handlers_without_presence() -> anyhow::Result<()> {
    let (program, mut notes) = program(deaf_after_one())?;
    let mut listeners = program.publisher(topic!(Said { .. }))?;
    listeners.presence()?;
    let guest = speaker(&program)?;
    say(&guest, "one")?;
    say(&guest, "two")?;
    assert_eq!(notes.message()?.0, "one");
    notes.nothing()?;
    listeners.nothing()
}

fn oracle() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Said { .. }))
            .on_message(|(), cx, said| cx.send_feedback(Noted(format!("{}? yes", said.text))));
    })
}

fn pilgrim() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.publisher(topic!(Noted(_))).on_message(|(), cx, answer| {
            cx.send(Noted(format!("it is said: {}", answer.0)));
            cx.quit();
        });
        cx.publisher(topic!(Said { .. }))
            .on_presence(|(), cx, _oracle| cx.send(Said { room: 7, text: "war".into() }));
    })
}

#[test]
fn feedback_goes_to_publishers() -> anyhow::Result<()> {
    let (program, mut notes) = program(pilgrim())?;
    program.spawn(oracle())?;
    assert_eq!(notes.message()?.0, "it is said: war? yes");
    Ok(())
}

fn parent() -> Spawn {
    Spawn::new(Vec::new(), |_, cx| {
        cx.spawn_then(counter(), |children, _, child| children.push(child));
        cx.subscriber(topic!(Said { room: 0, .. })).on_message(|children, cx, _said| {
            for child in children.drain(..) {
                cx.kill(&child, anyhow!("bedtime"));
            }
        });
    })
}

#[test]
fn a_parent_learns_its_childs_pid_and_kills_it() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut listeners = program.publisher(topic!(Said { room: 1, .. }))?;
    program.spawn(parent())?;
    listeners.presence()?;
    program.send(Said { room: 0, text: "enough".into() })?;
    assert_eq!(listeners.absence()?.to_string(), "bedtime");
    Ok(())
}

fn count_down(cx: &mut Context<'_, ()>, from: u32) {
    cx.send(Noted(from.to_string()));
    if from > 0 {
        cx.yield_then(move |(), cx| count_down(cx, from - 1));
    }
}

#[test]
fn a_yield_goes_on_in_a_later_turn() -> anyhow::Result<()> {
    let (_program, mut notes) = program(Spawn::new((), |(), cx| count_down(cx, 2)))?;
    for expected in ["2", "1", "0"] {
        assert_eq!(notes.message()?.0, expected);
    }
    Ok(())
}

fn booth() -> Spawn {
    let interpreter = Spawn::new((), |(), cx| {
        cx.meta()
            .subscriber(topic!(Said { room: 7, .. }))
            .on_message(|(), cx, said| cx.send(Noted(said.text.to_uppercase())));
        cx.subscriber(topic!(Noted(_))).on_message(|(), cx, noted| cx.meta().send(Noted(noted.0.clone())));
    });
    Spawn::nested([interpreter]).named("booth")
}

#[test]
fn a_nested_vm_has_a_network_of_its_own_and_the_one_around_it() -> anyhow::Result<()> {
    let (program, mut notes) = program(booth())?;
    say(&speaker(&program)?, "hello")?;
    assert_eq!(notes.message()?.0, "HELLO");
    notes.nothing()
}

struct Counter(u32);

impl Actor for Counter {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        match event {
            Event::Boot { .. } => actions.push(Action::Local(NetworkAction::Add(AddEndpoint {
                name: "ears".into(),
                role: Role::subscriber(topic!(Said { .. })),
                token: Token(0),
                kinds: EventKinds::MESSAGE,
            }))),
            Event::Message { .. } => {
                self.0 += 1;
                let message = AnyMessage::new(Noted(format!("{} so far", self.0)));
                let orientation = Orientation::Publisher;
                actions.push(Action::Local(NetworkAction::Send { orientation, message }));
            }
            _ => {}
        }
        Ok(())
    }
}

#[test]
fn an_actor_takes_events_and_emits_actions() -> anyhow::Result<()> {
    let (program, mut notes) = program(Spawn::actor(Counter(0)))?;
    say(&speaker(&program)?, "one")?;
    assert_eq!(notes.message()?.0, "1 so far");
    Ok(())
}

/// A program with one process, and the notes that it makes.
fn program(process: Spawn) -> anyhow::Result<(TestProgram, Inbox<Noted>)> {
    let program = TestProgram::by_hand(Ground::new());
    let notes = program.messages(topic!(Noted(_)))?;
    program.spawn(process)?;
    Ok((program, notes))
}

/// A process that publishes in room 7.
fn speaker(program: &TestProgram) -> anyhow::Result<TestProcess> {
    program.process(|cx| {
        cx.publisher(topic!(Said { room: 7, .. }));
    })
}

fn say(speaker: &TestProcess, text: &'static str) -> anyhow::Result<()> {
    speaker.run(move |cx| cx.send(Said { room: 7, text: text.into() }))
}
