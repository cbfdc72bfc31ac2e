//! What an attempt may cost, known before it is made.

use super::model::Step;

/// As painters count it: 1024 × 1024.
const MEGAPIXEL: i64 = 1024 * 1024;

impl Step {
    /// The most that one attempt is expected to cost, in millionths of a dollar.
    ///
    /// For reserving budget before a claim: slot-seconds under which the kind stays (its
    /// deadline, where that is shorter) times the host's price. Larger pictures take longer:
    /// the ceiling is per started megapixel asked for. 0 where nothing is paid.
    pub fn ceiling_micros(&self, micros_per_slot_second: i64) -> i64 {
        let side = |name| self.with.get(name).and_then(serde_json::Value::as_i64).unwrap_or(1024);
        let pixels = side("width").saturating_mul(side("height")).max(1);
        let megapixels = (pixels - 1) / MEGAPIXEL + 1;
        let seconds = i64::from(self.kind.spec().ceiling_slot_s).saturating_mul(megapixels);
        seconds.min(i64::from(self.deadline_s)).saturating_mul(micros_per_slot_second)
    }

    /// The least that one attempt costs anywhere, in millionths of a dollar.
    pub fn floor_micros(&self) -> i64 {
        self.kind.spec().floor_micros
    }
}
