//! Ask and answer: customers ask shops for prices.

use std::collections::HashMap;
use std::time::Duration;

use async_std::task;
use marketplace_core::{AskError, Ground, Message, Question, Spawn, topic};

/// A question: the price of an item.
#[derive(Debug, Message)]
struct Price {
    item: String,
}

impl Question for Price {
    type Answer = Option<u32>;
}

/// The result that a customer publishes.
#[derive(Debug, Message)]
struct Note(String);

/// Answers from its list of prices.
fn shop(prices: HashMap<String, u32>) -> Spawn {
    Spawn::new(prices, |_, cx| {
        cx.on_question(topic!(Price { .. }), |prices, _, question, reply| {
            reply.send(prices.get(&question.item).copied());
        });
    })
}

/// Asks for one price.
fn customer(item: &'static str) -> Spawn {
    Spawn::new((), move |(), cx| {
        let question = Price { item: item.to_owned() };
        cx.ask(question).within(Duration::from_secs(2)).then(move |(), cx, answer| {
            cx.send(Note(match answer {
                Ok(Some(price)) => format!("{item}: {price}"),
                Ok(None) => format!("{item}: not sold here"),
                Err(AskError::NoAnswerer { .. }) => "there is no shop".to_owned(),
                Err(AskError::Left { reason, .. }) => format!("the shop has gone: {reason}"),
                Err(AskError::Declined { .. }) => "the shop does not answer this".to_owned(),
                Err(AskError::TimedOut { within, .. }) => format!("no answer within {within:?}"),
                Err(error) => error.to_string(),
            }));
        });
    })
}

/// Prints the results.
fn printer() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Note(_))).on_message(|(), _, note| println!("{}", note.0));
    })
}

fn program() -> Ground {
    let prices = HashMap::from([("tea".to_owned(), 3)]);
    let ground = Ground::new().with_sleep(task::sleep);
    ground.spawn(printer()).spawn(shop(prices)).spawn(customer("tea"))
}

fn main() -> anyhow::Result<()> {
    task::block_on(program().run())
}

/// Answers each question when a look-up elsewhere has finished.
fn broker() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.on_question(topic!(Price { .. }), |(), cx, question, reply| {
            cx.perform(look_up(question.item.clone()), |(), _, price| reply.send(price));
        });
    })
}

async fn look_up(item: String) -> Option<u32> {
    // In a real program this is a request to another server.
    (item == "tea").then_some(4)
}

use marketplace_core::Request;

/// Waits until there is a shop, and then asks.
fn early_customer() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.observe_subscribers(Request::topic(topic!(Price { .. }))).named("shops").on_presence(
            |(), cx, _shop| {
                cx.delete("shops");
                cx.spawn(customer("tea"));
            },
        );
    })
}

/// Asks all shops, and takes the lowest price.
fn thrifty_customer() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.ask(Price { item: "tea".to_owned() }).within(Duration::from_secs(2)).all(|(), cx, answers| {
            let prices = answers.into_iter().filter_map(|answer| answer.ok()?);
            let lowest = prices.min();
            cx.send(Note(format!("the lowest price is {lowest:?}")));
        });
    })
}

use marketplace_core::Handle;

/// Asks from outside the ground, on any thread and any runtime.
async fn price_of(handle: Handle, item: &str) -> anyhow::Result<Option<u32>> {
    Ok(handle.ask(Price { item: item.to_owned() }).within(Duration::from_secs(2)).await?)
}

use marketplace_core::ask_relay;

/// A customer in a nested virtual machine. The relay beside it asks outside.
fn customer_in_a_room() -> Spawn {
    Spawn::nested([ask_relay(topic!(Price { .. })), early_customer(), notes_go_outside()])
}

fn notes_go_outside() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Note(_))).on_message(|(), cx, note| cx.meta().send(Note(note.0.clone())));
    })
}

use marketplace_testing::TestProgram;

fn tea_at(price: u32) -> Spawn {
    shop(HashMap::from([("tea".to_owned(), price)]))
}

/// The notes of `customers` that are spawned after `shops`.
fn notes(shops: Vec<Spawn>, customers: Vec<Spawn>) -> anyhow::Result<Vec<String>> {
    let program = TestProgram::by_hand(shops.into_iter().fold(Ground::new(), Ground::spawn));
    let mut notes = program.messages(topic!(Note(_)))?;
    let count = customers.len();
    customers.into_iter().try_for_each(|customer| program.spawn(customer))?;
    (0..count).map(|_| Ok(notes.message()?.0.clone())).collect()
}

#[test]
fn the_program_finds_out_the_price() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(program().spawn(customer("ink")));
    let mut notes = program.messages(topic!(Note(_)))?;
    // The program's own customer has asked before the test could listen.
    notes.nothing()?;
    program.spawn(customer("tea"))?;
    assert_eq!(notes.message()?.0, "tea: 3");
    Ok(())
}

#[test]
fn the_program_ends_when_the_customer_has_its_answer() -> anyhow::Result<()> {
    main()
}

#[test]
fn a_customer_gets_the_answer() -> anyhow::Result<()> {
    let found = notes(vec![tea_at(3)], vec![customer("tea"), customer("ink")])?;
    assert_eq!(found, ["tea: 3", "ink: not sold here"]);
    Ok(())
}

#[test]
fn a_customer_learns_why_there_is_no_answer() -> anyhow::Result<()> {
    assert_eq!(notes(vec![], vec![customer("tea")])?, ["there is no shop"]);
    let failing = Spawn::new((), |(), cx| {
        cx.on_question(topic!(Price { .. }), |(), _, _, _| anyhow::bail!("no electricity"));
    });
    assert_eq!(notes(vec![failing], vec![customer("tea")])?, ["the shop has gone: no electricity"]);
    let silent = Spawn::new((), |(), cx| {
        cx.on_question(topic!(Price { .. }), |(), _, _, _reply| {});
    });
    assert_eq!(notes(vec![silent], vec![customer("tea")])?, ["the shop does not answer this"]);
    Ok(())
}

#[test]
fn a_customer_waits_no_longer_than_it_says() -> anyhow::Result<()> {
    let slow = Spawn::new((), |(), cx| {
        cx.on_question(topic!(Price { .. }), |(), cx, _, reply| {
            cx.sleep_then(Duration::from_secs(3), |(), _| reply.send(Some(3)));
        });
    });
    let program = TestProgram::by_hand(Ground::new().spawn(slow).spawn(customer("tea")));
    let mut notes = program.messages(topic!(Note(_)))?;
    program.advance(Duration::from_secs(2));
    assert_eq!(notes.message()?.0, "no answer within 2s");
    program.advance(Duration::from_secs(1));
    notes.nothing()
}

#[test]
fn an_answer_may_come_later() -> anyhow::Result<()> {
    assert_eq!(notes(vec![broker()], vec![customer("tea")])?, ["tea: 4"]);
    Ok(())
}

#[test]
fn an_early_customer_waits_for_a_shop() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(early_customer()));
    let mut notes = program.messages(topic!(Note(_)))?;
    notes.nothing()?;
    program.spawn(tea_at(3))?;
    assert_eq!(notes.message()?.0, "tea: 3");
    program.spawn(tea_at(2))?;
    notes.nothing()
}

#[test]
fn a_thrifty_customer_gets_the_answers_of_all_shops() -> anyhow::Result<()> {
    let shops = vec![tea_at(3), tea_at(2), shop(HashMap::new())];
    assert_eq!(notes(shops, vec![thrifty_customer()])?, ["the lowest price is Some(2)"]);
    Ok(())
}

#[test]
fn code_outside_the_ground_gets_an_answer_too() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(tea_at(3)));
    assert_eq!(program.wait(price_of(program.handle(), "tea"))??, Some(3));
    Ok(())
}

#[test]
fn a_relay_asks_outside_a_nested_machine() -> anyhow::Result<()> {
    assert_eq!(notes(vec![tea_at(3)], vec![customer_in_a_room()])?, ["tea: 3"]);
    Ok(())
}
