//! The recording as JSON, made piece by piece as a browser reads it, so that many downloads need little memory.

use std::future::ready;
use std::sync::Arc;
use std::vec;

use futures::stream::{self, Stream};
use hyper::body::Bytes;

use crate::frame::Record;

/// How many records are in a piece.
const PIECE: usize = 200;

/// An array of records.
pub(super) fn json(records: Vec<Arc<Record>>) -> impl Stream<Item = serde_json::Result<Bytes>> {
    let array = Array { rest: records.into_iter(), separator: b'[' };
    stream::try_unfold(Some(array), |array| ready(array.map(Array::piece).transpose()))
}

/// The records that have not been written yet.
struct Array {
    rest: vec::IntoIter<Arc<Record>>,
    /// What comes before the next record.
    separator: u8,
}

impl Array {
    /// The next piece, and the rest.
    fn piece(mut self) -> serde_json::Result<(Bytes, Option<Self>)> {
        let mut piece = vec![self.separator];
        for (index, record) in self.rest.by_ref().take(PIECE).enumerate() {
            if index > 0 {
                piece.push(b',');
            }
            serde_json::to_writer(&mut piece, &record)?;
        }
        if self.rest.len() == 0 {
            piece.push(b']');
            return Ok((piece.into(), None));
        }
        Ok((piece.into(), Some(Self { separator: b',', ..self })))
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use futures::executor::block_on;

    use super::*;

    #[test]
    fn the_pieces_are_one_array_however_many_records_there_are() {
        for count in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1] {
            let records = (0..count as u64).map(|number| Arc::new(Record { number, ..Record::default() }));
            let pieces: Vec<Bytes> = block_on(json(records.collect()).map(Result::unwrap).collect());
            assert_eq!(pieces.len(), count.div_ceil(PIECE).max(1));
            let array: Vec<serde_json::Value> = serde_json::from_slice(&pieces.concat()).unwrap();
            let numbers = array.iter().map(|record| record["number"].as_u64().unwrap());
            assert!(numbers.eq(0..count as u64), "{count}");
        }
    }
}
