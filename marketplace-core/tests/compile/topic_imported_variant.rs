//! A variant that is written without its enum would pass for a struct.

use marketplace_core::{Message, topic};

#[derive(Debug, Message)]
enum Order {
    Get { key: u32 },
    Stop,
}

use Order::Get;

fn main() {
    let _ = topic!(Get { key: _ });
    let _ = Order::Stop;
}
