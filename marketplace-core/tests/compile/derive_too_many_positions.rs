use marketplace_core::Message;

type Eight<T> = (T, T, T, T, T, T, T, T);

#[derive(Debug, Message)]
struct Big {
    all: Eight<Eight<u8>>,
    one_more: u8,
}

fn main() {}
