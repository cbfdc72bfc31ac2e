//! What each kind of target needs to be connected: names of settings and of secrets, as its spoke reads them.

/// One field of the form.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) secret: bool,
    pub(super) needed: bool,
}

const fn set(name: &'static str, label: &'static str) -> Field {
    Field { name, label, secret: false, needed: true }
}

const fn maybe(name: &'static str, label: &'static str) -> Field {
    Field { name, label, secret: false, needed: false }
}

const fn secret(name: &'static str, label: &'static str) -> Field {
    Field { name, label, secret: true, needed: true }
}

const SITE: Field = set("site", "Address of the site");
const TOKEN: Field = secret("token", "API token");
const CLIENT: Field = set("client_id", "Client ID of your app there");
const CLIENT_SECRET: Field =
    Field { name: "client_secret", label: "Client secret", secret: true, needed: false };

/// The fields of a kind, in the order of its form.
pub(super) fn of(kind: &str) -> &'static [Field] {
    match kind {
        "wordpress" => {
            const { &[SITE, set("user", "User"), secret("password", "Application password")] }
        }
        "ghost" => const { &[SITE, secret("key", "Admin API key")] },
        "directus" => const { &[SITE, maybe("collection", "Collection"), TOKEN] },
        "bluesky" => {
            const {
                &[
                    set("identifier", "Handle"),
                    maybe("site", "Server, where it is not bsky.social"),
                    maybe("app", "Where posts are read, where it is not bsky.app"),
                    secret("password", "App password"),
                ]
            }
        }
        "devto" => const { &[secret("key", "API key")] },
        "hashnode" => const { &[set("publication", "Publication's ID"), TOKEN] },
        "paragraph" => const { &[secret("key", "API key")] },
        "strapi" => const { &[SITE, maybe("collection", "Collection"), TOKEN] },
        "contentful" => {
            const { &[set("space", "Space"), maybe("environment", "Environment"), TOKEN] }
        }
        "sanity" => const { &[set("project", "Project"), maybe("dataset", "Dataset"), TOKEN] },
        "x" => const { &[CLIENT, CLIENT_SECRET] },
        "linkedin" => const { &[set("author", "Author (urn:li:…)"), CLIENT, CLIENT_SECRET] },
        "mastodon" => const { &[SITE, CLIENT, CLIENT_SECRET] },
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::post::Able;

    #[test]
    fn every_kind_that_is_connected_has_a_form() {
        for able in Able::all() {
            assert_eq!(able.connects(), !of(able.target).is_empty(), "{}", able.target);
        }
    }
}
