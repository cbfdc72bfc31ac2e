//! XMP in PNG, JPEG and WebP (XMP part 3; PNG: `iTXt`, JPEG: `APP1`, WebP: chunk `XMP `).

use img_parts::Bytes;
use img_parts::jpeg::{Jpeg, JpegSegment, markers};
use img_parts::png::{Png, PngChunk};
use img_parts::riff::RiffChunk;
use img_parts::webp::WebP;

/// The first bytes of a JPEG's segment of XMP.
const JPEG_XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

pub(super) fn jpeg(bytes: Bytes, packet: &str) -> Option<Vec<u8>> {
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

pub(super) fn png(bytes: Bytes, packet: &str) -> Option<Vec<u8>> {
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

pub(super) fn webp(bytes: Bytes, packet: &str) -> Option<Vec<u8>> {
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
