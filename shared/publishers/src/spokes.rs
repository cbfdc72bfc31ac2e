//! Every target of posts that has an API, by its kind.

use crate::line::Line;
use crate::{
    Shelf, Signed, bluesky::Bluesky, contentful::Contentful, devto::DevTo, directus::Directus,
    feed::Feed, ghost::Ghost, hashnode::Hashnode, linkedin::LinkedIn, mastodon::Mastodon,
    medium::Medium, paragraph::Paragraph, s3, sanity::Sanity, strapi::Strapi, webhook,
    wordpress::WordPress, x::X,
};
use domain::publish::Spoke;
use std::collections::BTreeMap;

/// The spokes, called by this line.
pub fn spokes(line: &Line) -> BTreeMap<&'static str, Box<dyn Spoke>> {
    let line = || line.clone();
    let all: [Box<dyn Spoke>; 13] = [
        Box::new(WordPress::new(line())),
        Box::new(Ghost::new(line())),
        Box::new(Directus::new(line())),
        Box::new(Bluesky::new(line())),
        Box::new(X::new(line())),
        Box::new(DevTo::new(line())),
        Box::new(Hashnode::new(line())),
        Box::new(Paragraph::new(line())),
        Box::new(Mastodon::new(line())),
        Box::new(LinkedIn::new(line())),
        Box::new(Strapi::new(line())),
        Box::new(Contentful::new(line())),
        Box::new(Sanity::new(line())),
    ];
    all.into_iter().map(|spoke| (spoke.able().target, spoke)).collect()
}

/// The spokes to what is our own or has no account: the public bucket, and receivers of signed messages.
pub fn own<'a>(shelf: &Shelf<'a>, signed: &Signed<'a>) -> [Box<dyn Spoke + 'a>; 4] {
    [
        Box::new(s3::Posts::new(shelf.clone())),
        Box::new(webhook::Posts::new(signed.clone())),
        Box::new(Feed::new(shelf.clone())),
        Box::new(Medium::new(shelf.clone())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guarded::Guarded;
    use domain::time::Time;
    use std::sync::Arc;

    #[test]
    fn every_spoke_has_a_row_of_its_own_in_the_table() {
        let line = Line::new(Guarded::new([]), Arc::new(Time(0)));
        assert_eq!(spokes(&line).len(), 13);
    }

    #[test]
    fn the_table_names_the_versions_that_are_asked_for() {
        for (target, version) in [
            ("wordpress", crate::wordpress::API.trim_start_matches("/wp-json/")),
            ("ghost", crate::ghost::VERSION),
            ("x", crate::x::VERSION),
            ("devto", crate::devto::VERSION),
            ("paragraph", crate::paragraph::VERSION),
            ("linkedin", crate::linkedin::VERSION),
            ("contentful", crate::contentful::VERSION),
            ("sanity", crate::sanity::VERSION),
        ] {
            let row = domain::post::Able::of(target).unwrap();
            assert_eq!(row.version, Some(version), "{target}");
        }
    }
}
