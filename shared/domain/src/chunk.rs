//! Chunks: pieces of a video or sound that can be played while it is made, where they lie, what is said of them.

use crate::event::Event;
use crate::gpu::{Chunk, Part};
use crate::id::{AttemptId, JobId};
use crate::pipeline::{Kind, PortType};
use crate::record::Work;
use crate::sniff;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Most segments of one render: each has an address that is signed and sent along when it is claimed.
const SEGMENTS_MOST: u32 = 30;
/// Of what the catalog's default says nothing, for a parameter that is missing.
const SECONDS: u32 = 10;
/// Where pieces lie.
const PLACE: &str = "chunks";
/// What an event says of a new piece.
pub const EVENT: &str = "step.chunk";

/// The pieces that a render may hand over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pieces {
    /// What they are of.
    pub media_type: String,
    /// How long each plays, in seconds.
    pub seconds: u32,
    /// How many there are at most, with the one that starts a player.
    pub count: u32,
}

/// The media type of what can be played before it is whole.
pub fn media_type(port: PortType) -> Option<&'static str> {
    match port {
        PortType::Video => Some("video/mp4"),
        PortType::Audio => Some("audio/mp4"),
        _ => None,
    }
}

/// Whether a step of this kind makes such a thing.
pub fn playable(kind: Kind) -> bool {
    kind.spec().outputs.iter().any(|output| media_type(output.ty).is_some())
}

/// The pieces of a render; none where it can only be had whole.
///
/// Short ones come by the second; long ones in longer pieces, so that there are never many.
pub fn pieces(kind: &str, params: &Map<String, Value>) -> Option<Pieces> {
    let outputs = Kind::named(kind)?.spec().outputs;
    let media_type = outputs.iter().find_map(|output| media_type(output.ty))?.to_owned();
    let seconds = params.get("seconds").and_then(Value::as_u64);
    let whole = seconds.and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or(SECONDS).max(1);
    let seconds = whole.div_ceil(SEGMENTS_MOST);
    Some(Pieces { media_type, seconds, count: whole.div_ceil(seconds) + 1 })
}

impl Pieces {
    /// Those of a piece of work.
    pub fn of(work: &Work) -> Option<Self> {
        pieces(&work.kind, &work.params)
    }

    /// Whether a host may report this piece: one that it was given a place for, and what that is for.
    pub fn have(&self, chunk: &Chunk) -> bool {
        let first = chunk.part == Part::Init;
        let most = f64::from(self.seconds) * 4.0;
        chunk.number < self.count
            && first == (chunk.number == 0)
            && chunk.media_type == self.media_type
            && (0.0..=most).contains(&chunk.seconds)
            && first == (chunk.seconds == 0.0)
    }
}

/// Where a piece of an attempt lies in the bucket of assets.
pub fn key(attempt: &AttemptId, number: u32, media_type: &str) -> String {
    format!("{PLACE}/{attempt}/{number:03}.{}", sniff::extension(media_type))
}

/// Where whatever was shown or handed in on the way of a job's renders lies, before it is in custody.
pub fn places(job: &JobId) -> [String; 3] {
    ["incoming", "previews", PLACE].map(|place| format!("{place}/{job}."))
}

/// What the log says of a new piece.
pub fn event(attempt: &AttemptId, chunk: &Chunk, fraction: f64, now: Time) -> Event {
    Event::new(now, EVENT)
        .with("number", chunk.number)
        .with("part", chunk.part)
        .with("media_type", &chunk.media_type)
        .with("seconds", chunk.seconds)
        .with("bytes", chunk.bytes)
        .with("fraction", fraction)
        .with("key", key(attempt, chunk.number, &chunk.media_type))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(kind: &str, seconds: u32) -> Option<(u32, u32)> {
        let params = json!({ "seconds": seconds });
        pieces(kind, params.as_object().unwrap()).map(|pieces| (pieces.seconds, pieces.count))
    }

    #[test]
    fn a_long_render_has_longer_pieces_and_never_more_than_thirty_one() {
        assert_eq!(of("video.generate", 1), Some((1, 2)));
        assert_eq!(of("video.generate", 30), Some((1, 31)));
        assert_eq!(of("video.generate", 31), Some((2, 17)));
        assert_eq!(of("audio.generate", 300), Some((10, 31)));
        assert_eq!(of("image.generate", 4), None);
        assert_eq!(of("video.invent", 4), None);
        assert!((1..=300).all(|seconds| of("audio.generate", seconds).unwrap().1 <= 31));
    }

    #[test]
    fn a_host_reports_pieces_that_it_was_given_places_for_and_no_others() {
        let pieces =
            pieces("video.generate", json!({ "seconds": 4 }).as_object().unwrap()).unwrap();
        let good = Chunk {
            number: 1,
            part: Part::Media,
            media_type: "video/mp4".into(),
            seconds: 1.0,
            bytes: 10,
        };
        let init = Chunk { number: 0, part: Part::Init, seconds: 0.0, ..good.clone() };
        assert!(pieces.have(&good) && pieces.have(&init));
        assert!(!pieces.have(&Chunk { number: 5, ..good.clone() }));
        assert!(!pieces.have(&Chunk { part: Part::Init, ..good.clone() }));
        assert!(!pieces.have(&Chunk { media_type: "audio/mp4".into(), ..good.clone() }));
        assert!(!pieces.have(&Chunk { number: 1, ..init.clone() }));
        for seconds in [0.0, -1.0, 5.0, f64::NAN, f64::INFINITY] {
            assert!(!pieces.have(&Chunk { seconds, ..good.clone() }), "{seconds}");
        }
        assert!(!pieces.have(&Chunk { seconds: 1.0, ..init }));
    }

    #[test]
    fn a_piece_lies_where_erasing_its_job_finds_it() {
        let job = JobId::new(Time(1), [1; 10]);
        let attempt = AttemptId::new(&job, "film", 2);
        let key = key(&attempt, 3, "video/mp4");
        assert_eq!(key, format!("chunks/{job}.film.2/003.mp4"));
        assert!(places(&job).iter().any(|place| key.starts_with(place)));
        let preview = crate::lane::preview(&attempt);
        assert!(places(&job).iter().any(|place| preview.starts_with(place)));
        let incoming = crate::lane::incoming(&attempt, "video");
        assert!(places(&job).iter().any(|place| incoming.starts_with(place)));
    }
}
