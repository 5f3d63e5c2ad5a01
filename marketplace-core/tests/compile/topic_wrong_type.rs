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
    let port = "80";
    topic!(Address::Remote { port: "80", .. });
    topic!(Address::Remote { port, .. });
}
