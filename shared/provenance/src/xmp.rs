//! The IPTC's label in XMP, which outlives what strips manifests: in pictures, MP4 and WAV.
//!
//! Source: IPTC Photo Metadata Standard 2025.1 (`Iptc4xmpExt:DigitalSourceType`, `AISystemUsed`), XMP part 3 (where it lies).

mod boxes;
mod film;
mod item;
mod pictures;
#[cfg(test)]
pub(crate) mod tests;
mod wav;

use domain::provenance::Facts;
use img_parts::Bytes;

/// The file with the label in it. None where there is nothing to say, or the format has no place that is known here.
pub(crate) fn label(media_type: &str, bytes: &[u8], facts: &Facts) -> Option<Vec<u8>> {
    let packet = packet(facts)?;
    write(media_type, bytes, &packet)
}

fn write(media_type: &str, bytes: &[u8], packet: &str) -> Option<Vec<u8>> {
    let copied = || Bytes::copy_from_slice(bytes);
    match media_type {
        "image/png" => pictures::png(copied(), packet),
        "image/jpeg" => pictures::jpeg(copied(), packet),
        "image/webp" => pictures::webp(copied(), packet),
        "image/avif" | "image/heic" => item::write(bytes, packet),
        "video/mp4" | "audio/mp4" => film::write(bytes, packet),
        "audio/wav" => wav::write(bytes, packet),
        _ => None,
    }
}

/// The kind of source that a file's XMP says, the last part of its address: what is left of it where a manifest was stripped.
///
/// Nobody signed it, so it is no proof. Any file may have one: packets lie in it as they are (XMP part 3, packet scanning).
pub fn source_in_xmp(bytes: &[u8]) -> Option<String> {
    let (open, close) = (b"<x:xmpmeta".as_slice(), b"</x:xmpmeta>".as_slice());
    // What was replaced may still lie in front of what is read.
    let start = bytes.windows(open.len()).rposition(|part| part == open)?;
    let rest = bytes.get(start..)?;
    let end = rest.windows(close.len()).position(|part| part == close)?;
    let packet = String::from_utf8_lossy(&rest[..end]);
    let (_, rest) = packet.split_once("DigitalSourceType")?;
    let uri = rest.trim_start_matches(['=', '>', ' ']).trim_start_matches(['"', '\'']);
    let uri = uri.split(['"', '\'', '<']).next()?;
    let word = uri.rsplit('/').next()?.trim();
    let known = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric());
    known.then(|| word.to_owned())
}

fn packet(facts: &Facts) -> Option<String> {
    let source = facts.source?.uri();
    let mut models: Vec<&str> = facts.acts.iter().filter_map(|act| act.model.as_deref()).collect();
    models.dedup();
    let systems = match models.is_empty() || !facts.source.is_some_and(|source| source.ai()) {
        true => String::new(),
        false => format!(" Iptc4xmpExt:AISystemUsed=\"{}\"", escaped(&models.join(", "))),
    };
    Some(format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" \
         Iptc4xmpExt:DigitalSourceType=\"{source}\"{systems}/></rdf:RDF></x:xmpmeta><?xpacket end=\"w\"?>"
    ))
}

fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}
