//! The driver: the process in each ground that connects the ground to the inspector and publishes where the page is.

use marketplace_core::{Context, EventSource, Spawn, topic};
use tracing::{info, warn};

use crate::io::InspectionEvent;
use crate::message::Inspecting;

/// The process of one ground.
///
/// It ignores `Stopping`: it does not keep the program running, and a program that stops slowly should stay visible.
pub(crate) fn driver(source: EventSource) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.on_event(&source, on_inspection_event).on_absence(|(), _, _, reason| reason.clone().into_result());
    })
    .named("inspector")
}

fn on_inspection_event((): &mut (), cx: &mut Context<'_, ()>, event: &InspectionEvent) {
    match event {
        InspectionEvent::Started(Inspecting { address, url }) => {
            info!(%url, "inspecting");
            cx.publisher(topic!(Inspecting { address: *address, url: url.clone() }));
        }
        InspectionEvent::Failed(reason) => {
            // With its causes, because this may be the only place that reports them.
            warn!(reason = %format_args!("{reason:#}"), "the program is not inspected");
            cx.quit_because(reason.clone());
        }
    }
}
