//! What frames cost on an Ethernet wire, and how many of them a link carries in a second.

use crate::wire::pixelwire::DATA_HEADER;

/// What each packet costs on an Ethernet wire beside its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireCost {
    /// Payload bytes of each packet.
    pub chunk: u32,
    /// Bytes of our own header.
    pub header: u32,
    /// IP packets that each of our packets becomes.
    pub fragments: u32,
    /// Bytes of the IP header of each of these.
    pub ip_header: u32,
}

impl WireCost {
    /// The cost in our own protocol, with the largest chunk that fits `mtu`.
    pub fn fitting(mtu: u32, ipv6: bool) -> Self {
        let ip_header = if ipv6 { IPV6_HEADER } else { IPV4_HEADER };
        let header = DATA_HEADER as u32;
        let chunk = mtu.max(SMALLEST_MTU) - ip_header - UDP_HEADER - header;
        Self { chunk, header, fragments: 1, ip_header }
    }

    /// Bytes on the wire, gaps between packets included, for a frame of `pixels` bytes.
    pub fn bytes(self, pixels: u64) -> u64 {
        let packets = pixels.div_ceil(u64::from(self.chunk.max(1)));
        let each_fragment = self.ip_header + ETHERNET;
        let each = self.header + UDP_HEADER + self.fragments * each_fragment;
        pixels.saturating_add(packets.saturating_mul(u64::from(each)))
    }

    /// How many frames of `pixels` bytes a link of so many megabits carries in a second, if it
    /// carries nothing else.
    pub fn frames_per_second(self, pixels: u64, mbps: f64) -> f64 {
        mbps * 1e6 / (self.bytes(pixels).max(1) as f64 * 8.0)
    }
}

/// Preamble, addresses, checksum and the gap before the next frame.
const ETHERNET: u32 = 8 + 14 + 4 + 12;
const UDP_HEADER: u32 = 8;
const IPV4_HEADER: u32 = 20;
const IPV6_HEADER: u32 = 40;
/// What every IPv4 host accepts (RFC 791).
const SMALLEST_MTU: u32 = 576;

#[cfg(test)]
mod tests {
    use super::*;

    const FULL_HD_COLOUR: u64 = 1920 * 1080 * 3;

    #[test]
    fn frames_a_second_are_what_a_pencil_says() {
        // 6,220,800 B in chunks of 1,416 B are 4,394 packets, each with 56 + 8 + 20 + 38 = 122 B
        // more: 6,756,868 B, of which 125 MB a second are 18.4997.
        let cost = WireCost::fitting(1500, false);
        assert_eq!(cost.chunk, 1416);
        assert_eq!(cost.bytes(FULL_HD_COLOUR), 6_756_868);
        let carried = cost.frames_per_second(FULL_HD_COLOUR, 1000.0);
        assert!((carried - 18.4997).abs() < 0.0001, "{carried}");
        // 698 packets of 8,916 B.
        let jumbo = WireCost::fitting(9000, false);
        assert_eq!(jumbo.bytes(FULL_HD_COLOUR), 6_220_800 + 698 * 122);
        // 4,457 packets of 1,396 B, each with 20 B more.
        assert_eq!(WireCost::fitting(1500, true).bytes(FULL_HD_COLOUR), 6_220_800 + 4457 * 142);
    }

    #[test]
    fn fragments_cost_an_ip_packet_each() {
        // The classic chunk: 127 packets of 34 IP packets.
        let classic = WireCost { chunk: 49_152, header: 12, fragments: 34, ip_header: 20 };
        let headers = 127 * (12 + 8 + 34 * 58);
        assert_eq!(classic.bytes(FULL_HD_COLOUR), FULL_HD_COLOUR + headers);
    }

    #[test]
    fn nothing_takes_no_time_and_nonsense_does_not_overflow() {
        let cost = WireCost::fitting(0, false);
        assert_eq!(cost.bytes(0), 0);
        assert!(cost.frames_per_second(u64::MAX, 1000.0) < 1.0);
    }
}
