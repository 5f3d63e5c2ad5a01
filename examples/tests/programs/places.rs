//! `chat-server` on several cores: one room, with people on each core.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use rustix::process::Signal;

use crate::support::{CHAT_SERVER, Guest, Program, program, serve, server};

/// So many people that each of two cores gets some. Only once in 2^31 runs does one core get all of them.
const MANY: usize = 32;

fn room() -> anyhow::Result<(Program, SocketAddr)> {
    serve(server(CHAT_SERVER).args(["--cores", "2"]))
}

/// Many people, who have all seen each other arrive.
fn crowd(address: SocketAddr) -> anyhow::Result<Vec<Guest>> {
    let mut people = (0..MANY).map(|_| Guest::enter(address)).collect::<anyhow::Result<Vec<_>>>()?;
    let names: BTreeSet<String> = people.iter().map(|guest| guest.name.clone()).collect();
    assert_eq!(names.len(), MANY);
    for guest in &mut people {
        let told = (1..MANY).map(|_| guest.hear()).collect::<anyhow::Result<BTreeSet<_>>>()?;
        let others = names.iter().filter(|name| **name != guest.name);
        assert_eq!(told, others.map(|name| format!("{name} arrived.")).collect());
    }
    Ok(people)
}

/// The core that a person is on, from the name.
fn place(guest: &Guest) -> &str {
    guest.name.rsplit('@').next().unwrap_or_default()
}

#[test]
fn people_on_two_cores_see_each_other_arrive_once_and_all_on_one_core_receive_the_lines_in_one_order()
-> anyhow::Result<()> {
    const LINES: usize = 20;
    let (_program, address) = room()?;
    let mut people = crowd(address)?;
    let places: BTreeSet<&str> = people.iter().map(place).collect();
    assert_eq!(places.len(), 2);
    for line in 0..LINES {
        people.iter().try_for_each(|guest| guest.say(format!("{line}\n")))?;
    }
    let names: BTreeSet<String> = people.iter().map(|guest| guest.name.clone()).collect();
    // What each person has received, by core. No person receives what they say themselves.
    let mut heard: BTreeMap<String, Vec<(String, Vec<String>)>> = BTreeMap::new();
    for guest in &mut people {
        let told = (0..LINES * (MANY - 1)).map(|_| guest.hear()).collect::<anyhow::Result<Vec<_>>>()?;
        for name in names.iter().filter(|name| **name != guest.name) {
            let said = told.iter().filter_map(|line| line.strip_prefix(&format!("{name}: ")));
            assert!(said.map(str::to_owned).eq((0..LINES).map(|line| line.to_string())), "{name}");
        }
        heard.entry(place(guest).to_owned()).or_default().push((guest.name.clone(), told));
    }
    for in_one_place in heard.values() {
        let Some(((first, told), others)) = in_one_place.split_first() else { continue };
        for (other, also_told) in others {
            let own = [format!("{first}: "), format!("{other}: ")];
            let is_common = |line: &&String| !own.iter().any(|own| line.starts_with(own));
            assert!(told.iter().filter(is_common).eq(also_told.iter().filter(is_common)));
        }
    }
    Ok(())
}

#[test]
fn a_person_who_departs_on_one_core_departs_on_the_other() -> anyhow::Result<()> {
    let (_program, address) = room()?;
    let mut people = crowd(address)?;
    for guest in people.split_off(2) {
        let name = guest.name.clone();
        drop(guest);
        for other in &mut people {
            other.expect([format!("{name} departed.")])?;
        }
    }
    Ok(())
}

#[test]
fn a_room_on_two_cores_ends_when_it_is_asked_to_stop() -> anyhow::Result<()> {
    let (program, address) = room()?;
    let people = crowd(address)?;
    program.signal(Signal::TERM)?;
    for mut guest in people {
        let last = guest.expect_end()?;
        assert!(last.lines().all(|line| line.ends_with(" departed.")), "{last}");
    }
    let finished = program.finish()?;
    assert!(finished.status.success());
    assert_eq!((&*finished.output, &*finished.errors), ("", ""));
    Ok(())
}

#[cfg(not(feature = "zenoh"))]
#[test]
fn to_join_others_without_zenoh_is_a_failure_that_says_how_to_get_it() -> anyhow::Result<()> {
    let finished = Program::start(program(CHAT_SERVER).args(["--port", "0", "--join", "room"]))?.finish()?;
    assert_eq!((finished.status.code(), &*finished.output), (Some(1), ""));
    assert!(finished.errors.contains("--features zenoh"), "{}", finished.errors);
    Ok(())
}

#[test]
fn addresses_of_others_without_join_are_refused() -> anyhow::Result<()> {
    for option in ["--listen=tcp/127.0.0.1:0", "--connect=tcp/127.0.0.1:1"] {
        let finished = Program::start(program(CHAT_SERVER).args(["--port", "0", option]))?.finish()?;
        assert_eq!(finished.status.code(), Some(2));
        assert!(finished.errors.contains("--join"), "{}", finished.errors);
    }
    Ok(())
}

#[test]
fn the_programs_of_several_cores_are_not_reached_by_one_endpoint() -> anyhow::Result<()> {
    let joined = ["--port=0", "--cores=2", "--join=room", "--listen=tcp/127.0.0.1:1"];
    let finished = Program::start(program(CHAT_SERVER).args(joined))?.finish()?;
    assert_eq!((finished.status.code(), &*finished.output), (Some(1), ""));
    assert!(finished.errors.contains("port 0"), "{}", finished.errors);
    Ok(())
}
