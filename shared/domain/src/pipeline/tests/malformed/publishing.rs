//! What is published, after which verdict, and where to.

use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        "\"{{ inputs.photo }}\"] } }\n  good",
        "\"{{ generate.image }}\"] } }\n  good",
        &[
            r#"line 13, /steps/publish/with/assets/1: {{ inputs.photo }} would be published without a verdict — add a gate with images: "{{ inputs.photo }}" (or what it is resized or converted from) and name that gate under publish's after"#,
        ],
    ),
    (
        "after: [safe, good]",
        "after: [good]",
        &[
            "line 13, /steps/publish/after: publish does not wait for safe, the gate of its assets — write after: [good, safe]",
        ],
    ),
    (
        r#"["{{ ladder.images }}", "{{ inputs.photo }}"], target"#,
        r#""{{ generate.image }}", target"#,
        &[
            "line 10, /steps/ladder: ladder works for nothing: nobody uses its images — gate or publish {{ ladder.images }}, use it in another step, or take ladder out",
            r#"line 13, /steps/publish/with/assets: {{ generate.image }} would be published without a verdict — add a gate with images: "{{ generate.image }}" (or what it is resized or converted from) and name that gate under publish's after"#,
        ],
    ),
    (
        ", target: { kind: s3, prefix: heroes }",
        "",
        &[
            "line 13, /steps/publish/with/target: publish needs target — add target: { kind: s3 } or { kind: webhook, url: https://… }",
        ],
    ),
    (
        "{ kind: s3, prefix: heroes }",
        "s3",
        &[
            r#"line 13, /steps/publish/with/target: the target is "s3" — make it a mapping: { kind: s3 } or { kind: webhook, url: https://… }"#,
        ],
    ),
    (
        "{ kind: s3, prefix: heroes }",
        "{ prefix: heroes }",
        &[
            "line 13, /steps/publish/with/target/kind: the target has no kind — add kind: s3, kind: webhook or kind: print-partner",
        ],
    ),
    (
        "{ kind: s3, prefix: heroes }",
        "{ kind: ftp, prefix: heroes }",
        &[
            r#"line 13, /steps/publish/with/target/kind: there is no target kind "ftp" — use s3, webhook or print-partner"#,
        ],
    ),
    (
        "prefix: heroes",
        "prefix: /heroes/",
        &[
            r#"line 13, /steps/publish/with/target/prefix: the target's prefix is "/heroes/" — use a path of a-z, A-Z, 0-9, -, _ and . between single slashes, such as heroes/2026"#,
        ],
    ),
    (
        "prefix: heroes",
        "prefx: heroes",
        &[
            "line 13, /steps/publish/with/target/prefx: a target of kind s3 has no field prefx — did you mean prefix?",
        ],
    ),
    (
        "prefix: heroes",
        "name_by: title",
        &[
            r#"line 13, /steps/publish/with/target/name_by: the target's name_by is "title" — use key (a stable name) or hash (a name that follows the bytes)"#,
        ],
    ),
    (
        "prefix: heroes",
        "latest: 1",
        &[
            "line 13, /steps/publish/with/target/latest: the target's latest is 1 — use true or false",
        ],
    ),
    (
        "prefix: heroes",
        "cache_control: 60",
        &[
            "line 13, /steps/publish/with/target/cache_control: the target's cache_control is 60 — use a Cache-Control value, such as public, max-age=31536000, immutable",
        ],
    ),
    (
        "{ kind: s3, prefix: heroes }",
        "{ kind: webhook }",
        &["line 13, /steps/publish/with/target/url: the webhook has no url — add url: https://…"],
    ),
    (
        "{ kind: s3, prefix: heroes }",
        "{ kind: webhook, url: http://example.com/hook }",
        &[
            r#"line 13, /steps/publish/with/target/url: the webhook's url "http://example.com/hook" does not use https — use https://HOST/PATH without user name, blanks or #"#,
        ],
    ),
    (
        "{ kind: s3, prefix: heroes }",
        "{ kind: webhook, url: 'https://user:pass@example.com/' }",
        &[
            "line 13, /steps/publish/with/target/url: the webhook's url carries a user name — use https://HOST/PATH without user name, blanks or #",
        ],
    ),
    (
        "{ kind: s3, prefix: heroes }",
        "{ kind: webhook, url: 'https:///hook' }",
        &[
            r#"line 13, /steps/publish/with/target/url: the webhook's url "https:///hook" names no host — use https://HOST/PATH without user name, blanks or #"#,
        ],
    ),
    (
        "{ kind: s3, prefix: heroes }",
        "{ kind: webhook, url: 'https://example.com/a b' }",
        &[
            r#"line 13, /steps/publish/with/target/url: the webhook's url "https://example.com/a b" holds characters that a URL cannot — use https://HOST/PATH without user name, blanks or #"#,
        ],
    ),
    (
        "{ kind: s3, prefix: heroes }",
        "{ kind: webhook, url: 'https://example.com/', secret: x }",
        &[
            "line 13, /steps/publish/with/target/secret: a target of kind webhook has no field secret — use kind or url",
        ],
    ),
    (
        "{ kind: s3, prefix: heroes }",
        "{ kind: s3, prefix: heroes }, copies: 2",
        &[
            "line 13, /steps/publish/with/copies: copies means nothing for a target of kind s3 — take it out",
        ],
    ),
    (
        "{ kind: s3, prefix: heroes }",
        "{ kind: print-partner, url: 'https://example.com/v1?x=1' }",
        &[
            r#"line 13, /steps/publish/with/ship_to: publish does not say where the prints go — add ship_to: "{{ inputs.NAME }}", an input of type json, or the address itself"#,
            "line 13, /steps/publish/with/assets/0: {{ ladder.images }} was not made for paper — order what an image.print step gives: a printer needs its size and bleed",
            "line 13, /steps/publish/with/assets/1: {{ inputs.photo }} was not made for paper — order what an image.print step gives: a printer needs its size and bleed",
            "line 13, /steps/publish/with/target/product: the target's product is empty — use the partner's own name for it, up to 100 of a-z, A-Z, 0-9, -, _, . and /",
            "line 13, /steps/publish/with/target/url: the print partner's url has a query — give the address that /orders is put behind",
        ],
    ),
];
