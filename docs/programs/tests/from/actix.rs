//! The code of `from/actix.md`: the same things with actix and with this library.

mod theirs {
    use std::time::Duration;

    use actix::prelude::*;
    use futures::channel::mpsc;
    use futures::{StreamExt, stream};

    struct Counter(usize);

    impl Actor for Counter {
        type Context = Context<Self>;
    }

    struct Add(usize);

    impl Message for Add {
        type Result = ();
    }

    struct Total;

    impl Message for Total {
        type Result = usize;
    }

    impl Handler<Add> for Counter {
        type Result = ();

        fn handle(&mut self, Add(number): Add, _cx: &mut Self::Context) {
            self.0 += number;
        }
    }

    impl Handler<Total> for Counter {
        type Result = usize;

        fn handle(&mut self, Total: Total, _cx: &mut Self::Context) -> usize {
            self.0
        }
    }

    #[test]
    fn an_address_leads_to_an_actor() -> anyhow::Result<()> {
        System::new().block_on(async {
            let counter = Counter(0).start();
            counter.do_send(Add(2));
            assert_eq!(counter.send(Total).await?, 2);
            Ok(())
        })
    }

    struct Heart {
        to: Recipient<Add>,
    }

    impl Actor for Heart {
        type Context = Context<Self>;

        fn started(&mut self, cx: &mut Self::Context) {
            cx.run_interval(Duration::from_millis(1), |heart, _cx| heart.to.do_send(Add(1)));
        }
    }

    /// Hands what it is sent to a test.
    struct Probe(mpsc::UnboundedSender<usize>);

    impl Actor for Probe {
        type Context = Context<Self>;
    }

    impl Handler<Add> for Probe {
        type Result = ();

        fn handle(&mut self, Add(number): Add, _cx: &mut Self::Context) {
            // The test may have seen enough.
            let _ = self.0.unbounded_send(number);
        }
    }

    #[test]
    fn an_interval_sends_to_a_recipient() {
        System::new().block_on(async {
            let (sender, beats) = mpsc::unbounded();
            let _heart = Heart { to: Probe(sender).start().recipient() }.start();
            assert_eq!(beats.take(3).collect::<Vec<_>>().await, [1, 1, 1]);
        });
    }

    struct Caller {
        to: Recipient<Add>,
    }

    impl Actor for Caller {
        type Context = Context<Self>;

        fn started(&mut self, cx: &mut Self::Context) {
            let found = look_up().into_actor(self).map(|number, caller, cx| {
                caller.to.do_send(Add(number));
                cx.stop();
            });
            cx.spawn(found);
        }
    }

    async fn look_up() -> usize {
        80
    }

    #[test]
    fn an_actor_runs_a_future() {
        System::new().block_on(async {
            let (sender, mut found) = mpsc::unbounded();
            Caller { to: Probe(sender).start().recipient() }.start();
            assert_eq!(found.next().await, Some(80));
        });
    }

    struct Reader {
        to: Recipient<Add>,
    }

    impl Actor for Reader {
        type Context = Context<Self>;

        fn started(&mut self, cx: &mut Self::Context) {
            Self::add_stream(stream::iter([1, 2, 3]), cx);
        }
    }

    impl StreamHandler<usize> for Reader {
        fn handle(&mut self, number: usize, _cx: &mut Self::Context) {
            self.to.do_send(Add(number));
        }
    }

    #[test]
    fn an_actor_handles_a_stream() {
        System::new().block_on(async {
            let (sender, numbers) = mpsc::unbounded();
            Reader { to: Probe(sender).start().recipient() }.start();
            assert_eq!(numbers.take(3).collect::<Vec<_>>().await, [1, 2, 3]);
        });
    }

    #[derive(Default)]
    struct Register(usize);

    impl Actor for Register {
        type Context = Context<Self>;
    }

    impl Supervised for Register {
        fn restarting(&mut self, _cx: &mut Self::Context) {
            self.0 = 0;
        }
    }

    impl SystemService for Register {}

    impl Handler<Total> for Register {
        type Result = usize;

        fn handle(&mut self, Total: Total, cx: &mut Self::Context) -> usize {
            cx.stop();
            self.0 + 1
        }
    }

    #[test]
    fn a_registered_actor_is_found_by_its_type_and_starts_again() -> anyhow::Result<()> {
        System::new().block_on(async {
            for _ in 0..2 {
                assert_eq!(Register::from_registry().send(Total).await?, 1);
            }
            Ok(())
        })
    }
}

mod ours {
    use std::time::Duration;

    use anyhow::ensure;
    use futures::stream;
    use marketplace_core::{
        Child, Context, EventSource, Ground, Limits, Message, Question, Spawn, Strategy, Supervisor, topic,
    };
    use marketplace_testing::TestProgram;

    #[derive(Debug, Message)]
    struct Add(usize);

    #[derive(Debug, Message)]
    struct Total;

    impl Question for Total {
        type Answer = usize;
    }

    fn counter() -> Spawn {
        Spawn::new(0, |_, cx| {
            cx.subscriber(topic!(Add(_))).on_message(|total, _, add| *total += add.0);
            cx.on_question(topic!(Total), |total, _, _, reply| reply.send(*total));
        })
    }

    fn client() -> Spawn {
        Spawn::new((), |(), cx| {
            cx.publisher(topic!(Add(_))).on_presence(|(), cx, _counter| {
                cx.send(Add(2));
                cx.ask(Total).then(|(), cx, total| {
                    assert_eq!(total?, 2);
                    cx.quit();
                    Ok(())
                });
            });
        })
    }

    #[test]
    fn a_topic_leads_to_a_process() -> anyhow::Result<()> {
        futures::executor::block_on(Ground::new().spawn(counter()).main(client()).run())
    }

    fn heart() -> Spawn {
        Spawn::new((), |(), cx| beat(cx))
    }

    fn beat(cx: &mut Context<'_, ()>) {
        cx.sleep_then(Duration::from_millis(1), |(), cx| {
            cx.send(Add(1));
            beat(cx);
        });
    }

    #[test]
    fn a_wait_that_is_begun_again_is_an_interval() -> anyhow::Result<()> {
        let program = TestProgram::by_hand(Ground::new().spawn(heart()));
        let mut beats = program.messages(topic!(Add(_)))?;
        program.advance(Duration::from_millis(3));
        assert_eq!(beats.rest().len(), 3);
        Ok(())
    }

    fn caller() -> Spawn {
        Spawn::new((), |(), cx| {
            cx.perform(look_up(), |(), cx, number| {
                cx.send(Add(number));
                cx.quit();
            });
        })
    }

    async fn look_up() -> usize {
        80
    }

    #[test]
    fn a_process_has_a_future_performed() -> anyhow::Result<()> {
        let program = TestProgram::by_hand(Ground::new());
        let mut found = program.messages(topic!(Add(_)))?;
        program.spawn(caller())?;
        assert_eq!(found.message()?.0, 80);
        Ok(())
    }

    fn reader() -> Spawn {
        let numbers = EventSource::once("numbers", stream::iter([1_usize, 2, 3]));
        Spawn::new((), move |(), cx| {
            cx.on_event(&numbers, |(), cx, number: &usize| cx.send(Add(*number)))
                .on_absence(|(), cx, _source, _reason| cx.quit());
        })
    }

    #[test]
    fn a_process_handles_a_stream() -> anyhow::Result<()> {
        let program = TestProgram::by_hand(Ground::new());
        let mut numbers = program.messages(topic!(Add(_)))?;
        program.spawn(reader())?;
        for expected in [1, 2, 3] {
            assert_eq!(numbers.message()?.0, expected);
        }
        Ok(())
    }

    fn register() -> Spawn {
        let once = || {
            Spawn::new((), |(), cx| {
                cx.on_question(topic!(Total), |(), cx, _, reply| {
                    reply.send(1);
                    cx.quit();
                });
            })
        };
        Supervisor::new(Strategy::OneForOne)
            .limits(Limits::new().no_backoff())
            .child(Child::new("register", once))
            .spawn()
    }

    #[test]
    fn a_supervised_process_is_found_by_its_topic_and_starts_again() -> anyhow::Result<()> {
        let program = TestProgram::by_hand(Ground::new().spawn(register()));
        let (told, totals) = program.reports();
        for _ in 0..2 {
            let told = told.clone();
            program.spawn(Spawn::new((), move |(), cx| {
                cx.ask(Total).then(move |(), _, total| told.report(total.ok()));
            }))?;
            ensure!(totals.next()? == Some(1));
        }
        Ok(())
    }
}
