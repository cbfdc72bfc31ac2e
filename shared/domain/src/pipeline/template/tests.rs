//! What templates can say, and what they cannot.

use super::*;
use serde_json::{Map, Value, json};

fn rendered(text: &str, values: Value) -> Result<String, String> {
    assert!(names(text).is_ok(), "{:?}", names(text));
    render(text, values.as_object().unwrap_or(&Map::new()))
}

fn named(text: &str) -> Vec<String> {
    let names = names(text).unwrap();
    let told = |name: Name| match name.tail {
        Some(tail) => format!("{}.{tail}", name.head),
        None => name.head,
    };
    names.into_iter().map(told).collect()
}

#[track_caller]
fn slips(text: &str, detail: &str) {
    let slip = names(text).unwrap_err();
    assert_eq!(slip.detail, detail, "{text}");
    assert!(!slip.fix.is_empty());
}

#[test]
fn values_are_written_into_words() {
    let values = json!({ "inputs": { "name": "Kite", "n": 3, "half": 0.5, "list": ["a", "b"] } });
    for (text, expected) in [
        ("A {{ inputs.name }}!", "A Kite!"),
        ("{{ inputs.name | upper }} × {{ inputs.n }}, {{ inputs.half }}", "KITE × 3, 0.5"),
        ("{% for x in inputs.list %}{{ loop.index }}{{ x }} {% endfor %}", "1a 2b "),
        ("{% if inputs.n > 2 %}many{% else %}few{% endif %}", "many"),
        ("{{ inputs.list | join(', ') }}", "a, b"),
        ("{{ inputs.gone | default('none') }}", "none"),
        ("{{ 'in' if 'a' in inputs.list else 'out' }}", "in"),
        ("{% raw %}{{ braces }}{% endraw %}", "{{ braces }}"),
        ("{{ inputs['name'] | replace('K', 'B') | title }}", "Bite"),
    ] {
        assert_eq!(rendered(text, values.clone()).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn a_value_that_looks_like_a_template_is_a_value() {
    let values = json!({ "inputs": { "a": "{{ inputs.b }}{% set x = 1 %}", "b": "secret" } });
    let text = "({{ inputs.a }})";
    assert_eq!(rendered(text, values).unwrap(), "({{ inputs.b }}{% set x = 1 %})");
}

#[test]
fn what_is_named_is_known_and_loops_bring_names_of_their_own() {
    assert_eq!(
        named(
            "{{ inputs.captions[locale] }} {% for a, b in inputs.list %}{{ a.x }}{{ b }}{% endfor %}{{ a }} \
             {{ labels['of.shop'] }} {{ caption.text | default(inputs.title) }} {{ inputs[locale] }}"
        ),
        [
            "a",
            "caption.text",
            "inputs",
            "inputs.captions",
            "inputs.list",
            "inputs.title",
            "labels.of.shop",
            "locale"
        ]
    );
}

#[test]
fn nothing_can_grow_call_or_reach_outside() {
    for (text, detail) in [
        ("{% set a = 1 %}", "templates have no {% set %}"),
        ("{% set a %}x{% endset %}", "templates have no {% set %}"),
        ("{% with a = 1 %}{% endwith %}", "templates have no {% with %}"),
        ("{% filter upper %}x{% endfilter %}", "templates have no {% filter %}"),
        ("{% autoescape true %}x{% endautoescape %}", "templates have no {% autoescape %}"),
        ("{% for a in b recursive %}{% endfor %}", "templates have no a recursive loop"),
        ("{% include 'x' %}", "this is no template: unknown statement include"),
        ("{% macro a() %}{% endmacro %}", "this is no template: unknown statement macro"),
        ("{{ a ~ b }}", "templates have no ~"),
        ("{{ 'x' * 1000000000 }}", "templates have no *"),
        ("{{ range(9) }}", "templates call nothing"),
        ("{{ a.b() }}", "templates call nothing"),
        ("{% do a() %}", "templates have no {% do %}"),
        ("{{ {'a': 1} }}", "templates have no mappings"),
        ("{{ a | format }}", "there is no filter format"),
        ("{{ a is odd }}", "there is no test odd"),
        ("{{ a | replace(*b) }}", "an argument has a name or a star"),
    ] {
        slips(text, detail);
    }
}

#[test]
fn a_slip_has_its_line() {
    let slip = names("one\ntwo {{ a\n| }}").unwrap_err();
    assert_eq!(slip.line, 3, "{slip:?}");
    assert_eq!(names("one\ntwo {% set a = 1 %}").unwrap_err().line, 2);
}

#[test]
fn work_and_size_are_bounded() {
    let long = "x".repeat(RENDERED_MOST);
    let values = json!({ "inputs": { "long": long, "list": vec![1; 20_000] } });
    let exactly = rendered("{{ inputs.long }}", values.clone());
    assert_eq!(exactly.map(|text| text.len()), Ok(RENDERED_MOST));
    let full = Err("it gives more than 8192 bytes".to_owned());
    assert_eq!(rendered("{{ inputs.long }}!", values.clone()), full);
    let chain = "{{ inputs.long".to_owned() + &"|replace('x','xx')".repeat(60) + " }}";
    assert_eq!(rendered(&chain, values.clone()), full);
    assert_eq!(rendered("{{ inputs.list|join(inputs.long) }}", values.clone()), full);
    let around = "{% for a in inputs.list %}{% endfor %}";
    assert_eq!(rendered(around, values), Err("it takes more than 10000 steps".into()));
}

#[test]
fn what_is_missing_or_no_text_is_told() {
    let values = json!({ "inputs": { "list": [], "map": {}, "none": null } });
    for (text, why) in [
        ("{{ inputs.gone }}", "something that it names is not there"),
        ("{{ inputs.map.gone.deep }}", "something that it names is not there"),
        ("{{ inputs.list }}", "what is to be written is a list"),
        ("{{ inputs.map }}", "what is to be written is a mapping"),
        ("{{ inputs.none }}", "what is to be written is nothing"),
    ] {
        assert_eq!(rendered(text, values.clone()), Err(why.into()), "{text}");
    }
}
