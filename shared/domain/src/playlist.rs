//! What there is so far of a video or sound, as an HLS playlist that grows (RFC 8216).
//!
//! Told from the job's log alone, so that whoever asks later is told the same and more, never something else.

use crate::chunk;
use crate::event::Event;

/// For how many seconds the address of a piece is good: longer than anything plays.
pub const LOOK_S: u32 = 3600;

/// A segment, or what starts a player of those that follow.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    attempt: String,
    number: u64,
    seconds: f64,
    /// Where it lies.
    key: String,
}

impl Piece {
    fn of(event: &Event) -> Option<Self> {
        Some(Self {
            attempt: event.attempt.clone()?,
            number: event.data.get("number")?.as_u64()?,
            seconds: event.data.get("seconds")?.as_f64()?,
            key: event.data.get("key")?.as_str()?.to_owned(),
        })
    }

    fn starts_a_player(&self) -> bool {
        self.number == 0
    }
}

/// The playlist of one step, as far as its job's log was read.
#[derive(Clone, Debug)]
pub struct Playlist {
    step: String,
    /// How long a segment is at most, in seconds.
    longest: u32,
    pieces: Vec<Piece>,
    succeeded: bool,
    over: bool,
}

impl Playlist {
    /// An empty one; `longest` is how long the segments are meant to be, which must not change.
    pub fn new(step: &str, longest: u32) -> Self {
        let longest = longest.max(1);
        Self { step: step.to_owned(), longest, pieces: Vec::new(), succeeded: false, over: false }
    }

    /// Takes in the next event of the job's log.
    pub fn take(&mut self, event: &Event) {
        if let Some(what) = event.kind.strip_prefix("job.") {
            match what {
                "retried" => self.over = self.succeeded,
                "succeeded" | "rejected" | "failed" | "canceled" | "expired" => self.over = true,
                _ => {}
            }
        }
        if event.step.as_deref() != Some(self.step.as_str()) {
            return;
        }
        match event.kind.as_str() {
            chunk::EVENT => self.add(event),
            "step.waiting" => (self.succeeded, self.over) = (false, false),
            "step.succeeded" => (self.succeeded, self.over) = (true, true),
            "step.failed" | "step.canceled" | "step.expired" | "step.skipped" => self.over = true,
            _ => {}
        }
    }

    fn add(&mut self, event: &Event) {
        let Some(piece) = Piece::of(event) else { return };
        let before = self.pieces.iter().rfind(|before| before.attempt == piece.attempt);
        let next = before.map_or(0, |before| before.number + 1);
        // What comes after a gap cannot be played.
        if piece.number == next {
            self.pieces.push(piece);
        }
    }

    /// Whether a player could begin.
    pub fn begun(&self) -> bool {
        self.pieces.iter().any(|piece| !piece.starts_a_player())
    }

    /// Whether nothing more will come.
    pub fn over(&self) -> bool {
        self.over
    }

    /// Where its pieces lie, in order: an address for each is needed to write it.
    pub fn keys(&self) -> Vec<&str> {
        self.pieces.iter().map(|piece| piece.key.as_str()).collect()
    }

    /// The playlist, with the addresses of its pieces.
    pub fn text(&self, addresses: &[String]) -> String {
        let longest = self.pieces.iter().map(|piece| piece.seconds.round() as u32);
        let longest = longest.max().unwrap_or(0).max(self.longest);
        let mut text = format!(
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{longest}\n#EXT-X-MEDIA-SEQUENCE:0\n\
             #EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-INDEPENDENT-SEGMENTS\n\
             #EXT-X-START:TIME-OFFSET=0,PRECISE=YES\n"
        );
        let mut starter: Option<(&Piece, &String)> = None;
        let mut playing: Option<&str> = None;
        for (piece, address) in self.pieces.iter().zip(addresses) {
            if piece.starts_a_player() {
                starter = Some((piece, address));
                continue;
            }
            if playing != Some(piece.attempt.as_str()) {
                let Some((_, init)) = starter.filter(|(it, _)| it.attempt == piece.attempt) else {
                    continue;
                };
                if playing.is_some() {
                    // Another attempt: other bytes, from the beginning.
                    text.push_str("#EXT-X-DISCONTINUITY\n");
                }
                text.push_str(&format!("#EXT-X-MAP:URI=\"{init}\"\n"));
                playing = Some(&piece.attempt);
            }
            text.push_str(&format!("#EXTINF:{:.6},\n{address}\n", piece.seconds));
        }
        if self.over {
            text.push_str("#EXT-X-ENDLIST\n");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    fn happened(kind: &str) -> Event {
        Event::new(Time(1), kind).step("film")
    }

    fn piece(attempt: u32, number: u32) -> Event {
        let seconds = if number == 0 { 0.0 } else { 1.0 };
        let event = happened(chunk::EVENT).attempt(format!("j.film.{attempt}"));
        event
            .with("number", number)
            .with("seconds", seconds)
            .with("key", format!("{attempt}/{number}"))
    }

    fn told(events: &[Event]) -> (Playlist, String) {
        let mut playlist = Playlist::new("film", 1);
        events.iter().for_each(|event| playlist.take(event));
        let addresses: Vec<String> =
            playlist.keys().iter().map(|key| format!("https://s3/{key}")).collect();
        let text = playlist.text(&addresses);
        let lines: Vec<&str> = text.lines().skip(7).collect();
        (playlist, lines.join("\n"))
    }

    #[test]
    fn it_begins_as_players_want_it_and_says_that_it_grows() {
        let text = Playlist::new("film", 2).text(&[]);
        assert_eq!(
            text,
            "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n\
             #EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-START:TIME-OFFSET=0,PRECISE=YES\n"
        );
    }

    #[test]
    fn segments_follow_what_starts_a_player_and_the_end_is_said() {
        let (playlist, text) = told(&[piece(1, 0)]);
        assert_eq!((text.as_str(), playlist.begun(), playlist.over()), ("", false, false));
        let (playlist, text) = told(&[piece(1, 0), piece(1, 1), piece(1, 2)]);
        assert_eq!(
            text,
            "#EXT-X-MAP:URI=\"https://s3/1/0\"\n#EXTINF:1.000000,\nhttps://s3/1/1\n#EXTINF:1.000000,\nhttps://s3/1/2"
        );
        assert!(playlist.begun() && !playlist.over());
        let (playlist, text) = told(&[piece(1, 0), piece(1, 1), happened("step.succeeded")]);
        assert!(text.ends_with("https://s3/1/1\n#EXT-X-ENDLIST") && playlist.over());
    }

    #[test]
    fn a_second_attempt_begins_anew_after_a_discontinuity() {
        let (_, text) =
            told(&[piece(1, 0), piece(1, 1), happened("step.retrying"), piece(2, 0), piece(2, 1)]);
        assert_eq!(
            text,
            "#EXT-X-MAP:URI=\"https://s3/1/0\"\n#EXTINF:1.000000,\nhttps://s3/1/1\n\
             #EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"https://s3/2/0\"\n#EXTINF:1.000000,\nhttps://s3/2/1"
        );
        let (_, text) = told(&[piece(1, 0), piece(2, 0), piece(2, 1)]);
        assert_eq!(text, "#EXT-X-MAP:URI=\"https://s3/2/0\"\n#EXTINF:1.000000,\nhttps://s3/2/1");
    }

    #[test]
    fn who_asks_later_is_told_the_same_and_more() {
        let log = [
            piece(1, 0),
            piece(1, 1),
            piece(1, 2),
            happened("step.retrying"),
            piece(2, 0),
            piece(2, 1),
            happened("step.succeeded"),
        ];
        let texts: Vec<String> = (0..=log.len()).map(|end| told(&log[..end]).1).collect();
        assert!(texts.windows(2).all(|pair| pair[1].starts_with(&pair[0])), "{texts:#?}");
    }

    #[test]
    fn what_comes_after_a_gap_or_without_a_beginning_or_of_another_step_is_left_out() {
        assert_eq!(told(&[piece(1, 1), piece(1, 2)]).1, "");
        let (_, text) = told(&[piece(1, 0), piece(1, 1), piece(1, 3), piece(1, 1)]);
        assert!(text.ends_with("https://s3/1/1") && text.matches("EXTINF").count() == 1, "{text}");
        let other = Event { step: Some("other".into()), ..piece(1, 0) };
        assert_eq!(told(&[other]).0.keys(), [""; 0]);
        let mut erased = piece(1, 0);
        erased.data.remove("key");
        assert_eq!(told(&[erased, piece(1, 1)]).1, "");
    }

    #[test]
    fn it_is_over_when_its_step_or_its_job_is_and_not_before() {
        let over = |kinds: &[&str]| {
            let events: Vec<Event> = kinds.iter().map(|kind| happened(kind)).collect();
            told(&events).0.over()
        };
        for kind in [
            "step.succeeded",
            "step.failed",
            "step.canceled",
            "step.expired",
            "step.skipped",
            "job.canceled",
        ] {
            assert!(over(&["step.waiting", "step.started", kind]), "{kind}");
        }
        for kind in ["step.retrying", "step.progress", "attempt.ended", "job.canceling"] {
            assert!(!over(&["step.waiting", "step.started", kind]), "{kind}");
        }
        assert!(!over(&["step.failed", "job.failed", "job.retried"]));
        assert!(over(&["step.succeeded", "job.failed", "job.retried"]), "it is kept");
        assert!(!over(&["step.succeeded", "step.waiting"]), "a gate sent it back");
    }
}
