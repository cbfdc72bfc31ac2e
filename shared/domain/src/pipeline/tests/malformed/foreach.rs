//! Steps for each item of a list: no list, a wrong name, one taken where many are, many where one is.

use super::super::fanned::CARDS;
use super::{Case, said};

const CASES: &[Case] = &[
    (
        r#"foreach: { locale: "{{ inputs.locales }}" }"#,
        "foreach: locales",
        &[
            r#"line 11, /steps/caption/foreach: foreach is "locales" — make it a mapping of one name, such as { locale: "{{ inputs.locales }}" } or { locale: [en, de] }"#,
        ],
    ),
    (
        r#"foreach: { locale: "{{ inputs.locales }}" }"#,
        "foreach: { a: [x], b: [y] }",
        &[
            r#"line 11, /steps/caption/foreach: foreach has 2 names — give it one, such as { locale: "{{ inputs.locales }}" } or { locale: [en, de] }"#,
        ],
    ),
    (
        r#"foreach: { locale: "{{ inputs.locales }}" }"#,
        "foreach: { locale: 3 }",
        &[
            r#"line 11, /steps/caption/foreach/locale: the list of foreach is 3 — use "{{ inputs.NAME }}" of a json input, or a list of at most 50 words"#,
        ],
    ),
    (
        r#"foreach: { locale: "{{ inputs.locales }}" }"#,
        "foreach: { locale: [] }",
        &[
            "line 11, /steps/caption/foreach/locale: the list of foreach is an empty list — give a list of words, or of objects with a key",
        ],
    ),
    (
        r#"foreach: { locale: "{{ inputs.locales }}" }"#,
        "foreach: { locale: [en, [de]] }",
        &[
            "line 11, /steps/caption/foreach/locale/1: the list of foreach has an item that is a list — make each a word, or an object with a word as its key",
        ],
    ),
    (
        r#"foreach: { locale: "{{ inputs.locales }}" }"#,
        "foreach: { inputs: [en] }",
        &[
            "line 11, /steps/caption/foreach/inputs: foreach calls its item inputs, which means something else — call it something else, such as item",
        ],
    ),
    (
        r#"foreach: { locale: "{{ inputs.locales }}" }"#,
        "foreach: { Locale: [en] }",
        &[
            r#"line 11, /steps/caption/foreach/Locale: foreach calls its item "Locale" — call it locale: a lower-case letter, then at most 39 of a-z, 0-9 and _"#,
        ],
    ),
    (
        r#"foreach: { locale: "{{ inputs.locales }}" }"#,
        r#"foreach: { card: "{{ inputs.locales }}" }"#,
        &[
            "line 11, /steps/caption/foreach/card: foreach calls its item card, as a step is called — call one of the two something else",
            "line 13, /steps/caption/with/text: the template names locale, which is nothing — use inputs.NAME, labels.NAME or the text of a step, STEP.text",
            "line 20, /steps/card/with/layers/1/text: {{ caption.text }} is given once for each card, and card takes one — give card the same foreach",
            "line 24, /steps/safe/with/prompt: caption gives a text for each item, and the template takes one — give safe the same foreach",
        ],
    ),
    (
        r#"foreach: { locale: "{{ inputs.locales }}" }"#,
        r#"foreach: { locale: "{{ inputs.locale }}" }"#,
        &[
            "line 11, /steps/caption/foreach/locale: there is no input locale — did you mean {{ inputs.locales }}?",
            "line 20, /steps/card/with/layers/1/text: {{ caption.text }} is given once for each locale, and card takes one — give card the same foreach",
            "line 24, /steps/safe/with/prompt: caption gives a text for each item, and the template takes one — give safe the same foreach",
        ],
    ),
    (
        "locales: { type: json }",
        "locales: { type: text }",
        &[
            "line 11, /steps/caption/foreach/locale: the list of foreach is {{ inputs.locales }}, which is text — make locales an input of type json",
            "line 15, /steps/card/foreach/locale: the list of foreach is {{ inputs.locales }}, which is text — make locales an input of type json",
            "line 22, /steps/safe/foreach/locale: the list of foreach is {{ inputs.locales }}, which is text — make locales an input of type json",
            "line 30, /steps/out/foreach/locale: the list of foreach is {{ inputs.locales }}, which is text — make locales an input of type json",
        ],
    ),
    (
        "locales: { type: json }",
        "locales: { type: json, default: [en, en] }",
        &[
            "line 5, /inputs/locales/default/1: locales, the list of a foreach, names en twice — name each item once",
        ],
    ),
    (
        r#"images: ["{{ card.image }}", "#,
        r#"min_width: "{{ locale }}", images: ["{{ card.image }}", "#,
        &[
            "line 27, /steps/sheet/with/min_width: {{ locale }} is not a reference — write {{ inputs.NAME }} or {{ STEP.PORT }}",
        ],
    ),
    (
        r#"{ image: "{{ cutout.image }}" }"#,
        r#"{ image: "{{ locale.picture }}" }"#,
        &[
            "line 20, /steps/card/with/layers/0/image: image is taken from {{ locale.picture }} — pictures come from steps and inputs of type image",
        ],
    ),
    (
        "  sheet:\n    kind: gate.quality\n",
        "  one: { kind: image.convert, with: { image: \"{{ card.image }}\", format: png } }\n  sheet:\n    kind: gate.quality\n",
        &[
            "line 25, /steps/one/with/image: {{ card.image }} is given once for each locale, and one takes one — give one the same foreach",
        ],
    ),
    (
        "  sheet:\n    kind: gate.quality\n",
        "  sheet:\n    on_fail: { retry: card, attempts: 1 }\n    kind: gate.quality\n",
        &[
            "line 26, /steps/sheet/on_fail/retry: sheet goes back to card, which is done for each locale — give sheet the same foreach",
        ],
    ),
    (
        "  sheet:\n    kind: gate.quality\n",
        "  all_words: { kind: gate.moderation, with: { prompt: \"All: {{ caption.text }}\" } }\n  sheet:\n    kind: gate.quality\n",
        &[
            "line 25, /steps/all_words/with/prompt: caption gives a text for each item, and the template takes one — give all_words the same foreach",
        ],
    ),
    (
        "  sheet:\n    kind: gate.quality\n",
        "  words: { kind: gate.moderation, with: { prompt: x, accept_unjudged: \"{{ safe.verdict }}\" } }\n  sheet:\n    kind: gate.quality\n",
        &[
            "line 25, /steps/words/with/accept_unjudged: {{ safe.verdict }} is given once for each locale, and words takes one — give words the same foreach",
        ],
    ),
    (
        "  sheet:\n    kind: gate.quality\n",
        "  small: { foreach: { n: [{ key: a, width: 9 }, { key: b }] }, kind: image.resize, with: { image: \"{{ cutout.image }}\", width: \"{{ n.width }}\" } }\n  \
         seen: { kind: gate.quality, with: { images: \"{{ small.images }}\" } }\n  sheet:\n    kind: gate.quality\n",
        &[
            "line 25, /steps/small/with/width: the item b has no field width — give it to every item of the list",
        ],
    ),
    (
        "  sheet:\n    kind: gate.quality\n",
        "  small: { foreach: { n: [big] }, kind: image.resize, with: { image: \"{{ cutout.image }}\", width: \"{{ n }}\" } }\n  \
         seen: { kind: gate.quality, with: { images: \"{{ small.images }}\" } }\n  sheet:\n    kind: gate.quality\n",
        &[
            r#"line 25, /steps/small/with/width: n of big is "big" — use a whole number from 1 to 16384"#,
        ],
    ),
    (
        "kind: publish\n    with: { assets: \"{{ card.image }}\", target: { kind: s3 }",
        "kind: publish\n    with: { assets: \"{{ card.image }}\", target: \"{{ locale }}\"",
        &[
            "line 32, /steps/out/with/target: target is taken from {{ locale }} — write the target out: where assets go is part of what is reviewed",
        ],
    ),
    (
        "after: [sheet]\n",
        "after: [sheet]\n    when: card.state == 'succeeded'\n",
        &[
            "line 38, /steps/all/when: card is done for each locale: card.state would be of a list of steps — ask card.exists(one, one.state == …), or all of them with all",
        ],
    ),
];

#[test]
fn the_cards_without_a_slip_are_right() {
    assert_eq!(said(CARDS), [""; 0]);
}

#[test]
fn each_slip_with_a_list_is_told_with_its_place_and_its_mend() {
    let mut wrong = Vec::new();
    for (find, replace, expected) in CASES {
        assert!(CARDS.contains(find), "{find:?} is not in the document");
        let said = said(&CARDS.replacen(find, replace, 1));
        if said != *expected {
            wrong.push(format!("{find:?} replaced by {replace:?}:\n  {}", said.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
