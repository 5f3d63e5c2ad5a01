//! Room for actions, which processes have only while they have actions.

use std::collections::VecDeque;

use super::Actions;
use crate::Action;

/// A process' actions.
#[derive(Debug, Default)]
pub(super) struct Room(pub(super) VecDeque<Action>);

/// The room that processes have given up, kept for the next ones that emit something.
#[derive(Debug, Default)]
#[expect(clippy::vec_box, reason = "a process without actions holds but a pointer")]
pub(crate) struct Rooms(Vec<Box<Room>>);

/// The most rooms kept, and the most actions that one of them has room for.
const MOST_ROOMS: usize = 64;
const MOST_ROOM: usize = 64;

impl Actions {
    /// Makes room for what a turn will emit.
    #[inline]
    pub(crate) fn enter(&mut self, rooms: &mut Rooms) {
        if self.room.is_none() {
            self.room = rooms.0.pop();
        }
    }

    /// Gives up the room of a process that has no actions left.
    #[inline]
    pub(crate) fn leave(&mut self, rooms: &mut Rooms) {
        if let Some(room) = self.room.take_if(|room| room.0.is_empty())
            && room.0.capacity() <= MOST_ROOM
            && rooms.0.len() < MOST_ROOMS
        {
            rooms.0.push(room);
        }
    }
}
