//! Colour profiles: everything downstream is sRGB.

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Converts pixels from an ICC profile to sRGB in place.
///
/// Only matrix profiles (cameras, phones, Adobe RGB, Display P3) are understood; a profile that is broken, grey
/// or made of tables leaves the pixels as they are, which is what a reader without colour management shows.
pub(crate) fn to_srgb(pixels: &mut [u8], channels: u8, profile: &[u8]) {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else { return };
    if profile.color_space != DataColorSpace::Rgb {
        return;
    }
    let layout = if channels == 4 { Layout::Rgba } else { Layout::Rgb };
    let srgb = ColorProfile::new_srgb();
    let Ok(transform) =
        profile.create_in_place_transform_8bit(layout, &srgb, TransformOptions::default())
    else {
        return;
    };
    // Whole pixels in pieces, so that the converter needs no second picture.
    for piece in pixels.chunks_mut(usize::from(channels) * 65_536) {
        if transform.transform(piece).is_err() {
            return;
        }
    }
}

/// The profile of sRGB as files carry it; always the same bytes.
pub(crate) fn srgb_profile() -> Vec<u8> {
    let mut profile = ColorProfile::new_srgb().encode().unwrap_or_default();
    // The writer puts the clock's time there; nobody reads it, and files would differ by it.
    if let Some(date) = profile.get_mut(24..36) {
        date.copy_from_slice(&[7, 232, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    }
    profile
}
