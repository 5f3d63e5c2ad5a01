use marketplace_core::Message;

#[derive(Debug, Message)]
enum Choice {
    Any,
    One(u8),
}

fn main() {}
