//! Sends every UDP packet back to its sender.
//!
//! Run it, and talk to it: `nc -u 127.0.0.1 5999`. With `--inspect`, see it in a browser.

use std::net::{IpAddr, Ipv4Addr};

use clap::Parser;
use driver_udp::{UdpAddress, UdpDriver, UdpPacket};
use examples::{Announcement, Cores, InspectOptions, log_to_standard_error, run};
use marketplace_core::{Ground, Spawn, topic};

/// Send every UDP packet back to its sender
#[derive(Debug, Parser)]
struct Options {
    /// The local address to receive on
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// The port to receive on; 0 lets the kernel pick one
    #[arg(long, value_name = "N", default_value_t = 5999)]
    port: u16,
    #[command(flatten)]
    inspect: InspectOptions,
}

fn main() -> anyhow::Result<()> {
    let Options { bind, port, inspect } = Options::parse();
    log_to_standard_error();
    let ground = Ground::new().spawn(UdpDriver::new().bind_address(bind).spawn()).main(echo(port));
    run(inspect.inspection().watch(ground))
}

fn echo(port: u16) -> Spawn {
    let us = UdpAddress::listener(port);
    Spawn::new((), move |(), cx| {
        cx.publisher(UdpPacket::outbound(&us));
        cx.subscriber(topic!(UdpPacket {
            source: UdpAddress::Remote { host: _, port: _ },
            destination: &us,
            ..
        }))
        .on_message(|(), cx, packet| cx.send(packet.reply(packet.body.clone())))
        .on_absence(|(), cx, _driver, _reason| cx.quit());
        Announcement::new(Cores::one()).of_udp(cx, &us);
    })
    .named("echo")
}
