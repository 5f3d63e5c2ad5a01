//! One browser's connection: HTTP by hyper on a socket, within limits.

use std::convert::Infallible;
use std::net::TcpStream;
use std::rc::Rc;
use std::time::Duration;

use async_io::Async;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper::{Request, StatusCode};
use tracing::debug;

use super::clock::Clock;
use super::response;
use super::route::Routes;
use super::transport::Transport;

/// How long a browser may take.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// To send a request.
    pub(super) request: Duration,
    /// To read some of what it is sent.
    pub(super) stall: Duration,
}

/// The greatest size of a request without its body, in bytes.
const LONGEST_HEAD: usize = 16 * 1024;

const MOST_HEADERS: usize = 64;

/// Answers one browser's requests, one after the other.
pub(super) async fn serve(socket: Async<TcpStream>, limits: Limits, routes: Rc<Routes>) {
    let local = match socket.get_ref().local_addr() {
        Ok(local) => local.ip().to_canonical(),
        Err(error) => return debug!(%error, "a browser has closed its connection"),
    };
    let transport = Transport::new(socket, limits.stall);
    let written = transport.written();
    let service = service_fn(move |request: Request<_>| {
        let (routes, written) = (Rc::clone(&routes), Rc::clone(&written));
        async move { Ok::<_, Infallible>(routes.answer(request, local, &written).await) }
    });
    end(builder(limits).serve_connection(transport, service).await);
}

/// Answers any request with the status that there are too many connections.
pub(super) async fn refuse(socket: Async<TcpStream>, limits: Limits) {
    let service = service_fn(|_: Request<_>| async {
        let busy = response::refusal(StatusCode::SERVICE_UNAVAILABLE, "too many connections");
        Ok::<_, Infallible>(busy)
    });
    let transport = Transport::new(socket, limits.stall);
    end(builder(limits).keep_alive(false).serve_connection(transport, service).await);
}

fn builder(limits: Limits) -> Builder {
    let mut builder = Builder::new();
    builder
        .timer(Clock)
        .header_read_timeout(limits.request)
        .max_headers(MOST_HEADERS)
        .max_header_size(LONGEST_HEAD);
    builder
}

fn end(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        // The browser's fault or the network's: nothing can be done about it here.
        debug!(%error, "a browser's connection has failed");
    }
}
