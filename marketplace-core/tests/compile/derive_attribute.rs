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

#[derive(Debug, Message)]
#[message(crate)]
struct NoPath(u8);

#[derive(Debug, Message)]
#[message(crate = "not a path")]
struct NotAPath(u8);

#[derive(Debug, Message)]
#[message(crate = "marketplace_core", crate = "marketplace_core")]
struct TwoPaths(u8);

#[derive(Debug, Message)]
struct PathOfAField(#[message(crate = "marketplace_core")] u8);

#[derive(Debug, Message)]
#[message(leaf = "marketplace_core")]
struct MarkWithAValue(u8);

#[derive(Debug, Message)]
#[message(lossy, lossy)]
struct TwiceLossy(u8);

#[derive(Debug, Message)]
struct LossyField(#[message(lossy)] u8);

fn main() {}
