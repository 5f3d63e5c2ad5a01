//! Takes in clients' connections, on which they may ask one question after the other.

use std::time::Duration;

use driver_tcp_bare::{TcpAddress, TcpChannel, TcpSubPacket};
use driver_timer::{CancelTimer, SetTimer, TimerExpired};
use marketplace_core::{Context, Spawn, Value, topic};

use crate::client::{Return, serve};
use crate::frame::Frames;

struct Connection {
    frames: Frames,
    back: Return,
    idle: Value,
}

/// How long a connection may stand on which nothing is asked.
const IDLE: Duration = Duration::from_secs(30);

/// Serves each connection to a listener.
pub(crate) fn connections(us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.meta()
            .observe_publishers(topic!(TcpChannel { source: _, destination: us, .. }))
            .for_each_conversation(|conversation| conversation.ends().map(|(them, us)| connection(them, us)));
    })
    .named("connections")
}

/// Serves what comes on a connection, as long as anything may.
fn connection(them: TcpAddress, us: TcpAddress) -> Spawn {
    let connection = Connection {
        frames: Frames::default(),
        back: Return::Stream(us.clone(), them.clone()),
        idle: Value::unique("idle"),
    };
    Spawn::new(connection, move |connection, cx| {
        cx.subscriber(topic!(TimerExpired { label: &connection.idle, .. })).on_message(|_, cx, _| cx.quit());
        connection.wait(cx);
        let mut outside = cx.meta();
        outside.publisher(TcpChannel::flow(&us, &them));
        outside
            .subscriber(TcpChannel::flow(&them, &us))
            .on_message(|connection: &mut Connection, cx, channel| {
                if let TcpSubPacket::Bytes(bytes) = &channel.subpacket {
                    connection.hear(cx, bytes);
                }
            })
            .on_absence(|_, cx, _, _| cx.quit());
    })
    .named("connection")
}

impl Connection {
    fn hear(&mut self, cx: &mut Context<'_, Self>, bytes: &[u8]) {
        self.frames.extend(bytes);
        while let Some(message) = self.frames.next() {
            serve(cx, &message, self.back.clone());
            cx.send(CancelTimer::new(self.idle.clone()));
            self.wait(cx);
        }
    }

    /// Waits for as long as nothing may be asked.
    fn wait(&self, cx: &mut Context<'_, Self>) {
        cx.send(SetTimer::after(self.idle.clone(), IDLE));
    }
}
