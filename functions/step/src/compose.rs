//! The layers of a composite, read from the parameters; each picture is decoded when its turn comes.

use crate::make::{Sources, bytes, number};
use media::{
    Align, Anchor, Blend, Canvas, Color, Content, Layer, Limits, MediaError, Picture, Shadow, Text,
    Weight, decode,
};
use serde_json::{Map, Value};

/// Draws all layers on the canvas, from the bottom up.
pub(crate) fn compose(
    params: &Map<String, Value>,
    sources: &Sources,
) -> Result<Picture, MediaError> {
    let limits = Limits::default();
    let mut canvas = match params.get("image") {
        Some(_) => Canvas::of(&decode(bytes(params.get("image"), sources), &limits)?, limits)?,
        None => {
            let side = |name| number(params, name).unwrap_or(0);
            let background = color(params, "background")?.unwrap_or(Color::CLEAR);
            Canvas::new((side("width"), side("height")), background, limits)?
        }
    };
    let layers = params.get("layers").and_then(Value::as_array).into_iter().flatten();
    for layer in layers.filter_map(Value::as_object) {
        canvas.draw(read(layer, sources, &limits)?)?;
    }
    canvas.finish()
}

fn read(
    layer: &Map<String, Value>,
    sources: &Sources,
    limits: &Limits,
) -> Result<Layer, MediaError> {
    Ok(Layer {
        size: (number(layer, "width"), number(layer, "height")),
        anchor: Anchor::named(word(layer, "anchor")).unwrap_or(Anchor::CENTER),
        offset: offset(layer),
        opacity: decimal(layer, "opacity").unwrap_or(1.0),
        blend: match word(layer, "blend") {
            "multiply" => Blend::Multiply,
            "screen" => Blend::Screen,
            _ => Blend::Normal,
        },
        shadow: layer.get("shadow").and_then(Value::as_object).map(shadow).transpose()?,
        ..Layer::new(content(layer, sources, limits)?)
    })
}

fn content(
    layer: &Map<String, Value>,
    sources: &Sources,
    limits: &Limits,
) -> Result<Content, MediaError> {
    if layer.contains_key("image") {
        let picture = decode(bytes(layer.get("image"), sources), limits)?;
        return Ok(Content::Picture { picture, scale: decimal(layer, "scale").unwrap_or(1.0) });
    }
    if layer.contains_key("text") {
        return Ok(Content::Text(text(layer)?));
    }
    if let Some(gradient) = layer.get("gradient").and_then(Value::as_object) {
        return Ok(Content::Gradient {
            from: color(gradient, "from")?.unwrap_or(Color::CLEAR),
            to: color(gradient, "to")?.unwrap_or(Color::CLEAR),
            angle: decimal(gradient, "angle").unwrap_or(180.0),
        });
    }
    Ok(Content::Plain(color(layer, "color")?.unwrap_or(Color::CLEAR)))
}

fn text(layer: &Map<String, Value>) -> Result<Text, MediaError> {
    Ok(Text {
        text: word(layer, "text").to_owned(),
        size: number(layer, "size").unwrap_or(0),
        weight: match word(layer, "weight") {
            "bold" => Weight::Bold,
            _ => Weight::Regular,
        },
        align: match word(layer, "align") {
            "center" => Align::Center,
            "right" => Align::Right,
            _ => Align::Left,
        },
        width: number(layer, "width"),
        color: color(layer, "color")?.unwrap_or(Color::BLACK),
    })
}

fn shadow(shadow: &Map<String, Value>) -> Result<Shadow, MediaError> {
    Ok(Shadow {
        offset: offset(shadow),
        blur: number(shadow, "blur").unwrap_or(0),
        color: color(shadow, "color")?.unwrap_or(Color::BLACK),
    })
}

fn color(map: &Map<String, Value>, name: &str) -> Result<Option<Color>, MediaError> {
    map.get(name).and_then(Value::as_str).map(str::parse).transpose()
}

fn offset(map: &Map<String, Value>) -> (i32, i32) {
    let pixels = |name| decimal(map, name).unwrap_or(0.0) as i32;
    (pixels("x"), pixels("y"))
}

fn decimal(map: &Map<String, Value>, name: &str) -> Option<f64> {
    map.get(name).and_then(Value::as_f64)
}

fn word<'a>(map: &'a Map<String, Value>, name: &str) -> &'a str {
    map.get(name).and_then(Value::as_str).unwrap_or_default()
}
