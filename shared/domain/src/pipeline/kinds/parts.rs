//! What rows are made of: parameters and types that several kinds share.

use super::{Function, Kind, Output, Param, Spec};
use crate::pipeline::types::{PortType, Type};
use crate::publish::window::DAYS;

pub(crate) const fn required(name: &'static str, ty: Type) -> Param {
    Param { name, ty, required: true, default: None }
}

pub(crate) const fn optional(name: &'static str, ty: Type) -> Param {
    Param { name, ty, required: false, default: None }
}

pub(crate) const fn defaulted(name: &'static str, ty: Type, default: &'static str) -> Param {
    Param { name, ty, required: false, default: Some(default) }
}

pub(super) const fn output(name: &'static str, ty: PortType) -> Output {
    Output { name, ty }
}

/// The formats that steps write.
pub const FORMATS: &[&str] = &["jpeg", "webp", "avif", "png"];
/// The formats that a file can have which a gate looks at.
pub(super) const FILES: &[&str] = &["jpeg", "webp", "avif", "png", "tiff"];
pub(super) const FITS: &[&str] = &["contain", "cover"];
pub(super) const MODEL: Param = defaulted("model", Type::Text { most: 100 }, "\"sketch-1\"");
/// Of what the hosts that come with Galley do not do: it has to be named, here or among the step's `models`.
pub(super) const NAMED_MODEL: Param = optional("model", Type::Text { most: 100 });
pub(super) const NEGATIVE: Param = optional("negative_prompt", PROMPT);
pub(super) const PROMPT: Type = Type::Text { most: 2_000 };
pub(super) const SIDE: Type = Type::Integer { min: 1, max: 16_384 };
pub(super) const PAINTED: Type = Type::Integer { min: 64, max: 2_048 };
pub(super) const FILMED: Type = Type::Even { min: 64, max: 1_280 };
pub(super) const SEED: Param = optional("seed", Type::Integer { min: 0, max: u32::MAX as i64 });
pub(super) const PREVIEW: Param = defaulted("preview", Type::Boolean, "true");
pub(super) const QUALITY: Param = optional("quality", Type::Integer { min: 1, max: 100 });
/// Faults that a test asks of the `sketch` backend; hosts ignore it unless told otherwise.
pub(super) const TEST: Param = optional("test", Type::Object);

/// What must stay in view, as shares from the top left.
pub(super) const FOCUS: Param =
    optional("focus", Type::Record(&[required("x", SHARE), required("y", SHARE)]));
pub(super) const SHARE: Type = Type::Number { min: 0.0, max: 1.0 };
/// Decibels below full scale, or a little above it.
pub(super) const LOUD: Type = Type::Number { min: -70.0, max: 10.0 };
pub(super) const SECONDS: Type = Type::Number { min: 0.0, max: 3_600.0 };
pub(super) const FORMAT: Param = optional("format", Type::Choice(FORMATS));
pub(super) const ANCHORS: &[&str] = &[
    "top-left",
    "top",
    "top-right",
    "left",
    "center",
    "right",
    "bottom-left",
    "bottom",
    "bottom-right",
];
pub(super) const OFFSET: Type = Type::Integer { min: -16_384, max: 16_384 };

/// What a layer of `image.composite` can say; exactly one of the first four.
pub(super) const LAYER: &[Param] = &[
    optional("image", Type::Image),
    optional("text", Type::Text { most: 500 }),
    optional(
        "gradient",
        Type::Record(&[
            required("from", Type::Color),
            required("to", Type::Color),
            // Clockwise; 0 goes up, 90 to the right, as in CSS.
            defaulted("angle", Type::Number { min: 0.0, max: 360.0 }, "180"),
        ]),
    ),
    // Of the whole box, or of the text.
    optional("color", Type::Color),
    optional("width", SIDE),
    optional("height", SIDE),
    optional("scale", Type::Number { min: 0.01, max: 20.0 }),
    optional("size", Type::Integer { min: 4, max: 1_000 }),
    optional("weight", Type::Choice(&["regular", "bold"])),
    optional("align", Type::Choice(&["left", "center", "right"])),
    defaulted("anchor", Type::Choice(ANCHORS), "\"center\""),
    defaulted("x", OFFSET, "0"),
    defaulted("y", OFFSET, "0"),
    defaulted("opacity", SHARE, "1"),
    defaulted("blend", Type::Choice(&["normal", "multiply", "screen"]), "\"normal\""),
    optional(
        "shadow",
        Type::Record(&[
            defaulted("x", OFFSET, "0"),
            defaulted("y", OFFSET, "4"),
            defaulted("blur", Type::Integer { min: 0, max: 200 }, "12"),
            defaulted("color", Type::Color, "\"#00000080\""),
        ]),
    ),
];

/// A medium of a post.
pub(super) const MEDIUM: &[Param] = &[
    required("asset", Type::Medium),
    optional("alt", PROMPT),
    optional("caption", PROMPT),
    // What a crop keeps, as shares from the top left.
    optional("focal", Type::Record(&[required("x", SHARE), required("y", SHARE)])),
];

/// Something of elsewhere in a post.
pub(super) const EMBED: &[Param] = &[
    required("url", ADDRESS),
    defaulted("kind", Type::Choice(&["video", "link", "post"]), "\"link\""),
    optional("title", Type::Text { most: 300 }),
];

/// A time with its offset, or as a clock in a zone shows it.
pub(super) const TIME: Type = Type::Text { most: 64 };

/// Hours of some days.
pub(super) const HOURS: &[Param] = &[
    optional("days", Type::Choices(DAYS)),
    required("from", Type::Text { most: 5 }),
    required("to", Type::Text { most: 5 }),
];

/// An address, or what is written as one.
pub(super) const ADDRESS: Type = Type::Text { most: 2_000 };

/// What becomes of colours that paper cannot show, in ICC's words.
pub(super) const INTENTS: &[&str] = &["relative", "perceptual", "saturation", "absolute"];

/// What a sound can be taken apart into.
pub(super) const STEMS: &[&str] = &["vocals", "accompaniment", "drums", "bass", "other"];

/// What a model of a vendor's does, or of hosts that say so.
pub(super) const fn asked(
    kind: Kind,
    name: &'static str,
    params: &'static [Param],
    outputs: &'static [Output],
) -> Spec {
    Spec {
        kind,
        name,
        function: Function::Lane,
        deterministic: false,
        params,
        outputs,
        deadline_s: 600,
        floor_micros: 1,
        ceiling_slot_s: 60,
    }
}

/// A picture from pictures: no money, no lane, the same bytes every time.
pub(super) const fn drawn(kind: Kind, name: &'static str, params: &'static [Param]) -> Spec {
    Spec {
        kind,
        name,
        function: Function::Step,
        deterministic: true,
        params,
        outputs: &[Output { name: "image", ty: PortType::Image }],
        deadline_s: 300,
        floor_micros: 0,
        ceiling_slot_s: 0,
    }
}
