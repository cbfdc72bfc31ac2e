//! The boxes that an MP4 is made of (ISO/IEC 14496-12): a length, a kind, a content.

use crate::play::PlayError;

/// A content that is read from its beginning; reading beyond its end is an error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content<'a> {
    /// All of the file, for places in it.
    file: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Content<'a> {
    pub(super) fn of(file: &'a [u8]) -> Self {
        Self { file, at: 0, end: file.len() }
    }

    /// Where in the file it goes on.
    pub(super) fn place(&self) -> usize {
        self.at
    }

    pub(super) fn left(&self) -> usize {
        self.end - self.at
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], PlayError> {
        if self.left() < count {
            return Err(PlayError::Truncated { bytes: self.file.len() });
        }
        let taken = &self.file[self.at..self.at + count];
        self.at += count;
        Ok(taken)
    }

    pub(super) fn skip(&mut self, count: usize) -> Result<(), PlayError> {
        self.take(count).map(drop)
    }

    /// A number of so many bytes, at most 8.
    pub(super) fn number(&mut self, bytes: usize) -> Result<u64, PlayError> {
        Ok(self.take(bytes)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    pub(super) fn u32(&mut self) -> Result<u32, PlayError> {
        Ok(self.number(4)? as u32)
    }

    /// Version and flags, as most boxes begin.
    pub(super) fn head(&mut self) -> Result<(u8, u32), PlayError> {
        let word = self.u32()?;
        Ok(((word >> 24) as u8, word & 0xff_ffff))
    }

    /// The next box, if there is one.
    pub(super) fn next(&mut self) -> Result<Option<([u8; 4], Content<'a>)>, PlayError> {
        if self.left() == 0 {
            return Ok(None);
        }
        let from = self.at;
        let size = self.number(4)?;
        let kind = self.take(4)?.try_into().unwrap_or_default();
        let size = match size {
            0 => self.end - from,
            1 => usize::try_from(self.number(8)?).unwrap_or(usize::MAX),
            size => size as usize,
        };
        let end = from.checked_add(size).filter(|end| self.at <= *end && *end <= self.end);
        let end = end.ok_or(PlayError::Truncated { bytes: self.file.len() })?;
        let content = Content { file: self.file, at: self.at, end };
        self.at = end;
        Ok(Some((kind, content)))
    }

    /// Calls `each` with every box in it.
    pub(super) fn each(
        mut self,
        mut each: impl FnMut([u8; 4], Content<'a>) -> Result<(), PlayError>,
    ) -> Result<(), PlayError> {
        while let Some((kind, content)) = self.next()? {
            each(kind, content)?;
        }
        Ok(())
    }

    /// Entries of so many bytes that follow a count: never more than there are bytes for.
    pub(super) fn entries(&mut self, bytes: usize) -> Result<usize, PlayError> {
        let count = self.u32()? as usize;
        if self.left() / bytes < count {
            return Err(PlayError::Truncated { bytes: self.file.len() });
        }
        Ok(count)
    }
}
