//! Packets as they occur on the net, unusual ones, and malicious ones.

/// A packet without its id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed {
    flags: u16,
    /// The numbers of questions, answers, authorities and additional records in its header.
    counts: [u16; 4],
    rest: &'static [u8],
}

const fn seed(flags: u16, counts: [u16; 4], rest: &'static [u8]) -> Seed {
    Seed { flags, counts, rest }
}

/// A name of 255 bytes, which is the greatest length, and its question.
const LONGEST_NAME: &[u8] = b"\
    \x3fxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
    \x3fxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
    \x3fxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
    \x3dxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\0\0\x01\0\x01";

/// The same with two bytes too many.
const TOO_LONG_NAME: &[u8] = b"\
    \x3fxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
    \x3fxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
    \x3fxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
    \x3fxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\0\0\x01\0\x01";

/// Packets from clients.
pub(crate) const QUERIES: &[Seed] = &[
    // Normal ones: with and without EDNS, its cookie, its DO bit, and other options.
    seed(0x0100, [1, 0, 0, 0], b"\x03www\x04fuzz\0\0\x01\0\x01"),
    seed(0x0100, [1, 0, 0, 1], b"\x03www\x04fuzz\0\0\x1c\0\x01\0\0\x29\x04\xd0\0\0\0\0\0\0"),
    seed(0x0120, [1, 0, 0, 1], b"\x04fuzz\0\0\x30\0\x01\0\0\x29\x10\0\0\0\x80\0\0\x0c\0\x0a\0\x08abcdefgh"),
    seed(0x0110, [1, 0, 0, 0], b"\0\0\x02\0\x01"),
    seed(0x0000, [1, 0, 0, 0], b"\x05_http\x04_tcp\x04fuzz\0\0\x41\0\x01"),
    seed(0x0100, [1, 0, 0, 0], LONGEST_NAME),
    // EDNS: twice, with another name, with other versions and sizes, with wrong lengths.
    seed(
        0x0100,
        [1, 0, 0, 2],
        b"\x01a\0\0\x01\0\x01\0\0\x29\x04\xd0\0\0\0\0\0\0\0\0\x29\x04\xd0\0\0\0\0\0\0",
    ),
    seed(0x0100, [1, 0, 0, 1], b"\x01b\0\0\x01\0\x01\x01b\0\0\x29\x04\xd0\0\0\0\0\0\0"),
    seed(0x0100, [1, 0, 0, 1], b"\x01c\0\0\x01\0\x01\0\0\x29\x04\xd0\0\xff\0\0\0\0"),
    seed(0x0100, [1, 0, 0, 1], b"\x01d\0\0\x01\0\x01\0\0\x29\0\0\0\0\0\0\0\0"),
    seed(0x0100, [1, 0, 0, 1], b"\x01e\0\0\x01\0\x01\0\0\x29\xff\xff\xff\0\xff\xff\0\0"),
    seed(0x0100, [1, 0, 0, 1], b"\x01f\0\0\x01\0\x01\0\0\x29\x04\xd0\0\0\0\0\xff\xff"),
    seed(0x0100, [1, 0, 0, 1], b"\x01g\0\0\x01\0\x01\0\0\x29\x04\xd0\0\0\0\0\0\x04\0\x0a\xff\xff"),
    seed(0x0100, [1, 0, 0, 1], b"\x01h\0\0\x01\0\x01\0\0\x29\x04\xd0\0\0\0\0\0\x05\0\x08\0\x02\0"),
    seed(0x0100, [1, 1, 0, 0], b"\x01i\0\0\x01\0\x01\0\0\x29\x04\xd0\0\0\0\0\0\0"),
    // Names that point to themselves, at each other, ahead, into the header, or nowhere, or that use reserved kinds of
    // label.
    seed(0x0100, [1, 0, 0, 0], b"\xc0\x0c\0\x01\0\x01"),
    seed(0x0100, [2, 0, 0, 0], b"\xc0\x12\0\x01\0\x01\xc0\x0c\0\x01\0\x01"),
    seed(0x0100, [1, 0, 0, 0], b"\x01a\xc0\x0c\0\x01\0\x01"),
    seed(0x0100, [1, 0, 0, 0], b"\xc0\0\0\x01\0\x01"),
    seed(0x0100, [1, 0, 0, 0], b"\xff\xff\0\x01\0\x01"),
    seed(0x0100, [1, 0, 0, 0], b"\x40aaa\0\0\x01\0\x01"),
    seed(0x0100, [1, 0, 0, 0], b"\x80\x0c\0\0\x01\0\x01"),
    seed(0x0100, [1, 0, 0, 0], b"\x3fshort\0\0\x01\0\x01"),
    seed(0x0100, [1, 0, 0, 0], b"\x06\0.\\\"\xff\x20\0\0\x01\0\x01"),
    seed(0x0100, [1, 0, 0, 0], TOO_LONG_NAME),
    // Wrong counts.
    seed(0x0100, [0xffff, 0, 0, 0], b"\x01j\0\0\x01\0\x01"),
    seed(0x0100, [1, 0xffff, 0xffff, 0xffff], b"\x01k\0\0\x01\0\x01"),
    seed(0x0100, [0, 0, 0, 0], b"\x01l\0\0\x01\0\x01"),
    seed(0x0100, [1, 0, 0, 0], b"\x01m\0\0\x01\0\x01 and then some"),
    seed(0x0100, [1, 0, 0, 0], b"\x01n\0\0\x01"),
    seed(0xffff, [0xffff; 4], b"\xff\xff\xff\xff"),
    seed(0, [0; 4], b""),
    // Updates, notifications, signatures, whole zones, answers.
    seed(0x2800, [1, 0, 1, 0], b"\x04fuzz\0\0\x06\0\x01\xc0\x0c\0\xff\0\xff\0\0\0\0\0\0"),
    seed(0x2000, [1, 0, 0, 0], b"\x04fuzz\0\0\x06\0\x01"),
    seed(0x7900, [1, 0, 0, 0], b"\x04fuzz\0\0\x06\0\x01"),
    seed(0x0100, [1, 0, 0, 1], b"\x01o\0\0\x01\0\x01\0\0\xfa\0\xff\0\0\0\0\0\x04\x01x\0\0"),
    seed(0x0100, [1, 0, 0, 0], b"\x04fuzz\0\0\xfc\0\x01"),
    seed(0x0100, [1, 0, 0, 0], b"\x04fuzz\0\0\x01\0\xff"),
    seed(0x8180, [1, 1, 0, 0], b"\x01p\0\0\x01\0\x01\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x01\x02\x03\x04"),
];

/// Packets from servers, after the question, which begins at byte 12.
pub(crate) const RESPONSES: &[Seed] = &[
    // Normal ones: an address, an alias, an empty answer, a referral, a truncated answer, a format error.
    seed(0x8180, [1, 1, 0, 0], b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x01"),
    seed(
        0x8180,
        [1, 2, 0, 1],
        b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x03\x01t\0\x01t\0\0\x01\0\x01\0\0\0\x3c\0\x04\
        \xc0\0\x02\x01\0\0\x29\x04\xd0\0\0\0\0\0\0",
    ),
    seed(
        0x8183,
        [1, 0, 1, 0],
        b"\x04fuzz\0\0\x06\0\x01\0\0\0\x3c\0\x18\x01a\0\x01b\0\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\
        \x04\0\0\0\x05",
    ),
    seed(
        0x8100,
        [1, 0, 1, 1],
        b"\x04fuzz\0\0\x02\0\x01\0\0\0\x3c\0\x05\x02ns\xc0\x0c\x02ns\xc0\x0c\0\x01\0\x01\0\0\0\
        \x3c\0\x04\x7f\0\0\x01",
    ),
    seed(0x8380, [1, 0, 0, 0], b""),
    seed(0x8181, [0, 0, 0, 0], b""),
    seed(0x8185, [1, 0, 0, 1], b"\0\0\x29\x04\xd0\x01\0\0\0\0\x0b\0\x0f\0\x07\0\x12text\xff"),
    // Aliases to themselves, by name and by pointer, and a chain of them that returns to its start.
    seed(0x8180, [1, 1, 0, 0], b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x02\xc0\x0c"),
    seed(
        0x8180,
        [1, 2, 0, 0],
        b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x03\x01u\0\x01u\0\0\x05\0\x01\0\0\0\x3c\0\x02\xc0\x0c",
    ),
    // Names within data that point to themselves, into the header, and past the end.
    seed(0x8180, [1, 1, 0, 0], b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x02\xc0\x28"),
    seed(0x8180, [1, 1, 0, 0], b"\xc0\x0c\0\x0f\0\x01\0\0\0\x3c\0\x04\0\x0a\xc0\0"),
    seed(0x8180, [1, 1, 0, 0], b"\xc0\x0c\0\x02\0\x01\0\0\0\x3c\0\x02\xff\xff"),
    // Data that are too short, too long or missing, or that contain a wrong length.
    seed(0x8180, [1, 1, 0, 0], b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x03\xc0\0\x02"),
    seed(0x8180, [1, 1, 0, 0], b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\xff\xff\xc0\0\x02\x01"),
    seed(0x8180, [1, 1, 0, 0], b"\xc0\x0c\0\x1c\0\x01\0\0\0\x3c\0\0"),
    seed(0x8180, [1, 1, 0, 0], b"\xc0\x0c\0\x10\0\x01\0\0\0\x3c\0\x05\xfftext"),
    seed(0x8180, [1, 1, 0, 0], b"\xc0\x0c\0\x10\0\x01\0\0\0\x3c\0\0"),
    seed(0x8180, [1, 0, 1, 0], b"\0\0\x06\0\x01\0\0\0\x3c\0\x04\0\0\0\0"),
    // Types with data of their own: a service, a naming rule, a key, a signature, a denial, an authorization.
    seed(0x8180, [1, 1, 0, 0], b"\xc0\x0c\0\x41\0\x01\0\0\0\x3c\0\x0b\0\x01\0\0\x01\0\x04\x02h2\xff"),
    seed(0x8180, [1, 1, 0, 0], b"\xc0\x0c\0\x23\0\x01\0\0\0\x3c\0\x0c\0\x01\0\x01\x01u\0\x03!.*\0"),
    seed(0x8180, [1, 1, 0, 0], b"\xc0\x0c\0\x30\0\x01\0\0\0\x3c\0\x06\x01\x01\x03\x08AQ"),
    seed(
        0x8180,
        [1, 1, 0, 0],
        b"\xc0\x0c\0\x2e\0\x01\0\0\0\x3c\0\x14\0\x01\x08\x02\0\0\0\x3c\0\0\0\0\0\0\0\0\x01\x02\0s",
    ),
    seed(0x8180, [1, 0, 1, 0], b"\xc0\x0c\0\x2f\0\x01\0\0\0\x3c\0\x06\0\xff\x20\0\0\x01"),
    seed(0x8180, [1, 1, 0, 0], b"\xc0\x0c\x01\x01\0\x01\0\0\0\x3c\0\x08\0\xffissue;"),
    // Wrong counts, endless times, other classes, EDNS in the wrong place, queries instead of responses.
    seed(0x8180, [1, 0xffff, 0, 0], b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x01"),
    seed(0x8180, [0xffff, 0xffff, 0xffff, 0xffff], b""),
    seed(0x8180, [1, 1, 0, 0], b"\xc0\x0c\0\x01\0\x01\xff\xff\xff\xff\0\x04\xc0\0\x02\x01"),
    seed(0x8180, [1, 1, 0, 0], b"\xc0\x0c\0\x01\0\x03\0\0\0\x3c\0\x04\xc0\0\x02\x01"),
    seed(
        0x8180,
        [1, 2, 0, 2],
        b"\xc0\x0c\0\x29\x04\xd0\0\0\0\0\0\0\0\0\x29\x04\xd0\0\0\0\0\0\0\0\0\x29\0\0\0\0\0\0\0\0\
        \0\0\x29\xff\xff\xff\xff\xff\xff\0\0",
    ),
    seed(0x0100, [1, 0, 0, 0], b""),
];

impl Seed {
    /// The packet, with the id 0 and some bytes before what follows the header.
    pub(crate) fn packet(&self, question: &[u8]) -> Vec<u8> {
        let numbers = [0, self.flags].into_iter().chain(self.counts);
        let header: Vec<u8> = numbers.flat_map(u16::to_be_bytes).collect();
        [&header, question, self.rest].concat()
    }
}
