//! Which requests are answered, and that all others can do nothing.

mod support;

#[path = "safety/limit.rs"]
mod limit;
#[path = "safety/request.rs"]
mod request;
#[path = "safety/site.rs"]
mod site;
#[path = "safety/slow.rs"]
mod slow;
#[path = "safety/token.rs"]
mod token;
