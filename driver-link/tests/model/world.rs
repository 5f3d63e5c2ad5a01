//! The grounds of a random program, moved by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, anyhow};
use driver_link::Link;
use marketplace_core::{Context, Ground, Reason};
use marketplace_testing::{TestProcess, TestProgram};

use super::program::{Deed, Net, Setup, Step, Way};
use super::record::{Log, Record, lock};
use super::rest;
use super::support::Network;
use super::vocabulary::{About, MOST, Part};

/// After this many rounds of delivering everything and ticking, all grounds must be at rest.
const ROUNDS: usize = 12;

/// How many rounds of answers the grounds need at most.
const MOST_ROUNDS: usize = 1_000;

pub(crate) struct World {
    setup: Setup,
    network: Network,
    /// The running program of each ground, and its station in the network.
    grounds: Vec<(TestProgram, usize)>,
    processes: BTreeMap<(usize, usize), Process>,
    /// Pairs of stations: the first has met the second, and has not lost it since.
    met: BTreeSet<(usize, usize)>,
    record: Arc<Mutex<Record>>,
    /// How many endpoints and messages have been created.
    endpoints: usize,
    messages: usize,
}

/// What a process does in its turn.
type Work = Box<dyn FnOnce(&mut Context<'_, ()>) + Send>;

/// A process, and the names that its endpoints have.
struct Process {
    process: TestProcess,
    names: BTreeSet<usize>,
}

impl World {
    pub(crate) fn new(setup: &Setup) -> anyhow::Result<Self> {
        let mut world = Self {
            setup: setup.clone(),
            network: Network::default(),
            grounds: Vec::new(),
            processes: BTreeMap::new(),
            met: BTreeSet::new(),
            record: Arc::default(),
            endpoints: 0,
            messages: 0,
        };
        for ground in 0..setup.grounds.len() {
            let started = world.start(ground);
            world.grounds.push(started);
        }
        world.meet_all();
        if setup.begins_linked {
            world.carry_all();
        }
        Ok(world)
    }

    fn start(&self, ground: usize) -> (TestProgram, usize) {
        let Setup { grounds, window, mark, limit, .. } = &self.setup;
        let shared = grounds[ground].clone();
        let window = NonZero::new(*window).expect("a window is not zero");
        let link = Link::new(format!("{ground}")).window(window).mark(*mark).limit(*limit);
        let link = shared.iter().fold(link, |link, (outward, inward)| About::share(link, *outward, *inward));
        let number = lock(&self.record).add_ground(shared);
        let log = Log { ground: number, record: Arc::clone(&self.record) };
        let program = Ground::new().with_trace(log).spawn(link.join(self.network.transport()).spawn());
        (TestProgram::by_hand_unrecorded(program), number)
    }

    pub(crate) fn faults(&self) -> Vec<String> {
        let faults = self.network.faults();
        faults.into_iter().chain(lock(&self.record).faults.clone()).collect()
    }

    /// The log of everything that has happened, with the faults.
    pub(crate) fn story(&self) -> String {
        let happened = lock(&self.record).story.join("\n");
        format!("{happened}\nso it is wrong that\n{}", self.faults().join("\n"))
    }

    pub(crate) fn take(&mut self, step: &Step) -> anyhow::Result<()> {
        let many = self.grounds.len();
        lock(&self.record).tell(format!("{step:?}"));
        match step {
            Step::Turn(ground, who, deeds) => self.turn(ground % many, *who, deeds)?,
            Step::Crash(ground, who) => self.end(ground % many, *who, true)?,
            Step::Quit(ground, who) => self.end(ground % many, *who, false)?,
            Step::Carry(way, batches) => {
                let Some((from, to)) = self.stations(*way) else { return Ok(()) };
                for _ in 0..*batches {
                    self.network.deliver(from, to);
                }
            }
            Step::CarryAll => self.carry_all(),
            Step::Net(way, net) => self.disturb(*way, *net),
            Step::Tick(ground) => self.network.tick(self.grounds[ground % many].1),
            Step::Restart(ground, is_silent) => self.restart(ground % many, *is_silent),
        }
        self.settle();
        Ok(())
    }

    fn turn(&mut self, ground: usize, who: usize, deeds: &[Deed]) -> anyhow::Result<()> {
        if !self.processes.contains_key(&(ground, who)) {
            let process = self.grounds[ground].0.process(|_| {})?;
            self.processes.insert((ground, who), Process { process, names: BTreeSet::new() });
        }
        let Self { processes, endpoints, messages, .. } = self;
        let process = processes.get_mut(&(ground, who)).context("no process")?;
        let mut work: Vec<Work> = Vec::new();
        for deed in deeds {
            match *deed {
                Deed::Add(name, orientation, interest, about)
                    if *endpoints < MOST && process.names.insert(name) =>
                {
                    let part = Part { orientation, interest, about, numbers: vec![*endpoints] };
                    *endpoints += 1;
                    work.push(Box::new(move |cx| about.add(cx, &part, name)));
                }
                Deed::Delete(name, is_error) if process.names.remove(&name) => {
                    let reason =
                        if is_error { Reason::error(anyhow!("it is broken")) } else { Reason::normal() };
                    work.push(Box::new(move |cx| cx.delete_because(name, reason)));
                }
                Deed::Send(orientation, about) => {
                    let number = *messages;
                    *messages += 1;
                    work.push(Box::new(move |cx| about.send(cx, orientation, number)));
                }
                _ => {}
            }
        }
        process.process.run(move |cx| work.into_iter().for_each(|work| work(cx)))
    }

    fn end(&mut self, ground: usize, who: usize, is_crash: bool) -> anyhow::Result<()> {
        match self.processes.remove(&(ground, who)) {
            Some(Process { process, .. }) if is_crash => process.fail("it has crashed"),
            Some(Process { process, .. }) => process.quit(),
            None => Ok(()),
        }
    }

    fn disturb(&mut self, way: Way, net: Net) {
        let Some((from, to)) = self.stations(way) else { return };
        match net {
            Net::Lose => self.network.drop_next(from, to),
            Net::Double => self.network.double(from, to),
            Net::Swap => self.network.swap(from, to),
            Net::Repeat(ago) => self.network.repeat(from, to, ago),
            Net::Cut => self.network.cut(from, to),
            Net::Heal => self.network.heal(from, to),
            Net::TellLost => self.part(from, to),
            Net::TellMet => self.meet(from, to),
            Net::TellBoth => {
                self.part(from, to);
                self.meet(from, to);
            }
        }
    }

    fn restart(&mut self, ground: usize, is_silent: bool) {
        let old = self.grounds[ground].1;
        if is_silent {
            (0..self.network.stations()).for_each(|other| self.network.cut(old, other));
        }
        self.processes.retain(|(at, _), _| *at != ground);
        {
            let mut record = lock(&self.record);
            record.grounds[old].is_over = true;
            record.grounds[old].endpoints.clear();
        }
        self.grounds[ground] = self.start(ground);
        self.meet_all();
    }

    /// Repairs the network, and lets all grounds learn everything.
    pub(crate) fn come_to_rest(&mut self) -> anyhow::Result<()> {
        lock(&self.record).tell("all is mended".to_owned());
        let stations = 0..self.network.stations();
        for (one, other) in stations.clone().flat_map(|one| stations.clone().map(move |other| (one, other))) {
            self.network.heal(one, other);
        }
        self.carry_all();
        let is_over = |station: &usize| self.grounds.iter().all(|(_, running)| running != station);
        for gone in stations.filter(is_over) {
            self.grounds.iter().for_each(|(_, station)| self.network.lose(*station, gone, "it is gone"));
        }
        self.meet_all();
        for _ in 0..ROUNDS {
            self.carry_all();
            self.grounds.iter().for_each(|(_, station)| self.network.tick(*station));
        }
        self.carry_all();
        self.check_links();
        let faults = rest::faults(&lock(&self.record));
        lock(&self.record).faults.extend(faults);
        Ok(())
    }

    fn check_links(&self) {
        let mut record = lock(&self.record);
        for (_, station) in &self.grounds {
            let mut linked: Vec<_> = record.grounds[*station].linked.values().copied().collect();
            let others = self.grounds.iter().filter(|(_, other)| other != station);
            let mut should: Vec<_> = others.map(|(_, other)| self.network.ground(*other)).collect();
            linked.sort();
            should.sort();
            if !record.grounds[*station].pressure.is_empty() {
                record.faults.push(format!("{station} is under pressure although all has been taken"));
            }
            if linked != should {
                record.faults.push(format!("{station} is linked with {linked:?} and not with {should:?}"));
            }
        }
    }

    fn stations(&self, Way(from, to): Way) -> Option<(usize, usize)> {
        let station = |ground: usize| self.grounds[ground % self.grounds.len()].1;
        let (from, to) = (station(from), station(to));
        (from != to).then_some((from, to))
    }

    fn meet_all(&mut self) {
        let stations: Vec<_> = self.grounds.iter().map(|(_, station)| *station).collect();
        for (one, other) in stations.iter().flat_map(|one| stations.iter().map(move |other| (*one, *other))) {
            if one != other && !self.met.contains(&(one, other)) {
                self.meet(one, other);
            }
        }
    }

    fn meet(&mut self, who: usize, whom: usize) {
        self.met.insert((who, whom));
        self.network.meet(who, whom);
    }

    fn part(&mut self, who: usize, whom: usize) {
        self.met.remove(&(who, whom));
        self.network.lose(who, whom, "the network is down");
    }

    /// Delivers everything that is under way, and everything that is sent because of it.
    fn carry_all(&self) {
        for _ in 0..MOST_ROUNDS {
            self.settle();
            let stations = 0..self.network.stations();
            let pairs = stations.clone().flat_map(|from| stations.clone().map(move |to| (from, to)));
            if pairs.filter(|(from, to)| self.network.deliver(*from, *to)).count() == 0 {
                return;
            }
        }
        lock(&self.record).faults.push("the grounds have no end of things to tell each other".to_owned());
    }

    fn settle(&self) {
        self.grounds.iter().for_each(|(program, _)| program.settle());
    }
}
