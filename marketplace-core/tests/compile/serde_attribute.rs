use marketplace_core::Message;

#[derive(Debug, Message)]
#[message(serde, serde)]
struct Twice(u8);

#[derive(Debug, Message)]
#[message(serde = "serde")]
struct WithAValue(u8);

#[derive(Debug, Message)]
struct Field(#[message(serde)] u8);

fn main() {}
