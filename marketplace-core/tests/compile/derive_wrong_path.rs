use marketplace_core::Message;

#[derive(Debug, Message)]
#[message(crate = "facade::core")]
struct Elsewhere(u8);

fn main() {}
