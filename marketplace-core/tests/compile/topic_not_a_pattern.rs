use marketplace_core::{Message, topic};

#[derive(Debug, Message)]
struct Channel {
    source: Address,
    target: Address,
}

#[derive(Debug, Message)]
enum Address {
    Remote { host: String, port: u16 },
    Handle(u8),
}

fn main() {
    topic!(_);
    topic!((_, Address::Handle(_)));
    topic!(Address::Handle(_) | Address::Remote { .. });
    topic!(Address::Handle(1 | 2));
    topic!(Channel { source: _, target: Address::Handle(1 | 2) });
    topic!(Address::Remote { port: 1..=1023, .. });
    topic!(Address::Remote { port: port @ 80, .. });
    topic!(Address::Handle(ref handle));
    topic!(Address::Handle([1].map(|_| 2)[0]));
    topic!(Address::Handle(.., _));
}
