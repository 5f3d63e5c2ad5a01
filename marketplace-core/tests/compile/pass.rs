//! What compiles, without a warning, where every lint that users are likely to set is an error.

#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations)]
#![forbid(unsafe_code, non_camel_case_types, non_snake_case, dead_code)]
#![deny(unused_qualifications, unused, let_underscore_drop, single_use_lifetimes)]

use marketplace_core::{Message, Pattern, topic};

mod wire {
    use marketplace_core::{Message, topic};

    /// Fields that only this module sees.
    #[derive(Debug, Message)]
    pub(crate) struct Sealed {
        number: u16,
        pub(crate) name: String,
    }

    impl Sealed {
        pub(crate) fn numbered(number: u16) -> SealedPattern {
            topic!(Self { number, .. })
        }

        pub(crate) fn new(number: u16) -> Self {
            Self { number, name: "name".into() }
        }
    }

    pub(crate) mod inner {
        use marketplace_core::Message;

        #[derive(Debug, Message)]
        pub(crate) enum Address {
            Remote { host: String, r#type: u8 },
            Handle(u8),
            None,
        }
    }
}

/// A message with parameters.
#[derive(Debug, Message)]
pub struct Envelope<T, const N: usize = 2>
where
    T: Clone,
{
    /// Documented, as everything public.
    pub body: Option<T>,
    #[message(leaf)]
    seal: [u8; N],
}

/// A parameter that no pattern needs.
#[derive(Debug, Message)]
pub struct Opaque<T> {
    id: u8,
    #[message(skip)]
    body: T,
}

/// A message without values.
#[derive(Debug, Message)]
pub enum Never {}

/// A message without parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Message)]
pub struct Unit;

/// A recursive type, as a leaf.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Message)]
#[message(leaf)]
pub struct List<T>(Option<Box<(T, List<T>)>>);

fn main() {
    let topic = topic!(wire::Sealed { name: "name".into(), .. });
    assert!(topic.matches(&wire::Sealed::new(1)));
    assert!(wire::Sealed::numbered(1).matches(&wire::Sealed::new(1)));

    let r#type = 3;
    let topic = topic!(wire::inner::Address::Remote { r#type, host: _ });
    assert!(topic.matches(&wire::inner::Address::Remote { host: String::new(), r#type }));
    assert!(!topic.matches(&wire::inner::Address::Handle(3)));

    let topic = topic!(Envelope { body: Some(Unit), seal: [1, 2] });
    let _: Envelope<Unit> = Envelope { body: Some(Unit), seal: [1, 2] };
    assert_eq!(topic.value().and_then(|envelope| envelope.body), Some(Unit));

    let opaque = Opaque { id: 1, body: Unit };
    assert!(topic!(Opaque::<Unit> { id: 1, .. }).matches(&opaque));
    assert!(!topic!(Opaque::<Unit> { id: 2, body: _ }).matches(&opaque));

    let list = List(Some(Box::new((1_u8, List(None)))));
    assert!(topic!(list).matches(&list));
    assert_eq!(NeverPattern::any().intersection(&NeverPattern::Any), Some(NeverPattern::Any));
}
