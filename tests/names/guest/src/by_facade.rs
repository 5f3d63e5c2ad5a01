//! The core by what a facade re-exports: at its root, and in a module.

pub mod root {
    //! At the root.

    use facade::{Message, Pattern, topic};

    /// A message with everything that the derive writes code for, for serde too, which no manifest here names.
    #[derive(Debug, Message)]
    #[message(crate = "facade", serde)]
    pub struct Letter<T> {
        /// A number or none.
        pub stamp: Option<u8>,
        /// A choice.
        pub to: To<T>,
        /// Whatever.
        #[message(skip)]
        pub text: String,
    }

    /// To whom.
    #[derive(Debug, Message)]
    #[message(crate = "facade", serde)]
    pub enum To<T> {
        /// To one.
        One(T),
        /// To all.
        All,
    }

    /// Whether it has a stamp of 5 and goes to this one.
    pub fn is_for(letter: &Letter<u16>, one: u16) -> bool {
        topic!(Letter { stamp: Some(5), to: To::One(one), .. }).matches(letter)
            && topic!(Letter { stamp: Some(_), to: To::One(one), text: _ }).matches(letter)
    }
}

pub mod module {
    //! In a module.

    use facade::net::core::Pattern as _;

    /// A message that is matched on as a whole.
    #[derive(Clone, Debug, PartialEq, Eq, Hash, facade::net::core::Message)]
    #[message(leaf, crate = "facade::net::core")]
    pub struct Word(pub String);

    /// Whether they are one word.
    pub fn same(word: &Word, other: &Word) -> bool {
        facade::net::core::topic!(*word).matches(other)
    }
}
