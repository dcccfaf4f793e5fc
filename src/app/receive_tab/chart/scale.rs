//! The upper end of an axis, which changes in steps and seldom.

/// 1, 2 or 5 times a power of ten.
pub(super) struct Scale(f64);

impl Default for Scale {
    fn default() -> Self {
        Self(10.0)
    }
}

impl Scale {
    /// The upper end.
    pub(super) fn top(&self) -> f64 {
        self.0
    }

    /// Grows at once when `largest` leaves it, shrinks when it has become far too large.
    pub(super) fn follow(&mut self, largest: f64) {
        if largest > self.0 || largest < self.0 * SHRINK_BELOW {
            self.0 = step_above(largest).max(SMALLEST_STEP);
        }
    }
}

fn step_above(value: f64) -> f64 {
    let mut decade = SMALLEST_STEP;
    while decade.is_finite() {
        for factor in [1.0, 2.0, 5.0] {
            if value <= decade * factor {
                return decade * factor;
            }
        }
        decade *= 10.0;
    }
    f64::MAX
}

const SMALLEST_STEP: f64 = 1.0;
const SHRINK_BELOW: f64 = 0.15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_changes_in_steps_and_seldom() {
        let mut scale = Scale::default();
        let mut steps = vec![scale.top()];
        for throughput in (0..1500).chain((200..1500).rev()) {
            scale.follow(f64::from(throughput));
            if steps.last() != Some(&scale.top()) {
                steps.push(scale.top());
            }
        }
        assert_eq!(
            steps,
            [10.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 500.0]
        );
    }
}
