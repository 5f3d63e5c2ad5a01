//! Questions and answers. Each question gets one result: an answer, or an error that says why there is none.
//!
//! ```
//! use marketplace_core::{AskError, Ground, Message, Question, Spawn, topic};
//!
//! #[derive(Debug, Message)]
//! struct Capital {
//!     country: &'static str,
//! }
//!
//! impl Question for Capital {
//!     type Answer = &'static str;
//! }
//!
//! # fn main() -> anyhow::Result<()> {
//! let atlas = Spawn::new((), |(), cx| {
//!     cx.on_question(topic!(Capital { .. }), |(), cx, capital, reply| match capital.country {
//!         "Peru" => reply.send("Lima"),
//!         "Atlantis" => drop(reply),
//!         _ => cx.quit(),
//!     });
//! });
//! let pupil = Spawn::new((), |(), cx| {
//!     cx.ask(Capital { country: "Peru" }).then(|(), cx, answer| {
//!         assert_eq!(answer?, "Lima");
//!         cx.ask(Capital { country: "Atlantis" }).then(|(), cx, answer| {
//!             assert!(matches!(answer, Err(AskError::Declined { .. })));
//!             cx.quit();
//!         });
//!         Ok(())
//!     });
//! });
//! futures::executor::block_on(Ground::new().spawn(atlas).main(pupil).run())
//! # }
//! ```
//!
//! A question is asked by an endpoint: a publisher of a [`Request`] with an identity of its own. Processes that
//! answer subscribe to such requests. So presence, `Settled` and absence tell the asker which answerers there are,
//! that there is none, and that one has left without an answer. The answer is sent as feedback, which is routed to
//! this asker alone.
//!
//! `question` is what is asked, `request` and `pattern` are what is sent, `exchange` is what both sides share, and
//! `error` lists the results that are not answers. `asking` and `gathering` are the asker's side, `answering` is the
//! other. `relay` forwards questions out of a nested VM, and `handle` asks from outside the ground.

mod answering;
mod asking;
mod error;
mod exchange;
mod gathering;
mod handle;
mod pattern;
mod question;
mod relay;
mod request;

pub use asking::Ask;
pub use error::AskError;
pub use exchange::Reply;
pub use handle::HandleAsk;
pub use pattern::RequestPattern;
pub use question::Question;
pub use relay::ask_relay;
pub use request::Request;
