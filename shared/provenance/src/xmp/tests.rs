//! Labels are found again, nothing else in a file changes by them, and damaged files get none.

use super::boxes::{Reader, boxed, push, spans};
use super::{item, source_in_xmp, write};
use std::collections::BTreeMap;

const FILM: &[u8] = include_bytes!("../../../playback/fixtures/film.mp4");

/// A packet that says this source.
fn packet(source: &str) -> String {
    format!(
        "<x:xmpmeta><rdf:Description Iptc4xmpExt:DigitalSourceType=\"http://cv.iptc.org/newscodes/digitalsourcetype/{source}\"/></x:xmpmeta>"
    )
}

/// The bytes of each item of a picture, as its `iloc` says.
pub(crate) fn items(picture: &[u8]) -> BTreeMap<u64, Vec<u8>> {
    let top = spans(picture, 0, picture.len()).unwrap();
    let meta = top.iter().find(|one| one.kind == *b"meta").unwrap();
    let inside = spans(picture, meta.body + 4, meta.end).unwrap();
    let body = |kind: &[u8; 4]| {
        let one = inside.iter().find(|one| one.kind == *kind);
        one.map(|one| &picture[one.body..one.end])
    };
    let mut found = BTreeMap::new();
    for item in item::locations(body(b"iloc").unwrap()).unwrap().items {
        let source = if item.method == 1 { body(b"idat").unwrap() } else { picture };
        let part = |(_, at, long): &(u64, u64, u64)| &source[*at as usize..(at + long) as usize];
        found.insert(item.id, item.parts.iter().map(part).collect::<Vec<_>>().concat());
    }
    found
}

/// Numbers that look random (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

fn full(version: u8, body: &[u8]) -> Vec<u8> {
    [&[version, 0, 0, 0], body].concat()
}

/// A picture as it may be written: items in the file, in front of and behind the list, in parts, and in the list itself.
fn drawn(dice: &mut Dice) -> Vec<u8> {
    let many = 1 + dice.below(4);
    let data: Vec<Vec<u8>> =
        (0..many).map(|n| (0..3 + dice.below(9)).map(|at| (n * 40 + at) as u8).collect()).collect();
    let version = dice.of(&[0u8, 1, 2]);
    let (place, length, base) =
        (dice.of(&[4usize, 8]), dice.of(&[4usize, 8]), dice.of(&[0usize, 4, 8]));
    let (id, kept) = (if version < 2 { 2 } else { 4 }, version > 0 && dice.below(3) == 0);
    let front = dice.below(2) == 0;
    let ftyp = boxed(*b"ftyp", b"avif\0\0\0\0").unwrap();
    let bytes = data.concat();
    // Written twice: the second time with the length that the list then has.
    let list = |meta: usize, dice: &mut Dice| {
        let start = ftyp.len() + 8 + if front { 0 } else { meta };
        let start = if kept { 0 } else { start };
        let mut iloc = vec![(place << 4 | length) as u8, (base << 4) as u8];
        push(&mut iloc, many as u64, id).unwrap();
        let mut at = start;
        for (n, one) in data.iter().enumerate() {
            push(&mut iloc, n as u64 + 1, id).unwrap();
            if version > 0 {
                push(&mut iloc, u64::from(kept), 2).unwrap();
            }
            push(&mut iloc, 0, 2).unwrap();
            let from = if base == 0 { 0 } else { start };
            push(&mut iloc, from as u64, base).unwrap();
            let cut = 1 + n % 2;
            let parts = [&one[..cut], &one[cut..]];
            push(&mut iloc, 2, 2).unwrap();
            for part in parts {
                push(&mut iloc, (at - from) as u64, place).unwrap();
                push(&mut iloc, part.len() as u64, length).unwrap();
                at += part.len();
            }
        }
        let wide = dice.below(2);
        let mut info = Vec::new();
        push(&mut info, many as u64, [2, 4][wide]).unwrap();
        for n in 1..=many {
            let mut entry = vec![2, 0, 0, 0];
            push(&mut entry, n as u64, 2).unwrap();
            entry.extend(b"\0\0av01\0");
            info.extend(boxed(*b"infe", &entry).unwrap());
        }
        let mut inside = full(0, &boxed(*b"pitm", &full(0, &[0, 1])).unwrap());
        inside.extend(boxed(*b"iloc", &full(version, &iloc)).unwrap());
        inside.extend(boxed(*b"iinf", &full(wide as u8, &info)).unwrap());
        if dice.below(2) == 0 {
            inside.extend(boxed(*b"iref", &full(dice.of(&[0, 1]), &[])).unwrap());
        }
        if kept {
            inside.extend(boxed(*b"idat", &bytes).unwrap());
        }
        boxed(*b"meta", &inside).unwrap()
    };
    let seed = dice.0;
    let meta = list(0, dice).len();
    let meta = list(meta, &mut Dice(seed));
    let mut mdat = boxed(*b"mdat", &bytes).unwrap();
    if front {
        return [ftyp, mdat, meta].concat();
    }
    if dice.below(2) == 0 {
        // To the end of the file.
        mdat[..4].fill(0);
    }
    [ftyp, meta, mdat].concat()
}

#[test]
fn however_a_picture_lists_its_items_they_stay_and_the_label_is_one_more() {
    let mut dice = Dice(7);
    for _ in 0..10_000 {
        let picture = drawn(&mut dice);
        let before = items(&picture);
        let first = packet("algorithmicMedia");
        let once = item::write(&picture, &first).unwrap();
        let mut expected = before.clone();
        let id = before.len() as u64 + 1;
        expected.insert(id, first.into_bytes());
        assert_eq!(items(&once), expected);
        let second = packet("trainedAlgorithmicMedia");
        let twice = item::write(&once, &second).unwrap();
        expected.insert(id, second.into_bytes());
        assert_eq!(items(&twice), expected, "a label takes the place of the one before");
        assert_eq!(source_in_xmp(&twice).as_deref(), Some("trainedAlgorithmicMedia"));
    }
}

#[test]
fn a_label_of_a_film_and_of_a_sound_takes_the_place_of_the_one_before() {
    let sound = crate::tests::sound();
    let tone = include_bytes!("../../../playback/fixtures/tone.m4a").as_slice();
    for (media_type, file) in [("video/mp4", FILM), ("audio/mp4", tone), ("audio/wav", &sound)] {
        let once = write(media_type, file, &packet("algorithmicMedia")).unwrap();
        assert_eq!(source_in_xmp(&once).as_deref(), Some("algorithmicMedia"));
        let twice = write(media_type, &once, &packet("trainedAlgorithmicMedia")).unwrap();
        let text = String::from_utf8_lossy(&twice);
        assert!(!text.contains("/algorithmicMedia"), "{media_type}");
        assert_eq!(text.matches("/trainedAlgorithmicMedia").count(), 1, "{media_type}");
    }
}

#[test]
fn a_film_whose_last_box_is_open_and_one_with_an_index_at_its_end_are_labelled_in_the_right_place()
{
    let ftyp = boxed(*b"ftyp", b"isom\0\0\0\0").unwrap();
    let open = [&ftyp[..], &[0, 0, 0, 0], b"mdat", b"12345"].concat();
    let labelled = write("video/mp4", &open, &packet("a")).unwrap();
    let kinds = |file: &[u8]| {
        let boxes = spans(file, 0, file.len()).unwrap();
        boxes.iter().map(|one| String::from_utf8_lossy(&one.kind).into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&labelled), ["ftyp", "mdat", "uuid"]);
    let indexed = [ftyp, boxed(*b"mfra", b"....").unwrap()].concat();
    assert_eq!(kinds(&write("video/mp4", &indexed, "x").unwrap()), ["ftyp", "uuid", "mfra"]);
}

#[test]
fn nothing_that_is_damaged_stops_us_and_what_is_cut_gets_no_label() {
    let mut dice = Dice(11);
    let sound = crate::tests::sound();
    let short = &FILM[..FILM.len().min(40_000)];
    for round in 0..20_000 {
        let (media_type, mut file) = match round % 4 {
            0 => ("audio/wav", sound[..sound.len().min(400)].to_vec()),
            1 if round % 16 == 1 => ("video/mp4", short.to_vec()),
            _ => ("image/avif", drawn(&mut dice)),
        };
        for _ in 0..1 + dice.below(4) {
            let at = dice.below(file.len().min(300));
            file[at] = dice.of(&[0, 1, 2, 0x7f, 0xff, file[at] ^ 1, file[at].wrapping_add(1)]);
        }
        if dice.below(4) == 0 {
            file.truncate(dice.below(file.len()));
        }
        if let Some(labelled) = write(media_type, &file, "x") {
            assert!(labelled.len() < file.len() + 400);
        }
    }
    for cut in 1..60 {
        let whole = drawn(&mut Dice(3));
        assert_eq!(write("image/avif", &whole[..cut], "x"), None, "{cut}");
    }
    assert_eq!(write("audio/wav", &sound[..sound.len() - 1], "x"), None);
    assert_eq!(write("audio/wav", b"RIFF\xff\xff\xff\xffWAVE", "x"), None);
    assert_eq!(write("video/mp4", &FILM[..FILM.len() - 1], "x"), None);
    assert_eq!(write("video/quicktime", FILM, "x"), None, "its place is another");
}

#[test]
fn a_sequence_and_an_item_without_a_length_get_no_label() {
    let whole = drawn(&mut Dice(3));
    assert!(write("image/avif", &whole, "x").is_some());
    let sequence = [whole.clone(), boxed(*b"moov", b"").unwrap()].concat();
    let closed = write("image/avif", &sequence, "x");
    assert_eq!(closed, None);
    let mut told = Reader::new(&[0, 1, 2, 0]);
    assert_eq!((told.number(2), told.text(), told.number(9)), (Some(1), Some(&[2][..]), None));
    let endless = full(0, &[0x44, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0]);
    assert!(item::locations(&endless).is_none());
}

#[test]
fn what_a_file_says_in_either_form_is_read_and_nonsense_is_not() {
    let element = "<x:xmpmeta><a:DigitalSourceType>http://x/compositeSynthetic</a:DigitalSourceType></x:xmpmeta>";
    assert_eq!(source_in_xmp(element.as_bytes()).as_deref(), Some("compositeSynthetic"));
    for nothing in ["", "<x:xmpmeta>", "<x:xmpmeta></x:xmpmeta>", "DigitalSourceType=\"a\""] {
        assert_eq!(source_in_xmp(nothing.as_bytes()), None, "{nothing}");
    }
    assert_eq!(source_in_xmp(packet("\u{1b}[31m").as_bytes()), None);
}
