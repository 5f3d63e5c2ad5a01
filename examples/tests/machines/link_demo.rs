//! `link-demo`: when a service is killed, its users use the next one.

use rustix::process::Signal;

use crate::support::{Endpoint, LINK_DEMO, Program, program};

fn service(name: &str, own: &Endpoint, others: &[&Endpoint]) -> anyhow::Result<Program> {
    let mut command = program(LINK_DEMO);
    let started = Program::start(own.listen(command.args(["--join", "demo"]), others).args(["serve", name]))?;
    assert_eq!(started.line()?, format!("{name} serves\n"));
    Ok(started)
}

fn user(services: &[&Endpoint]) -> anyhow::Result<Program> {
    let mut command = program(LINK_DEMO);
    let own = Endpoint::new()?;
    Program::start(own.listen(command.args(["--join", "demo"]), services).args(["use", "--pause", "20"]))
}

/// What a user has printed so far.
#[derive(Default)]
struct Told {
    /// The present services. The first is the one that the user asks.
    services: Vec<String>,
    /// How many numbers have been answered.
    answers: u32,
    /// The services that are gone, and the reasons.
    gone: Vec<(String, String)>,
}

impl Told {
    /// Reads lines until a condition holds. Answers come one after the other, each from the service that the user asks.
    fn read_until(&mut self, user: &Program, is_so: impl Fn(&Self) -> bool) -> anyhow::Result<()> {
        while !is_so(self) {
            let line = user.line()?;
            let line = line.trim_end();
            if let Some(service) = line.strip_suffix(" has come") {
                self.services.push(service.to_owned());
            } else if let Some((service, reason)) = line.split_once(" has gone: ") {
                self.services.retain(|other| other != service);
                self.gone.push((service.to_owned(), reason.to_owned()));
            } else if let Some((service, answer)) = line.split_once(": ") {
                self.answers += 1;
                assert!(answer.starts_with(&format!("{} =", self.answers)), "{line}");
                assert_eq!(service, self.services[0], "{line}");
            }
        }
        Ok(())
    }

    fn read_answers(&mut self, user: &Program) -> anyhow::Result<()> {
        let answers = self.answers + 5;
        self.read_until(user, |told| told.answers == answers)
    }
}

#[test]
fn users_of_a_service_that_is_killed_use_the_next_one_and_miss_nothing() -> anyhow::Result<()> {
    let (kitchen, cellar) = (Endpoint::new()?, Endpoint::new()?);
    let mut services = vec![service("kitchen", &kitchen, &[])?, service("cellar", &cellar, &[&kitchen])?];
    let mut users = Vec::new();
    for _ in 0..2 {
        let (user, mut told) = (user(&[&kitchen, &cellar])?, Told::default());
        told.read_until(&user, |told| told.services.len() == 2)?;
        told.read_answers(&user)?;
        users.push((user, told));
    }
    let killed = users[0].1.services[0].clone();
    services.remove(usize::from(killed == "cellar")).signal(Signal::KILL)?;
    for (user, told) in &mut users {
        told.read_until(user, |told| !told.gone.is_empty())?;
        assert_eq!(told.gone[0].0, killed);
        assert!(told.gone[0].1.starts_with(&format!("the link to \"{killed}\" is lost")), "{:?}", told.gone);
        told.read_answers(user)?;
    }
    Ok(())
}

#[test]
fn a_user_waits_while_there_is_no_service() -> anyhow::Result<()> {
    let (kitchen, cellar) = (Endpoint::new()?, Endpoint::new()?);
    let (first, mut told) = (service("kitchen", &kitchen, &[])?, Told::default());
    let user = user(&[&kitchen, &cellar])?;
    told.read_answers(&user)?;
    drop(first);
    told.read_until(&user, |told| told.services.is_empty())?;
    let _next = service("cellar", &cellar, &[])?;
    told.read_answers(&user)
}

#[test]
fn a_service_sees_a_user_leave() -> anyhow::Result<()> {
    let kitchen = Endpoint::new()?;
    let service = service("kitchen", &kitchen, &[])?;
    let user = user(&[&kitchen])?;
    let come = service.line()?;
    let name = come.strip_suffix(" has come\n").expect("somebody comes");
    user.signal(Signal::KILL)?;
    assert_eq!(service.line()?, format!("{name} has gone\n"));
    Ok(())
}
