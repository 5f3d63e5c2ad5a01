//! The HTTP routes, and the status for each outcome.

use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use marketplace_core::{AskError, GroundEnded, Handle, Question};

use crate::presence::presence;
use crate::store::{Close, Get, store};

/// The state that the routes share.
#[derive(Clone)]
pub(crate) struct Gateway {
    pub(crate) handle: Handle,
    /// How long to wait for an answer.
    pub(crate) patience: Duration,
    /// How long the stores take to answer.
    pub(crate) delay: Duration,
}

/// The response to a request that cannot be answered.
pub(crate) struct Refusal(StatusCode, String);

pub(crate) fn routes(gateway: Gateway) -> Router {
    Router::new()
        .route("/stores/{store}", put(open).delete(close))
        .route("/stores/{store}/{key}", get(look_up))
        .route("/presence", get(presence))
        .with_state(gateway)
}

async fn look_up(
    State(gateway): State<Gateway>,
    Path((store, key)): Path<(String, String)>,
) -> Result<String, Refusal> {
    let value = gateway.ask(Get { store, key }).await?;
    value.ok_or_else(|| Refusal(StatusCode::NOT_FOUND, "the store has no such key".into()))
}

/// Opens a store with the lines of the body. It replaces a store of the same name.
async fn open(
    State(mut gateway): State<Gateway>,
    Path(name): Path<String>,
    lines: String,
) -> Result<StatusCode, Refusal> {
    gateway.handle.ask(Close { store: name.clone() }).within(gateway.patience).all().await?;
    let opened = gateway.handle.spawn(store(&name, lines, gateway.delay)).await?;
    // From now on it can be asked.
    opened.pid().await?;
    Ok(StatusCode::CREATED)
}

async fn close(State(gateway): State<Gateway>, Path(store): Path<String>) -> Result<StatusCode, Refusal> {
    gateway.ask(Close { store }).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Gateway {
    async fn ask<Q: Question>(&self, question: Q) -> Result<Q::Answer, AskError> {
        self.handle.ask(question).within(self.patience).await
    }
}

impl From<AskError> for Refusal {
    fn from(error: AskError) -> Self {
        let status = match error {
            AskError::NoAnswerer { .. } | AskError::GroundEnded { .. } => StatusCode::SERVICE_UNAVAILABLE,
            AskError::Left { .. } | AskError::Declined { .. } => StatusCode::BAD_GATEWAY,
            AskError::TimedOut { .. } => StatusCode::GATEWAY_TIMEOUT,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, format!("{:#}", anyhow::Error::from(error)))
    }
}

impl From<GroundEnded> for Refusal {
    fn from(ended: GroundEnded) -> Self {
        Self(StatusCode::SERVICE_UNAVAILABLE, ended.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, text) = self;
        (status, text + "\n").into_response()
    }
}
