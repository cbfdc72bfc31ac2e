//! The rows.

use super::{Function, Kind, Output, Param, Spec};
use crate::pipeline::types::{PortType, Type};

const fn required(name: &'static str, ty: Type) -> Param {
    Param { name, ty, required: true, default: None }
}

const fn optional(name: &'static str, ty: Type) -> Param {
    Param { name, ty, required: false, default: None }
}

const fn defaulted(name: &'static str, ty: Type, default: &'static str) -> Param {
    Param { name, ty, required: false, default: Some(default) }
}

const fn output(name: &'static str, ty: PortType) -> Output {
    Output { name, ty }
}

/// The formats that steps write.
pub const FORMATS: &[&str] = &["jpeg", "webp", "avif", "png"];
/// The formats that a file can have which a gate looks at.
const FILES: &[&str] = &["jpeg", "webp", "avif", "png", "tiff"];
const FITS: &[&str] = &["contain", "cover"];
const MODEL: Param = defaulted("model", Type::Text { most: 100 }, "\"sketch-1\"");
/// Of what the hosts that come with Galley do not do: it has to be named, here or among the step's `models`.
const NAMED_MODEL: Param = optional("model", Type::Text { most: 100 });
const NEGATIVE: Param = optional("negative_prompt", PROMPT);
const PROMPT: Type = Type::Text { most: 2_000 };
const SIDE: Type = Type::Integer { min: 1, max: 16_384 };
const PAINTED: Type = Type::Integer { min: 64, max: 2_048 };
const FILMED: Type = Type::Even { min: 64, max: 1_280 };
const SEED: Param = optional("seed", Type::Integer { min: 0, max: u32::MAX as i64 });
const PREVIEW: Param = defaulted("preview", Type::Boolean, "true");
const QUALITY: Param = optional("quality", Type::Integer { min: 1, max: 100 });
/// Faults that a test asks of the `sketch` backend; hosts ignore it unless told otherwise.
const TEST: Param = optional("test", Type::Object);

/// What must stay in view, as shares from the top left.
const FOCUS: Param = optional("focus", Type::Record(&[required("x", SHARE), required("y", SHARE)]));
const SHARE: Type = Type::Number { min: 0.0, max: 1.0 };
const FORMAT: Param = optional("format", Type::Choice(FORMATS));
const ANCHORS: &[&str] = &[
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
const OFFSET: Type = Type::Integer { min: -16_384, max: 16_384 };

/// What a layer of `image.composite` can say; exactly one of the first four.
const LAYER: &[Param] = &[
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

/// What becomes of colours that paper cannot show, in ICC's words.
const INTENTS: &[&str] = &["relative", "perceptual", "saturation", "absolute"];

/// What a sound can be taken apart into.
const STEMS: &[&str] = &["vocals", "accompaniment", "drums", "bass", "other"];

/// What a model of a vendor's does, or of hosts that say so.
const fn asked(
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
const fn drawn(kind: Kind, name: &'static str, params: &'static [Param]) -> Spec {
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

pub(super) static TABLE: [Spec; 19] = [
    Spec {
        kind: Kind::Generate,
        name: "image.generate",
        function: Function::Lane,
        deterministic: false,
        params: &[
            required("prompt", PROMPT),
            MODEL,
            defaulted("width", PAINTED, "1024"),
            defaulted("height", PAINTED, "576"),
            NEGATIVE,
            optional("transparent", Type::Boolean),
            SEED,
            PREVIEW,
            TEST,
        ],
        outputs: &[output("image", PortType::Image)],
        deadline_s: 600,
        floor_micros: 200,
        ceiling_slot_s: 120,
    },
    asked(
        Kind::Edit,
        "image.edit",
        &[
            required("image", Type::Image),
            required("prompt", PROMPT),
            optional("mask", Type::Image),
            NEGATIVE,
            NAMED_MODEL,
            optional("width", PAINTED),
            optional("height", PAINTED),
            optional("transparent", Type::Boolean),
            SEED,
        ],
        &[output("image", PortType::Image)],
    ),
    Spec {
        kind: Kind::RemoveBackground,
        name: "image.remove_background",
        function: Function::Lane,
        deterministic: false,
        params: &[required("image", Type::Image), MODEL, PREVIEW, TEST],
        outputs: &[output("image", PortType::Image)],
        deadline_s: 300,
        floor_micros: 100,
        ceiling_slot_s: 30,
    },
    Spec {
        kind: Kind::Upscale,
        name: "image.upscale",
        function: Function::Lane,
        deterministic: false,
        params: &[
            required("image", Type::Image),
            required("factor", Type::IntegerOf(&[2, 4])),
            MODEL,
            PREVIEW,
            TEST,
        ],
        outputs: &[output("image", PortType::Image)],
        deadline_s: 300,
        floor_micros: 100,
        ceiling_slot_s: 60,
    },
    Spec {
        kind: Kind::Film,
        name: "video.generate",
        function: Function::Lane,
        deterministic: false,
        params: &[
            required("prompt", PROMPT),
            optional("image", Type::Image),
            NEGATIVE,
            MODEL,
            defaulted("seconds", Type::Integer { min: 1, max: 60 }, "4"),
            defaulted("width", FILMED, "640"),
            defaulted("height", FILMED, "360"),
            defaulted("fps", Type::IntegerOf(&[12, 24, 25, 30]), "24"),
            SEED,
            PREVIEW,
            TEST,
        ],
        outputs: &[output("video", PortType::Video)],
        deadline_s: 1_200,
        floor_micros: 200,
        ceiling_slot_s: 300,
    },
    Spec {
        kind: Kind::Sound,
        name: "audio.generate",
        function: Function::Lane,
        deterministic: false,
        params: &[
            required("prompt", PROMPT),
            MODEL,
            defaulted("seconds", Type::Integer { min: 1, max: 300 }, "8"),
            SEED,
            TEST,
        ],
        outputs: &[output("audio", PortType::Audio)],
        deadline_s: 600,
        floor_micros: 100,
        ceiling_slot_s: 120,
    },
    asked(
        Kind::Speak,
        "audio.speak",
        &[
            required("text", Type::Text { most: 10_000 }),
            NAMED_MODEL,
            optional("voice", Type::Text { most: 100 }),
            // As BCP 47 writes it.
            optional("language", Type::Text { most: 35 }),
            SEED,
        ],
        &[output("audio", PortType::Audio)],
    ),
    asked(
        Kind::Separate,
        "audio.separate",
        &[
            required("audio", Type::Audio),
            NAMED_MODEL,
            defaulted("stem", Type::Choice(STEMS), "\"vocals\""),
        ],
        &[output("audio", PortType::Audio)],
    ),
    asked(
        Kind::Write,
        "text.generate",
        &[
            required("prompt", Type::Text { most: 20_000 }),
            NAMED_MODEL,
            optional("system", Type::Text { most: 20_000 }),
            optional("context", Type::Images),
            // A JSON schema that the answer has to fit.
            optional("schema", Type::Object),
            optional("temperature", Type::Number { min: 0.0, max: 2.0 }),
            optional("top_p", SHARE),
            optional("max_tokens", Type::Integer { min: 1, max: 32_768 }),
            SEED,
        ],
        &[output("text", PortType::Text)],
    ),
    Spec {
        kind: Kind::Resize,
        name: "image.resize",
        function: Function::Step,
        deterministic: true,
        params: &[
            required("image", Type::Image),
            optional("widths", Type::Integers { min: 1, max: 16_384, most: 20 }),
            optional("width", SIDE),
            optional("height", SIDE),
            optional("formats", Type::Choices(FORMATS)),
            optional("fit", Type::Choice(FITS)),
            QUALITY,
        ],
        outputs: &[output("images", PortType::Images)],
        deadline_s: 300,
        floor_micros: 0,
        ceiling_slot_s: 0,
    },
    Spec {
        kind: Kind::Convert,
        name: "image.convert",
        function: Function::Step,
        deterministic: true,
        params: &[
            required("image", Type::Image),
            required("format", Type::Choice(FORMATS)),
            QUALITY,
        ],
        outputs: &[output("image", PortType::Image)],
        deadline_s: 300,
        floor_micros: 0,
        ceiling_slot_s: 0,
    },
    drawn(
        Kind::Crop,
        "image.crop",
        &[
            required("image", Type::Image),
            FOCUS,
            optional("aspect", Type::Aspect),
            optional("width", SIDE),
            optional("height", SIDE),
            FORMAT,
            QUALITY,
        ],
    ),
    drawn(
        Kind::Composite,
        "image.composite",
        &[
            optional("image", Type::Image),
            optional("width", SIDE),
            optional("height", SIDE),
            optional("background", Type::Color),
            required("layers", Type::Records { fields: LAYER, most: 20 }),
            defaulted("format", Type::Choice(FORMATS), "\"png\""),
            QUALITY,
        ],
    ),
    drawn(
        Kind::Grade,
        "image.grade",
        &[
            required("image", Type::Image),
            required("lut", Type::Lut),
            defaulted("intensity", SHARE, "1"),
            FORMAT,
            QUALITY,
        ],
    ),
    drawn(
        Kind::Print,
        "image.print",
        &[
            required("image", Type::Image),
            required("width_mm", Type::Number { min: 1.0, max: 5_000.0 }),
            required("height_mm", Type::Number { min: 1.0, max: 5_000.0 }),
            defaulted("dpi", Type::Integer { min: 36, max: 1_200 }, "300"),
            defaulted("bleed_mm", Type::Number { min: 0.0, max: 50.0 }, "0"),
            FOCUS,
            defaulted("allow_upscale", Type::Boolean, "false"),
            defaulted("format", Type::Choice(&["png", "tiff"]), "\"png\""),
            defaulted("color", Type::Choice(&["srgb", "cmyk"]), "\"srgb\""),
            // Of inks alone, so that a document which says neither asks for none.
            optional("intent", Type::Choice(INTENTS)),
            optional("black", Type::Choice(&["rich", "pure"])),
        ],
    ),
    Spec {
        kind: Kind::Template,
        name: "text.template",
        function: Function::Step,
        // Nobody judged the words.
        deterministic: false,
        params: &[required("text", PROMPT)],
        outputs: &[output("text", PortType::Text)],
        deadline_s: 300,
        floor_micros: 0,
        ceiling_slot_s: 0,
    },
    Spec {
        kind: Kind::Moderation,
        name: "gate.moderation",
        function: Function::Gate,
        deterministic: false,
        params: &[
            optional("prompt", PROMPT),
            optional("images", Type::Images),
            defaulted("accept_unjudged", Type::Boolean, "false"),
            optional("terms", Type::Texts { most: 1_000, each: 200 }),
        ],
        outputs: &[output("verdict", PortType::Json)],
        deadline_s: 300,
        floor_micros: 0,
        ceiling_slot_s: 0,
    },
    Spec {
        kind: Kind::Quality,
        name: "gate.quality",
        function: Function::Gate,
        deterministic: false,
        params: &[
            required("images", Type::Images),
            optional("min_width", SIDE),
            optional("min_height", SIDE),
            optional("max_width", SIDE),
            optional("max_height", SIDE),
            // Of the source, as `image.print` notes it in its file.
            optional("min_dpi", Type::Integer { min: 1, max: 1_200 }),
            optional("max_bytes", Type::Integer { min: 1, max: 1 << 30 }),
            optional("format", Type::Choice(FILES)),
            // What its colours are mixed from, and whether a profile says how.
            optional("color", Type::Choice(&["gray", "rgb", "cmyk"])),
            optional("icc", Type::Boolean),
            optional("sharpness_min", Type::Number { min: 0.0, max: 1_000_000.0 }),
            // Mean luma, 0 black to 255 white.
            optional("exposure_min", Type::Number { min: 0.0, max: 255.0 }),
            optional("exposure_max", Type::Number { min: 0.0, max: 255.0 }),
            // Shares of the picture: burnt out or drowned, and of nearly one colour.
            optional("clipped_max", Type::Number { min: 0.0, max: 1.0 }),
            optional("uniform_max", Type::Number { min: 0.0, max: 1.0 }),
        ],
        outputs: &[output("verdict", PortType::Json)],
        deadline_s: 300,
        floor_micros: 0,
        ceiling_slot_s: 0,
    },
    Spec {
        kind: Kind::Publish,
        name: "publish",
        function: Function::Publish,
        deterministic: false,
        params: &[
            required("assets", Type::Images),
            required("target", Type::Target),
            // Of an order for print: what a caller decides, unlike where it goes.
            optional("copies", Type::Integer { min: 1, max: 100_000 }),
            optional("ship_to", Type::Object),
        ],
        outputs: &[output("publications", PortType::Json)],
        deadline_s: 600,
        floor_micros: 0,
        ceiling_slot_s: 0,
    },
];
