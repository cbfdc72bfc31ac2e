//! By which schemes webhooks are signed, and what each needs to be told.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

/// Schemes of signatures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// Standard Webhooks: id, time and body.
    #[default]
    Standard,
    /// The body alone, in a header of the sender's choice.
    #[serde(rename = "hmac-sha256")]
    HmacSha256,
    /// Ghost: body and time.
    Ghost,
    /// Contentful: the canonical request.
    Contentful,
    /// Sanity: time and body.
    Sanity,
    /// Strapi signs nothing: a header holds the secret itself.
    Strapi,
    /// Directus signs nothing: a header holds the secret itself.
    Directus,
    /// WordPress, as WooCommerce signs: the body.
    #[serde(rename = "wordpress")]
    WordPress,
}

/// Bytes of a secret of Standard Webhooks.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

impl Scheme {
    /// Their names, in order.
    pub const NAMES: [&str; 8] = [
        "standard",
        "hmac-sha256",
        "ghost",
        "contentful",
        "sanity",
        "strapi",
        "directus",
        "wordpress",
    ];
    const ALL: [Self; 8] = [
        Self::Standard,
        Self::HmacSha256,
        Self::Ghost,
        Self::Contentful,
        Self::Sanity,
        Self::Strapi,
        Self::Directus,
        Self::WordPress,
    ];

    /// The scheme of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.name() == name)
    }

    /// Its name; that of a content management system is also the kind of its target.
    pub fn name(self) -> &'static str {
        let at = Self::ALL.iter().position(|scheme| *scheme == self);
        Self::NAMES[at.unwrap_or_default()]
    }

    /// Whether it is the scheme of a content management system, whose events tell of entries.
    pub fn is_cms(self) -> bool {
        !matches!(self, Self::Standard | Self::HmacSha256)
    }

    /// What people call it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Standard => "Standard Webhooks",
            Self::HmacSha256 => "hmac-sha256",
            Self::Ghost => "Ghost",
            Self::Contentful => "Contentful",
            Self::Sanity => "Sanity",
            Self::Strapi => "Strapi",
            Self::Directus => "Directus",
            Self::WordPress => "WordPress",
        }
    }

    /// Which of a document's fields the scheme leaves nothing to say of.
    pub(super) fn says(self) -> &'static [&'static str] {
        match self {
            Self::HmacSha256 => &[],
            // Whoever sends the secret itself chooses the header.
            Self::Strapi | Self::Directus => &["encoding"],
            _ => &["header", "encoding", "prefix"],
        }
    }

    /// Whether a secret can be used; how one looks that can.
    pub(super) fn usable(self, secret: &str) -> Result<(), &'static str> {
        match self {
            Self::Standard => key(secret).map(drop).ok_or(
                "write whsec_ and the base64 of 24 to 64 bytes, or leave it out and take the one that is made",
            ),
            Self::Contentful if secret.len() == 64 && secret.is_ascii() => Ok(()),
            Self::Contentful => {
                Err("use the 64 characters that Contentful has, or leave it out and take those that are made")
            }
            _ if (16..=256).contains(&secret.len()) => Ok(()),
            _ => Err("use 16 to 256 characters, or leave it out and take the one that is made"),
        }
    }
}

/// The bytes of a secret of Standard Webhooks.
pub(super) fn key(secret: &str) -> Option<Vec<u8>> {
    let key = BASE64.decode(secret.strip_prefix("whsec_")?).ok()?;
    KEY_BYTES.contains(&key.len()).then_some(key)
}
