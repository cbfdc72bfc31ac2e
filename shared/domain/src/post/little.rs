//! LinkedIn's "little text": what means something there is escaped, tags are written as templates.

use super::atoms;

/// What means something in a little text.
const RESERVED: &str = "\\<>#~_|[]*(){}@";

/// A text as little text.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let urls = atoms::urls(text);
    let inside = |at: usize| urls.iter().any(|url| url.contains(&at));
    for tag in atoms::tags(text).into_iter().filter(|tag| !inside(tag.start)) {
        words(&text[at..tag.start], &mut out);
        out.push_str("{hashtag|\\#|");
        words(&text[tag.start + 1..tag.end], &mut out);
        out.push('}');
        at = tag.end;
    }
    words(&text[at..], &mut out);
    out
}

fn words(text: &str, out: &mut String) {
    for c in text.chars() {
        if RESERVED.contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_is_escaped_and_tags_are_templates() {
        assert_eq!(
            escape("Tea (hot) @ 5_6 <b> #Morning_Tea! https://a.example/x_y#z"),
            "Tea \\(hot\\) \\@ 5\\_6 \\<b\\> {hashtag|\\#|Morning\\_Tea}! https://a.example/x\\_y\\#z"
        );
    }
}
