use super::*;
use crate::samples::{Dice, scene};
use crate::{MediaError, Quality, encode, probe};

/// A directory of single numbers in a file of this byte order, and a body behind it.
fn file(little: bool, entries: &[(u16, u16, u32)], next: u32, body: usize) -> Vec<u8> {
    let short = |value: u16| if little { value.to_le_bytes() } else { value.to_be_bytes() };
    let long = |value: u32| if little { value.to_le_bytes() } else { value.to_be_bytes() };
    let mut bytes = if little { b"II\x2a\0".to_vec() } else { b"MM\0\x2a".to_vec() };
    bytes.extend(long(8));
    bytes.extend(short(entries.len() as u16));
    for (tag, kind, value) in entries {
        bytes.extend([short(*tag), short(*kind)].concat());
        bytes.extend(long(1));
        match kind {
            3 => bytes.extend([short(*value as u16), short(0)].concat()),
            _ => bytes.extend(long(*value)),
        }
    }
    bytes.extend(long(next));
    bytes.resize(bytes.len() + body, 0);
    bytes
}

/// Grey, 7 × 5, one strip of 35 bytes behind the directory.
const GREY: [(u16, u16, u32); 8] = [
    (256, 3, 7),
    (257, 4, 5),
    (258, 3, 8),
    (259, 3, 1),
    (262, 3, 1),
    (273, 4, 110),
    (274, 3, 6),
    (279, 4, 35),
];

fn with(tag: u16, kind: u16, value: u32) -> Vec<(u16, u16, u32)> {
    let mut entries: Vec<_> = GREY.into_iter().filter(|entry| entry.0 != tag).collect();
    entries.push((tag, kind, value));
    entries
}

#[test]
fn both_byte_orders_say_the_same() {
    for little in [true, false] {
        let bytes = file(little, &GREY, 0, 35);
        let probe = probe(&bytes).unwrap();
        assert_eq!((probe.width, probe.height), (5, 7), "turned by its orientation");
        assert_eq!((probe.mode, probe.has_alpha, probe.frames), (Mode::Gray, false, 1));
        assert_eq!((probe.dpi, probe.icc), (None, false));
        assert!(crate::header::read(&bytes).unwrap().complete);
        assert!(!crate::header::read(&bytes[..bytes.len() - 1]).unwrap().complete);
    }
}

#[test]
fn what_is_not_read_is_named_before_anything_is_decoded() {
    for (entries, said) in [
        (with(258, 3, 4), "4 bits per channel"),
        (with(339, 3, 3), "samples of format 3"),
        (with(259, 3, 7), "compression 7"),
        (with(284, 3, 2), "separate planes"),
        (with(324, 4, 8), "tiles with a side of 0"),
        (with(262, 3, 3), "1 channels of photometric 3"),
        (with(262, 3, 5), "1 channels of photometric 5"),
    ] {
        let error = probe(&file(true, &entries, 0, 35)).unwrap_err();
        let what = said.to_owned();
        assert_eq!(error, MediaError::Unsupported { format: Format::Tiff, what });
    }
    let none: Vec<_> = GREY.into_iter().filter(|entry| entry.0 != 256).collect();
    let said = probe(&file(true, &none, 0, 35)).unwrap_err().to_string();
    assert!(said.contains("(its directory has no width)"), "{said}");
}

#[test]
fn a_circle_of_pages_is_counted_to_an_end() {
    assert_eq!(probe(&file(true, &GREY, 8, 35)).unwrap().frames, 100);
    assert_eq!(probe(&file(true, &GREY, 9_999_999, 35)).unwrap().frames, 2);
}

#[test]
fn a_directory_or_value_beyond_the_file_is_short_of_bytes() {
    let bytes = encode(&scene(1, 40, 30), Format::Tiff, Quality::default()).unwrap();
    // What the last field says, and where the next page is, is not missed.
    for length in 4..bytes.len() - 16 {
        let error = probe(&bytes[..length]).unwrap_err();
        assert_eq!(error, MediaError::Truncated { format: Format::Tiff, bytes: length });
    }
}

#[test]
fn no_damage_makes_the_header_or_the_decoder_panic() {
    let whole = encode(&scene(1, 64, 48), Format::Tiff, Quality::default()).unwrap();
    let mut dice = Dice::new(11);
    for _ in 0..2_000 {
        let mut bytes = whole.clone();
        for _ in 0..1 + dice.below(4) {
            // Most of it near the directory, which is at the end.
            let from = bytes.len().saturating_sub(300);
            let at = from + dice.below(bytes.len() - from);
            bytes[at] = dice.next() as u8;
        }
        let _ = crate::decode(&bytes, &crate::Limits::default());
    }
}
