use marketplace_core::Message;

#[derive(Debug, Message)]
struct Packet {
    body: Vec<u8>,
}

#[derive(Debug, Message)]
enum Frame {
    Header([u8; 4]),
}

#[derive(Debug, Message)]
struct Marked {
    #[message(leaf)]
    body: Vec<u8>,
    #[message(skip)]
    rest: Vec<f32>,
}

fn main() {}
