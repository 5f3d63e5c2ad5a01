//! What an inspector costs the inspected program, with no page open and with one.

pub(super) mod echo;
pub(super) mod ping_pong;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;

/// The view of a page that shows everything.
const VIEW: &str = r#"{"tree":{"rows":50},"graph":{"vm":0},"timeline":{},"numbers":true}"#;

/// Opens a page as a browser does, and reads everything that the inspector sends until the inspector ends.
fn open_page(address: SocketAddr) -> anyhow::Result<()> {
    until_listening(address)?;
    let mut frames = request(address, "GET /events?page=1 HTTP/1.1", "")?;
    expect(&mut frames, "200")?;
    let post = format!(
        "POST /view?page=1 HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}",
        VIEW.len()
    );
    expect(&mut request(address, &post, VIEW)?, "204")?;
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while frames.read(&mut buffer).is_ok_and(|read| read > 0) {}
    });
    Ok(())
}

/// Waits until the inspector listens, which may be later than the server does.
fn until_listening(address: SocketAddr) -> anyhow::Result<()> {
    let start = Instant::now();
    while let Err(error) = TcpStream::connect(address) {
        ensure!(start.elapsed() < Duration::from_secs(10), "no inspector at {address}: {error}");
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn request(address: SocketAddr, head: &str, body: &str) -> anyhow::Result<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "{head}\r\nHost: {address}\r\n\r\n{body}")?;
    Ok(BufReader::new(stream))
}

fn expect(answer: &mut impl BufRead, status: &str) -> anyhow::Result<()> {
    let mut line = String::new();
    answer.read_line(&mut line)?;
    ensure!(line.split(' ').nth(1) == Some(status), "the inspector answered {line:?}");
    Ok(())
}
