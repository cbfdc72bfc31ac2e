//! What kinds and parameters are for, in the words that an editor shows.

/// What a kind does.
pub(super) fn of_kind(kind: &str) -> &'static str {
    match kind {
        "image.generate" => "Paints a picture from a prompt.",
        "image.remove_background" => "Cuts the subject of a picture out.",
        "image.upscale" => "Makes a picture larger.",
        "video.generate" => "Films a clip from a prompt; it can be watched while it is made.",
        "audio.generate" => "Plays a sound from a prompt; it can be heard while it is made.",
        "image.resize" => "Makes a ladder of sizes and formats.",
        "image.convert" => "Writes the same picture in another format.",
        "image.crop" => "Cuts a part of a picture out, around what must stay in view.",
        "image.composite" => "Draws pictures, colours and words in layers.",
        "image.grade" => "Changes the colours of a picture by a 3D table.",
        "image.print" => "Makes a picture for paper.",
        "text.template" => "Writes words, and keeps them for other steps.",
        "gate.moderation" => "Judges whether prompt and pictures may be shown.",
        "gate.quality" => "Judges whether pictures are good enough.",
        "publish" => "Sends assets to a target.",
        _ => "",
    }
}

/// What a parameter of a kind, or a field of a layer or of a record, is for.
pub(super) fn of_param(owner: &str, name: &str) -> &'static str {
    match (owner, name) {
        ("layer", name) => of_layer(name),
        ("image.composite", "image") => "The canvas.",
        ("image.composite", "width" | "height") => "The canvas's side in pixels, without an image.",
        ("gate.quality", name) => of_quality(name),
        ("text.template", "text") => "The words, with values among them.",
        ("gate.moderation", "prompt") => "The words that it judges.",
        ("image.print", "format") => "The file that a printer gets.",
        ("image.print", "color") => "Light or inks; inks need a TIFF.",
        (_, "intent") => "What becomes of colours that paper cannot show.",
        (_, "black") => "Whether greys take all inks, or black alone.",
        ("video.generate", "prompt") => "What the video shows.",
        ("audio.generate", "prompt") => "What the sound is like.",
        (_, "seconds") => "How long it plays.",
        (_, "fps") => "Pictures in a second.",
        (_, "prompt") => "What the picture shows.",
        (_, "model") => "The model that makes it.",
        (_, "width" | "height") => "In pixels.",
        (_, "seed") => "The same prompt and seed give the same result.",
        (_, "preview") => "Whether previews are shown while it is made.",
        (_, "test") => "Faults that the sketch backend shows when told to.",
        (_, "image") => "The picture that it works on.",
        (_, "images") => "The pictures that it judges.",
        (_, "factor") => "How many times larger.",
        (_, "widths") => "The widths of the ladder, in pixels.",
        (_, "formats") => "The formats of each size; the source's where none is told.",
        (_, "format") => "The format; the source's where none is told.",
        (_, "quality") => "Of the encoding: 1 small, 100 good.",
        (_, "fit") => "Whether it lies within the box or fills it.",
        (_, "focus") => "What must stay in view, as shares from the top left.",
        (_, "aspect") => "The proportions that are kept.",
        (_, "background") => "The canvas's colour; transparent without.",
        (_, "layers") => "What is drawn, the first one first.",
        (_, "lut") => "The table of colours.",
        (_, "intensity") => "How much of it: 0 nothing, 1 all.",
        (_, "width_mm" | "height_mm") => "The paper after trimming, in millimetres.",
        (_, "dpi") => "Dots per inch.",
        (_, "bleed_mm") => "Around the paper, in millimetres.",
        (_, "allow_upscale") => "Whether a source with too few pixels is enlarged.",
        (_, "accept_unjudged") => "That nobody judges what the pictures show is known.",
        (_, "terms") => "Words that must not be in the prompt, besides the tenant's.",
        (_, "assets") => "What is published.",
        (_, "target") => "Where to.",
        (_, "copies") => "How many prints are ordered.",
        (_, "ship_to") => "Where prints are sent, as the partner wants it.",
        _ => "",
    }
}

fn of_layer(name: &str) -> &'static str {
    match name {
        "image" => "A picture.",
        "text" => "Words.",
        "gradient" => "From one colour to another.",
        "color" => "Fills the box; of a text, its ink.",
        "width" | "height" => "The box, in pixels.",
        "scale" => "How many times larger.",
        "size" => "The height of the letters, in pixels.",
        "weight" => "Of the letters.",
        "align" => "Of the lines.",
        "anchor" => "That point of the layer on that point of the canvas.",
        "x" => "Pixels to the right of there.",
        "y" => "Pixels down from there.",
        "opacity" => "0 invisible, 1 opaque.",
        "blend" => "How it mixes with what is below.",
        "shadow" => "What it casts.",
        _ => "",
    }
}

fn of_quality(name: &str) -> &'static str {
    match name {
        "images" => "The pictures that it judges.",
        "min_width" | "min_height" | "max_width" | "max_height" => "In pixels.",
        "min_dpi" => "Of the source, as image.print notes it.",
        "max_bytes" => "The largest file.",
        "format" => "The format that it must be.",
        "color" => "What its colours must be mixed from.",
        "icc" => "Whether a colour profile must be embedded, or must not.",
        "sharpness_min" => "Below it a picture is blurred.",
        "exposure_min" | "exposure_max" => "Mean luma: 0 black, 255 white.",
        "clipped_max" => "The share that may be burnt out or drowned.",
        "uniform_max" => "The share that may be of nearly one colour.",
        _ => "",
    }
}
