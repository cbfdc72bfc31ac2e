//! The IPTC's label in XMP, which outlives what strips manifests: PNG, JPEG and WebP.
//!
//! Source: IPTC Photo Metadata Standard 2025.1 (`Iptc4xmpExt:DigitalSourceType`, `AISystemUsed`), XMP part 3 (where it lies).

use domain::provenance::Facts;
use img_parts::Bytes;
use img_parts::jpeg::{Jpeg, JpegSegment, markers};
use img_parts::png::{Png, PngChunk};
use img_parts::riff::RiffChunk;
use img_parts::webp::WebP;

/// The file with the label in it. None where there is nothing to say, or the format has no place that is known here.
pub(crate) fn label(media_type: &str, bytes: &[u8], facts: &Facts) -> Option<Vec<u8>> {
    let packet = packet(facts)?;
    let bytes = Bytes::copy_from_slice(bytes);
    match media_type {
        "image/png" => png(bytes, &packet),
        "image/jpeg" => jpeg(bytes, &packet),
        "image/webp" => webp(bytes, &packet),
        _ => None,
    }
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

/// The first bytes of a JPEG's segment of XMP.
const JPEG_XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

fn jpeg(bytes: Bytes, packet: &str) -> Option<Vec<u8>> {
    let mut jpeg = Jpeg::from_bytes(bytes).ok()?;
    let segments = jpeg.segments_mut();
    segments.retain(|segment| !segment.contents().starts_with(JPEG_XMP));
    // After the application segments that readers look for first.
    let first = |segment: &JpegSegment| {
        segment.marker() == markers::APP0
            || segment.marker() == markers::APP1 && segment.contents().starts_with(b"Exif")
    };
    let place = segments.iter().rposition(first).map_or(0, |place| place + 1);
    let contents = [JPEG_XMP, packet.as_bytes()].concat();
    let segment = JpegSegment::new_with_contents(markers::APP1, contents.into());
    segments.insert(place, segment);
    Some(jpeg.encoder().bytes().to_vec())
}

/// The keyword of a PNG's text of XMP, then: not compressed, no language, no translated keyword.
const PNG_XMP: &[u8] = b"XML:com.adobe.xmp\0\0\0\0\0";

fn png(bytes: Bytes, packet: &str) -> Option<Vec<u8>> {
    let mut png = Png::from_bytes(bytes).ok()?;
    let chunks = png.chunks_mut();
    chunks.retain(|chunk| !(chunk.kind() == *b"iTXt" && chunk.contents().starts_with(PNG_XMP)));
    let place = chunks.iter().position(|chunk| chunk.kind() == *b"IDAT")?;
    let contents = [PNG_XMP, packet.as_bytes()].concat();
    chunks.insert(place, PngChunk::new(*b"iTXt", contents.into()));
    Some(png.encoder().bytes().to_vec())
}

/// The bit of a WebP's `VP8X` that says that there is XMP.
const WEBP_XMP: u8 = 0b100;
/// And the one that says that there is transparency.
const WEBP_ALPHA: u8 = 0b1_0000;

fn webp(bytes: Bytes, packet: &str) -> Option<Vec<u8>> {
    let mut webp = WebP::from_bytes(bytes).ok()?;
    let (width, height) = webp.dimensions()?;
    let alpha = webp.chunk_by_id(*b"VP8L").is_some();
    let chunks = webp.chunks_mut();
    chunks.retain(|chunk| chunk.id() != *b"XMP ");
    let mut head = match chunks.iter().position(|chunk| chunk.id() == *b"VP8X") {
        Some(place) => chunks.remove(place).content().data()?.to_vec(),
        None => {
            let size = |pixels: u32| (pixels - 1).to_le_bytes();
            let flags = if alpha { WEBP_ALPHA } else { 0 };
            let ([w0, w1, w2, _], [h0, h1, h2, _]) = (size(width), size(height));
            vec![flags, 0, 0, 0, w0, w1, w2, h0, h1, h2]
        }
    };
    *head.first_mut()? |= WEBP_XMP;
    let chunk = |id: [u8; 4], data: Vec<u8>| {
        RiffChunk::new(id, img_parts::riff::RiffContent::Data(data.into()))
    };
    chunks.insert(0, chunk(*b"VP8X", head));
    chunks.push(chunk(*b"XMP ", packet.as_bytes().to_vec()));
    Some(webp.encoder().bytes().to_vec())
}
