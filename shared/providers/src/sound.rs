//! Whether a sound is whole: where a vendor breaks off in the middle, what came begins well all the same.

use domain::sniff::media_type;

/// How long a sound plays, in seconds, where its bytes tell; why it is none, or not whole.
pub fn whole(bytes: &[u8]) -> Result<Option<f64>, String> {
    match media_type(bytes) {
        Some("audio/mpeg") => frames(bytes).map(Some),
        Some("audio/wav") => declared(bytes),
        Some(other) if other.starts_with("audio/") => Ok(None),
        _ => Err("what came is no sound".into()),
    }
}

/// Bytes of an ID3 tag at the start of a file: its header, and the size that the header says.
fn tag(bytes: &[u8]) -> usize {
    match bytes {
        [b'I', b'D', b'3', _, _, _, a, b, c, d, ..] => {
            10 + [a, b, c, d].iter().fold(0, |size, byte| size << 7 | usize::from(**byte & 0x7f))
        }
        _ => 0,
    }
}

/// Goes from frame to frame of an MP3 to its end.
fn frames(bytes: &[u8]) -> Result<f64, String> {
    let mut rest = bytes.get(tag(bytes)..).unwrap_or_default();
    let (mut seconds, mut seen, mut promised) = (0.0, 0_u32, None);
    while let [first, second, third, fourth, ..] = *rest {
        // An ID3v1 tag may follow the last frame.
        if rest.starts_with(b"TAG") && rest.len() == 128 {
            rest = &[];
            break;
        }
        let frame = Frame::of([first, second, third, fourth])
            .ok_or_else(|| format!("the sound breaks off after {seconds:.1} s"))?;
        if rest.len() < frame.length {
            return Err(format!("the sound breaks off after {seconds:.1} s, in a frame"));
        }
        match (seen, frame.count(rest)) {
            // The first frame may be none to be heard, but tell how many follow.
            (0, Some(count)) => promised = Some(count),
            _ => seconds += frame.seconds,
        }
        seen += 1;
        rest = &rest[frame.length..];
    }
    match promised {
        _ if !rest.is_empty() || seen == 0 => {
            Err(format!("the sound breaks off after {seconds:.1} s"))
        }
        Some(count) if seen - 1 < count => Err(format!("{} of {count} frames came", seen - 1)),
        _ => Ok(seconds),
    }
}

/// A frame of an MP3.
struct Frame {
    length: usize,
    seconds: f64,
    /// Where a first frame says how many follow.
    count_at: usize,
}

impl Frame {
    fn of(header: [u8; 4]) -> Option<Self> {
        const V1: [usize; 14] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
        const V2: [usize; 14] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
        const RATES: [usize; 3] = [44_100, 48_000, 32_000];
        media_type(&header).filter(|found| *found == "audio/mpeg")?;
        let [_, second, third, fourth] = header;
        let version = second >> 3 & 0b11;
        let (table, samples, slower) = match version {
            0b11 => (V1, 1152, 1),
            0b10 => (V2, 576, 2),
            _ => (V2, 576, 4),
        };
        let bits = table.get(usize::from(third >> 4).checked_sub(1)?)? * 1000;
        let rate = RATES.get(usize::from(third >> 2 & 0b11))? / slower;
        let length = samples / 8 * bits / rate + usize::from(third >> 1 & 1);
        let mono = fourth >> 6 == 0b11;
        let count_at = match (version == 0b11, mono) {
            (true, false) => 36,
            (true, true) | (false, false) => 21,
            (false, true) => 13,
        };
        Some(Self { length, seconds: samples as f64 / rate as f64, count_at })
    }

    /// How many frames follow, if this one says that.
    fn count(&self, bytes: &[u8]) -> Option<u32> {
        let at = bytes.get(self.count_at..self.count_at + 12)?;
        let (word, flags, count) = (&at[..4], at[7], &at[8..]);
        let says = (word == b"Xing" || word == b"Info") && flags & 1 == 1;
        says.then(|| count.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }
}

/// What a WAV says of its length; a stream's says nothing.
fn declared(bytes: &[u8]) -> Result<Option<f64>, String> {
    let number = |at: usize| {
        let bytes = bytes.get(at..at + 4)?;
        Some(bytes.iter().rev().fold(0_usize, |number, byte| number << 8 | usize::from(*byte)))
    };
    let cut = || "the sound breaks off in its head".to_owned();
    let (mut at, mut per_second) = (12, 0);
    loop {
        let (word, size) =
            (bytes.get(at..at + 4).ok_or_else(cut)?, number(at + 4).ok_or_else(cut)?);
        match word {
            b"fmt " => per_second = number(at + 16).ok_or_else(cut)?,
            b"data" if size == 0 || u32::MAX as usize - 1024 < size => return Ok(None),
            b"data" if bytes.len() < at + 8 + size => {
                return Err(format!("{} of {size} bytes of sound came", bytes.len() - at - 8));
            }
            b"data" => return Ok((0 < per_second).then(|| size as f64 / per_second as f64)),
            _ => {}
        }
        // Chunks begin at even places.
        at += 8 + size + size % 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doubles::made;

    #[test]
    fn a_whole_sound_says_how_long_it_plays() {
        let seconds = whole(&made::mp3("a", 3.0)).unwrap().unwrap();
        assert!((3.0..3.03).contains(&seconds), "{seconds}");
        assert_eq!(whole(&made::wav(2)), Ok(Some(2.0)));
        assert_eq!(whole(b"OggS\0\x02"), Ok(None));
        let tagged = [made::mp3("a", 1.0), [b"TAG".as_slice(), &[0; 125]].concat()].concat();
        assert!(whole(&tagged).is_ok());
    }

    #[test]
    fn a_sound_that_is_cut_anywhere_but_between_frames_is_not_whole() {
        let mp3 = made::mp3("a", 1.0);
        for cut in [1, 2, 3, 100, 416, 418] {
            let cut = whole(&mp3[..mp3.len() - cut]);
            assert!(cut.unwrap_err().starts_with("the sound breaks off after 1.0 s"));
        }
        let wav = made::wav(1);
        assert_eq!(whole(&wav[..wav.len() - 1]), Err("15999 of 16000 bytes of sound came".into()));
        assert_eq!(whole(&wav[..38]), Err("the sound breaks off in its head".into()));
        assert_eq!(whole(b"<html>"), Err("what came is no sound".into()));
        assert_eq!(whole(b"ID3\x04\0\0\0\0\0\0"), Err("the sound breaks off after 0.0 s".into()));
    }

    #[test]
    fn a_first_frame_that_counts_the_others_finds_a_cut_between_frames() {
        let frame = |head: &[u8]| {
            let mut frame = [&[0xff, 0xfb, 0x90, 0xc4], head].concat();
            frame.resize(417, 0);
            frame
        };
        let first = frame(&[&[0; 17][..], b"Info\0\0\0\x01\0\0\0\x03"].concat());
        let made = |frames: usize| [first.clone(), frame(&[]).repeat(frames)].concat();
        assert!(whole(&made(3)).is_ok());
        assert_eq!(whole(&made(2)), Err("2 of 3 frames came".into()));
    }

    #[test]
    fn a_stream_of_wav_that_does_not_know_its_length_is_taken_as_it_is() {
        let mut wav = made::wav(1);
        wav[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(whole(&wav), Ok(None));
    }
}
