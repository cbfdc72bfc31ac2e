//! Peak memory and time of a 20-megapixel composite, and of grading and printing it.
//!
//! Its layers: a gradient, a picture of its size multiplied, a cut-out with a blurred shadow, two lines of text.

use std::{fs, process::ExitCode, time::Instant};

use media::{
    Anchor, Blend, Canvas, Color, Content, Enlarge, Focus, Format, Layer, Limits, Lut, MediaError,
    Paper, Picture, PrintFile, Quality, Separation, Shadow, Text, Weight, convert, grade, print,
};

const WIDTH: u32 = 5_480;
const HEIGHT: u32 = 3_650;
const ALLOWED_MIB: u64 = 1_024;

fn main() -> ExitCode {
    match measured() {
        Ok(peak) if peak <= ALLOWED_MIB => ExitCode::SUCCESS,
        Ok(peak) => {
            println!("{peak} MiB, allowed are {ALLOWED_MIB}");
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measured() -> Result<u64, MediaError> {
    let limits = Limits::default();
    let mut canvas = timed("canvas", || Canvas::new((WIDTH, HEIGHT), Color::BLACK, limits))?;
    let (from, to) = ("#16324f".parse()?, "#3f88c5".parse()?);
    let gradient = Layer::new(Content::Gradient { from, to, angle: 120.0 });
    timed("gradient", || canvas.draw(gradient))?;
    let mut whole = Layer::new(Content::Picture { picture: painted(3)?, scale: 1.0 });
    whole.blend = Blend::Multiply;
    timed("multiply", || canvas.draw(whole))?;
    let mut cutout = Layer::new(Content::Picture { picture: painted(4)?, scale: 0.7 });
    cutout.shadow = Some(Shadow { offset: (0, 40), blur: 120, color: "#00000080".parse()? });
    timed("shadow", || canvas.draw(cutout))?;
    let mut text = Layer::new(Content::Text(Text {
        text: "A headline\nin two lines".into(),
        size: 400,
        weight: Weight::Bold,
        align: media::Align::Left,
        width: None,
        color: "#fff".parse()?,
    }));
    text.anchor = Anchor::named("left").unwrap_or(Anchor::CENTER);
    timed("text", || canvas.draw(text))?;
    let picture = timed("finish", || canvas.finish())?;
    timed("png", || convert(&picture, Format::Png, Quality::default()))?;
    let identity =
        (0..33 * 33 * 33).map(|i| [i % 33, i / 33 % 33, i / 1089].map(|v| v as f32 / 32.0));
    let lut = Lut::new(33, identity.collect())?;
    timed("grade", || grade(&picture, &lut, 1.0))?;
    let (focus, enlarge) = (Focus::CENTRE, Enlarge::Never);
    let (width_mm, height_mm) = (420.0, 297.0);
    let (file, inks) = (PrintFile::Png, PrintFile::Cmyk(Separation::default()));
    let paper = Paper { width_mm, height_mm, bleed_mm: 3.0, dpi: 300, focus, enlarge, file };
    timed("print", || print(&picture, &paper))?;
    timed("inks", || print(&picture, &Paper { file: inks, ..paper }))?;
    Ok(peak_mib())
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let made = work();
    println!("{what:<9}{:>6} ms, peak {} MiB", start.elapsed().as_millis(), peak_mib());
    made
}

/// Waves and grain; a disc where there is alpha.
fn painted(channels: u32) -> Result<Picture, MediaError> {
    let mut pixels = Vec::with_capacity((WIDTH * HEIGHT * channels) as usize);
    let mut grain = 1u32;
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            grain = grain.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let wave = |period: u32, at: u32| (at % period).abs_diff(period / 2) * 200 / period;
            let tones = [wave(1777, x), wave(911, y), wave(2999, x + y)];
            pixels.extend(tones.map(|tone| (60 + tone + (grain >> 28)) as u8));
            if channels == 4 {
                let inside = x.abs_diff(WIDTH / 2).pow(2) + y.abs_diff(HEIGHT / 2).pow(2);
                pixels.push(if inside < (HEIGHT / 3).pow(2) { 255 } else { 0 });
            }
        }
    }
    match channels {
        4 => Picture::rgba(WIDTH, HEIGHT, pixels),
        _ => Picture::rgb(WIDTH, HEIGHT, pixels),
    }
}

/// The most memory that was ever resident, from the kernel's own books.
fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or(0u64) >> 10
}
