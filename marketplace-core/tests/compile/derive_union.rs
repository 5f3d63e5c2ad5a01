use marketplace_core::Message;

#[derive(Message)]
union Either {
    number: u32,
    truth: bool,
}

fn main() {}
