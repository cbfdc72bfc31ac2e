//! What an attempt may cost, known before it is made.

use super::kinds::Kind;
use super::model::Step;
use serde_json::{Map, Value};

/// As painters count it: 1024 × 1024.
const MEGAPIXEL: i64 = 1024 * 1024;

impl Kind {
    /// How long an attempt will probably hold a slot, in seconds: a quarter of what an ordinary one stays under.
    pub fn expected_slot_s(self, with: &Map<String, Value>) -> u32 {
        u32::try_from(self.slot_seconds(with) / 4).unwrap_or(u32::MAX)
    }

    /// The slot-seconds that an ordinary attempt stays under, by the size that is asked for.
    fn slot_seconds(self, with: &Map<String, Value>) -> i64 {
        let number = |name| with.get(name).and_then(Value::as_i64);
        let side = |name| number(name).unwrap_or(1024);
        let pixels = side("width").saturating_mul(side("height")).max(1);
        let megapixels = (pixels - 1) / MEGAPIXEL + 1;
        let tens = (number("seconds").unwrap_or(1).max(1) - 1) / 10 + 1;
        let seconds = i64::from(self.spec().ceiling_slot_s).saturating_mul(megapixels);
        seconds.saturating_mul(tens)
    }
}

impl Step {
    /// The most that one attempt is expected to cost, in millionths of a dollar.
    ///
    /// For reserving budget before a claim: slot-seconds under which the kind stays (its
    /// deadline, where that is shorter) times the host's price. Larger and longer things take
    /// longer: the ceiling is per started megapixel and per started ten seconds asked for.
    /// 0 where nothing is paid.
    pub fn ceiling_micros(&self, micros_per_slot_second: i64) -> i64 {
        let seconds = self.kind.slot_seconds(&self.with);
        seconds.min(i64::from(self.deadline_s)).saturating_mul(micros_per_slot_second)
    }

    /// The least that one attempt costs anywhere, in millionths of a dollar.
    pub fn floor_micros(&self) -> i64 {
        self.kind.spec().floor_micros
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::Pipeline;

    #[test]
    fn a_ceiling_grows_with_the_picture_and_ends_at_the_deadline() {
        let ceiling = |with: &str, deadline_s: u32| {
            let text = format!(
                "name: price\nbudget_usd: 1\nsteps:\n  \
                 paint: {{ kind: image.generate, with: {{ prompt: a fox{with} }}, deadline_s: {deadline_s} }}\n  \
                 good: {{ kind: gate.quality, with: {{ images: '{{{{ paint.image }}}}' }} }}\n"
            );
            let pipeline = Pipeline::parse(&text).unwrap();
            assert_eq!(pipeline.step("good").unwrap().ceiling_micros(400), 0);
            pipeline.step("paint").unwrap().ceiling_micros(400)
        };
        assert_eq!(ceiling("", 600), 120 * 400);
        assert_eq!(ceiling(", width: 2048, height: 2048", 600), 480 * 400);
        assert_eq!(ceiling(", width: 2048, height: 2048", 60), 60 * 400);
    }
}
