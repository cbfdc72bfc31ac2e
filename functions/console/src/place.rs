//! Where the console is: its own address, and that of the pictures it shows.

/// Addresses. Below `base` is the HTTP API, and in it the console.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The HTTP API's address.
    pub base: String,
}

impl Place {
    /// Whether browsers come by HTTPS.
    pub(crate) fn secure(&self) -> bool {
        self.base.starts_with("https://")
    }

    /// The whole address of a page, such as `callback`.
    pub(crate) fn absolute(&self, page: &str) -> String {
        format!("{}/console/{page}", self.base)
    }

    /// The path of the HTTP API: empty, or where the emulator has it.
    pub(crate) fn api(&self) -> &str {
        let host = self.base.split_once("://").map_or("", |(_, rest)| rest);
        host.find('/').map_or("", |at| &host[at..])
    }

    /// The console's path, to which its cookies are bound.
    pub(crate) fn path(&self) -> String {
        format!("{}/console", self.api())
    }

    /// The path of a page, as links have it.
    pub(crate) fn link(&self, page: &str) -> String {
        format!("{}/{page}", self.path())
    }
}

/// A page below ours that somebody may be sent to after signing in; the first page for anything else.
pub(crate) fn within(wanted: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/?=&%".contains(&byte);
    let fits = !wanted.starts_with('/')
        && !wanted.contains("//")
        && !wanted.contains("..")
        && wanted.len() <= 300
        && wanted.bytes().all(plain);
    if fits { wanted } else { "" }
}

/// Scheme, host and port of an address.
pub(crate) fn origin(url: &str) -> &str {
    let after = url.find("://").map_or(0, |at| at + 3);
    let end = url[after..].find(['/', '?']).map_or(url.len(), |at| after + at);
    &url[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for good in ["", "jobs", "jobs/j01?state=failed&label=a%3Db", "review/x.y"] {
            assert_eq!(within(good), good);
        }
        let elsewhere = [
            "//evil.test",
            "/evil",
            "https://evil.test",
            "\\\\evil.test",
            "a//b",
            "javascript:x",
            "../v1/jobs",
            "a/../../b",
            "a b",
            "a\r\nset-cookie: x",
            "é",
        ];
        for bad in elsewhere {
            assert_eq!(within(bad), "", "{bad}");
        }
    }

    #[test]
    fn the_emulators_long_path_is_part_of_every_link() {
        let place = Place { base: "http://127.0.0.1:4566/_aws/execute-api/a1/$default".into() };
        assert_eq!(place.link("jobs"), "/_aws/execute-api/a1/$default/console/jobs");
        assert_eq!(place.api(), "/_aws/execute-api/a1/$default");
        assert!(!place.secure());
        let place = Place { base: "https://a1.execute-api.us-east-1.amazonaws.com".into() };
        assert_eq!((place.api(), place.link("")), ("", "/console/".to_owned()));
        assert!(place.secure());
        assert_eq!(origin("http://127.0.0.1:4566/b/k?x"), "http://127.0.0.1:4566");
        assert_eq!(origin("https://b.s3.amazonaws.com"), "https://b.s3.amazonaws.com");
    }
}
