//! The numbers: what happened in each second of the last five minutes, in each VM, and for each message type.

use std::any::TypeId;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use marketplace_core::Counters;

use crate::buffer::{Count, TypeCount};
use crate::frame::{Number, Numbers, Second, Totals, TypeRates, VmRates};
use crate::role::short;
use crate::tree::ProcessTree;

/// How many seconds are kept.
const SECONDS: usize = 300;
/// The most VMs, and the most types, that are shown.
const SHOWN: usize = 100;

#[derive(Debug)]
pub(crate) struct History {
    begun: Instant,
    /// When the last second ended, and the counters at that moment.
    last: Instant,
    total: Counters,
    seconds: VecDeque<Second>,
    /// How many there have been.
    passed: u64,
    /// How long the last one was.
    length: Duration,
    vms: HashMap<Number, Rate>,
    types: HashMap<TypeId, (Arc<str>, Rate)>,
}

/// The counts of the current second, of the last one, and in all.
#[derive(Debug, Default)]
struct Rate {
    now: Count,
    last: Count,
    total: Count,
}

/// How far a page has read: the number of seconds that it has been sent.
#[derive(Debug, Default)]
pub(crate) struct Read(u64);

impl History {
    pub(crate) fn new(begun: Instant) -> Self {
        Self {
            begun,
            last: begun,
            total: Counters::default(),
            seconds: VecDeque::new(),
            passed: 0,
            length: Duration::from_secs(1),
            vms: HashMap::new(),
            types: HashMap::new(),
        }
    }

    pub(crate) fn count_type(&mut self, message_type: TypeId, counted: &TypeCount) {
        let rate = self.types.entry(message_type);
        rate.or_insert_with(|| (short(counted.name).into(), Rate::default())).1.add(counted.count);
    }

    pub(crate) fn count_vm(&mut self, vm: Number, count: Count) {
        self.vms.entry(vm).or_default().add(count);
    }

    /// Forgets the counts of VMs and types, which start again from zero.
    pub(crate) fn forget(&mut self) {
        self.vms = HashMap::new();
        self.types = HashMap::new();
    }

    /// The time since the last second ended.
    pub(crate) fn passing(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.last)
    }

    /// Ends a second, with the numbers of each program.
    pub(crate) fn pass(&mut self, now: Instant, programs: impl Iterator<Item = Second>, total: Counters) {
        let mut second =
            Second { time: now.saturating_duration_since(self.begun).as_secs_f64(), ..Second::default() };
        programs.for_each(|program| second.add(&program));
        self.seconds.push_back(second);
        if self.seconds.len() > SECONDS {
            self.seconds.pop_front();
        }
        self.passed += 1;
        (self.length, self.last, self.total) = (self.passing(now), now, total);
        self.vms.values_mut().for_each(Rate::pass);
        self.types.values_mut().for_each(|(_, rate)| rate.pass());
    }

    /// The number of turns in the last second.
    pub(crate) fn turns(&self) -> f64 {
        self.seconds.back().map_or(0.0, |second| second.turns)
    }

    /// The VMs with the most turns in the last second.
    pub(crate) fn busiest(&self) -> Vec<Number> {
        let mut vms: Vec<_> = self.vms.iter().collect();
        vms.sort_by_key(|(number, rate)| (std::cmp::Reverse(rate.last.turns), **number));
        vms.into_iter().take(SHOWN).map(|(number, _)| *number).collect()
    }

    /// Forgets the VMs that no longer exist.
    pub(crate) fn tidy(&mut self, tree: &ProcessTree) {
        self.vms.retain(|number, _| tree.get(*number).is_some_and(|vm| !vm.is_gone()));
    }

    /// What is new for a page. `None` if nothing is.
    pub(crate) fn read(&self, read: &mut Read, tree: &ProcessTree) -> Option<Numbers> {
        let new = (self.passed - read.0).min(self.seconds.len() as u64) as usize;
        if new == 0 {
            return None;
        }
        read.0 = self.passed;
        let seconds = self.seconds.range(self.seconds.len() - new..).cloned().collect();
        Some(Numbers {
            seconds,
            total: totals(self.total),
            vms: self.vm_rates(tree),
            types: self.type_rates(),
        })
    }

    fn vm_rates(&self, tree: &ProcessTree) -> Vec<VmRates> {
        let time = self.seconds.back().map_or(0.0, |second| second.time);
        let busiest = self.busiest().into_iter();
        let known = busiest.filter_map(|vm| Some((tree.get(vm)?, tree.vm(vm)?, self.vms.get(&vm)?)));
        let rates = known.map(|(process, vm, rate)| VmRates {
            vm: process.number,
            name: process.title().to_string(),
            now: Second {
                time,
                messages: self.a_second(rate.last.messages),
                deliveries: self.a_second(rate.last.deliveries),
                dropped: self.a_second(rate.last.dropped),
                turns: self.a_second(rate.last.turns),
                processes: vm.processes(),
                endpoints: vm.network.len(),
                pending: vm.pending,
            },
        });
        rates.collect()
    }

    fn type_rates(&self) -> Vec<TypeRates> {
        let mut types: Vec<_> = self.types.values().collect();
        types.sort_by(|(one, this), (other, that)| {
            let busy = |rate: &Rate| (rate.last.messages + rate.last.deliveries, rate.total.messages);
            busy(that).cmp(&busy(this)).then_with(|| one.cmp(other))
        });
        let rates = types.into_iter().take(SHOWN).map(|(name, rate)| TypeRates {
            message_type: Arc::clone(name),
            messages: self.a_second(rate.last.messages),
            deliveries: self.a_second(rate.last.deliveries),
            dropped: self.a_second(rate.last.dropped),
            total: rate.total.messages,
        });
        rates.collect()
    }

    /// A count of the last second as a rate, because that second may have been longer or shorter.
    fn a_second(&self, count: u64) -> f64 {
        count as f64 / self.length.as_secs_f64()
    }
}

impl Read {
    /// The page does not show the numbers any more.
    pub(crate) fn end(&mut self) {
        self.0 = 0;
    }
}

impl Rate {
    fn add(&mut self, count: Count) {
        self.now.add(count);
        self.total.add(count);
    }

    fn pass(&mut self) {
        self.last = std::mem::take(&mut self.now);
    }
}

fn totals(counters: Counters) -> Totals {
    Totals {
        messages: counters.messages,
        deliveries: counters.deliveries,
        dropped: counters.dropped,
        turns: counters.turns,
        crashes: counters.crashes,
        restarts: counters.restarts,
        processes: counters.processes,
        endpoints: counters.endpoints,
        pending: counters.pending,
    }
}
