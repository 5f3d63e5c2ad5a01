//! The inspector's thread and its web server. Only this module uses async-io and hyper.

mod asset;
mod body;
mod clock;
mod connection;
mod events;
mod guard;
mod inspection;
mod listener;
mod pages;
mod query;
mod recording;
mod response;
mod route;
mod server;
mod token;
mod transport;

pub(crate) use inspection::{Inspection, InspectionEvent};
