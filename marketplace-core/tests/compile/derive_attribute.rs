use marketplace_core::Message;

#[derive(Debug, Message)]
#[message(skip)]
struct Type(u8);

#[derive(Debug, Message)]
struct Field(#[message(leaves)] u8);

#[derive(Debug, Message)]
enum Variant {
    #[message(leaf)]
    Of(u8),
}

#[derive(Debug, Message)]
struct Both(#[message(leaf, skip)] u8);

#[derive(Clone, Debug, PartialEq, Eq, Hash, Message)]
#[message(leaf)]
struct Inside(#[message(skip)] u8);

#[derive(Debug, Message)]
struct Float(#[message(leaf)] f32);

#[derive(Debug, Message)]
struct First(#[message(skip)] u8, u8);

fn main() {}
