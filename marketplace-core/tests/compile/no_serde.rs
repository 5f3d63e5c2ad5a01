use marketplace_core::Message;

#[derive(Debug, Message)]
#[message(serde)]
struct Said {
    text: String,
}

fn main() {}
