//! Where people sign in at a target, so that it opens their account to us: OAuth 2 with PKCE.

use super::Connection;
use serde_json::Value;

/// Where somebody signs in, and what is asked for there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignsIn {
    /// The address of the page.
    pub authorize: String,
    /// What is asked for.
    pub scope: &'static str,
    /// The client that the tenant registered there.
    pub client: String,
}

/// What each kind asks for, and where; Mastodon's page is its site's.
const KINDS: [(&str, &str, &str); 3] = [
    (
        "x",
        "https://x.com/i/oauth2/authorize",
        "tweet.read tweet.write users.read media.write offline.access",
    ),
    (
        "linkedin",
        "https://www.linkedin.com/oauth/v2/authorization",
        "w_member_social r_basicprofile",
    ),
    ("mastodon", "", "read:accounts read:statuses write:statuses write:media"),
];

/// Whether people sign in at a kind of target.
pub fn signs_in(kind: &str) -> bool {
    KINDS.iter().any(|(known, ..)| *known == kind)
}

impl Connection {
    /// Where its owner signs in; none where what opens the account is given instead.
    pub fn signs_in(&self) -> Option<SignsIn> {
        let (_, usual, scope) = KINDS.iter().find(|(kind, ..)| *kind == self.kind)?;
        let setting = |name: &str| self.settings.get(name).and_then(Value::as_str);
        let client = setting("client_id").filter(|client| !client.is_empty())?.to_owned();
        let site = || Some(format!("{}/oauth/authorize", setting("site")?.trim_end_matches('/')));
        let usual = (!usual.is_empty()).then(|| (*usual).to_owned());
        let authorize = setting("authorize").map(str::to_owned).or(usual).or_else(site)?;
        // Nobody is sent to a page that others can read.
        let own = authorize.starts_with("https://") || authorize.starts_with("http://127.0.0.1:");
        own.then_some(SignsIn { authorize, scope, client })
    }
}

#[cfg(test)]
mod tests {
    use crate::fakes::NOW;
    use crate::publish::connection::given;
    use serde_json::json;

    #[test]
    fn people_sign_in_where_their_connection_says() {
        for (kind, settings, place) in [
            ("x", json!({ "client_id": "c" }), Some("https://x.com/i/oauth2/authorize")),
            ("x", json!({}), None),
            (
                "mastodon",
                json!({ "client_id": "c", "site": "https://tea.example/" }),
                Some("https://tea.example/oauth/authorize"),
            ),
            ("mastodon", json!({ "client_id": "c", "site": "http://tea.example" }), None),
            ("bluesky", json!({ "client_id": "c" }), None),
        ] {
            let body = json!({ "kind": kind, "settings": settings });
            let connection = given("brand", &body, NOW).ok().unwrap().connection;
            let found = connection.signs_in().map(|found| found.authorize);
            assert_eq!(found.as_deref(), place, "{body}");
        }
    }
}
