//! HTML as it reads: what marks it up is left out, and paragraphs stay apart.

/// Elements after which a line ends.
const BLOCKS: [&str; 10] = ["p", "li", "h1", "h2", "h3", "h4", "blockquote", "pre", "figure", "br"];
/// What is written otherwise in HTML.
const ENTITIES: [(&str, &str); 6] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&nbsp;", " "),
    ("&amp;", "&"),
];

/// The words of some HTML. Only ever shown as text.
pub(crate) fn readable(html: &str) -> String {
    let mut lines = vec![String::new()];
    for part in html.split_inclusive('>') {
        let (words, tag) = part.split_once('<').unwrap_or((part, ""));
        if let Some(line) = lines.last_mut() {
            line.push_str(&words.replace('\n', " "));
        }
        let name = tag.trim_start_matches('/').trim_end_matches(['>', '/', ' ']);
        let name = name.split([' ', '/']).next().unwrap_or_default();
        if BLOCKS.contains(&name) && (tag.starts_with('/') || name == "br") {
            lines.push(String::new());
        }
    }
    let plain = |line: &String| {
        let told = ENTITIES.iter().fold(line.clone(), |line, (from, to)| line.replace(from, to));
        told.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let lines: Vec<String> = lines.iter().map(plain).filter(|line| !line.is_empty()).collect();
    lines.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn paragraphs_stay_apart_and_marks_are_left_out() {
        let html = "<h2>Tea</h2>\n<p>All of <em>it</em>,<br />and \
                    <a href=\"https://example.com/a?b&amp;c\">more</a>.</p>\n<ul><li>one</li><li>two</li></ul>";
        assert_eq!(readable(html), "Tea\n\nAll of it,\n\nand more.\n\none\n\ntwo");
    }

    #[test]
    fn what_was_escaped_reads_as_it_was_meant() {
        assert_eq!(readable("<p>a &lt;b&gt; &amp;amp; &quot;c&quot;</p>"), "a <b> &amp; \"c\"");
        assert_eq!(readable("no marks at all"), "no marks at all");
        assert_eq!(readable(""), "");
        assert_eq!(readable("<p>cut <"), "cut");
    }
}
