//! What pictures look like, for steps that take results of pictures close to their own.

use domain::gate::Fingerprint;
use domain::reuse::{Cells, Looks};
use media::{Limits, decode, looks};

/// Most pixels that are looked at: what a phone takes. A decoder needs up to 9 bytes for each, and we have 256 MB.
const PIXELS_MOST: u64 = 12_500_000;

/// Looks at pixels.
#[derive(Clone, Copy, Debug)]
pub struct Eyes;

impl domain::ports::Eyes for Eyes {
    fn look(&self, bytes: &[u8]) -> Option<Looks> {
        let limits = Limits { max_pixels: PIXELS_MOST, ..Limits::default() };
        let seen = decode(bytes, &limits).and_then(|picture| looks(&picture)).ok()?;
        Some(Looks {
            width: seen.width,
            height: seen.height,
            phash: Fingerprint(seen.phash),
            cells: Cells(seen.cells),
        })
    }
}
