//! Turns stored rows upright, as the EXIF orientation says.

use crate::{Picture, header::Orientation};

pub(crate) fn upright(picture: Picture, orientation: Orientation) -> Picture {
    if picture.has_alpha() {
        turned::<4>(picture, orientation)
    } else {
        turned::<3>(picture, orientation)
    }
}

/// Mirrors and half turns happen in place; only a quarter turn needs a second buffer.
fn turned<const N: usize>(picture: Picture, orientation: Orientation) -> Picture {
    let (width, height) = (picture.width(), picture.height());
    let row = width as usize;
    let mut bytes = picture.into_pixels();
    let pixels = bytes.as_chunks_mut::<N>().0;
    match orientation.value() {
        2 => pixels.chunks_exact_mut(row).for_each(<[_]>::reverse),
        3 => pixels.reverse(),
        4 => flip(pixels, row),
        5..=8 => {
            // 6 and 7 are a transposition of the picture stood on its head, 7 and 8 are mirrored after it.
            if matches!(orientation.value(), 6 | 7) {
                flip(pixels, row);
            }
            let mut bytes = transposed(pixels, row);
            let turned = bytes.as_chunks_mut::<N>().0;
            if matches!(orientation.value(), 7 | 8) {
                flip(turned, height as usize);
            }
            return rebuilt::<N>(height, width, bytes);
        }
        _ => {}
    }
    rebuilt::<N>(width, height, bytes)
}

fn rebuilt<const N: usize>(width: u32, height: u32, bytes: Vec<u8>) -> Picture {
    Picture::new(width, height, N as u8, bytes).expect("turning keeps every pixel")
}

/// Upside down, left stays left.
fn flip<const N: usize>(pixels: &mut [[u8; N]], row: usize) {
    let rows = pixels.len() / row;
    let (upper, lower) = pixels.split_at_mut(rows.div_ceil(2) * row);
    for (above, below) in upper.chunks_exact_mut(row).zip(lower.chunks_exact_mut(row).rev()) {
        above.swap_with_slice(below);
    }
}

/// Rows become columns, in blocks that stay in the cache.
fn transposed<const N: usize>(pixels: &[[u8; N]], row: usize) -> Vec<u8> {
    const BLOCK: usize = 64;
    let rows = pixels.len() / row;
    let mut bytes = vec![0; pixels.len() * N];
    let target = bytes.as_chunks_mut::<N>().0;
    for top in (0..rows).step_by(BLOCK) {
        for left in (0..row).step_by(BLOCK) {
            for y in top..rows.min(top + BLOCK) {
                for x in left..row.min(left + BLOCK) {
                    target[x * rows + y] = pixels[y * row + x];
                }
            }
        }
    }
    bytes
}
