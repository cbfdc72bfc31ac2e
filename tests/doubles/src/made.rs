//! What doubles make: small files that are what they say they are.

use sha2::{Digest, Sha256};

/// Tiles in a dark and a light colour, which depend on the text, as RGB: never so alike that it looks blank.
fn tiles(text: &str, width: u32, height: u32) -> Vec<u8> {
    let hash = Sha256::digest(text.as_bytes());
    let dark = [hash[0] & 0x3f, hash[1] & 0x3f, hash[2] & 0x3f];
    let colors = [dark, dark.map(|channel| !channel)];
    let side = (width / 8).max(1);
    let tile = |at: u32| colors[((at % width / side + at / width / side) % 2) as usize];
    (0..width * height).flat_map(tile).collect()
}

/// A PNG of tiles in two colours, which depend on the text.
pub fn png(text: &str, width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("the size is none that PNG refuses");
    let pixels = tiles(text, width, height);
    writer.write_image_data(&pixels).expect("there are as many pixels as there should be");
    writer.finish().expect("memory takes it");
    bytes
}

/// The same as a picture of this media type; a PNG where it is none of JPEG and WebP.
pub fn picture(text: &str, width: u32, height: u32, media_type: &str) -> Vec<u8> {
    let pixels = || tiles(text, width, height);
    let mut bytes = Vec::new();
    match media_type {
        "image/jpeg" => {
            let side =
                |side: u32| u16::try_from(side).expect("no double makes pictures that large");
            jpeg_encoder::Encoder::new(&mut bytes, 90)
                .encode(&pixels(), side(width), side(height), jpeg_encoder::ColorType::Rgb)
                .expect("memory takes it");
        }
        "image/webp" => image_webp::WebPEncoder::new(&mut bytes)
            .encode(&pixels(), width, height, image_webp::ColorType::Rgb8)
            .expect("memory takes it"),
        _ => return png(text, width, height),
    }
    bytes
}

/// So many seconds of a quiet hum, as 16-bit mono WAV at 8 kHz.
pub fn wav(seconds: u32) -> Vec<u8> {
    let samples = 8000 * seconds;
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((36 + samples * 2).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(8000_u32.to_le_bytes());
    bytes.extend(16_000_u32.to_le_bytes());
    bytes.extend(2_u16.to_le_bytes());
    bytes.extend(16_u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend((samples * 2).to_le_bytes());
    for n in 0..samples {
        let value = (f64::from(n) * 0.3).sin() * 1000.0;
        bytes.extend((value as i16).to_le_bytes());
    }
    bytes
}

/// A PNG whose left half shows nothing: what is left of a picture without its background.
pub fn cutout(text: &str, width: u32, height: u32) -> Vec<u8> {
    let hash = Sha256::digest(text.as_bytes());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("the size is none that PNG refuses");
    let row = (0..width).flat_map(|x| match x < width / 2 {
        true => [0; 4],
        false => [hash[0], hash[1], hash[2], 255],
    });
    let pixels = row.collect::<Vec<_>>().repeat(height as usize);
    writer.write_image_data(&pixels).expect("there are as many pixels as there should be");
    writer.finish().expect("memory takes it");
    bytes
}

/// Width and height of a PNG; none where it is none.
pub fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")?;
    let side = |at: usize| Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?));
    side(0).zip(side(4))
}

/// So many seconds of silence as MP3, 128 kbit/s at 44.1 kHz; the text is in its tag, so that no two are alike.
pub fn mp3(text: &str, seconds: f64) -> Vec<u8> {
    const FRAME: usize = 417;
    let mut bytes = b"ID3\x04\0\0\0\0\0\x1eTXXX\0\0\0\x14\0\0\x03\0".to_vec();
    let hash = Sha256::digest(text.as_bytes());
    bytes.extend(hash.iter().take(18).map(|byte| b'a' + byte % 26));
    let mut frame = vec![0xff, 0xfb, 0x90, 0xc4];
    frame.resize(FRAME, 0);
    let frames = (seconds * 44100.0 / 1152.0).ceil() as usize;
    bytes.extend(frame.repeat(frames));
    bytes
}

/// So many seconds of nothing to be seen, as MP4: a film's header and track, without frames.
pub fn mp4(seconds: u32) -> Vec<u8> {
    let part = |name: &[u8; 4], parts: &[Vec<u8>]| {
        let body = parts.concat();
        [&(body.len() as u32 + 8).to_be_bytes()[..], name, &body].concat()
    };
    let words =
        |words: &[u32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>();
    // Times in thousandths; the rest are the numbers of a film that is played as it is.
    let matrix = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
    let head = [0, 0, 0, 1000, 1000 * seconds, 0x1_0000, 0x100_0000, 0, 0];
    let film = [&head[..], &matrix, &[0, 0, 0, 0, 0, 0, 2]].concat();
    let track = [&[3, 0, 0, 1, 0, 1000 * seconds, 0, 0, 0, 0], &matrix[..], &[0, 0]].concat();
    let media = [0, 0, 0, 1000, 1000 * seconds, 0x55c4_0000];
    let handler = [words(&[0, 0]), b"vide".to_vec(), words(&[0, 0, 0]), vec![0]];
    let mdia = part(b"mdia", &[part(b"mdhd", &[words(&media)]), part(b"hdlr", &handler)]);
    let trak = part(b"trak", &[part(b"tkhd", &[words(&track)]), mdia]);
    let brand = [b"isom".to_vec(), words(&[512]), b"isomiso2".to_vec()];
    let moov = part(b"moov", &[part(b"mvhd", &[words(&film)]), trak]);
    [part(b"ftyp", &brand), moov, part(b"mdat", &[vec![0; 64]])].concat()
}
