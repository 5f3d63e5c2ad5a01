//! Supervision: a front that answers clients, and the store behind it.

use std::time::Duration;

use anyhow::ensure;
use marketplace_core::{Child, Ground, Limits, Message, Question, Spawn, Strategy, Supervisor, topic};

/// A client's question.
#[derive(Debug, Message)]
struct Visit {
    page: String,
}

impl Question for Visit {
    type Answer = String;
}

/// The front's question to the store.
#[derive(Debug, Message)]
struct Count {
    page: String,
}

impl Question for Count {
    type Answer = u32;
}

/// Counts visits. It fails on a page without a name.
fn store() -> Spawn {
    Spawn::new(0, |_, cx| {
        cx.on_question(topic!(Count { .. }), |visits, _, count, reply| {
            ensure!(!count.page.is_empty(), "a page needs a name");
            *visits += 1;
            reply.send(*visits);
            Ok(())
        });
    })
}

/// Answers clients, also while there is no store.
fn front() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.on_question(topic!(Visit { .. }), |(), cx, visit, reply| {
            cx.ask(Count { page: visit.page.clone() }).then(|(), _, count| {
                reply.send(match count {
                    Ok(count) => format!("visit {count}"),
                    Err(_) => "try again later".to_owned(),
                });
            });
        });
    })
}

/// Both, each restarted when it fails.
fn service() -> Supervisor {
    Supervisor::new(Strategy::OneForOne)
        .named("service")
        .limits(Limits::new().restarts(3, Duration::from_secs(60)))
        .child(Child::new("store", store))
        .child(Child::new("front", front))
}

fn program() -> Ground {
    Ground::new().with_sleep(async_std::task::sleep).main(service().spawn())
}

use marketplace_core::{ChildState, ChildStatus, Children, Pattern};

/// Sends a message whenever the status of a child changes.
fn health(children: &Children) -> Spawn {
    let states = topic!(ChildState { children: children.clone(), .. });
    Spawn::new((), move |(), cx| {
        cx.observe_publishers(states).on_presence(|(), cx, peer| {
            if let (Some(child), Some(status)) =
                (peer.conversation.child.value(), peer.conversation.status.value())
            {
                cx.send(Health { child: child.to_string(), is_running: status == ChildStatus::Running });
            }
        });
    })
}

#[derive(Debug, Message)]
struct Health {
    child: String,
    is_running: bool,
}

/// Both in a nested VM: when the front fails, the store ends with it, and the VM is restarted as a whole.
fn unit() -> Child {
    Child::new("unit", || Spawn::nested_with_main([store()], strict_front()))
}

/// Answers clients in the containing VM, and fails when the store fails.
fn strict_front() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.meta().on_question(topic!(Visit { .. }), |(), cx, visit, reply| {
            cx.ask(Count { page: visit.page.clone() }).then(|(), _, count| {
                reply.send(format!("visit {}", count?));
                Ok(())
            });
        });
    })
}

use marketplace_testing::TestProgram;

fn visit(program: &TestProgram, page: &str) -> anyhow::Result<String> {
    let handle = program.handle();
    let visit = Visit { page: page.to_owned() };
    Ok(program.wait(async move { handle.ask(visit).await })??)
}

#[test]
fn a_store_that_fails_is_restarted_with_a_new_state() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(program());
    assert_eq!(visit(&program, "home")?, "visit 1");
    assert_eq!(visit(&program, "home")?, "visit 2");
    assert_eq!(visit(&program, "")?, "try again later");
    assert_eq!(visit(&program, "home")?, "try again later");
    program.advance(Duration::from_millis(100));
    assert_eq!(visit(&program, "home")?, "visit 1");
    Ok(())
}

#[test]
fn a_store_that_fails_too_often_ends_the_program() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(program());
    for _ in 0..3 {
        assert_eq!(visit(&program, "")?, "try again later");
        program.advance(Duration::from_secs(1));
    }
    assert!(visit(&program, "").is_err(), "the front leaves with the supervisor");
    let error = program.outcome().expect_err("the store fails too often");
    assert_eq!(
        format!("{error:#}"),
        "supervisor `service`: `store` has ended again after 3 restarts within 60s: a page needs a name"
    );
    Ok(())
}

#[test]
fn the_state_of_each_child_is_known() -> anyhow::Result<()> {
    let children = Children::new("service");
    let program = TestProgram::by_hand(Ground::new().main(service().controlled_by(&children).spawn()));
    let mut health_seen = program.messages(topic!(Health { .. }))?;
    program.spawn(health(&children))?;
    let mut next = || health_seen.message().map(|health| (health.child.clone(), health.is_running));
    assert_eq!(next()?, ("store".to_owned(), true));
    assert_eq!(next()?, ("front".to_owned(), true));
    visit(&program, "")?;
    assert_eq!(next()?, ("store".to_owned(), false));
    program.advance(Duration::from_secs(1));
    assert_eq!(next()?, ("store".to_owned(), true));
    Ok(())
}

#[test]
fn children_are_added_and_removed_while_the_supervisor_runs() -> anyhow::Result<()> {
    let children = Children::new("service");
    let program = TestProgram::by_hand(Ground::new().main(service().controlled_by(&children).spawn()));
    let second = topic!(ChildState { children: children.clone(), child: "second".into(), .. });
    let mut states = program.observe_publishers(second)?;
    program.send(children.add(Child::new("second", store)))?;
    states.presence()?;
    program.send(children.remove("second"))?;
    states.absence()?;
    Ok(())
}

#[test]
fn a_unit_is_restarted_as_a_whole() -> anyhow::Result<()> {
    let units = Supervisor::new(Strategy::OneForOne).child(unit()).spawn();
    let program = TestProgram::by_hand(Ground::new().spawn(units));
    assert_eq!(visit(&program, "home")?, "visit 1");
    assert_eq!(visit(&program, "home")?, "visit 2");
    let error = visit(&program, "").expect_err("the unit fails");
    assert!(format!("{error:#}").ends_with("a page needs a name"), "{error:#}");
    program.advance(Duration::from_millis(100));
    assert_eq!(visit(&program, "home")?, "visit 1");
    Ok(())
}
