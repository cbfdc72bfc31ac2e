//! XMP in WAV: a chunk `_PMX` (XMP part 3, 1.1.7), behind the sound.

/// The sound with this packet, instead of what it had; none where it is not whole.
pub(super) fn write(bytes: &[u8], packet: &str) -> Option<Vec<u8>> {
    let number = |at: usize| {
        let four = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(four)).ok()
    };
    if bytes.get(..4)? != b"RIFF" || bytes.get(8..12)? != b"WAVE" {
        return None;
    }
    let end = number(4)?.checked_add(8).filter(|end| *end <= bytes.len())?;
    let mut kept = b"WAVE".to_vec();
    let mut at = 12;
    while at < end {
        let size = number(at + 4)?;
        let whole = at.checked_add(8)?.checked_add(size).filter(|whole| *whole <= end)?;
        if bytes.get(at..at + 4)? != b"_PMX" {
            kept.extend_from_slice(bytes.get(at..whole)?);
            // Chunks begin at even places; the last one's filling is left out by some.
            kept.resize(kept.len() + size % 2, 0);
        }
        at = whole + size % 2;
    }
    kept.extend_from_slice(b"_PMX");
    kept.extend_from_slice(&u32::try_from(packet.len()).ok()?.to_le_bytes());
    kept.extend_from_slice(packet.as_bytes());
    kept.resize(kept.len() + packet.len() % 2, 0);
    let size = u32::try_from(kept.len()).ok()?;
    Some([b"RIFF", &size.to_le_bytes()[..], &kept, &bytes[end..]].concat())
}
