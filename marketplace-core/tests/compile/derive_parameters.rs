use marketplace_core::Message;

#[derive(Debug, Message)]
struct Borrowed<'a>(&'a str);

#[derive(Debug, Message)]
enum Skipped<T> {
    One(#[message(skip)] T),
}

fn main() {}
