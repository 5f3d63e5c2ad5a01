//! The routes of the server. No request changes the program.

use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_DISPOSITION, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use super::asset::Asset;
use super::body;
use super::clock::wait;
use super::events::Events;
use super::guard::Guard;
use super::pages::Pages;
use super::query::Query;
use super::recording;
use super::response::{Body, Refusal, in_pieces, refusal, response, whole};
use super::transport::Written;
use crate::inspected::Inspected;

const JSON: &str = "application/json";

const SVG: &str = "image/svg+xml";

pub(super) struct Routes {
    guard: Guard,
    inspected: Inspected,
    pages: Pages,
    /// How long the rest of a request may take.
    timeout: Duration,
}

/// What can be requested.
enum Route {
    Asset(&'static Asset),
    Events,
    View,
    Explain,
    RecordingJson,
    RecordingSvg,
    TreeSvg,
}

impl Routes {
    pub(super) fn new(guard: Guard, inspected: Inspected, timeout: Duration) -> Self {
        Self { guard, pages: Pages::new(inspected.clone()), inspected, timeout }
    }

    /// Answers a request. `local` is the address that was connected to.
    pub(super) async fn answer(
        &self,
        request: Request<Incoming>,
        local: IpAddr,
        written: &Rc<Written>,
    ) -> Response<Body> {
        if let Err(refusal) = self.guard.check_site(request.headers(), local) {
            return response(Err(refusal));
        }
        let Some(route) = Route::of(request.uri().path()) else {
            return refusal(StatusCode::NOT_FOUND, "there is no such page");
        };
        if !route.methods().contains(request.method()) {
            return not_allowed(route.methods());
        }
        response(self.take(&route, request, written).await)
    }

    async fn take(
        &self,
        route: &Route,
        request: Request<Incoming>,
        written: &Rc<Written>,
    ) -> Result<Response<Body>, Refusal> {
        let query = Query::of(request.uri());
        // The page's own files are not secret, and its scripts import one another without the token.
        if !matches!(route, Route::Asset(_)) {
            self.guard.check_caller(request.headers(), &query)?;
        }
        match route {
            Route::Asset(asset) => Ok(whole(asset.media_type(), asset.content)),
            Route::Events if request.method() == Method::HEAD => Ok(whole("text/event-stream", "")),
            Route::Events => {
                let events = Events::new(self.pages.open(query.page()?)?, Rc::clone(written));
                Ok(in_pieces("text/event-stream", events))
            }
            Route::View => {
                let view = body::json(request, self.timeout).await?;
                self.pages.show(query.page()?, view)?;
                Ok(empty())
            }
            Route::Explain => {
                let question = body::json(request, self.timeout).await?;
                let explained = self.inspected.explain(&question, wait).await;
                let explanation =
                    explained.map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, format!("{error:#}")))?;
                Ok(whole(JSON, json(&explanation)?))
            }
            Route::RecordingJson => {
                let records = self.inspected.recording(&query.excerpt(&[])?);
                Ok(download("recording.json", in_pieces(JSON, recording::json(records))))
            }
            Route::RecordingSvg => {
                let excerpt = query.excerpt(&["brief", "quote"])?;
                let diagram = match query.flag("brief")? {
                    true => self.inspected.brief(&excerpt, query.get("quote").unwrap_or_default()),
                    false => self.inspected.diagram(&excerpt),
                };
                Ok(download("recording.svg", whole(SVG, diagram)))
            }
            Route::TreeSvg => {
                let (view, without) = query.tree()?;
                Ok(download("tree.svg", whole(SVG, self.inspected.nesting(&view, &without))))
            }
        }
    }
}

impl Route {
    fn of(path: &str) -> Option<Self> {
        Some(match path {
            "/events" => Self::Events,
            "/view" => Self::View,
            "/explain" => Self::Explain,
            "/recording.json" => Self::RecordingJson,
            "/recording.svg" => Self::RecordingSvg,
            "/tree.svg" => Self::TreeSvg,
            _ => Self::Asset(Asset::at(path)?),
        })
    }

    fn methods(&self) -> &'static [Method] {
        match self {
            Self::View | Self::Explain => &[Method::POST],
            _ => &[Method::GET, Method::HEAD],
        }
    }
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, Refusal> {
    serde_json::to_vec(value).map_err(|error| {
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, format!("cannot write the answer: {error}"))
    })
}

fn empty() -> Response<Body> {
    let mut response = whole("text/plain", "");
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn not_allowed(methods: &[Method]) -> Response<Body> {
    let allowed: Vec<&str> = methods.iter().map(Method::as_str).collect();
    let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, "this method is not allowed");
    if let Ok(allowed) = HeaderValue::from_str(&allowed.join(", ")) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

fn download(name: &str, mut response: Response<Body>) -> Response<Body> {
    if let Ok(as_file) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(CONTENT_DISPOSITION, as_file);
    }
    response
}
