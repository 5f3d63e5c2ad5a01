//! Explanations of random endpoints in a tree of VMs. They predict what happens when a message is sent (S5, S14), and
//! agree with a naive comparison.

mod wanted;

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use futures::FutureExt;
use futures::channel::oneshot;
use marketplace_core::{
    Context, Endpoint, ExplainedEndpoint, Interest, Location, Network, Orientation, Pid, ProcessName,
    Snapshot, Spawn, topic,
};
use proptest::prelude::*;

use crate::support::{Go, Stage};

use wanted::{Packet, PacketPattern, Wanted, packets, wanted};

/// The description of an endpoint.
#[derive(Clone, Debug)]
struct Plan {
    /// The index in [`VMS`] of the VM that its process is in.
    vm: usize,
    is_meta: bool,
    orientation: Orientation,
    interest: Interest,
    wanted: Wanted,
}

/// The VMs, each as the path of names to it.
const VMS: [&[&str]; 4] = [&[], &["a"], &["a", "b"], &["c"]];

/// The numbers of the endpoints that have received a message.
type Heard = Arc<Mutex<Vec<usize>>>;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn an_explanation_has_each_endpoint_once_with_its_location_and_the_naive_difference(
        plans in plans(),
        asked in wanted(),
    ) {
        let snapshot = Program::start(&plans).and_then(|mut program| program.snapshot()).expect("it is taken");
        for (from, vm) in VMS.iter().enumerate() {
            let explanation = snapshot.explain(&pids(&snapshot, vm), asked.pattern());
            let mut told: Vec<_> = explanation.endpoints.iter().map(|it| (number(it), told(it))).collect();
            told.sort_unstable();
            let naive = plans.iter().map(|plan| naive(plan, from, &asked)).enumerate().collect::<Vec<_>>();
            prop_assert_eq!(told, naive);
        }
    }

    #[test]
    fn s05_s14_who_is_said_to_hear_a_message_hears_it_and_nobody_else(plans in plans(), packet in packets()) {
        let mut program = Program::start(&plans).expect("it starts");
        for (from, vm) in VMS.iter().enumerate() {
            let before = program.snapshot().expect("it is taken");
            let path = pids(&before, vm);
            let explanation = before.explain(&path, topic!(packet));
            let heard = program.send(from, Orientation::Publisher, &packet).expect("it is sent");
            prop_assert_eq!(heard, numbers(explanation.receivers()));
            let after = program.snapshot().expect("it is taken");
            let dropped = |snapshot: &Snapshot| snapshot.inside(&path).map(|vm| vm.counters.dropped);
            prop_assert_eq!(explanation.is_received(), dropped(&before) == dropped(&after));
            let heard = program.send(from, Orientation::Subscriber, &packet).expect("it is sent");
            prop_assert_eq!(heard, numbers(explanation.senders()));
        }
    }
}

fn told(it: &ExplainedEndpoint) -> (String, Option<String>) {
    (by_name(&it.location), it.difference.as_ref().map(ToString::to_string))
}

fn by_name(place: &Location) -> String {
    let path = |vms: &[ProcessName]| {
        vms.iter().map(|vm| vm.name.as_deref().unwrap_or("?")).collect::<Vec<_>>().join("/")
    };
    match place {
        Location::Here => "here".into(),
        Location::Outer(levels) => format!("{levels} further out"),
        Location::Nested(vms) => format!("inside: {}", path(vms)),
        Location::Elsewhere(vms) => format!("beside: {}", path(vms)),
    }
}

/// The expected explanation of an endpoint, seen from the VM `from`.
fn naive(plan: &Plan, from: usize, asked: &Wanted) -> (String, Option<String>) {
    let (own, mut network) = (VMS[from], VMS[plan.vm]);
    if plan.is_meta {
        network = &network[..network.len() - 1];
    }
    let place = if own == network {
        "here".into()
    } else if own.starts_with(network) {
        format!("{} further out", own.len() - network.len())
    } else if network.starts_with(own) {
        format!("inside: {}", network[own.len()..].join("/"))
    } else {
        format!("beside: {}", network.join("/"))
    };
    (place, asked.difference(&plan.wanted))
}

fn number(it: &ExplainedEndpoint) -> usize {
    it.process
        .name
        .as_deref()
        .and_then(|name| name.parse().ok())
        .expect("its process is called by its number")
}

fn numbers<'a>(endpoints: impl Iterator<Item = &'a ExplainedEndpoint>) -> Vec<usize> {
    let mut numbers: Vec<_> = endpoints.map(number).collect();
    numbers.sort_unstable();
    numbers
}

/// The path of Pids to the VM at the end of a path of names.
fn pids(snapshot: &Snapshot, names: &[&str]) -> Vec<Pid> {
    let mut vm = snapshot;
    let mut path = Vec::new();
    for name in names {
        let process =
            vm.processes.iter().find(|process| process.name.as_deref() == Some(*name)).expect("the VM lasts");
        path.push(process.pid.clone());
        vm = process.inside.as_deref().expect("it is a VM");
    }
    path
}

/// A running program with the endpoints, and with processes in each VM that send a message on request.
struct Program {
    stage: Stage,
    heard: Heard,
    /// For each VM and orientation.
    mouths: Vec<Option<oneshot::Sender<Packet>>>,
}

impl Program {
    fn start(plans: &[Plan]) -> anyhow::Result<Self> {
        let heard = Heard::default();
        let mut mouths = Vec::new();
        let mut vms: [Vec<Spawn>; VMS.len()] = Default::default();
        for (number, plan) in plans.iter().enumerate() {
            vms[plan.vm].push(listener(number, plan, &heard));
        }
        for vm in &mut vms {
            for orientation in [Orientation::Publisher, Orientation::Subscriber] {
                let (sender, packet) = oneshot::channel();
                mouths.push(Some(sender));
                vm.push(mouth(orientation, packet));
            }
        }
        for vm in &mut vms[1..] {
            // Something can still happen in it, so it lasts (S12).
            vm.push(Spawn::new((), |(), cx| _ = cx.meta().subscriber(topic!(Go(_)))));
        }
        let [mut ground, mut a, b, c] = vms;
        a.push(Spawn::nested(b).named("b"));
        ground.extend([Spawn::nested(a).named("a"), Spawn::nested(c).named("c")]);
        Ok(Self { stage: Stage::new(ground), heard, mouths })
    }

    fn snapshot(&mut self) -> anyhow::Result<Snapshot> {
        let mut handle = self.stage.handle.weak();
        let mut asked = Box::pin(handle.snapshot());
        assert!(asked.as_mut().now_or_never().is_none(), "the ground has not been polled");
        self.stage.rest()?;
        Ok(asked.now_or_never().context("the ground does not answer")??)
    }

    /// The endpoints that receive a message that is sent in a VM.
    fn send(&mut self, vm: usize, orientation: Orientation, packet: &Packet) -> anyhow::Result<Vec<usize>> {
        let mouth = 2 * vm + usize::from(orientation == Orientation::Subscriber);
        let mouth = self.mouths[mouth].take().context("each speaks once")?;
        mouth.send(packet.clone()).ok().context("it waits for what to say")?;
        self.stage.rest()?;
        let mut heard = std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner));
        heard.sort_unstable();
        Ok(heard)
    }
}

fn listener(number: usize, plan: &Plan, heard: &Heard) -> Spawn {
    let (plan, heard) = (plan.clone(), Arc::clone(heard));
    let listener = Spawn::new((), move |(), cx| {
        let hears = move |(): &mut (), _: &mut Context<'_, ()>, _: &Packet| {
            heard.lock().unwrap_or_else(PoisonError::into_inner).push(number);
        };
        if plan.is_meta {
            add(&mut cx.meta(), &plan).on_message(hears);
        } else {
            add(cx, &plan).on_message(hears);
        }
    });
    listener.named(number.to_string())
}

fn add<'a>(network: &'a mut Network<'_, ()>, plan: &Plan) -> Endpoint<'a, (), PacketPattern> {
    let pattern = plan.wanted.pattern();
    match (plan.orientation, plan.interest) {
        (Orientation::Publisher, Interest::Participant) => network.publisher(pattern),
        (Orientation::Publisher, Interest::Observer) => network.observe_subscribers(pattern),
        (Orientation::Publisher, Interest::Everything) => network.observe_subscribers_everything(pattern),
        (Orientation::Subscriber, Interest::Participant) => network.subscriber(pattern),
        (Orientation::Subscriber, Interest::Observer) => network.observe_publishers(pattern),
        (Orientation::Subscriber, Interest::Everything) => network.observe_publishers_everything(pattern),
    }
}

/// Sends one message, when the test chooses one.
fn mouth(orientation: Orientation, packet: oneshot::Receiver<Packet>) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.perform(packet, move |(), cx, packet| {
            match orientation {
                Orientation::Publisher => cx.send(packet?),
                Orientation::Subscriber => cx.send_feedback(packet?),
            }
            Ok(())
        });
    })
}

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let orientations = prop_oneof![Just(Orientation::Publisher), Just(Orientation::Subscriber)];
    let interests =
        prop_oneof![Just(Interest::Participant), Just(Interest::Observer), Just(Interest::Everything)];
    let plan = (0..VMS.len(), any::<bool>(), orientations, interests, wanted()).prop_map(
        |(vm, is_meta, orientation, interest, wanted)| Plan {
            vm,
            is_meta: is_meta && !VMS[vm].is_empty(),
            orientation,
            interest,
            wanted,
        },
    );
    proptest::collection::vec(plan, 0..12)
}
