//! Boxes of ISO media files (ISO/IEC 14496-12), as far as labels need them: no length is believed before it is checked.

/// More boxes side by side than any file has that is published here.
const MOST: usize = 100_000;

/// Where a box lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) kind: [u8; 4],
    pub(super) start: usize,
    /// Where what is in it begins.
    pub(super) body: usize,
    pub(super) end: usize,
    /// It says that it goes to the end of the file, and no length.
    pub(super) open: bool,
}

/// The boxes between two places, from end to end; none where they do not fill it.
pub(super) fn spans(bytes: &[u8], from: usize, end: usize) -> Option<Vec<Span>> {
    let mut found = Vec::new();
    let mut start = from;
    while start < end {
        let mut head = Reader::new(bytes.get(start..end)?);
        let (size, kind) = (head.number(4)?, head.take(4)?.try_into().ok()?);
        let open = size == 0;
        let size = match size {
            0 => (end - start) as u64,
            1 => head.number(8)?,
            size => size,
        };
        let span = Span {
            kind,
            start,
            body: start + head.at,
            end: start.checked_add(size.try_into().ok()?)?,
            open,
        };
        if span.end > end || span.end < span.body || found.len() == MOST {
            return None;
        }
        start = span.end;
        found.push(span);
    }
    Some(found)
}

/// A box of this kind.
pub(super) fn boxed(kind: [u8; 4], body: &[u8]) -> Option<Vec<u8>> {
    let size = u32::try_from(body.len().checked_add(8)?).ok()?;
    Some([&size.to_be_bytes()[..], &kind, body].concat())
}

/// Says the length of a last box that had none, so that another can follow. `moved`: by how much it lies further on.
pub(super) fn close(file: &mut [u8], last: &Span, moved: i64) -> Option<()> {
    if last.open {
        let size = u32::try_from(last.end - last.start).ok()?;
        let start = usize::try_from(i64::try_from(last.start).ok()? + moved).ok()?;
        file.get_mut(start..start + 4)?.copy_from_slice(&size.to_be_bytes());
    }
    Some(())
}

/// Reads numbers, the highest byte first.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn take(&mut self, many: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(many)?)?;
        self.at += many;
        Some(taken)
    }

    /// A number of so many bytes, at most eight; of none it is 0.
    pub(super) fn number(&mut self, many: usize) -> Option<u64> {
        let bytes = self.take(many)?;
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A text up to its zero.
    pub(super) fn text(&mut self) -> Option<&'a [u8]> {
        let rest = self.bytes.get(self.at..)?;
        let text = &rest[..rest.iter().position(|byte| *byte == 0)?];
        self.at += text.len() + 1;
        Some(text)
    }
}

/// Appends the last bytes of a number; none where it needs more of them.
pub(super) fn push(bytes: &mut Vec<u8>, number: u64, many: usize) -> Option<()> {
    let all = number.to_be_bytes();
    let (zero, kept) = all.split_at(8usize.checked_sub(many)?);
    zero.iter().all(|byte| *byte == 0).then(|| bytes.extend_from_slice(kept))
}
