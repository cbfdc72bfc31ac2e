//! What kinds and parameters are for, in the words that an editor shows.

/// What a kind does.
pub(super) fn of_kind(kind: &str) -> &'static str {
    match kind {
        "image.generate" => "Paints a picture from a prompt.",
        "image.remove_background" => "Cuts the subject of a picture out.",
        "image.upscale" => "Makes a picture larger.",
        "video.generate" => "Films a clip from a prompt; it can be watched while it is made.",
        "audio.generate" => "Plays a sound from a prompt; it can be heard while it is made.",
        "image.edit" => "Changes a picture as a prompt says.",
        "audio.speak" => "Speaks words.",
        "audio.separate" => "Takes a part of a sound, such as the voice.",
        "text.generate" => "Writes words from a prompt.",
        "content.moderate" => "Asks a classifier how harmful words and pictures are.",
        "content.score" => "Asks a scorer of your own how good words and pictures are.",
        "image.resize" => "Makes a ladder of sizes and formats.",
        "image.convert" => "Writes the same picture in another format.",
        "image.crop" => "Cuts a part of a picture out, around what must stay in view.",
        "image.composite" => "Draws pictures, colours and words in layers.",
        "image.grade" => "Changes the colours of a picture by a 3D table.",
        "image.print" => "Makes a picture for paper.",
        "text.template" => "Writes words, and keeps them for other steps.",
        "gate.moderation" => "Judges whether prompt and pictures may be shown.",
        "gate.quality" => "Judges whether pictures, a sound or a film are good enough.",
        "gate.policy" => "Judges by a policy: several criteria, and a rule over them.",
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
        ("copies" | "judge" | "moderation" | "endpoint", name) => of_evaluator(name),
        ("terms", "terms") => "Words that must not be there.",
        ("terms", "lists") => "Whether those of the tenant's lists are looked for, too.",
        ("content.moderate" | "content.score", "text") => "The words that are judged.",
        ("content.score", "criterion") => "What the scorer is asked about.",
        ("content.score", "settings") => "What the scorer is told besides.",
        ("gate.policy", "audio") => "The sound that it judges.",
        ("gate.policy", "video") => "The film that it judges.",
        ("gate.policy", "policy") => "The stored policy: NAME, or NAME@VERSION.",
        ("gate.moderation" | "gate.policy", "prompt") => "The words that it judges.",
        ("image.print", "format") => "The file that a printer gets.",
        ("image.print", "color") => "Light or inks; inks need a TIFF.",
        (_, "intent") => "What becomes of colours that paper cannot show.",
        (_, "black") => "Whether greys take all inks, or black alone.",
        ("video.generate", "prompt") => "What the video shows.",
        ("audio.generate", "prompt") => "What the sound is like.",
        ("image.edit", "prompt") => "What is changed.",
        ("text.generate", "prompt") => "What is asked.",
        ("text.generate", "system") => "What holds whatever is asked.",
        ("text.generate", "context") => "Pictures that are shown with the question.",
        ("text.generate", "schema") => "A JSON schema that the answer has to fit.",
        ("text.generate", "temperature") => "How freely it answers.",
        ("text.generate", "top_p") => "The share of likely words that it chooses among.",
        ("text.generate", "max_tokens") => "The longest answer.",
        ("audio.speak", "text") => "The words.",
        ("audio.speak", "voice") => "Whose voice, as the vendor names it.",
        ("audio.speak", "language") => "The language, such as en or pt-BR.",
        (_, "audio") => "The sound that it works on.",
        (_, "stem") => "The part that is taken.",
        (_, "negative_prompt") => "What must not be there.",
        (_, "transparent") => "Whether the background is transparent.",
        (_, "mask") => "Where it may be changed: there it is transparent.",
        ("video.generate", "image") => "The picture that it begins with.",
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
        (_, "targets") => {
            "Where to, each a step of its own in a job: one that fails leaves the others going."
        }
        (_, "post.entry") => {
            "The entry that gets the picture, by its id there; then nothing is posted."
        }
        (_, "post.title") => "Its title, in plain words.",
        (_, "post.body") => {
            "Its text, in Markdown; ![words](media:0) shows the first of its media there."
        }
        (_, "post.summary") => "A sentence or two of it, in plain words.",
        (_, "post.tags") => "What it is about, in words without #.",
        (_, "post.media") => "Its pictures, films and sounds; the first picture is the cover.",
        (_, "post.embeds") => "What of elsewhere is shown in it.",
        (_, "post.canonical_url") => "Where it is at home.",
        (_, "post.slug") => "Its address in words; made from the title without.",
        (_, "post.language") => "The language, such as en or pt-BR.",
        (_, "post.disclosure") => "Whether people are told that a model made something of it.",
        (_, "post.if_not_flagged") => "What is done at a target without a flag for that.",
        (_, "window.at") => {
            "When it is published, such as 2026-12-01T09:00; with an offset, or in the zone."
        }
        (_, "window.not_before") => "An embargo: nothing of it goes out before, whoever asks.",
        (_, "window.zone") => {
            "Where the clocks are, such as Europe/Berlin; without it the tenant's zone, or UTC."
        }
        (_, "window.hours") => "When it may be published; without it the tenant's hours.",
        (_, "window.any_hour") => "Whether the tenant's hours do not hold.",
        (_, "window.spacing_s") => {
            "Least seconds to what else keeps its distance at the same account or target."
        }
        (_, "window.approved_by") => {
            "Until when all that it waits for must be done; the same as at without it."
        }
        (_, "window.else") => {
            "What is done where it was not: nothing is published, in the next hours, or at once."
        }
        ("record", "days") => "The days that the hours begin on; every day without.",
        ("record", "from") => "When the hours begin, such as 09:00.",
        ("record", "to") => {
            "When they are over, such as 17:30; before from it is that time of the next day."
        }
        ("entry", "asset") => "A picture, film or sound.",
        ("entry", "alt") => "What is to be seen or heard, for those who cannot.",
        ("entry", "caption") => "What is written below it.",
        ("entry", "focal") => "The point that a crop keeps, as shares from the top left.",
        ("entry", "url") => "Where it is.",
        ("entry", "kind") => "What it is.",
        ("entry", "title") => "What it is called.",
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

fn of_evaluator(name: &str) -> &'static str {
    match name {
        "against" => "The sets of pictures that it compares with.",
        "distance" => "Bits of 64 that may differ in the same picture.",
        "near" => "Bits of 64 up to which a person looks.",
        "model" => "Who is asked: vendor and model.",
        "rubric" => "What a good one is like, in words.",
        "lettering" => "What becomes of its word where pictures have words on them.",
        "settings" => "What your scorer is told besides, as it is.",
        "deadline_s" => "After so many seconds it counts as not answered.",
        _ => "",
    }
}

fn of_quality(name: &str) -> &'static str {
    match name {
        "images" => "The pictures that it judges.",
        "audio" => "The sound that it judges.",
        "video" => "The film that it judges, with its sound.",
        "loudness_min" | "loudness_max" => "Integrated loudness by EBU R 128, in LUFS.",
        "true_peak_max" => "True peak in dBTP; EBU R 128 asks for -1.",
        "silence_max" => "The share of a sound that may be silent; 0.95 without.",
        "min_seconds" | "max_seconds" => "How long a sound or a film plays.",
        "fps_min" => "Frames a second.",
        "black_max_s" => "Seconds of black in a row.",
        "frozen_max_s" => "Seconds in a row in which a film stands still.",
        "min_width" | "min_height" | "max_width" | "max_height" => "In pixels.",
        "min_dpi" => "Of the source, as image.print notes it.",
        "max_bytes" => "The largest file.",
        "format" => "The format that it must be.",
        "color" => "What its colours must be mixed from.",
        "icc" => "Whether a colour profile must be embedded, or must not.",
        "sharpness_min" => "Below it a picture is blurred.",
        "exposure_min" | "exposure_max" => "Mean luma: 0 black, 255 white.",
        "clipped_max" => "The share that may be burnt out or drowned; of a sound, cut off.",
        "uniform_max" => "The share that may be of nearly one colour.",
        "transparent" => "Whether it must be transparent somewhere, or nowhere.",
        "border_max" => "The share of a side that a bar of one colour may take.",
        "noise_max" => "Standard deviation of noise in luma; above 8 grain is seen.",
        "blocks_max" => "How much the blocks of a heavy JPEG may show; 0.3 is a quality of 40.",
        _ => "",
    }
}
