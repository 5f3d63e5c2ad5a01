//! The page Embedding in axum: a web server in front of a ground.

use std::thread;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Router, routing::get};
use futures::StreamExt as _;
use marketplace_core::{AskError, Ground, Handle, Message, PresenceChange, Question, Spawn, Stopping, topic};
use tokio::net::TcpListener;

/// How warm is it in this room?
#[derive(Debug, Message)]
struct Temperature {
    room: String,
}

impl Question for Temperature {
    type Answer = f64;
}

fn thermometer(room: &'static str) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.on_question(topic!(Temperature { room: room.into() }), |(), _, _, reply| reply.send(21.5));
    })
    .named("thermometer")
}

/// `GET /rooms/kitchen`
async fn temperature(
    State(handle): State<Handle>,
    Path(room): Path<String>,
) -> Result<String, (StatusCode, String)> {
    let answer = handle.ask(Temperature { room }).within(Duration::from_secs(1)).await;
    let degrees = answer.map_err(|error| match error {
        AskError::NoAnswerer { .. } => (StatusCode::NOT_FOUND, "there is no thermometer\n".to_owned()),
        AskError::TimedOut { .. } => (StatusCode::GATEWAY_TIMEOUT, format!("{error}\n")),
        error => (StatusCode::BAD_GATEWAY, format!("{:#}\n", anyhow::Error::from(error))),
    })?;
    Ok(format!("{degrees}\n"))
}

/// Done when the program is asked to stop, or has ended.
async fn stopping(mut handle: Handle) {
    if let Ok(stops) = handle.observe_publishers(topic!(Stopping { .. }), 2).await {
        stops.any(|change| async move { matches!(change, Ok(PresenceChange::Presence { .. })) }).await;
    }
}

/// Runs the ground, and serves until it stops.
async fn serve(listener: TcpListener, ground: Ground) -> anyhow::Result<()> {
    let ground = ground.with_sleep(tokio::time::sleep);
    let handle = ground.handle();
    let (closed, stopping) = (handle.closed(), stopping(handle.weak()));
    let runtime = tokio::runtime::Handle::current();
    thread::Builder::new().name("ground".into()).spawn(move || runtime.block_on(ground.run()))?;

    let routes = Router::new().route("/rooms/{room}", get(temperature)).with_state(handle);
    axum::serve(listener, routes).with_graceful_shutdown(stopping).await?;
    Ok(closed.await?)
}

#[expect(dead_code, reason = "the tests serve at a port of their own")]
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:5999").await?;
    serve(listener, Ground::new().spawn(thermometer("kitchen"))).await
}

mod tests {
    use std::future::pending;
    use std::io::{Read as _, Write as _};
    use std::net::{SocketAddr, TcpStream};
    use std::time::Instant;

    use marketplace_testing::TIMEOUT;
    use tokio::task::{JoinHandle, spawn_blocking};
    use tokio::time::timeout;

    use super::*;

    /// A thermometer that is broken: it fails as it is asked.
    fn broken(room: &'static str) -> Spawn {
        Spawn::new((), move |(), cx| {
            cx.on_question(topic!(Temperature { room: room.into() }), |(), _, _, _| {
                anyhow::bail!("it is broken")
            });
        })
    }

    /// One that never answers.
    fn stuck(room: &'static str) -> Spawn {
        Spawn::new(Vec::new(), move |_, cx| {
            cx.on_question(topic!(Temperature { room: room.into() }), |kept, _, _, reply| kept.push(reply));
        })
    }

    async fn start(ground: Ground) -> anyhow::Result<(SocketAddr, Handle, JoinHandle<anyhow::Result<()>>)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, handle) = (listener.local_addr()?, ground.handle());
        Ok((address, handle, tokio::spawn(serve(listener, ground))))
    }

    /// The status and the body of what the server answers.
    async fn request(server: SocketAddr, path: &'static str) -> anyhow::Result<(u16, String)> {
        let answer = spawn_blocking(move || {
            let mut stream = TcpStream::connect(server)?;
            stream.set_read_timeout(Some(TIMEOUT))?;
            write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            anyhow::Ok(answer)
        });
        let answer = answer.await??;
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
        status.zip(body).ok_or_else(|| anyhow::anyhow!("not HTTP: {answer}"))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn each_outcome_of_a_question_has_a_status() -> anyhow::Result<()> {
        let ground =
            Ground::new().spawn(thermometer("kitchen")).spawn(broken("cellar")).spawn(stuck("attic"));
        let (server, mut handle, serving) = start(ground).await?;
        assert_eq!(request(server, "/rooms/kitchen").await?, (200, "21.5\n".into()));
        assert_eq!(request(server, "/rooms/hall").await?, (404, "there is no thermometer\n".into()));
        let (status, reason) = request(server, "/rooms/cellar").await?;
        assert_eq!(status, 502);
        assert!(reason.contains("it is broken"), "{reason}");
        assert_eq!(request(server, "/rooms/attic").await?.0, 504);
        handle.stop(Instant::now(), async {}).await?;
        timeout(TIMEOUT, serving).await??
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_stop_of_the_ground_ends_the_web_server() -> anyhow::Result<()> {
        let (server, mut handle, serving) = start(Ground::new().spawn(thermometer("kitchen"))).await?;
        assert_eq!(request(server, "/rooms/kitchen").await?.0, 200);
        handle.stop(Instant::now() + TIMEOUT, pending()).await?;
        // Otherwise it keeps the ground until the deadline.
        drop(handle);
        timeout(TIMEOUT, serving).await??
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_web_server_ends_with_the_error_of_the_main_process() -> anyhow::Result<()> {
        let (server, handle, serving) = start(Ground::new().main(broken("cellar"))).await?;
        drop(handle);
        request(server, "/rooms/cellar").await?;
        let error = timeout(TIMEOUT, serving).await??.expect_err("its main process has failed");
        assert_eq!(error.to_string(), "it is broken");
        Ok(())
    }
}
