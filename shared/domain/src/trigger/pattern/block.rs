//! A block of IP addresses, as a pattern's `cidr` names it.

use std::fmt;
use std::net::IpAddr;

/// The addresses that begin with these bits: RFC 4632, `10.0.0.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    base: IpAddr,
    bits: u32,
}

impl Block {
    /// Reads a block; none where it is not one.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (base, bits) = text.split_once('/')?;
        let base: IpAddr = base.parse().ok()?;
        let plain = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit());
        let bits = bits.parse().ok().filter(|bits| plain && *bits <= width(base))?;
        Some(Self { base, bits })
    }

    /// Whether a text is an address in it.
    pub(super) fn has(self, text: &str) -> bool {
        let Ok(address) = text.parse::<IpAddr>() else { return false };
        let above = width(self.base) - self.bits;
        let beginning = |address| number(address).checked_shr(above).unwrap_or(0);
        address.is_ipv4() == self.base.is_ipv4() && beginning(address) == beginning(self.base)
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.bits)
    }
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(block: &str, inside: &[&str], outside: &[&str]) {
        let read = Block::read(block).unwrap();
        assert_eq!(read.to_string(), block);
        inside.iter().for_each(|address| assert!(read.has(address), "{address} in {block}"));
        outside.iter().for_each(|address| assert!(!read.has(address), "{address} in {block}"));
    }

    #[test]
    fn an_address_is_in_a_block_if_it_begins_with_its_bits() {
        check(
            "10.0.0.0/24",
            &["10.0.0.0", "10.0.0.255"],
            &["10.0.1.0", "::a00:0", "10.0.0.0/24", ""],
        );
        check("10.0.0.77/31", &["10.0.0.76", "10.0.0.77"], &["10.0.0.75", "10.0.0.78"]);
        check("192.0.2.7/32", &["192.0.2.7"], &["192.0.2.6", "192.0.2.8"]);
        check("0.0.0.0/0", &["255.255.255.255", "1.2.3.4"], &["::1", "1.2.3", "host"]);
        check("2001:db8::/32", &["2001:db8::1", "2001:DB8:ffff::"], &["2001:db9::", "32.1.13.184"]);
        check("::/0", &["::", "ffff::"], &["0.0.0.0"]);
    }

    #[test]
    fn what_is_no_block_is_not_read() {
        for text in [
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0/8",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "/8",
            "a/8",
        ] {
            assert_eq!(Block::read(text), None, "{text}");
        }
    }
}
