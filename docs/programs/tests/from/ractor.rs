//! The code of `from/ractor.md`: the same things with ractor and with this library.

mod theirs {
    use std::time::Duration;

    use anyhow::Context;
    use futures::StreamExt;
    use futures::channel::mpsc::{self, UnboundedSender};
    use marketplace_testing::TIMEOUT;
    use ractor::{
        Actor, ActorProcessingErr, ActorRef, OutputPort, RpcReplyPort, SupervisionEvent, call, cast, pg,
    };
    use tokio::{runtime, time};

    struct Counter;

    #[derive(Debug)]
    enum CounterMessage {
        Add(usize),
        Total(RpcReplyPort<usize>),
    }

    impl Actor for Counter {
        type Msg = CounterMessage;
        type State = usize;
        type Arguments = ();

        async fn pre_start(&self, _me: ActorRef<Self::Msg>, (): ()) -> Result<usize, ActorProcessingErr> {
            Ok(0)
        }

        async fn handle(
            &self,
            _me: ActorRef<Self::Msg>,
            message: Self::Msg,
            total: &mut usize,
        ) -> Result<(), ActorProcessingErr> {
            match message {
                CounterMessage::Add(0) => return Err("0 is nothing to add".into()),
                CounterMessage::Add(number) => *total += number,
                CounterMessage::Total(reply) => reply.send(*total)?,
            }
            Ok(())
        }
    }

    #[test]
    fn a_name_leads_to_an_actor() -> anyhow::Result<()> {
        run(async {
            let (counter, ended) = Actor::spawn(Some("kitchen".into()), Counter, ()).await?;
            cast!(counter, CounterMessage::Add(2))?;
            let found = ActorRef::<CounterMessage>::where_is("kitchen").context("it is registered")?;
            assert_eq!(call!(found, CounterMessage::Total)?, 2);
            counter.stop(None);
            ended.await?;
            Ok(())
        })
    }

    #[test]
    fn an_actor_is_sent_a_message_later() -> anyhow::Result<()> {
        run(async {
            let (counter, _ended) = Actor::spawn(None, Counter, ()).await?;
            counter.send_after(Duration::from_millis(1), || CounterMessage::Add(2)).await??;
            assert_eq!(call!(counter, CounterMessage::Total)?, 2);
            Ok(())
        })
    }

    struct Boss;

    impl Actor for Boss {
        type Msg = ();
        type State = UnboundedSender<ActorRef<CounterMessage>>;
        type Arguments = Self::State;

        async fn pre_start(
            &self,
            me: ActorRef<()>,
            counters: Self::State,
        ) -> Result<Self::State, ActorProcessingErr> {
            start_counter(me, &counters).await?;
            Ok(counters)
        }

        async fn handle_supervisor_evt(
            &self,
            me: ActorRef<()>,
            event: SupervisionEvent,
            counters: &mut Self::State,
        ) -> Result<(), ActorProcessingErr> {
            if let SupervisionEvent::ActorFailed(_counter, _error) = event {
                start_counter(me, counters).await?;
            }
            Ok(())
        }
    }

    async fn start_counter(
        boss: ActorRef<()>,
        counters: &UnboundedSender<ActorRef<CounterMessage>>,
    ) -> Result<(), ActorProcessingErr> {
        let (counter, _ended) = Actor::spawn_linked(None, Counter, (), boss.get_cell()).await?;
        counters.unbounded_send(counter)?;
        Ok(())
    }

    #[test]
    fn a_supervisor_starts_an_actor_again() -> anyhow::Result<()> {
        run(async {
            let (sender, mut counters) = mpsc::unbounded();
            let (_boss, _ended) = Actor::spawn(None, Boss, sender).await?;
            let first = counters.next().await.context("there is a counter")?;
            cast!(first, CounterMessage::Add(0))?;
            let second = counters.next().await.context("there is another")?;
            cast!(second, CounterMessage::Add(2))?;
            assert_eq!(call!(second, CounterMessage::Total)?, 2);
            Ok(())
        })
    }

    #[test]
    fn a_message_goes_to_all_of_a_group() -> anyhow::Result<()> {
        run(async {
            let (one, _) = Actor::spawn(None, Counter, ()).await?;
            let (other, _) = Actor::spawn(None, Counter, ()).await?;
            pg::join("counters".into(), vec![one.get_cell(), other.get_cell()]);
            for counter in pg::get_members(&"counters".into()) {
                cast!(ActorRef::from(counter), CounterMessage::Add(2))?;
            }
            assert_eq!(call!(one, CounterMessage::Total)? + call!(other, CounterMessage::Total)?, 4);
            Ok(())
        })
    }

    #[test]
    fn an_output_port_has_subscribers() -> anyhow::Result<()> {
        run(async {
            let (counter, _ended) = Actor::spawn(None, Counter, ()).await?;
            let sums = OutputPort::default();
            sums.subscribe(counter.clone(), |sum| Some(CounterMessage::Add(sum)));
            sums.send(2);
            // The port has a task of its own, so a call may overtake it.
            while call!(counter, CounterMessage::Total)? != 2 {}
            Ok(())
        })
    }

    fn run(test: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
        let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
        runtime.block_on(async { time::timeout(TIMEOUT, test).await? })
    }
}

mod ours {
    use std::time::Duration;

    use anyhow::ensure;
    use marketplace_core::{
        Child, Context, Ground, Limits, Message, Question, Spawn, Strategy, Supervisor, topic,
    };
    use marketplace_testing::TestProgram;

    #[derive(Debug, Message)]
    struct Add {
        counter: &'static str,
        number: usize,
    }

    #[derive(Debug, Message)]
    struct Total {
        counter: &'static str,
    }

    impl Question for Total {
        type Answer = usize;
    }

    fn counter(name: &'static str) -> Spawn {
        Spawn::new(0, move |_, cx| {
            cx.subscriber(topic!(Add { counter: name, .. })).on_message(|total, _, add| {
                ensure!(add.number > 0, "0 is nothing to add");
                *total += add.number;
                Ok(())
            });
            cx.on_question(topic!(Total { counter: name }), |total, _, _, reply| reply.send(*total));
        })
    }

    fn client() -> Spawn {
        Spawn::new((), |(), cx| {
            cx.publisher(topic!(Add { counter: "kitchen", .. })).on_presence(|(), cx, _counter| {
                cx.send(Add { counter: "kitchen", number: 2 });
                cx.ask(Total { counter: "kitchen" }).within(Duration::from_secs(1)).then(|(), cx, total| {
                    assert_eq!(total?, 2);
                    cx.quit();
                    Ok(())
                });
            });
        })
    }

    #[test]
    fn a_name_leads_to_a_process() {
        let program = TestProgram::by_hand(Ground::new().spawn(counter("kitchen")).main(client()));
        assert!(program.end().is_ok());
    }

    fn remind(cx: &mut Context<'_, ()>) {
        let wait = cx.sleep_then(Duration::from_secs(1), |(), cx| {
            cx.send(Add { counter: "kitchen", number: 1 });
        });
        cx.subscriber(topic!(Add { .. })).on_message(move |(), _, _| wait.abort());
    }

    #[test]
    fn a_wait_is_called_off() -> anyhow::Result<()> {
        for (earlier, expected) in [(false, 1), (true, 0)] {
            let program = TestProgram::by_hand(Ground::new().spawn(Spawn::new((), |(), cx| remind(cx))));
            if earlier {
                program.send(Add { counter: "kitchen", number: 2 })?;
            }
            let mut reminders = program.messages(topic!(Add { .. }))?;
            program.advance(Duration::from_secs(2));
            assert_eq!(reminders.rest().len(), expected);
        }
        Ok(())
    }

    fn boss() -> Spawn {
        Supervisor::new(Strategy::OneForOne)
            .limits(Limits::new().no_backoff())
            .child(Child::new("kitchen", || counter("kitchen")))
            .spawn()
    }

    #[test]
    fn a_supervisor_makes_a_process_again() -> anyhow::Result<()> {
        let program = TestProgram::by_hand(Ground::new().spawn(boss()));
        let mut counters = program.observe_subscribers(topic!(Add { .. }))?;
        counters.presence()?;
        program.send(Add { counter: "kitchen", number: 0 })?;
        assert_eq!(counters.absence()?.to_string(), "0 is nothing to add");
        counters.presence()?;
        Ok(())
    }

    fn guardian() -> Spawn {
        Spawn::new((), |(), cx| {
            cx.spawn_monitored(
                counter("cellar"),
                |(), _, _pid| {},
                |(), cx, _pid, reason| cx.send(Ended(reason.to_string())),
            );
        })
    }

    #[derive(Debug, Message)]
    struct Ended(String);

    #[test]
    fn a_monitor_is_told_of_the_end_of_a_process() -> anyhow::Result<()> {
        let program = TestProgram::by_hand(Ground::new().spawn(guardian()));
        let mut ends = program.messages(topic!(Ended(_)))?;
        program.send(Add { counter: "cellar", number: 0 })?;
        assert_eq!(ends.message()?.0, "0 is nothing to add");
        Ok(())
    }

    #[derive(Debug, Message)]
    struct Round(usize);

    fn treasurer() -> Spawn {
        Spawn::new(0, |_, cx| {
            cx.observe_subscribers(topic!(Round(_)))
                .on_presence(|members, _, _member| *members += 1)
                .on_absence(|members, _, _member, _reason| *members -= 1)
                .on_settled(|members, cx, _| cx.send(Round(*members)));
        })
    }

    #[test]
    fn a_message_goes_to_all_who_subscribe() -> anyhow::Result<()> {
        let program = TestProgram::by_hand(Ground::new());
        let mut one = program.messages(topic!(Round(_)))?;
        let mut other = program.messages(topic!(Round(_)))?;
        program.spawn(treasurer())?;
        assert_eq!((one.message()?.0, other.message()?.0), (2, 2));
        Ok(())
    }
}
