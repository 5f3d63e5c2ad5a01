//! Counted presence (S7), and demand matching (S9).

use anyhow::{anyhow, bail};
use marketplace_core::{Context, DemandMatcher, Message, Pattern, Reason, Role, Spawn, topic};

use crate::support::{Go, Log, Say, Stage, publisher, trace};

/// Logs the arrivals and departures of publishers about 1.
fn census(log: &Log) -> Spawn {
    let (arrivals, departures) = (log.clone(), log.clone());
    Spawn::new((), move |(), cx| {
        cx.observe_publishers_everything(topic!(Say(1, _)))
            .on_arrival(move |(), _, peer| {
                arrivals.add(format_args!("+ {:?} {:?}", peer.conversation, peer.interest))
            })
            .on_departure(move |(), _, peer, reason| {
                departures.add(format_args!("- {:?} {:?}, {reason}", peer.conversation, peer.interest));
            });
    })
}

#[test]
fn s07_the_first_of_equal_peers_arrives_and_the_last_of_them_departs() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([census(&log), publisher(1, 1), publisher(1, 2), publisher(1, 3)]);
    stage.go(1)?;
    stage.go(2)?;
    assert_eq!(log.take(), ["+ Say(1, _) Participant"]);
    stage.go(3)?;
    stage.spawn(publisher(1, 4))?;
    assert_eq!(log.take(), ["- Say(1, _) Participant, normal", "+ Say(1, _) Participant"]);
    Ok(())
}

#[test]
fn s07_peers_are_counted_for_each_conversation_and_interest() -> anyhow::Result<()> {
    let log = Log::default();
    let peers = Spawn::new((), |(), cx| {
        cx.publisher(topic!(Say(1, _))).named("participant");
        cx.publisher(topic!(Say(1, "x"))).named("other conversation");
        cx.observe_subscribers(topic!(Say(1, _))).named("other interest");
        cx.publisher(topic!(Say(..))).named("same conversation");
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| {
            for name in ["participant", "other conversation", "other interest"] {
                cx.delete_because(name, Reason::error(anyhow!(name)));
            }
        });
    });
    let mut stage = Stage::new([census(&log), peers]);
    let arrived = ["+ Say(1, _) Participant", "+ Say(1, \"x\") Participant", "+ Say(1, _) Observer"];
    assert_eq!(log.take(), arrived);
    stage.go(1)?;
    let departed =
        ["- Say(1, \"x\") Participant, other conversation", "- Say(1, _) Observer, other interest"];
    assert_eq!(log.take(), departed);
    Ok(())
}

#[test]
fn s08_handlers_that_count_do_not_come_by_an_update() {
    type Endpoint<'a> = marketplace_core::Endpoint<'a, (), <Say as Message>::Pattern>;
    let counting: [fn(Endpoint<'_>); 4] = [
        |endpoint| drop(endpoint.named("a").on_arrival(|(), _, _| {})),
        |endpoint| drop(endpoint.named("a").on_departure(|(), _, _, _| {})),
        |endpoint| drop(endpoint.named("a").for_each_conversation(|_| None)),
        |endpoint| drop(endpoint.on_arrival(|(), _, _| {}).named("a")),
    ];
    for count in counting {
        let lines = trace(|log| {
            let updater = Spawn::new((), move |(), cx| {
                cx.publisher(topic!(Say(2, _)));
                cx.observe_publishers(topic!(Say(1, _))).named("a");
                cx.yield_then(move |(), cx| count(cx.observe_publishers(topic!(Say(1, _)))));
            });
            [log.watcher("w", Role::subscriber(topic!(Say(2, _)))), updater]
        });
        let fault =
            "endpoint \"a\" already exists: handlers that count peers would miss the peers that it has";
        assert_eq!(lines[2..], [format!("w - Say(2, _), {fault}")]);
    }
}

#[test]
fn s08_a_matcher_counts_on_through_an_update() -> anyhow::Result<()> {
    let log = Log::default();
    let keeps = log.clone();
    let keeper = Spawn::new((), move |(), cx| {
        let matcher = DemandMatcher::new(move |_: &u32| Some(server(&keeps)));
        let observe = move |cx: &mut Context<'_, ()>| {
            cx.observe_publishers(topic!(Say(1, _))).named("a").match_demand(&matcher, |_| Some(1));
        };
        observe(cx);
        cx.subscriber(topic!(Go(1))).on_message(move |(), cx, _| observe(cx));
    });
    let mut stage = Stage::new([keeper, publisher(1, 2), publisher(1, 3)]);
    stage.go(1)?;
    stage.go(2)?;
    assert_eq!(log.take(), ["server begins"]);
    stage.go(3)?;
    assert_eq!(log.take(), ["server ends"]);
    Ok(())
}

/// A server that logs when it begins and when it is gone.
fn server(log: &Log) -> Spawn {
    let begins = log.clone();
    Spawn::new(log.epitaph("server ends"), move |_, cx| {
        begins.add("server begins");
        cx.subscriber(topic!(Go(99)));
    })
}

/// Keeps a server for each conversation that has a publisher, except for those about 9.
fn keeper(log: &Log) -> Spawn {
    let log = log.clone();
    Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(Say(_, _))).for_each_conversation(move |conversation| {
            let is_declined = conversation == &topic!(Say(9, _));
            log.add(format_args!("asked for {conversation:?}"));
            (!is_declined).then(|| server(&log))
        });
    })
}

#[test]
fn s07_one_server_is_kept_for_each_conversation() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([keeper(&log), publisher(1, 1), publisher(1, 2), publisher(2, 3)]);
    let begun = ["asked for Say(1, _)", "asked for Say(2, _)", "server begins", "server begins"];
    assert_eq!(log.take(), begun);
    stage.go(1)?;
    assert!(log.take().is_empty(), "of two equal peers one has left");
    stage.go(2)?;
    assert_eq!(log.take(), ["server ends"]);
    stage.spawn(publisher(1, 1))?;
    assert_eq!(log.take(), ["asked for Say(1, _)", "server begins"]);
    Ok(())
}

#[test]
fn s07_a_server_may_be_declined() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([keeper(&log), publisher(9, 1), publisher(9, 2)]);
    stage.go(1)?;
    stage.go(2)?;
    assert_eq!(log.take(), ["asked for Say(9, _)"]);
    Ok(())
}

#[test]
fn s07_a_server_ends_for_the_reason_of_the_last_departure() {
    let lines = trace(|log| {
        let watcher = log.watcher("a", Role::subscriber(topic!(Say(2, _))));
        let keeper = Spawn::new((), |(), cx| {
            cx.observe_publishers(topic!(Say(1, _))).for_each_conversation(|_| Some(publisher(2, 9)));
        });
        let failing = Spawn::new((), |(), cx| {
            cx.publisher(topic!(Say(1, _)));
            cx.yield_then(|(), cx| cx.yield_then(|(), cx| cx.yield_then(|(), _| bail!("broken"))));
        });
        [watcher, keeper, failing]
    });
    assert_eq!(lines, ["a settled, 0", "a + Say(2, _)", "a - Say(2, _), broken"]);
}

#[test]
fn s07_a_server_that_leaves_by_itself_is_not_replaced_while_the_demand_lasts() -> anyhow::Result<()> {
    let log = Log::default();
    let begins = log.clone();
    let keeper = Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(Say(1, _))).for_each_conversation(move |_| {
            let begins = begins.clone();
            Some(Spawn::new((), move |(), cx| {
                begins.add("server begins");
                cx.quit();
            }))
        });
    });
    let mut stage = Stage::new([keeper, publisher(1, 1)]);
    stage.spawn(publisher(1, 2))?;
    assert_eq!(log.take(), ["server begins"]);
    stage.go(1)?;
    stage.go(2)?;
    stage.spawn(publisher(1, 1))?;
    assert_eq!(log.take(), ["server begins"]);
    Ok(())
}

/// Publishes about 1 for some rounds.
fn passer_by(rounds: u32) -> Spawn {
    fn stay(cx: &mut Context<'_, ()>, rounds: u32) {
        match rounds {
            0 => cx.quit(),
            _ => cx.yield_then(move |(), cx| stay(cx, rounds - 1)),
        }
    }
    Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Say(1, _)));
        stay(cx, rounds);
    })
}

#[test]
fn s09_a_server_whose_demand_has_gone_before_it_was_there_does_not_stay() {
    for rounds in 0..5 {
        for keeper_first in [true, false] {
            let lines = trace(|log| {
                let mut program = vec![keeper(log), passer_by(rounds)];
                if !keeper_first {
                    program.reverse();
                }
                program.push(Spawn::new((), |(), cx| cx.perform(async {}, |(), _, ()| {})));
                program
            });
            let begun = lines.iter().filter(|line| *line == "server begins").count();
            let ended = lines.iter().filter(|line| *line == "server ends").count();
            assert_eq!(begun, ended, "{rounds} rounds, keeper first: {keeper_first}");
        }
    }
}

#[test]
fn s09_demand_that_goes_and_comes_back_at_once_has_one_server() -> anyhow::Result<()> {
    let log = Log::default();
    let flicker = Spawn::new((), |(), cx| {
        for _ in 0..3 {
            cx.publisher(topic!(Say(1, _))).named("a");
            cx.delete("a");
        }
        cx.publisher(topic!(Say(1, _))).named("a");
    });
    let stage = Stage::new([keeper(&log), flicker]);
    let lines = log.take();
    let begun = lines.iter().filter(|line| *line == "server begins").count();
    let ended = lines.iter().filter(|line| *line == "server ends").count();
    assert_eq!(begun - ended, 1, "{lines:?}");
    stage.end()
}

/// Keeps a server for each number that has a publisher or a subscriber.
fn two_way_keeper(log: &Log) -> Spawn {
    let log = log.clone();
    Spawn::new((), move |(), cx| {
        let matcher = DemandMatcher::new(move |number: &u32| {
            log.add(format_args!("asked for {number}"));
            Some(server(&log))
        });
        let number = |conversation: &<Say as Message>::Pattern| conversation.0.value();
        cx.observe_publishers(topic!(Say(..))).match_demand(&matcher, move |peer| number(peer.conversation));
        cx.observe_subscribers(topic!(Say(..))).match_demand(&matcher, move |peer| number(peer.conversation));
    })
}

#[test]
fn s07_endpoints_that_share_a_matcher_share_its_servers() -> anyhow::Result<()> {
    let log = Log::default();
    let subscriber = Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Say(1, _)));
        cx.subscriber(topic!(Go(2))).on_message(|(), cx, _| cx.quit());
    });
    let mut stage = Stage::new([two_way_keeper(&log), publisher(1, 1), subscriber]);
    assert_eq!(log.take(), ["asked for 1", "server begins"]);
    stage.go(1)?;
    assert!(log.take().is_empty(), "the subscriber is still there");
    stage.go(2)?;
    assert_eq!(log.take(), ["server ends"]);
    Ok(())
}

#[test]
fn s07_a_peer_without_a_key_is_no_demand() -> anyhow::Result<()> {
    let log = Log::default();
    let any = Spawn::new((), |(), cx| {
        cx.publisher(topic!(Say(_, "x")));
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.quit());
    });
    let mut stage = Stage::new([two_way_keeper(&log), any]);
    stage.go(1)?;
    assert!(log.lines().is_empty());
    Ok(())
}

#[test]
fn s07_a_matcher_counts_afresh_for_another_process() -> anyhow::Result<()> {
    let log = Log::default();
    let keeps = log.clone();
    let matcher = DemandMatcher::new(move |_: &u32| Some(server(&keeps)));
    let keeper = |until| {
        let matcher = matcher.clone();
        Spawn::new((), move |(), cx| {
            cx.observe_publishers(topic!(Say(..))).match_demand(&matcher, |peer| peer.conversation.0.value());
            cx.subscriber(topic!(Go(until))).on_message(|(), _, _| bail!("broken"));
        })
    };
    let mut stage = Stage::new([keeper(1), publisher(1, 2)]);
    stage.go(1)?;
    assert_eq!(log.take(), ["server begins"], "it outlives the first keeper");
    stage.spawn(keeper(9))?;
    assert_eq!(log.take(), ["server begins"], "the second keeper knows nothing of it");
    stage.go(2)?;
    assert_eq!(log.take(), ["server ends"]);
    Ok(())
}
