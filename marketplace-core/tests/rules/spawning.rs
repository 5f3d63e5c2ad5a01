//! S10: how processes are created.

use anyhow::bail;
use marketplace_core::{Reason, Role, Spawn, topic};

use crate::support::{Say, trace};

#[test]
fn s10_a_child_boots_when_the_action_is_performed() {
    let lines = trace(|log| {
        let child = log.clone();
        let parent = Spawn::new((), move |(), cx| {
            cx.send(Say(1, "before"));
            cx.spawn(Spawn::new((), move |(), _| child.add("child boots")));
            cx.send(Say(1, "after"));
        });
        [log.watcher("a", Role::subscriber(topic!(Say(1, _)))), parent]
    });
    assert_eq!(lines[1..], ["a: before", "child boots", "a: after"]);
}

#[test]
fn s10_the_parent_may_go_on_with_the_childs_pid() {
    let lines = trace(|log| {
        let (own, told) = (log.clone(), log.clone());
        let child = Spawn::new((), move |(), cx| own.add(format_args!("{:?}", cx.pid())));
        [Spawn::new((), move |(), cx| {
            cx.spawn_then(child, move |(), _, pid| told.add(format_args!("{pid:?}")));
        })]
    });
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0], lines[1], "the child boots, then the parent is told");
}

#[test]
fn s10_a_child_that_fails_to_boot_never_had_endpoints() {
    let boots: [fn() -> anyhow::Result<()>; 2] = [|| bail!("broken"), || panic!("broken")];
    for boot in boots {
        let lines = trace(|log| {
            let parent = log.clone();
            let child = Spawn::new((), move |(), cx| {
                cx.publisher(topic!(Say(1, _)));
                cx.send(Say(1, "from the child"));
                boot()
            });
            let parent = Spawn::new((), move |(), cx| {
                cx.spawn_then(child, move |(), _, _| parent.add("the parent goes on"));
            });
            [log.watcher("a", Role::subscriber(topic!(Say(1, _)))), parent]
        });
        assert_eq!(lines, ["a settled, 0", "the parent goes on"]);
    }
}

#[test]
fn s10_the_pid_of_a_child_that_failed_to_boot_can_be_used() {
    let lines = trace(|log| {
        let parent = Spawn::new((), |(), cx| {
            cx.spawn_then(Spawn::new((), |(), _| bail!("broken")), |(), cx, pid| {
                cx.kill(&pid, Reason::normal());
                cx.send(Say(1, "killed"));
            });
        });
        [log.watcher("a", Role::subscriber(topic!(Say(1, _)))), parent]
    });
    assert_eq!(lines, ["a settled, 0", "a: killed"]);
}
