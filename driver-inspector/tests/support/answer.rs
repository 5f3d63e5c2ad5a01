//! An answer of the server.

use std::io::BufRead;

use anyhow::{Context as _, ensure};

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// Reads an answer with its body, which is of a known length or in chunks.
    pub(crate) fn read(from: &mut impl BufRead) -> anyhow::Result<Self> {
        let mut answer = Self::read_head(from)?;
        let length = answer.header("content-length").map_or(Ok(0), str::parse::<usize>)?;
        let mut body = vec![0; length];
        from.read_exact(&mut body)?;
        if answer.header("transfer-encoding") == Some("chunked") {
            read_chunks(from, &mut body)?;
        }
        answer.body = String::from_utf8(body)?;
        Ok(answer)
    }

    /// Reads an answer to a request without a body.
    pub(crate) fn read_head(from: &mut impl BufRead) -> anyhow::Result<Self> {
        let first = line(from)?;
        let status = first.split(' ').nth(1).with_context(|| format!("no status in {first:?}"))?;
        let status = status.parse()?;
        let mut head = Vec::new();
        loop {
            let line = line(from)?;
            let Some((name, value)) = line.split_once(':') else { break };
            head.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok(Self { status, head, body: String::new() })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

fn read_chunks(from: &mut impl BufRead, body: &mut Vec<u8>) -> anyhow::Result<()> {
    loop {
        let length = usize::from_str_radix(&line(from)?, 16)?;
        let begun = body.len();
        body.resize(begun + length, 0);
        from.read_exact(&mut body[begun..])?;
        line(from)?;
        if length == 0 {
            return Ok(());
        }
    }
}

fn line(from: &mut impl BufRead) -> anyhow::Result<String> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    ensure!(line.ends_with("\r\n"), "the answer ends in {line:?}");
    Ok(line.trim_end().to_owned())
}
