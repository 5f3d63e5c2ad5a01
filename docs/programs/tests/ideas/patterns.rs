//! `ideas/patterns.md`

use marketplace_core::{Ground, Message, Pattern, topic};
use marketplace_testing::TestProgram;

#[derive(Debug, Message)]
struct Order {
    table: u32,
    dish: Dish,
}

#[derive(Debug, Message)]
enum Dish {
    Soup,
    Pizza { size: u32 },
}

#[test]
fn a_topic_describes_messages() {
    let of_table_7 = topic!(Order { table: 7, .. });
    let pizzas = topic!(Order { table: _, dish: Dish::Pizza { .. } });

    let pizza = Order { table: 7, dish: Dish::Pizza { size: 30 } };
    let soup = Order { table: 7, dish: Dish::Soup };
    assert!(of_table_7.matches(&pizza) && of_table_7.matches(&soup));
    assert!(pizzas.matches(&pizza) && !pizzas.matches(&soup));
}

#[test]
fn the_intersection_of_two_topics_is_what_both_describe() {
    let of_table_7 = topic!(Order { table: 7, .. });
    let of_table_8 = topic!(Order { table: 8, .. });
    let pizzas = topic!(Order { table: _, dish: Dish::Pizza { .. } });

    let both = topic!(Order { table: 7, dish: Dish::Pizza { size: _ } });
    assert_eq!(of_table_7.intersection(&pizzas), Some(both));
    assert_eq!(of_table_7.intersection(&of_table_8), None);
}

#[test]
fn a_presence_carries_the_conversation() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut waiter = program.publisher(topic!(Order { table: 7, .. }))?;
    let mut cook = program.subscriber(topic!(Order { table: _, dish: Dish::Pizza { .. } }))?;

    let conversation = cook.presence()?;
    assert_eq!(conversation, topic!(Order { table: 7, dish: Dish::Pizza { .. } }));
    assert_eq!(conversation.table.value(), Some(7));
    assert_eq!(waiter.presence()?, conversation);

    program.send(Order { table: 7, dish: Dish::Pizza { size: 30 } })?;
    assert_eq!(cook.message()?.table, 7);
    Ok(())
}
