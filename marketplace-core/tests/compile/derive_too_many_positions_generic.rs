use marketplace_core::{Message, Pattern, topic};

type Eight<T> = (T, T, T, T, T, T, T, T);

#[derive(Debug, Message)]
struct Big<T> {
    all: Eight<Eight<T>>,
    one_more: u8,
}

fn main() {
    let topic = topic!(Big::<u8> { .. });
    assert!(topic.shape().is_empty());
}
