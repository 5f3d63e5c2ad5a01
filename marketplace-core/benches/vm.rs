//! The cost of a delivery, a presence, a process and a question. Making each message is included in the time.
//!
//! Each case runs in one VM on one thread. The processes read the clock themselves, after everything that is not to
//! be measured has been set up.

use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use marketplace_core::{
    Actions, Actor, Context, Event, Message, Pid, Question, Spawn, Token, VirtualMachine, topic,
};

/// A message between numbered processes.
#[derive(Debug, Message)]
struct Note {
    to: u64,
    text: u64,
}

/// An endpoint of a process that comes and goes.
#[derive(Debug, Message)]
struct Visit {
    visitor: u64,
}

/// A question.
#[derive(Debug, Message)]
struct Double(u64);

impl Question for Double {
    type Answer = u64;
}

const PING: u64 = u64::MAX;
const PONG: u64 = u64::MAX - 1;

/// What a process asks for in one turn, so that the turns themselves hardly count.
const BURST: u64 = 64;

/// Runs processes until nothing is left to do, and hands back the time that one of them tells.
fn timed(processes: impl FnOnce(Sender<Duration>) -> Vec<Spawn>) -> Duration {
    let (tell, told) = channel();
    let mut vm = VirtualMachine::outermost(processes(tell));
    let mut actions = Actions::new(false);
    let mut event = Event::Boot { pid: Pid::detached() };
    loop {
        vm.handle(event, &mut actions).expect("a VM does not fail");
        if actions.take().is_empty() {
            return told.recv().expect("a process tells the time");
        }
        event = Event::Resumed { token: Token(0) };
    }
}

/// Times at least as many runs as make what was set up count for nothing, and scales the time to `wanted`.
fn scaled(wanted: u64, run: impl FnOnce(u64) -> Duration) -> Duration {
    let runs = wanted.max(500_000);
    run(runs).mul_f64(wanted as f64 / runs as f64)
}

/// Goes on once everything that the processes before this one have asked for is done.
fn once_settled(then: impl FnOnce(&mut Context<'_, ()>) + Send + 'static) -> Spawn {
    Spawn::new((), |(), cx| cx.yield_then(|(), cx| cx.yield_then(|(), cx| then(cx))))
}

/// A process with many endpoints of the benchmark's message type, for nobody.
fn others(count: u64) -> Spawn {
    Spawn::new((), move |(), cx| {
        for to in 0..count {
            cx.subscriber(topic!(Note { to, text: _ })).on_message(|(), _, _| {});
        }
    })
}

/// Answers every ping.
fn pong() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Note { to: PONG, text: _ }))
            .on_message(|(), cx, note| cx.send(Note { to: PING, text: note.text }));
    })
}

/// Sends `deliveries / 2` pings, one after the other's answer.
fn ping(deliveries: u64, tell: Sender<Duration>) -> Spawn {
    once_settled(move |cx| {
        let start = Instant::now();
        let mut left = deliveries / 2;
        cx.subscriber(topic!(Note { to: PING, text: _ })).on_message(move |(), cx, note| {
            left = left.saturating_sub(1);
            if left > 0 {
                cx.send(Note { to: PONG, text: note.text + 1 });
            } else {
                tell.send(start.elapsed()).expect("somebody waits for the time");
                cx.quit();
            }
        });
        cx.send(Note { to: PONG, text: 0 });
    })
}

fn ping_pong(c: &mut Criterion) {
    let mut group = c.benchmark_group("delivery, with other endpoints");
    group.sampling_mode(SamplingMode::Flat).sample_size(10).throughput(Throughput::Elements(1));
    for count in [0, 1_000, 100_000, 1_000_000] {
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter_custom(|wanted| {
                scaled(wanted, |deliveries| timed(|tell| vec![others(count), pong(), ping(deliveries, tell)]))
            });
        });
    }
    group.finish();
}

/// Sends to `width` receivers at once; the figure is for one delivery.
fn fan_out(c: &mut Criterion) {
    let mut group = c.benchmark_group("delivery, by width of fan-out");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    for width in [1, 10, 1_000] {
        group.throughput(Throughput::Elements(width)).bench_function(
            BenchmarkId::from_parameter(width),
            |b| {
                b.iter_custom(|sends| {
                    timed(|tell| {
                        let receiver = |_| {
                            Spawn::new((), |(), cx| {
                                cx.subscriber(topic!(Note { to: PONG, .. })).on_message(|(), _, _| {});
                            })
                        };
                        (0..width).map(receiver).chain([sender(sends, tell)]).collect()
                    })
                });
            },
        );
    }
    group.finish();
}

/// Sends some messages a turn.
fn sender(sends: u64, tell: Sender<Duration>) -> Spawn {
    once_settled(move |cx| send_next(cx, sends, Instant::now(), tell))
}

fn send_next(cx: &mut Context<'_, ()>, left: u64, start: Instant, tell: Sender<Duration>) {
    if left == 0 {
        tell.send(start.elapsed()).expect("somebody waits for the time");
        return cx.quit();
    }
    let burst = left.min(BURST);
    for text in 0..burst {
        cx.send(Note { to: PONG, text });
    }
    cx.yield_then(move |(), cx| send_next(cx, left - burst, start, tell));
}

/// Adds and deletes an endpoint that one observer sees, beside others that it sees.
fn presence(c: &mut Criterion) {
    let mut group = c.benchmark_group("add and delete, with other endpoints");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    for count in [0, 1_000, 100_000] {
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter_custom(|wanted| {
                scaled(wanted, |visits| {
                    timed(|tell| {
                        let residents = Spawn::new((), move |(), cx| {
                            for visitor in 0..count {
                                cx.publisher(topic!(Visit { visitor }));
                            }
                        });
                        let observer = Spawn::new(0_u64, |_, cx| {
                            cx.observe_publishers(topic!(Visit { visitor: _ }))
                                .on_presence(|seen, _, _| *seen += 1)
                                .on_absence(|seen, _, _, _| *seen -= 1);
                        });
                        vec![
                            residents,
                            observer,
                            once_settled(move |cx| visit_next(cx, visits, Instant::now(), tell)),
                        ]
                    })
                })
            });
        });
    }
    group.finish();
}

fn visit_next(cx: &mut Context<'_, ()>, left: u64, start: Instant, tell: Sender<Duration>) {
    if left == 0 {
        tell.send(start.elapsed()).expect("somebody waits for the time");
        return cx.quit();
    }
    let burst = left.min(BURST);
    for _ in 0..burst {
        let name = cx.publisher(topic!(Visit { visitor: PING })).name();
        cx.delete(name);
    }
    cx.yield_then(move |(), cx| visit_next(cx, left - burst, start, tell));
}

/// One of 100,000 endpoints with one equal topic leaves, and another comes.
fn crowd(c: &mut Criterion) {
    let mut group = c.benchmark_group("add and delete, in a crowd of equal topics");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    group.bench_function(BenchmarkId::from_parameter(100_000), |b| {
        b.iter_custom(|wanted| {
            scaled(wanted, |visits| {
                timed(|tell| {
                    let residents = Spawn::new((), move |(), cx| {
                        for _ in 0..100_000 {
                            cx.publisher(topic!(Visit { visitor: PING }));
                        }
                    });
                    vec![residents, once_settled(move |cx| visit_next(cx, visits, Instant::now(), tell))]
                })
            })
        });
    });
    group.finish();
}

/// Spawns a process that quits at once.
fn spawn_and_quit(c: &mut Criterion) {
    c.bench_function("spawn and quit", |b| {
        b.iter_custom(|spawns| {
            timed(|tell| vec![once_settled(move |cx| spawn_next(cx, spawns, Instant::now(), tell))])
        });
    });
}

fn spawn_next(cx: &mut Context<'_, ()>, left: u64, start: Instant, tell: Sender<Duration>) {
    if left == 0 {
        tell.send(start.elapsed()).expect("somebody waits for the time");
        return cx.quit();
    }
    let burst = left.min(BURST);
    for _ in 0..burst {
        cx.spawn(Spawn::new((), |(), cx| cx.quit()));
    }
    cx.yield_then(move |(), cx| spawn_next(cx, left - burst, start, tell));
}

/// Asks a question, one after the other's answer, which is given at once.
fn ask_and_answer(c: &mut Criterion) {
    c.bench_function("ask and answer", |b| {
        b.iter_custom(|asks| {
            let answerer = Spawn::new((), |(), cx| {
                cx.on_question(topic!(Double(_)), |(), _, double, reply| reply.send(2 * double.0));
            });
            timed(|tell| vec![answerer, once_settled(move |cx| ask_next(cx, asks, Instant::now(), tell))])
        });
    });
}

fn ask_next(cx: &mut Context<'_, ()>, left: u64, start: Instant, tell: Sender<Duration>) {
    if left == 0 {
        tell.send(start.elapsed()).expect("somebody waits for the time");
        return cx.quit();
    }
    cx.ask(Double(left)).then(move |(), cx, answer| {
        assert_eq!(answer?, 2 * left);
        ask_next(cx, left - 1, start, tell);
        Ok(())
    });
}

criterion_group!(benches, ping_pong, fan_out, presence, crowd, spawn_and_quit, ask_and_answer);
criterion_main!(benches);
