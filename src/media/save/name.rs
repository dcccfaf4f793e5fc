//! Names from the wire made safe as names of files.

/// Reduces a name that somebody else chose to a base name that is safe on every system: no
/// folders, no control characters, nothing hidden or reserved, not too long. A known image
/// extension is taken off, because the file gets its own.
pub fn safe_stem(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim().is_empty()).unwrap_or_default();
    let clean: String = last.chars().map(|c| if is_allowed(c) { c } else { '_' }).collect();
    let stem = trimmed(without_extension(trimmed(&clean)));
    let short: String = stem.chars().scan(0, within_limit).collect();
    let short = trimmed(&short);
    if short.is_empty() {
        return "frame".to_owned();
    }
    if is_reserved(short) { format!("{short}_") } else { short.to_owned() }
}

/// What a frame's file is called: after the sender's name for it, made safe, else after its stream and number.
pub fn frame_stem(name: Option<&str>, stream: u64, frame_id: u64) -> String {
    match name {
        Some(name) => safe_stem(name),
        None => format!("frame-{:08x}-{frame_id:06}", stream as u32),
    }
}

/// Letters and digits of all languages and harmless signs; not what steers a terminal, turns the
/// direction of writing around, or means something to a file system.
fn is_allowed(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, ' ' | '-' | '_' | '.' | ',' | '+' | '=' | '@' | '#' | '(' | ')')
}

/// Leading dots hide a file, leading dashes look like options, and Windows drops what is at the
/// end.
fn trimmed(text: &str) -> &str {
    text.trim_start_matches(['.', ' ', '-']).trim_end_matches(['.', ' '])
}

fn without_extension(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, extension)) if is_image_extension(extension) => stem,
        _ => name,
    }
}

fn is_image_extension(extension: &str) -> bool {
    let lower = extension.to_ascii_lowercase();
    lower == "npy" || lower == "raw" || image::ImageFormat::from_extension(lower).is_some()
}

fn within_limit(bytes: &mut usize, c: char) -> Option<char> {
    *bytes += c.len_utf8();
    (*bytes <= MAX_STEM_BYTES).then_some(c)
}

/// Names of devices on Windows, with any extension.
fn is_reserved(stem: &str) -> bool {
    let base = stem.split('.').next().unwrap_or(stem).trim_end().to_ascii_uppercase();
    let numbered = |prefix| {
        base.strip_prefix(prefix).is_some_and(|rest: &str| {
            matches!(rest, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9")
        })
    };
    matches!(base.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

/// File systems allow 255 bytes; a suffix, a number and an extension have to fit as well.
const MAX_STEM_BYTES: usize = 120;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_become_safe_stems() {
        for (name, stem) in [
            ("photo.jpg", "photo"),
            ("pattern-000012", "pattern-000012"),
            ("v1.2", "v1.2"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\me\\a.PNG", "a"),
            ("folder/", "folder"),
            (".bashrc", "bashrc"),
            ("..", "frame"),
            ("", "frame"),
            (" \t\r\n", "frame"),
            ("-rf", "rf"),
            ("a\0b\x1b[31mc\n", "a_b__31mc_"),
            ("evil\u{202e}gnp.exe", "evil_gnp.exe"),
            ("a:b*c?d\"e<f>g|h", "a_b_c_d_e_f_g_h"),
            ("nul", "nul_"),
            ("Com1.png", "Com1_"),
            ("lpt9.tar", "lpt9.tar_"),
            ("Müller Straße 7.tif", "Müller Straße 7"),
            ("写真.png", "写真"),
            ("trailing. . ", "trailing"),
        ] {
            assert_eq!(safe_stem(name), stem, "{name:?}");
        }
        assert_eq!(safe_stem(&"é".repeat(4000)).len(), MAX_STEM_BYTES);
    }

    proptest! {
        #[test]
        fn any_name_stays_in_its_folder(name in "\\PC*|[./\\\\a\u{0}-\u{20}]*") {
            let stem = safe_stem(&name);
            let path = std::path::Path::new(&stem);
            prop_assert_eq!(path.components().count(), 1);
            prop_assert_eq!(path.file_name(), Some(path.as_os_str()));
            prop_assert!(!stem.starts_with('.') && stem.len() <= MAX_STEM_BYTES + 1);
            prop_assert!(!stem.chars().any(char::is_control));
        }
    }
}
