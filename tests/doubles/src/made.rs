//! What doubles make: small files that are what they say they are.

use sha2::{Digest, Sha256};

/// A PNG of one colour, which depends on the text.
pub fn png(text: &str, width: u32, height: u32) -> Vec<u8> {
    let hash = Sha256::digest(text.as_bytes());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("the size is none that PNG refuses");
    let pixels = [hash[0], hash[1], hash[2]].repeat((width * height) as usize);
    writer.write_image_data(&pixels).expect("there are as many pixels as there should be");
    writer.finish().expect("memory takes it");
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
