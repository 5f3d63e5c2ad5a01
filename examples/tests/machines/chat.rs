//! `chat-server --join`: one room in several programs. Its clients see no difference.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use rustix::process::Signal;

use crate::support::{CHAT_SERVER, Endpoint, Guest, Program, serve, server};

/// A part of the room, which is given the addresses of the others.
fn place(own: &Endpoint, others: &[&Endpoint]) -> anyhow::Result<(Program, SocketAddr)> {
    serve(own.listen(server(CHAT_SERVER).args(["--join", "room"]), others))
}

/// Two places, with a person in each who has seen the other arrive.
fn two_places() -> anyhow::Result<[(Program, SocketAddr, Guest); 2]> {
    let (kitchen, cellar) = (Endpoint::new()?, Endpoint::new()?);
    let (program, address) = place(&kitchen, &[])?;
    let mut first = (program, address, Guest::enter(address)?);
    let (program, address) = place(&cellar, &[&kitchen])?;
    let mut second = (program, address, Guest::enter(address)?);
    first.2.expect([format!("{} arrived.", second.2.name)])?;
    second.2.expect([format!("{} arrived.", first.2.name)])?;
    Ok([first, second])
}

#[test]
fn people_in_two_programs_see_each_other_arrive_speak_and_depart() -> anyhow::Result<()> {
    let [(_kitchen, _, mut cook), (_cellar, address, mut guest)] = two_places()?;
    assert_ne!(cook.name, guest.name);
    cook.say("dinner is ready\n")?;
    guest.expect([format!("{}: dinner is ready", cook.name)])?;
    guest.say("coming\n")?;
    cook.expect([format!("{}: coming", guest.name)])?;
    let mut third = Guest::enter(address)?;
    let told = BTreeSet::from([third.hear()?, third.hear()?]);
    assert_eq!(told, BTreeSet::from([&cook, &guest].map(|other| format!("{} arrived.", other.name))));
    cook.expect([format!("{} arrived.", third.name)])?;
    let name = third.name.clone();
    drop(third);
    cook.expect([format!("{name} departed.")])
}

#[test]
fn people_of_a_program_that_is_killed_depart_and_the_others_go_on() -> anyhow::Result<()> {
    let [(kitchen, _, cook), (_cellar, address, mut guest)] = two_places()?;
    kitchen.signal(Signal::KILL)?;
    guest.expect([format!("{} departed.", cook.name)])?;
    let mut other = Guest::enter(address)?;
    other.expect([format!("{} arrived.", guest.name)])?;
    guest.expect([format!("{} arrived.", other.name)])?;
    guest.say("still here\n")?;
    other.expect([format!("{}: still here", guest.name)])
}

#[test]
fn people_of_a_program_that_is_asked_to_stop_depart() -> anyhow::Result<()> {
    let [(kitchen, _, cook), (_cellar, _, mut guest)] = two_places()?;
    let finished = kitchen.terminate()?;
    assert!(finished.status.success(), "{}", finished.errors);
    guest.expect([format!("{} departed.", cook.name)])
}

#[test]
fn a_program_that_returns_is_a_new_one() -> anyhow::Result<()> {
    let (kitchen, cellar) = (Endpoint::new()?, Endpoint::new()?);
    let (_cellar, address) = place(&cellar, &[])?;
    let mut guest = Guest::enter(address)?;
    let mut names = BTreeSet::new();
    for _ in 0..3 {
        let (program, address) = place(&kitchen, &[&cellar])?;
        let mut cook = Guest::enter(address)?;
        cook.expect([format!("{} arrived.", guest.name)])?;
        guest.expect([format!("{} arrived.", cook.name)])?;
        program.signal(Signal::KILL)?;
        guest.expect([format!("{} departed.", cook.name)])?;
        names.insert(cook.name);
    }
    assert_eq!(names.len(), 3);
    Ok(())
}

#[test]
fn all_in_one_program_receive_the_lines_in_one_order_which_keeps_each_speakers_order() -> anyhow::Result<()> {
    const LINES: usize = 200;
    let [(_kitchen, kitchen, mut cook), (_cellar, cellar, mut guest)] = two_places()?;
    // Two in the kitchen listen. One in the kitchen and two in the cellar speak.
    let mut witness = Guest::enter(kitchen)?;
    let speakers = [Guest::enter(kitchen)?, Guest::enter(cellar)?];
    let everybody = 5;
    let arrivals = |known: usize| everybody - 1 - known;
    for _ in 0..arrivals(1) {
        cook.hear()?;
        guest.hear()?;
    }
    for _ in 0..arrivals(0) {
        witness.hear()?;
    }
    for line in 0..LINES {
        for speaker in speakers.iter().chain([&guest]) {
            speaker.say(format!("{line}\n"))?;
        }
    }
    let mut told = [Vec::new(), Vec::new()];
    for _ in 0..3 * LINES {
        told[0].push(cook.hear()?);
        told[1].push(witness.hear()?);
    }
    assert_eq!(told[0], told[1]);
    for speaker in speakers.iter().chain([&guest]) {
        let own = told[0].iter().filter_map(|line| line.strip_prefix(&format!("{}: ", speaker.name)));
        assert!(own.eq((0..LINES).map(|line| line.to_string()).collect::<Vec<_>>().iter()));
    }
    Ok(())
}

#[test]
fn a_program_on_two_cores_and_another_program_are_one_room() -> anyhow::Result<()> {
    // So many people that each of two cores gets some. Only once in 2^31 runs does one core get all of them.
    const MANY: usize = 32;
    let cellar = Endpoint::new()?;
    let (_cellar, address) = place(&cellar, &[])?;
    let mut guest = Guest::enter(address)?;
    let mut kitchen = server(CHAT_SERVER);
    kitchen.args(["--join", "room", "--cores", "2", "--listen", "tcp/127.0.0.1:0"]);
    let (_kitchen, address) = serve(cellar.connect(&mut kitchen))?;
    let mut cooks = (0..MANY).map(|_| Guest::enter(address)).collect::<anyhow::Result<Vec<_>>>()?;
    let names: BTreeSet<String> = cooks.iter().chain([&guest]).map(|person| person.name.clone()).collect();
    let cores: BTreeSet<&str> = cooks.iter().filter_map(|cook| cook.name.split('@').nth(1)).collect();
    assert_eq!((names.len(), cores.len()), (MANY + 1, 2));
    for person in cooks.iter_mut().chain([&mut guest]) {
        let told = (0..MANY).map(|_| person.hear()).collect::<anyhow::Result<BTreeSet<_>>>()?;
        let others = names.iter().filter(|name| **name != person.name);
        assert_eq!(told, others.map(|name| format!("{name} arrived.")).collect());
    }
    guest.say("good evening\n")?;
    cooks.iter_mut().try_for_each(|cook| cook.expect([format!("{}: good evening", guest.name)]))
}
