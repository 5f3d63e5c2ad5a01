//! Room for actions, which processes have only while they have actions.

use std::collections::VecDeque;

use super::Actions;
use crate::Action;

/// A process' actions.
#[derive(Debug, Default)]
pub(super) struct Room(pub(super) VecDeque<Action>);

/// The room that processes have given up, kept for the next ones that emit something.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    /// The one that goes from turn to turn while nobody emits anything.
    next: Option<Box<Room>>,
    #[expect(clippy::vec_box, reason = "a process without actions holds but a pointer")]
    others: Vec<Box<Room>>,
    /// For how many actions the others have room.
    kept: usize,
}

/// For how many actions room is kept, by one and by all of the others.
const MOST_ROOM: usize = 256;
const MOST_KEPT: usize = 4096;

impl Actions {
    /// Makes room for what a turn will emit.
    #[inline]
    pub(crate) fn take_room(&mut self, rooms: &mut Rooms) {
        if self.room.is_none() {
            self.room = rooms.next.take().or_else(|| rooms.another());
        }
    }

    /// The next action to perform.
    #[inline]
    pub(crate) fn next(&mut self, rooms: &mut Rooms) -> Option<Action> {
        let action = self.room.as_mut()?.0.pop_front();
        self.give_up_room(rooms);
        action
    }

    /// Gives up the room of a process that has no actions left.
    #[inline(always)]
    pub(crate) fn give_up_room(&mut self, rooms: &mut Rooms) {
        if self.room.as_ref().is_some_and(|room| room.0.is_empty()) {
            rooms.keep(self.room.take());
        }
    }
}

impl Rooms {
    #[inline(always)]
    fn keep(&mut self, room: Option<Box<Room>>) {
        let room = room.filter(|room| room.0.capacity() <= MOST_ROOM);
        if self.next.is_none() {
            self.next = room;
        } else if let Some(room) = room.filter(|room| self.kept + room.0.capacity() <= MOST_KEPT) {
            self.kept += room.0.capacity();
            self.others.push(room);
        }
    }

    fn another(&mut self) -> Option<Box<Room>> {
        let room = self.others.pop()?;
        self.kept -= room.0.capacity();
        Some(room)
    }
}
