//! Input is delivered once and in order, also while subscribers are added and removed.

use std::sync::mpsc::{Sender, channel};

use driver_console::{InputLine, PauseInput};
use marketplace_core::{Context, Ground, Spawn, topic};
use marketplace_testing::{TIMEOUT, TestProgram};

use crate::support::{counted, driver_of, pass_time, program};

const COUNT: u64 = 2_000;

/// A process that subscribes for some rounds, then does not for the same number of rounds, until the last line arrives.
struct Fickle {
    rounds: usize,
    left: usize,
    subscribes: bool,
    told: Sender<u64>,
}

impl Fickle {
    fn turn(&mut self, cx: &mut Context<'_, Self>) {
        if self.left == 0 {
            self.left = self.rounds;
            self.subscribes = !self.subscribes;
            if self.subscribes {
                listen(cx);
            } else {
                cx.delete("lines");
            }
        }
        self.left -= 1;
        cx.yield_then(Self::turn);
    }
}

fn listen(cx: &mut Context<'_, Fickle>) {
    cx.subscriber(topic!(InputLine { .. })).named("lines").on_message(|fickle: &mut Fickle, cx, line| {
        if line.number == COUNT {
            cx.quit();
        }
        Ok(fickle.told.send(line.number)?)
    });
}

#[test]
fn a_process_that_subscribes_from_time_to_time_misses_nothing() -> anyhow::Result<()> {
    for rounds in 1..=7 {
        let (told, lines) = channel();
        let fickle = Fickle { rounds, left: 0, subscribes: false, told };
        let driver = driver_of(counted(COUNT)).spawn();
        let program = TestProgram::run(Ground::new().spawn(driver).main(Spawn::new(fickle, Fickle::turn)))?;
        program.outcome()?;
        assert!(lines.into_iter().eq(1..=COUNT), "with a change after {rounds} rounds");
    }
    Ok(())
}

#[test]
fn successive_subscribers_receive_everything() -> anyhow::Result<()> {
    let (teller, lines) = channel();
    let program = program(driver_of(counted(COUNT)))?;
    let mut told = Vec::new();
    while told.last() != Some(&COUNT) {
        let teller = teller.clone();
        let reader = program.process(move |cx| {
            cx.subscriber(topic!(InputLine { .. }))
                .named("lines")
                .on_message(move |(), _, line| Ok(teller.send(line.number)?));
        })?;
        told.push(lines.recv_timeout(TIMEOUT)?);
        reader.run(|cx| cx.delete("lines"))?;
        told.extend(lines.try_iter());
    }
    assert!(told.into_iter().eq(1..=COUNT));
    Ok(())
}

#[test]
fn a_process_that_deletes_its_subscriber_at_a_line_receives_no_further_line() -> anyhow::Result<()> {
    let program = program(driver_of(counted(10)))?;
    for number in 1..=10 {
        let (told, lines) = channel();
        let _reader = program.process(move |cx| {
            cx.subscriber(topic!(InputLine { .. })).named("lines").on_message(move |(), cx, line| {
                cx.delete("lines");
                Ok(told.send(line.number)?)
            });
        })?;
        assert_eq!(lines.recv_timeout(TIMEOUT)?, number);
        pass_time(&program)?;
        assert!(lines.try_recv().is_err());
    }
    Ok(())
}

#[test]
fn the_next_driver_continues_where_the_one_before_has_ended() -> anyhow::Result<()> {
    let driver = driver_of(counted(3));
    let program = TestProgram::run(Ground::new())?;
    for number in 1..=3 {
        let vm = program.nested([driver.clone().spawn()])?;
        let (told, lines) = channel();
        let _reader = vm.process(move |cx| {
            cx.subscriber(topic!(InputLine { .. })).on_message(move |(), cx, line| {
                cx.publisher(topic!(PauseInput)).named("pause");
                Ok(told.send(line.number)?)
            });
        })?;
        assert_eq!(lines.recv_timeout(TIMEOUT)?, number);
        let kill = vm.process(|_| ())?;
        kill.run(|cx| cx.meta().quit())?;
    }
    Ok(())
}
