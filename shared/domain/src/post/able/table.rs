//! The capability table: one row per target, each with its source and the day it was held against it.

use super::{
    Able, By, Count, Embeds, Image, Links, Lookup, Media, Played, Spelt, Tags, Text, Verbs,
};
use crate::post::Format;

const AS_OF: &str = "2026-11-20";
const MB: u64 = 1_000_000;

const PNG: &str = "image/png";
const JPEG: &str = "image/jpeg";
const WEBP: &str = "image/webp";
const AVIF: &str = "image/avif";
const GIF: &str = "image/gif";
const MP4: &str = "video/mp4";
const WEBM: &str = "video/webm";
const MP3: &str = "audio/mpeg";
const WAV: &str = "audio/wav";

const WEB: &[&str] = &[JPEG, PNG, WEBP, GIF];
const MODERN: &[&str] = &[JPEG, PNG, WEBP, AVIF, GIF];

const IMAGE: Image =
    Image { types: WEB, bytes: 20 * MB, side: 2560, pixels: 0, aspect: None, crop: false };
const FILM: Played = Played { types: &[MP4, WEBM], bytes: 64 * MB, seconds: (0.0, 86_400.0) };
const SOUND: Played = Played { types: &[MP3, WAV], bytes: 64 * MB, seconds: (0.0, 86_400.0) };
const MEDIA: Media = Media {
    most: 50,
    by: By::Upload,
    image: Some(IMAGE),
    cover: None,
    video: Some(FILM),
    audio: Some(SOUND),
    alt: Some(1000),
    caption: true,
};
const PICTURES: Media = Media { video: None, audio: None, ..MEDIA };
const SLUGS: Tags = Tags { most: 50, chars: 100, spelt: Spelt::Slug, in_text: false };
const HASHES: Tags = Tags { most: 30, chars: 100, spelt: Spelt::Hash, in_text: true };
const CMS: Verbs = Verbs {
    update: true,
    unpublish: true,
    metrics: false,
    draft: true,
    entry: false,
    lookup: Lookup::Slug,
};
/// One whose entries can be given a picture.
const ENTRIES: Verbs = Verbs { entry: true, ..CMS };
const HTML: Text = Text::Article { format: Format::Html, bytes: 1_000_000 };
const MARKDOWN: Text = Text::Article { format: Format::Markdown, bytes: 1_000_000 };

/// A system of the tenant's own that takes articles, as most of them are.
const ARTICLES: Able = Able {
    target: "",
    name: "",
    version: None,
    as_of: AS_OF,
    source: "",
    title: Some(255),
    summary: Some(1000),
    slug: Some(190),
    text: HTML,
    tags: SLUGS,
    media: MEDIA,
    embeds: Embeds::Link,
    canonical: false,
    flag: None,
    verbs: CMS,
};

/// The table.
pub(super) static TABLE: [Able; 17] = [
    Able {
        target: "s3",
        name: "S3",
        source: "our own: a JSON document and its media in the public bucket",
        text: MARKDOWN,
        tags: Tags { spelt: Spelt::Free, ..SLUGS },
        media: Media { image: Some(Image { types: MODERN, ..IMAGE }), ..MEDIA },
        canonical: true,
        flag: Some("disclosed.ai"),
        verbs: Verbs { draft: false, lookup: Lookup::Key, ..CMS },
        ..ARTICLES
    },
    Able {
        target: "webhook",
        name: "Signed webhook",
        version: Some("Standard Webhooks 1.0.0"),
        source: "https://www.standardwebhooks.com",
        text: MARKDOWN,
        tags: Tags { spelt: Spelt::Free, ..SLUGS },
        media: Media { image: Some(Image { types: MODERN, ..IMAGE }), ..MEDIA },
        canonical: true,
        flag: Some("disclosed.ai"),
        verbs: Verbs {
            entry: false,
            update: false,
            unpublish: false,
            metrics: false,
            draft: false,
            lookup: Lookup::Key,
        },
        ..ARTICLES
    },
    Able {
        target: "wordpress",
        name: "WordPress",
        version: Some("wp/v2"),
        source: "https://developer.wordpress.org/rest-api/reference/posts/",
        embeds: Embeds::Bare,
        verbs: ENTRIES,
        ..ARTICLES
    },
    Able {
        target: "ghost",
        name: "Ghost",
        version: Some("v5.0"),
        source: "https://docs.ghost.org/admin-api/posts/overview",
        summary: Some(300),
        tags: Tags { spelt: Spelt::Free, chars: 191, ..SLUGS },
        media: Media { alt: Some(191), ..MEDIA },
        canonical: true,
        verbs: ENTRIES,
        ..ARTICLES
    },
    Able {
        target: "directus",
        name: "Directus",
        source: "https://directus.io/docs/api/items",
        tags: Tags { spelt: Spelt::Free, ..SLUGS },
        media: Media { image: Some(Image { types: MODERN, ..IMAGE }), ..MEDIA },
        canonical: true,
        verbs: Verbs { lookup: Lookup::Key, ..ENTRIES },
        ..ARTICLES
    },
    Able {
        target: "bluesky",
        name: "Bluesky",
        version: Some("com.atproto"),
        source: "https://docs.bsky.app/docs/advanced-guides/posts and app.bsky.feed.post",
        title: None,
        summary: None,
        slug: None,
        text: Text::Short {
            count: Count::Graphemes { bytes: Some(3000), url: None },
            most: 300,
            thread: 25,
            links: Links::Facets,
        },
        tags: Tags { most: 8, chars: 64, ..HASHES },
        media: Media {
            most: 4,
            image: Some(Image { types: &[JPEG, PNG, WEBP], bytes: 2 * MB, side: 2000, ..IMAGE }),
            video: Some(Played { types: &[MP4], bytes: 300 * MB, seconds: (0.0, 180.0) }),
            audio: None,
            alt: Some(2000),
            caption: false,
            ..MEDIA
        },
        embeds: Embeds::Card,
        verbs: Verbs {
            entry: false,
            update: false,
            unpublish: true,
            metrics: true,
            draft: false,
            lookup: Lookup::Key,
        },
        ..ARTICLES
    },
    Able {
        target: "x",
        name: "X",
        version: Some("2"),
        source: "https://docs.x.com/x-api/posts/create-post and twitter-text 3",
        title: None,
        summary: None,
        slug: None,
        text: Text::Short { count: Count::Weighted, most: 280, thread: 25, links: Links::Bare },
        tags: HASHES,
        media: Media {
            most: 4,
            image: Some(Image { bytes: 5 * MB, side: 4096, ..IMAGE }),
            video: Some(Played { types: &[MP4], bytes: 512 * MB, seconds: (0.5, 140.0) }),
            audio: None,
            alt: Some(1000),
            caption: false,
            ..MEDIA
        },
        embeds: Embeds::Bare,
        flag: Some("made_with_ai"),
        verbs: Verbs {
            entry: false,
            update: false,
            unpublish: true,
            metrics: true,
            draft: false,
            lookup: Lookup::Recent,
        },
        ..ARTICLES
    },
    Able {
        target: "devto",
        name: "dev.to",
        version: Some("application/vnd.forem.api-v1+json"),
        source: "https://developers.forem.com/api/v1",
        title: Some(128),
        summary: Some(150),
        slug: None,
        text: Text::Article { format: Format::FrontMatter, bytes: 800_000 },
        tags: Tags { most: 4, chars: 30, spelt: Spelt::Joined, in_text: false },
        media: Media { by: By::Url, alt: Some(1000), cover: Some(1000.0 / 420.0), ..PICTURES },
        embeds: Embeds::Liquid,
        canonical: true,
        verbs: Verbs { metrics: true, lookup: Lookup::Recent, ..CMS },
        ..ARTICLES
    },
    Able {
        target: "hashnode",
        name: "Hashnode",
        version: Some("gql-beta"),
        source: "https://apidocs.hashnode.com",
        title: Some(250),
        summary: Some(250),
        slug: Some(250),
        text: Text::Article { format: Format::Markdown, bytes: 90_000 },
        tags: Tags { most: 15, chars: 64, spelt: Spelt::Slug, in_text: false },
        media: Media {
            image: Some(Image { bytes: 8 * MB, ..IMAGE }),
            cover: Some(1600.0 / 840.0),
            ..PICTURES
        },
        embeds: Embeds::Percent,
        canonical: true,
        // Its API deletes drafts and no posts.
        verbs: Verbs { unpublish: false, metrics: true, draft: false, ..CMS },
        ..ARTICLES
    },
    Able {
        target: "paragraph",
        name: "Paragraph",
        version: Some("v1"),
        source: "https://paragraph.com/docs/api-reference",
        title: Some(200),
        summary: Some(300),
        text: MARKDOWN,
        media: Media { by: By::Url, ..PICTURES },
        embeds: Embeds::Bare,
        ..ARTICLES
    },
    Able {
        target: "medium",
        name: "Medium (export)",
        source: "https://github.com/Medium/medium-api-docs (its API is closed: a document to import)",
        title: Some(100),
        summary: Some(140),
        slug: None,
        text: Text::Article { format: Format::FrontMatter, bytes: 1_000_000 },
        tags: Tags { most: 5, chars: 25, spelt: Spelt::Free, in_text: false },
        media: Media { by: By::Url, ..PICTURES },
        embeds: Embeds::Bare,
        canonical: true,
        verbs: Verbs { draft: false, lookup: Lookup::Key, ..CMS },
        ..ARTICLES
    },
    Able {
        target: "feed",
        name: "RSS and Atom in S3",
        version: Some("RSS 2.0, Atom 1.0"),
        source: "https://www.rssboard.org/rss-specification and RFC 4287",
        tags: Tags { spelt: Spelt::Free, ..SLUGS },
        media: Media { by: By::Url, ..MEDIA },
        canonical: true,
        verbs: Verbs { draft: false, lookup: Lookup::Key, ..CMS },
        ..ARTICLES
    },
    Able {
        target: "mastodon",
        name: "Mastodon",
        version: Some("v1"),
        source: "https://docs.joinmastodon.org/methods/statuses/",
        title: None,
        summary: None,
        slug: None,
        text: Text::Short {
            count: Count::Graphemes { bytes: None, url: Some(23) },
            most: 500,
            thread: 25,
            links: Links::Bare,
        },
        tags: HASHES,
        media: Media {
            most: 4,
            image: Some(Image { bytes: 16 * MB, side: 3840, pixels: 33_177_600, ..IMAGE }),
            video: Some(Played { types: &[MP4, WEBM], bytes: 99 * MB, ..FILM }),
            audio: Some(Played { bytes: 99 * MB, ..SOUND }),
            alt: Some(1500),
            caption: false,
            ..MEDIA
        },
        embeds: Embeds::Bare,
        verbs: Verbs { metrics: true, draft: false, lookup: Lookup::Key, ..CMS },
        ..ARTICLES
    },
    Able {
        target: "linkedin",
        name: "LinkedIn",
        version: Some("202601"),
        source: "https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api",
        title: None,
        summary: None,
        slug: None,
        text: Text::Short { count: Count::Little, most: 3000, thread: 1, links: Links::Bare },
        tags: HASHES,
        media: Media {
            most: 20,
            image: Some(Image {
                types: &[JPEG, PNG, GIF],
                side: 4320,
                pixels: 36_152_319,
                ..IMAGE
            }),
            video: None,
            audio: None,
            alt: Some(4086),
            caption: false,
            ..MEDIA
        },
        embeds: Embeds::Bare,
        verbs: Verbs { draft: false, lookup: Lookup::Recent, ..CMS },
        ..ARTICLES
    },
    Able {
        target: "strapi",
        name: "Strapi",
        version: Some("5"),
        source: "https://docs.strapi.io/cms/api/rest",
        text: MARKDOWN,
        tags: Tags { spelt: Spelt::Free, ..SLUGS },
        media: Media { image: Some(Image { types: MODERN, ..IMAGE }), ..MEDIA },
        canonical: true,
        verbs: ENTRIES,
        ..ARTICLES
    },
    Able {
        target: "contentful",
        name: "Contentful",
        version: Some("application/vnd.contentful.management.v1+json"),
        source: "https://www.contentful.com/developers/docs/references/content-management-api/",
        text: Text::Article { format: Format::Markdown, bytes: 50_000 },
        tags: Tags { spelt: Spelt::Free, ..SLUGS },
        canonical: true,
        verbs: Verbs { lookup: Lookup::Key, ..ENTRIES },
        ..ARTICLES
    },
    Able {
        target: "sanity",
        name: "Sanity",
        version: Some("v2025-02-19"),
        source: "https://www.sanity.io/docs/http-reference/mutation",
        text: MARKDOWN,
        tags: Tags { spelt: Spelt::Free, ..SLUGS },
        canonical: true,
        verbs: Verbs { lookup: Lookup::Key, ..ENTRIES },
        ..ARTICLES
    },
];
