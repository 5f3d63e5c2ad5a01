//! Request bodies: JSON of limited length.

use std::time::Duration;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::{Request, StatusCode};
use serde::de::DeserializeOwned;

use super::clock::within;
use super::response::Refusal;

/// In bytes.
const LONGEST: usize = 64 * 1024;

/// Reads a value from a request.
pub(super) async fn json<T: DeserializeOwned>(
    request: Request<Incoming>,
    timeout: Duration,
) -> Result<T, Refusal> {
    // A form on another site can send other types without a preflight request.
    if !is_json(&request) {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the content type must be application/json",
        ));
    }
    let sent = within(timeout, read(request.into_body())).await;
    let bytes = sent.ok_or_else(|| Refusal::new(StatusCode::REQUEST_TIMEOUT, "the body took too long"))??;
    serde_json::from_slice(&bytes)
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, format!("cannot read the body: {error}")))
}

fn is_json(request: &Request<Incoming>) -> bool {
    let value = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

async fn read(body: Incoming) -> Result<Bytes, Refusal> {
    let too_long =
        || Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body has more than {LONGEST} bytes"));
    if body.size_hint().lower() > LONGEST as u64 {
        return Err(too_long());
    }
    match Limited::new(body, LONGEST).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_long()),
        Err(error) => Err(Refusal::new(StatusCode::BAD_REQUEST, format!("cannot read the body: {error}"))),
    }
}
