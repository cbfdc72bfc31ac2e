//! A document of moderation lists: everything that is wrong with it, or the lists.
use domain::{
    gate::{Judgement, LISTS_MOST, Lists, Term, prompt},
    pipeline::Problem,
};
use serde_json::{Map, Value};

const LISTS: [&str; 3] = ["terms", "banned", "protected"];

/// What is wrong at a place below an entry: the place, what is wrong, what would be right.
type Wrong = (&'static str, String, &'static str);

/// Reads the lists of a document.
pub(super) fn check(document: &Value) -> Result<Lists, Vec<Problem>> {
    let Value::Object(fields) = document else {
        let fix = "give an object with the lists terms, banned and protected";
        return Err(vec![Problem::new("", "the document is no object", fix)]);
    };
    let mut problems = Vec::new();
    for (name, entries) in fields {
        let at = format!("/{name}");
        match entries {
            _ if !LISTS.contains(&name.as_str()) => {
                let fix = "use terms, banned and protected";
                problems.push(Problem::new(&at, format!("there is no list {name}"), fix));
            }
            Value::Array(entries) => {
                problems.extend(entries.iter().enumerate().flat_map(|(index, entry)| {
                    let wrong = if name == "terms" { term(entry) } else { picture(entry) };
                    let at = format!("{at}/{index}");
                    wrong.into_iter().map(move |(field, detail, fix)| {
                        Problem::new(&format!("{at}{field}"), detail, fix)
                    })
                }))
            }
            _ => problems.push(Problem::new(&at, "it is no list", "write each entry after a `-`")),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let whole = |detail: String, fix| vec![Problem::new("", detail, fix)];
    let lists: Lists = serde_json::from_value(document.clone()).map_err(|error| {
        whole(error.to_string(), "compare it with `galley admin moderation get`")
    })?;
    let bytes = serde_json::json!(lists).to_string().len() as u64;
    if bytes > LISTS_MOST {
        return Err(whole(format!("the lists have {bytes} bytes"), "keep them within 4 MiB"));
    }
    Ok(lists)
}

fn term(entry: &Value) -> Vec<Wrong> {
    let full = "write the term as a text, or { term: TEXT, action: review }";
    let mut wrong = Vec::new();
    let word = match entry {
        Value::String(word) => Some(word),
        Value::Object(fields) => {
            wrong.extend(unknown(fields, &["term", "action"], "use term and action"));
            let action = fields.get("action").map(|action| action.as_str().unwrap_or("?"));
            if !matches!(action, None | Some("fail" | "review")) {
                wrong.push(("/action", "there is no such action".into(), "use fail or review"));
            }
            match fields.get("term") {
                Some(Value::String(word)) => Some(word),
                _ => {
                    wrong.push(("/term", "there is no text".into(), full));
                    None
                }
            }
        }
        _ => {
            wrong.push(("", "it is no term".into(), full));
            None
        }
    };
    if let Some(word) = word.filter(|word| !can_be_looked_for(word)) {
        let detail = format!("{word:?} cannot be looked for");
        wrong.push(("", detail, "write a word or a phrase, with letters or digits"));
    }
    wrong
}

/// A gate objects to a term it cannot look for, whatever the prompt.
fn can_be_looked_for(word: &str) -> bool {
    let mut judgement = Judgement::new(&[]);
    let term = Term { term: word.into(), action: domain::gate::Action::Fail };
    prompt("", "", &[term], &mut judgement);
    judgement.reasons.is_empty()
}

fn picture(entry: &Value) -> Vec<Wrong> {
    let Value::Object(fields) = entry else {
        let fix =
            "write { sha256: HEX, phash: HEX, reason: TEXT }; phash and reason may be left out";
        return vec![("", "it is no picture".into(), fix)];
    };
    let mut wrong = unknown(fields, &["sha256", "phash", "reason"], "use sha256, phash and reason");
    if !fields.get("sha256").is_some_and(|it| hex(it, 64)) {
        let fix = "write the 64 hex digits that `sha256sum FILE` prints, in quotes";
        wrong.push(("/sha256", "it is no SHA-256".into(), fix));
    }
    if fields.get("phash").is_some_and(|it| !it.is_null() && !hex(it, 16)) {
        let fix = "write 16 hex digits in quotes, as verdicts of gate.moderation show them";
        wrong.push(("/phash", "it is no perceptual hash".into(), fix));
    }
    if fields.get("reason").is_some_and(|it| !it.is_string()) {
        wrong.push(("/reason", "it is no text".into(), "say in words why it is on the list"));
    }
    wrong
}

fn hex(value: &Value, digits: usize) -> bool {
    let hex = |text: &str| text.len() == digits && text.bytes().all(|it| it.is_ascii_hexdigit());
    value.as_str().is_some_and(hex)
}

fn unknown(fields: &Map<String, Value>, known: &[&str], fix: &'static str) -> Vec<Wrong> {
    let unknown = fields.keys().filter(|name| !known.contains(&name.as_str()));
    unknown.map(|name| ("", format!("there is no field {name}"), fix)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SHA256: &str = "37e4e8e3ac08dc6e1b54d03c444d1e191cf29672c658dbda715052d779e7338a";

    #[track_caller]
    fn check_places(document: Value, expected: &[&str]) {
        let problems = check(&document).err().unwrap_or_default();
        let places: Vec<_> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
        assert_eq!(places, expected, "{problems:?}");
        assert!(problems.iter().all(|problem| !problem.fix.is_empty()), "{problems:?}");
    }

    #[test]
    fn every_place_that_is_wrong_is_told_with_what_would_be_right() {
        check_places(json!([]), &[""]);
        check_places(json!({"words": []}), &["/words"]);
        check_places(json!({"terms": "blood"}), &["/terms"]);
        check_places(json!({"terms": ["", 7, " "]}), &["/terms/0", "/terms/1", "/terms/2"]);
        check_places(json!({"terms": [{"term": "a", "action": "ban"}]}), &["/terms/0/action"]);
        check_places(json!({"terms": [{"action": "review"}]}), &["/terms/0/term"]);
        check_places(json!({"banned": [{"sha256": "abc"}]}), &["/banned/0/sha256"]);
        let picture = json!({"sha256": SHA256, "phash": 12, "why": "x"});
        check_places(json!({"protected": [picture]}), &["/protected/0", "/protected/0/phash"]);
    }

    #[test]
    fn what_is_left_out_is_empty_and_a_plain_term_fails() {
        let known = json!({"sha256": SHA256, "phash": "3333cc33cc3473cc", "reason": "withdrawn"});
        let document = json!({"terms": ["blood", {"term": "war", "action": "review"}],
            "banned": [known, {"sha256": SHA256}]});
        let lists = check(&document).unwrap();
        let terms = serde_json::to_value(&lists.terms).unwrap();
        assert_eq!(terms[0], json!({"term": "blood", "action": "fail"}));
        assert_eq!((lists.banned.len(), lists.protected.len()), (2, 0));
        assert_eq!(check(&json!({})).unwrap(), Lists::default());
    }
}
