//! S19: the events that a trace receives, and their order.

use anyhow::{anyhow, bail};
use futures::FutureExt;
use marketplace_core::{
    Actions, Actor, Event, Ground, Inspection, Interest, Pid, Reason, Role, Spawn, VirtualMachine, topic,
};
use marketplace_testing::Recorder;

use crate::support::{Go, Say, Stage};

/// A program with a trace, after it has settled, and the log of its processes.
fn stage(processes: impl IntoIterator<Item = Spawn>) -> (Stage, Recorder) {
    let recorder = Recorder::default();
    let ground = Ground::new().with_trace(recorder.clone());
    let mut stage = Stage::of(processes.into_iter().fold(ground, Ground::spawn));
    assert!(stage.settle().is_pending(), "a strong handle keeps the ground");
    (stage, recorder)
}

/// The trace of a program, without the ground's own process.
fn told(processes: impl IntoIterator<Item = Spawn>) -> anyhow::Result<Vec<String>> {
    let (mut stage, recorder) = stage(processes);
    let mut lines = recorder.take();
    stage.stop()?;
    lines.retain(|line| !line.starts_with("ground "));
    Ok(lines)
}

#[test]
fn s19_a_trace_is_told_of_processes_and_turns() -> anyhow::Result<()> {
    let child = Spawn::new((), |(), cx| cx.quit_because(anyhow!("bored"))).named("child");
    let parent = Spawn::new((), |(), cx| {
        cx.spawn(child);
        cx.yield_then(|(), _| ());
    });
    assert_eq!(
        told([parent.named("parent")])?,
        [
            "parent starts",
            "parent (boot",
            "parent )",
            "child starts by parent",
            "child (boot",
            "child is leaving: bored",
            "child )",
            "parent (resumed",
            "parent )",
            "child has left: bored",
            "parent has left: normal",
        ]
    );
    Ok(())
}

#[test]
fn s19_a_trace_is_told_of_endpoints_and_of_who_sees_whom() -> anyhow::Result<()> {
    let watcher = Spawn::new((), |(), cx| {
        cx.observe_publishers(topic!(Say(1, _))).named("eyes").on_presence(|(), _, _| ());
    });
    let publisher = Spawn::new((), |(), cx| {
        cx.publisher(topic!(Say(1, "x"))).named("mouth");
        cx.yield_then(|(), cx| cx.delete_because("mouth", anyhow!("hoarse")));
    });
    assert_eq!(
        told([watcher.named("watcher"), publisher.named("publisher")])?[6..],
        [
            "watcher adds \"eyes\": Subscriber of Say(1, _)",
            "publisher adds \"mouth\": Publisher of Say(1, \"x\")",
            "watcher + Say(1, \"x\")",
            "watcher (presence",
            "watcher )",
            "publisher (resumed",
            "publisher )",
            "publisher deletes Say(1, \"x\"): hoarse",
            "watcher - Say(1, \"x\"): hoarse",
            "publisher (closed",
            "publisher )",
            "publisher has left: normal",
        ]
    );
    Ok(())
}

#[test]
fn s06_s19_a_pair_is_told_of_as_each_sees_the_other_whatever_it_handles() -> anyhow::Result<()> {
    let seeing = Spawn::new((), |(), cx| {
        cx.observe_subscribers_everything(topic!(Say(1, _)));
    });
    let seen = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say(1, "x")));
    });
    let mut lines = told([seeing.named("seeing"), seen.named("seen")])?;
    lines.retain(|line| line.contains('+'));
    // In the other direction there is nothing to see.
    assert_eq!(lines, ["seeing + Say(1, \"x\")"]);
    Ok(())
}

#[test]
fn s08_s19_an_update_is_told_as_such() -> anyhow::Result<()> {
    let process = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Go(_))).named("ears");
        cx.yield_then(|(), cx| {
            cx.subscriber(topic!(Go(_))).named("ears").on_message(|(), _, _| ());
        });
    });
    let lines = told([process.named("a")])?;
    assert_eq!(lines[6..], ["a updates", "a (closed", "a )"]);
    Ok(())
}

#[test]
fn s05_s19_a_message_is_told_with_those_who_get_it_and_whether_it_was_taken() -> anyhow::Result<()> {
    let listener = |name| {
        let boot = |(): &mut (), cx: &mut marketplace_core::Context<'_, ()>| {
            cx.subscriber(topic!(Say(1, _))).on_message(|(), _, _| ());
        };
        Spawn::new((), boot).named(name)
    };
    let silent = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say(1, _)));
    });
    let observer = Spawn::new((), |(), cx| {
        cx.observe_publishers(topic!(Say(2, _))).on_message(|(), _, _| ());
    });
    let speaker = Spawn::new((), |(), cx| {
        cx.send(Say(1, "x"));
        cx.send(Say(2, "y"));
        cx.send(Say(3, "z"));
    });
    let processes =
        [listener("a"), silent.named("b"), listener("c"), observer.named("d"), speaker.named("s")];
    let lines = told(processes)?;
    let first = lines.iter().position(|line| line.starts_with("s sends"));
    assert_eq!(
        lines[first.unwrap_or_default()..],
        [
            "s sends Say(1, \"x\")",
            "a gets it",
            "a (message",
            "a )",
            "b gets it",
            "c gets it",
            "c (message",
            "c )",
            "taken",
            "s sends Say(2, \"y\")",
            "d gets it",
            "d (message",
            "d )",
            "dropped",
            "s sends Say(3, \"z\")",
            "dropped",
            "s has left: normal",
        ]
    );
    Ok(())
}

#[test]
fn s02_s19_of_a_failed_turn_the_error_is_told_and_what_is_not_done() -> anyhow::Result<()> {
    for (fails, error) in [(true, "broken"), (false, "panic: mad")] {
        let process = Spawn::new((), move |(), cx| {
            cx.send(Say(1, "x"));
            cx.spawn(Spawn::new((), |(), _| ()));
            if fails { bail!("broken") } else { panic!("mad") }
        });
        assert_eq!(
            told([process.named("a")])?,
            [
                "a starts".to_owned(),
                "a (boot".to_owned(),
                "a does not do Local(Send".to_owned(),
                "a does not do Local(Spawn".to_owned(),
                format!("a fails: {error}"),
                format!("a is leaving: {error}"),
                "a )".to_owned(),
                format!("a has left: {error}"),
            ]
        );
    }
    Ok(())
}

#[test]
fn s11_s19_what_a_leaving_process_would_not_hear_of_is_not_done() -> anyhow::Result<()> {
    let process = Spawn::new((), |(), cx| {
        cx.perform(async {}, |(), _, ()| ());
        cx.yield_then(|(), _| ());
        cx.send(Say(1, "x"));
        cx.quit();
    });
    assert_eq!(
        told([process.named("a")])?[2..],
        [
            "a is leaving: normal",
            "a )",
            "a does not do Perform(Token(0),",
            "a does not do Yield(Token(1))",
            "a sends Say(1, \"x\")",
            "dropped",
            "a has left: normal",
        ]
    );
    Ok(())
}

#[test]
fn s11_s19_a_kill_is_told_once_with_its_reason() -> anyhow::Result<()> {
    let killer = Spawn::new((), |(), cx| {
        let victim = Spawn::new((), |(), cx| {
            cx.subscriber(topic!(Go(_)));
        });
        cx.spawn_then(victim.named("victim"), |(), cx, pid| {
            cx.kill(&pid, anyhow!("revenge"));
            cx.kill(&pid, anyhow!("more revenge"));
        });
    });
    let mut lines = told([killer.named("killer")])?;
    lines.retain(|line| line.contains("victim") && line.contains(':'));
    assert_eq!(
        lines,
        [
            "victim adds anonymous 1: Subscriber of Go(_)",
            "victim is leaving: revenge",
            "victim deletes Go(_): revenge",
            "victim has left: revenge",
        ]
    );
    Ok(())
}

#[test]
fn s19_a_restart_is_told_as_the_supervisor_says_it() -> anyhow::Result<()> {
    let supervisor = Spawn::new((), |(), cx| {
        let child = Spawn::new((), |(), _| ()).named("second");
        cx.spawn_then(child, |(), cx, _| cx.trace_restart("child", &Reason::error(anyhow!("broken"))));
    });
    let lines = told([supervisor.named("s")])?;
    assert!(lines.contains(&"s restarts child: broken".to_owned()), "{lines:?}");
    Ok(())
}

/// Subscribes to `Say(1)` in its own network and to `Say(2)` at the meta level.
fn two_faced() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say(1, _))).named("in");
        cx.meta().subscriber(topic!(Say(2, _))).named("out").on_message(|(), cx, _| {
            cx.send(Say(1, "within"));
        });
    })
    .named("a")
}

#[test]
fn s14_s19_a_nested_vm_tells_where_it_is_and_what_it_asks_for_its_processes() -> anyhow::Result<()> {
    let (mut stage, recorder) = stage([Spawn::nested([two_faced()]).named("vm")]);
    let mut lines = recorder.take();
    lines.retain(|line| !line.starts_with("ground "));
    assert_eq!(
        lines,
        [
            "vm starts",
            "vm (boot",
            "vm/a starts",
            "vm/a (boot",
            "vm/a )",
            "vm/a adds \"in\": Subscriber of Say(1, _)",
            "vm/a asks outside about an endpoint",
            "vm )",
            "vm adds 4: Subscriber of Say(2, _)",
        ]
    );
    stage.send(Say(2, "x"))?;
    assert_eq!(
        recorder.take(),
        [
            "ground (nothing",
            "ground )",
            "ground sends Say(2, \"x\")",
            "vm gets it",
            "vm (message",
            "vm/a (message",
            "vm/a )",
            "vm/a sends Say(1, \"within\")",
            "vm/a gets it",
            "vm/taken",
            "vm )",
            "taken",
        ]
    );
    stage.stop()
}

#[test]
fn s14_s19_of_a_vm_that_goes_each_process_is_told_and_what_it_had_not_done() -> anyhow::Result<()> {
    let ends = Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Go(1))).on_message(|(), cx, _| {
            cx.meta().quit_because(anyhow!("enough"));
            // More than the VM performs in one slice.
            (0..600).for_each(|_| cx.send(Say(9, "never")));
        });
    });
    let inner = Spawn::nested([two_faced(), two_faced().named("b")]).named("inner");
    let (mut stage, recorder) = stage([Spawn::nested([ends.named("ends"), inner]).named("outer")]);
    recorder.take();
    stage.go(1)?;
    let mut lines = recorder.take();
    let first = lines.iter().position(|line| line == "outer is leaving: enough").unwrap_or_default();
    let lines = lines.split_off(first);
    let discarded = lines.iter().filter(|line| *line == "outer/ends does not do Local(Send").count();
    assert!(discarded > 100, "{discarded} discarded");
    let mut lines = lines;
    lines.retain(|line| line.contains("left"));
    assert_eq!(
        lines,
        [
            "outer/ends has left: enough",
            "outer/inner/a has left: enough",
            "outer/inner/b has left: enough",
            "outer/inner has left: enough",
            "outer has left: enough",
        ]
    );
    stage.stop()
}

#[test]
fn s15_s19_what_is_left_when_the_program_ends_is_told_too() -> anyhow::Result<()> {
    let (stage, recorder) = stage([two_faced_at_ground()]);
    recorder.take();
    drop(stage);
    assert_eq!(recorder.take(), ["ground has left: normal", "a has left: normal"]);
    Ok(())
}

fn two_faced_at_ground() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say(1, _)));
    })
    .named("a")
}

#[test]
fn s19_a_vm_that_is_run_by_hand_is_traced_by_the_actions_that_it_is_lent() -> anyhow::Result<()> {
    let recorder = Recorder::default();
    let mut vm = VirtualMachine::outermost([Spawn::new((), |(), cx| cx.quit()).named("a")]);
    let mut actions = Actions::new(false).with_trace(recorder.clone());
    vm.handle(Event::Boot { pid: Pid::detached() }, &mut actions)?;
    let lines = ["a starts", "a (boot", "a is leaving: normal", "a )", "a has left: normal"];
    assert_eq!(recorder.take(), lines);
    Ok(())
}

/// An actor that does not show what is inside it.
struct Dark<A>(A);

impl<A: Actor> Actor for Dark<A> {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        self.0.handle(event, actions)
    }

    fn inspect(&mut self, _: &mut Inspection<'_>) {}
}

#[test]
fn s19_a_wrapped_vm_is_traced_also_if_its_wrapper_does_not_show_it() -> anyhow::Result<()> {
    let (mut stage, recorder) = stage([Spawn::nested([two_faced()]).wrap(Dark).named("dark")]);
    assert!(recorder.take().contains(&"dark/a (boot".to_owned()));
    stage.send(Say(2, "x"))?;
    assert!(recorder.take().contains(&"dark/a gets it".to_owned()));
    stage.stop()
}

#[test]
fn s02_s19_an_actor_that_puts_other_actions_in_place_of_its_own_does_not_end_the_trace() -> anyhow::Result<()>
{
    struct Replacing;

    impl Actor for Replacing {
        fn handle(&mut self, _: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
            *actions = Actions::new(false);
            Ok(())
        }
    }

    let later = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Go(1))).on_message(|(), _, _| ());
    });
    let (mut stage, recorder) = stage([Spawn::actor(Replacing).named("replacing")]);
    stage.spawn(later.named("later"))?;
    recorder.take();
    stage.go(1)?;
    assert!(recorder.take().contains(&"later gets it".to_owned()));
    stage.stop()
}

#[test]
fn s06_s19_a_trace_is_no_demand() -> anyhow::Result<()> {
    let asker = |role: fn() -> Role| {
        Spawn::new((), move |(), cx| {
            let interest = role().interest;
            assert_eq!(interest, Interest::Participant);
            cx.publisher(topic!(Say(1, _))).on_settled(|(), _, peers| {
                assert_eq!(peers, 0);
            });
        })
    };
    let lines = told([asker(|| Role::publisher(topic!(Say(1, _)))).named("a")])?;
    assert!(!lines.iter().any(|line| line.contains('+') || line.contains("fails")), "{lines:?}");
    Ok(())
}

#[test]
fn s19_several_traces_are_told_the_same_and_one_that_panics_is_told_nothing_more() -> anyhow::Result<()> {
    struct Faulty(Recorder);

    impl marketplace_core::Trace for Faulty {
        fn trace(&self, vm: &[Pid], event: &marketplace_core::TraceEvent<'_>) {
            self.0.trace(vm, event);
            panic!("a faulty trace");
        }
    }

    let [first, faulty, last] = [(); 3].map(|()| Recorder::default());
    let ground = Ground::new().with_trace(first.clone()).with_trace(Faulty(faulty.clone()));
    let ground = ground.with_trace(last.clone()).spawn(Spawn::new((), |(), cx| cx.quit()).named("a"));
    assert!(ground.run().now_or_never().is_some_and(|ended| ended.is_ok()));
    let lines = first.take();
    assert!(lines.len() > 4 && lines == last.take());
    assert_eq!(faulty.take(), lines[..1]);
    Ok(())
}
