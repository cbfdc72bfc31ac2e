//! What each target is given of one and the same post.

use super::*;
use serde_json::json;

const BODY: &str = "Brew it **slowly**, as [the guide](https://a.example.com/guide) says. {{ not liquid }}\n\n\
                    ![Leaves](media:1)\n\n- warm the pot\n- wait";

fn content() -> Content {
    Content {
        title: Some("Morning \"tea\"".into()),
        body: BODY.into(),
        summary: Some("How to brew.".into()),
        tags: ["Tea", "Slow mornings"].map(str::to_owned).to_vec(),
        media: vec![picture(1), Medium { caption: Some("Dry leaves".into()), ..picture(2) }],
        embeds: vec![Embed {
            kind: EmbedKind::Video,
            url: "https://v.example.com/1".into(),
            title: Some("Film".into()),
        }],
        canonical_url: Some("https://a.example.com/tea".into()),
        language: Some("en".into()),
        ..Content::default()
    }
}

fn made(
    target: &str,
    content: &Content,
    settings: &Value,
) -> Result<Form, Vec<crate::pipeline::Problem>> {
    let shape = |_: &Medium| {
        let (width, height) = (Some(1200), Some(800));
        Some(Shape { media_type: "image/png".into(), bytes: 90_000, width, height, seconds: None })
    };
    let settings = settings.as_object().unwrap();
    let making = Making { id: "pub_0123456789abcdef", shape: &shape, ai: true, settings };
    form(Able::of(target).unwrap(), content, &making)
}

fn body(target: &str) -> String {
    let form = made(target, &content(), &json!({})).unwrap();
    form.body.unwrap().with(&["https://m.example.com/1".into(), "https://m.example.com/2".into()])
}

#[test]
fn every_target_is_given_a_form_of_its_own() {
    for able in Able::all() {
        let form = made(able.target, &content(), &json!({})).unwrap();
        assert_eq!(form.body.is_some(), form.pieces.is_empty(), "{}", able.target);
        assert_eq!(form.media.len(), 2, "{}", able.target);
        assert_eq!((form.disclosed.ai, form.disclosed.flag), (true, able.flag.is_some()));
        let again = made(able.target, &content(), &json!({})).unwrap();
        assert_eq!(form, again, "{}", able.target);
    }
}

#[test]
fn wordpress_is_given_html_with_an_embed_alone_on_its_line() {
    let expected = "<p>Brew it <strong>slowly</strong>, as <a href=\"https://a.example.com/guide\">the guide</a> says. {{ not liquid }}</p>\n\
                    <p><img src=\"https://m.example.com/2\" alt=\"Leaves\" /></p>\n\
                    <ul>\n<li>warm the pot</li>\n<li>wait</li>\n</ul>\n\n\nhttps://v.example.com/1\n\n\n\
                    <p><em>Made with AI.</em></p>";
    assert_eq!(body("wordpress"), expected);
    let form = made("wordpress", &content(), &json!({})).unwrap();
    assert_eq!(form.slug.as_deref(), Some("morning-tea-89abcdef"));
    assert!(form.media[0].cover && !form.media[1].cover);
    assert_eq!(form.tags, ["tea", "slow-mornings"]);
}

#[test]
fn dev_to_is_given_front_matter_and_liquid_tags_of_ours_alone() {
    let expected = "---\ntitle: \"Morning \\\"tea\\\"\"\npublished: true\ndescription: \"How to brew.\"\n\
                    tags: \"tea, slowmornings\"\ncanonical_url: \"https://a.example.com/tea\"\n\
                    cover_image: \"https://m.example.com/1\"\n---\n\n\
                    Brew it **slowly**, as [the guide](https://a.example.com/guide) says. \
                    {% raw %}{{{% endraw %} not liquid }}\n\n![Leaves](https://m.example.com/2)\n\n\
                    - warm the pot\n- wait\n\n{% embed https://v.example.com/1 %}\n\n*Made with AI.*";
    assert_eq!(body("devto"), expected);
    let draft = made("devto", &content(), &json!({ "status": "draft" })).unwrap();
    assert!(draft.body.unwrap().text.contains("published: false"));
}

#[test]
fn each_shows_an_embed_its_own_way() {
    assert!(body("hashnode").contains("\n%[https://v.example.com/1]\n"));
    assert!(body("paragraph").contains("\nhttps://v.example.com/1\n"));
    assert!(body("strapi").contains("\n[Film](<https://v.example.com/1>)\n"));
    assert!(body("ghost").contains("<p><a href=\"https://v.example.com/1\">Film</a></p>"));
    let ghost = made("ghost", &content(), &json!({})).unwrap();
    assert!(ghost.changed.contains(&Note::new("/embeds/0", "is a link there")));
}

#[test]
fn x_is_given_its_flag_and_addresses_in_words() {
    let form = made("x", &content(), &json!({})).unwrap();
    let expected = "Brew it slowly, as the guide https://a.example.com/guide says. {{ not liquid }}\n\n\
                    • warm the pot\n• wait\n\nhttps://a.example.com/tea\nhttps://v.example.com/1\n\n#Tea #SlowMornings";
    assert_eq!(form.pieces, [Piece { text: expected.into(), facets: Vec::new() }]);
    assert!(form.disclosed.flag && form.disclosed.text.is_none());
    let alts: Vec<&str> = form.media.iter().map(|medium| medium.alt.as_str()).collect();
    assert_eq!(alts, ["Cup 1", "Cup 2"]);
}

#[test]
fn bluesky_is_given_facets_and_a_card_where_there_are_no_media() {
    let form = made("bluesky", &content(), &json!({})).unwrap();
    assert!(form.card.is_none() && form.pieces[0].text.contains("Made with AI."));
    assert!(form.pieces[0].text.ends_with("https://v.example.com/1\n\n#Tea #SlowMornings"));
    let bare = Content { media: Vec::new(), ..content() };
    let form = made("bluesky", &bare, &json!({})).unwrap();
    let card = form.card.unwrap();
    assert_eq!((card.url.as_str(), card.title.as_str()), ("https://v.example.com/1", "Film"));
    assert!(!form.pieces[0].text.contains("v.example.com"));
    let marked: Vec<&str> = form.pieces[0]
        .facets
        .iter()
        .map(|facet| &form.pieces[0].text[facet.start..facet.end])
        .collect();
    assert_eq!(marked, ["the guide", "https://a.example.com/tea", "#Tea", "#SlowMornings"]);
}

#[test]
fn linkedin_is_given_little_text() {
    let text = made("linkedin", &content(), &json!({})).unwrap().pieces.remove(0).text;
    assert!(
        text.contains("\\{\\{ not liquid \\}\\}")
            && text.ends_with("{hashtag|\\#|Tea} {hashtag|\\#|SlowMornings}"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_published_says_where_and_why() {
    let wrong = |target: &str, content: &Content| {
        let problems = made(target, content, &json!({})).unwrap_err();
        problems
            .into_iter()
            .map(|p| format!("{}: {}; {}", p.pointer, p.detail, p.fix))
            .collect::<Vec<_>>()
    };
    let refuse = Content { if_not_flagged: IfNot::Refuse, title: None, ..content() };
    assert_eq!(
        wrong("ghost", &refuse),
        [
            "/if_not_flagged: Ghost has no flag that says that a model made it; take the target out, or say if_not_flagged: text",
            "/title: Ghost publishes articles, and the post has no title; give it a title",
        ]
    );
    assert_eq!(
        wrong("bluesky", &Content::default()),
        ["/body: there is nothing for Bluesky to publish; give the post a body"]
    );
    let long = Content { body: "x".repeat(60_000), ..content() };
    let told = wrong("contentful", &long);
    assert!(
        told[0].starts_with("/body: Contentful takes articles of 50000 bytes, and this has 60"),
        "{told:?}"
    );
}

#[test]
fn a_disclosure_that_is_seen_to_elsewhere_is_not_repeated() {
    let quiet = Content { disclosure: Disclosure::NoneNeeded, ..content() };
    let form = made("bluesky", &quiet, &json!({})).unwrap();
    assert_eq!(form.disclosed, Disclosed::default());
    let german = Content { language: Some("de-AT".into()), ..content() };
    let form = made("bluesky", &german, &json!({})).unwrap();
    assert_eq!(form.disclosed.text.as_deref(), Some("Mit KI erstellt."));
}

#[test]
fn a_short_text_is_made_of_what_the_pipeline_says() {
    let of = |text: &str| {
        let form = made("mastodon", &content(), &json!({ "text": text })).unwrap();
        form.pieces[0].text.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!((of("title"), of("summary")), ("Morning \"tea\"".into(), "How to brew.".into()));
}
