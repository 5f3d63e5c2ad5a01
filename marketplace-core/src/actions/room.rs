//! Room for actions, which processes have only while they have actions.

use std::collections::VecDeque;
use std::mem;

use super::Actions;
use crate::Action;

/// The empty queues of a VM's processes, kept for the next ones that emit something.
#[derive(Debug, Default)]
pub(crate) struct Rooms(Vec<VecDeque<Action>>);

/// The most queues kept, and the most actions that one of them has room for.
const MOST_ROOMS: usize = 64;
const MOST_ROOM: usize = 64;

impl Actions {
    /// Makes room for what a turn will emit.
    pub(crate) fn enter(&mut self, rooms: &mut Rooms) {
        if self.pending.capacity() == 0
            && let Some(room) = rooms.0.pop()
        {
            self.pending = room;
        }
    }

    /// Gives up the room of a process that has no actions left.
    pub(crate) fn leave(&mut self, rooms: &mut Rooms) {
        if !self.pending.is_empty() || self.pending.capacity() == 0 {
            return;
        }
        let room = mem::take(&mut self.pending);
        if room.capacity() <= MOST_ROOM && rooms.0.len() < MOST_ROOMS {
            rooms.0.push(room);
        }
    }
}
