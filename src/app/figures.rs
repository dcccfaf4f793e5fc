//! Figures as a person reads them: separated thousands, fixed decimals, always a unit.

use std::time::Duration;

/// `7702114` as `7,702,114`.
pub fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes of an image or a file, in decimal units: `1.2 MB`.
pub fn bytes(value: u64) -> String {
    scaled(value, 1000, ["B", "kB", "MB", "GB", "TB"])
}

/// Bytes of a buffer, in binary units: `208 KiB`.
pub fn buffer_bytes(value: u64) -> String {
    scaled(value, 1024, ["B", "KiB", "MiB", "GiB", "TiB"])
}

/// Megabits a second: `1,493 Mb/s`, `8.4 Mb/s`.
pub fn megabits(value: f64) -> String {
    if value < 99.95 {
        format!("{value:.1} Mb/s")
    } else {
        format!("{} Mb/s", thousands(value.round() as u64))
    }
}

/// The speed of a link, given in megabits a second: `1 Gb/s`, `2.5 Gb/s`, `100 Mb/s`.
pub fn link_speed(value: u64) -> String {
    match value {
        0..1000 => format!("{value} Mb/s"),
        _ if value.is_multiple_of(1000) => format!("{} Gb/s", value / 1000),
        _ => format!("{:.1} Gb/s", value as f64 / 1e3),
    }
}

/// A share of one: `0.04 %`; what is not zero is never shown as zero.
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    match value {
        0.0 => "0 %".to_owned(),
        _ if value < 0.01 => "< 0.01 %".to_owned(),
        _ if value < 9.995 => format!("{value:.2} %"),
        _ => format!("{value:.1} %"),
    }
}

/// Microseconds: `21 µs`, `0.4 ms`, `1.3 s`.
pub fn micros(value: u64) -> String {
    match value {
        0..1_000 => format!("{value} µs"),
        1_000..10_000 => format!("{:.1} ms", value as f64 / 1e3),
        10_000..1_000_000 => format!("{:.0} ms", value as f64 / 1e3),
        _ => format!("{:.1} s", value as f64 / 1e6),
    }
}

/// A time that a person waits: `2.2 s`, `3 min 20 s`, `2 h 5 min`.
pub fn duration(value: Duration) -> String {
    let seconds = value.as_secs();
    match seconds {
        0..10 if value < Duration::from_millis(100) => micros(value.as_micros() as u64),
        0..10 => format!("{:.1} s", value.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// How often in a second: `30.0 /s`.
pub fn per_second(value: f64) -> String {
    format!("{value:.1} /s")
}

/// Width and height: `1920 × 1080`.
pub fn size(width: u32, height: u32) -> String {
    format!("{width} × {height}")
}

/// A sample as the wire carries it: `232`, `0.1235`, `1.200e7`.
pub fn sample(value: f64, integer: bool) -> String {
    match value {
        _ if integer => format!("{value:.0}"),
        _ if value == 0.0 || (1e-3..1e6).contains(&value.abs()) => format!("{value:.4}"),
        _ => format!("{value:.3e}"),
    }
}

/// A sample or a mean in at most seven letters: `65535`, `127.50`, `0.0123`, `4.29e9`.
pub fn short(value: f64, integer: bool) -> String {
    let size = value.abs();
    match size {
        0.0 => "0".to_owned(),
        _ if integer && size < 1e6 => format!("{value:.0}"),
        1e-3..1.0 => format!("{value:.4}"),
        1.0..10.0 => format!("{value:.3}"),
        10.0..1e3 => format!("{value:.2}"),
        1e3..1e4 => format!("{value:.1}"),
        1e4..1e6 => format!("{value:.0}"),
        _ => format!("{value:.2e}"),
    }
}

/// A message from deeper down as a sentence of the window: with a capital.
pub fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn scaled(value: u64, step: u64, units: [&str; 5]) -> String {
    let mut unit = 0;
    let mut scaled = value as f64;
    while scaled >= step as f64 * 0.9995 && unit + 1 < units.len() {
        scaled /= step as f64;
        unit += 1;
    }
    let whole = unit == 0 || scaled >= 99.95 || (scaled.fract() == 0.0 && step == 1024);
    if whole {
        format!("{scaled:.0} {}", units[unit])
    } else {
        format!("{scaled:.1} {}", units[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        for (value, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (7_702_114, "7,702,114")] {
            assert_eq!(thousands(value), text);
        }
    }

    #[test]
    fn bytes_take_the_unit_that_keeps_them_short() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_231_200), "1.2 MB");
        assert_eq!(bytes(224_000_000), "224 MB");
        assert_eq!(bytes(999_999), "1.0 MB");
        assert_eq!(bytes(u64::MAX), "18446744 TB");
        assert_eq!(buffer_bytes(212_992), "208 KiB");
        assert_eq!(buffer_bytes(8 << 20), "8 MiB");
    }

    #[test]
    fn a_little_loss_is_not_shown_as_none() {
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(0.000_001), "< 0.01 %");
        assert_eq!(percent(0.0004), "0.04 %");
        assert_eq!(percent(1.0), "100.0 %");
    }

    #[test]
    fn samples_are_exact_and_means_are_short() {
        assert_eq!(sample(4_294_967_295.0, true), "4294967295");
        assert_eq!(sample(-0.5, false), "-0.5000");
        assert_eq!(sample(1.25e-7, false), "1.250e-7");
        assert_eq!(short(65_535.0, true), "65535");
        assert_eq!(short(4_294_967_295.0, true), "4.29e9");
        assert_eq!(short(127.5, false), "127.50");
        assert_eq!(short(-0.0123, false), "-0.0123");
        assert_eq!(short(32_768.25, false), "32768");
        assert_eq!(short(1_234.56, false), "1234.6");
    }

    #[test]
    fn times_have_the_unit_that_a_person_expects() {
        assert_eq!(micros(21), "21 µs");
        assert_eq!(micros(1_400), "1.4 ms");
        assert_eq!(micros(1_300_000), "1.3 s");
        assert_eq!(duration(Duration::from_millis(2_200)), "2.2 s");
        assert_eq!(duration(Duration::from_millis(11)), "11 ms");
        assert_eq!(duration(Duration::from_secs(3 * 60 + 20)), "3 min 20 s");
        assert_eq!(duration(Duration::from_mins(125)), "2 h 5 min");
        assert_eq!(megabits(1493.2), "1,493 Mb/s");
        assert_eq!(megabits(8.44), "8.4 Mb/s");
    }
}
