//! Responses, and the headers that they all have.

use std::borrow::Cow;

use futures::stream::LocalBoxStream;
use futures::{Stream, StreamExt, TryStreamExt};
use http_body_util::{Either, Full, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};

/// A body that is complete, or one in pieces that are made as the browser reads them.
pub(super) type Body = Either<Full<Bytes>, StreamBody<LocalBoxStream<'static, Piece>>>;

pub(super) type Piece = serde_json::Result<Frame<Bytes>>;

/// Why a request is refused.
pub(super) struct Refusal {
    status: StatusCode,
    why: Cow<'static, str>,
}

/// The page loads nothing from other sites, cannot be put in a frame, and sends no referrer, because its URL may contain
/// the token.
static HEADERS: [(HeaderName, &str); 5] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (CACHE_CONTROL, "no-store"),
];

impl Refusal {
    pub(super) fn new(status: StatusCode, why: impl Into<Cow<'static, str>>) -> Self {
        Self { status, why: why.into() }
    }
}

/// The response to a request that was answered or refused.
pub(super) fn response(answer: Result<Response<Body>, Refusal>) -> Response<Body> {
    answer.unwrap_or_else(|Refusal { status, why }| refusal(status, why))
}

/// A response with an error text.
pub(super) fn refusal(status: StatusCode, why: impl Into<Cow<'static, str>>) -> Response<Body> {
    let why = why.into();
    let mut response = whole("text/plain; charset=utf-8", format!("{why}\n"));
    *response.status_mut() = status;
    response
}

/// A response with a complete body.
pub(super) fn whole(media_type: &'static str, content: impl Into<Bytes>) -> Response<Body> {
    of_type(media_type, Either::Left(Full::new(content.into())))
}

/// A response with a body in pieces.
pub(super) fn in_pieces(
    media_type: &'static str,
    pieces: impl Stream<Item = serde_json::Result<Bytes>> + 'static,
) -> Response<Body> {
    of_type(media_type, Either::Right(StreamBody::new(pieces.map_ok(Frame::data).boxed_local())))
}

fn of_type(media_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    for (name, value) in &HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
