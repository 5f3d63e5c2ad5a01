//! `chat-server` with many people.

use std::net::SocketAddr;

use crate::support::{CHAT_SERVER, Guest, Random, serve, server};

const PEOPLE: usize = 200;
const ROUNDS: usize = 6;

/// The last line.
const END: &str = "good night";

#[test]
fn everybody_receives_every_other_line_once_and_in_one_order_while_some_connections_are_lost()
-> anyhow::Result<()> {
    let (_program, address) = serve(&mut server(CHAT_SERVER))?;
    // Sends nothing until the end, so that it receives every line.
    let mut witness = Guest::enter(address)?;
    let (mut people, lost) = talk(address)?;
    let mut told = Vec::new();
    let is_over = |told: &[String]| {
        people.iter().all(|guest| told.contains(&last_line(guest)))
            && lost.iter().all(|name| told.contains(&departure(name)))
    };
    while !is_over(&told) {
        told.push(witness.hear()?);
    }
    witness.say(format!("{END}\n"))?;
    for guest in &mut people {
        let own = [format!("{}: ", guest.name), format!("{} arrived.", guest.name)];
        guest.expect(["user1 arrived."])?;
        guest.expect(told.iter().filter(|line| !own.iter().any(|own| line.starts_with(own))))?;
        guest.expect([format!("user1: {END}")])?;
    }
    check(&told, &people, &lost);
    Ok(())
}

#[test]
fn many_short_lines_to_many_clients_that_do_not_read_cost_little_memory() -> anyhow::Result<()> {
    const LINES: usize = 1 << 20;
    let (program, address) = serve(&mut server(CHAT_SERVER))?;
    let _deaf = (0..PEOPLE).map(|_| Guest::enter(address)).collect::<anyhow::Result<Vec<_>>>()?;
    let (mut listener, speaker) = (Guest::enter(address)?, Guest::enter(address)?);
    speaker.say("\n".repeat(LINES))?;
    let said = format!("{}: ", speaker.name);
    let mut heard = 0;
    while heard < LINES {
        heard += usize::from(listener.hear()? == said);
    }
    if cfg!(target_os = "linux") {
        let peak = program.peak_memory()?;
        assert!(peak < 128 << 20, "{peak} bytes of memory");
    }
    Ok(())
}

/// Makes people enter and talk at once, each line in two pieces. Some of them leave in the middle of a line. Returns
/// those who stay, and the names of the others.
fn talk(address: SocketAddr) -> anyhow::Result<(Vec<Guest>, Vec<String>)> {
    let mut people = (1..PEOPLE).map(|_| Guest::enter(address)).collect::<anyhow::Result<Vec<_>>>()?;
    let (mut random, mut lost) = (Random::new(), Vec::new());
    for round in 0..ROUNDS {
        for guest in &people {
            guest.say(format!("{round}"))?;
        }
        for _ in 0..ROUNDS {
            let guest = people.swap_remove(random.below(people.len()));
            lost.push(guest.name.clone());
            guest.reset()?;
        }
        for guest in &people {
            guest.say(" begins\n")?;
            guest.say(format!("{round} ends\n"))?;
        }
    }
    Ok((people, lost))
}

fn last_line(guest: &Guest) -> String {
    format!("{}: {} ends", guest.name, ROUNDS - 1)
}

fn departure(name: &str) -> String {
    format!("{name} departed.")
}

/// Checks that what everybody has received is what everybody did.
fn check(told: &[String], people: &[Guest], lost: &[String]) {
    let all_lines = (0..ROUNDS).flat_map(|round| [format!("{round} begins"), format!("{round} ends")]);
    let all_lines: Vec<String> = all_lines.collect();
    for guest in people {
        assert_eq!(life(told, &guest.name), (all_lines.iter().map(String::as_str).collect(), false));
    }
    for name in lost {
        let (said, has_departed) = life(told, name);
        // What was under way when the connection was lost may be lost too.
        assert!(all_lines.iter().zip(&said).all(|(line, said)| line == said), "{name} said {said:?}");
        assert!(has_departed);
    }
}

/// The lines of a person between the arrival, which comes once and first, and the departure, which comes at most once
/// and last. Also returns whether the person has departed.
fn life<'a>(told: &'a [String], name: &str) -> (Vec<&'a str>, bool) {
    let about = |line: &'a String| line.strip_prefix(name)?.strip_prefix([':', ' ']);
    let mut about: Vec<&str> = told.iter().filter_map(about).collect();
    let has_departed = about.pop_if(|line| *line == "departed.").is_some();
    assert_eq!(about.remove(0), "arrived.", "{name}");
    (about.into_iter().map(str::trim_start).collect(), has_departed)
}
