//! The items of a list for each of which steps are done.

use std::collections::BTreeMap;

use serde_json::Value;

use super::problem::child;
use super::read::shown;

/// Most items of a list.
pub(super) const ITEMS_MOST: usize = 50;
/// Most characters of an item's name.
const NAME_MOST: usize = 32;

/// One item with its name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item<'a> {
    /// Small letters, digits and hyphens: it becomes part of a step's name.
    pub(super) name: String,
    pub(super) value: &'a Value,
}

/// What is wrong with a list.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wrong {
    /// The place in the list; none where the list itself is wrong.
    index: Option<usize>,
    pub(super) detail: String,
    pub(super) fix: String,
}

impl Wrong {
    /// Where that is, in a list at this place.
    pub(super) fn below(&self, place: &str) -> String {
        self.index.map_or(place.to_owned(), |index| child(place, &index.to_string()))
    }
}

/// The items of a list: words, or objects each with a `key`; or the first thing that is wrong with it.
pub(super) fn items(list: &Value) -> Result<Vec<Item<'_>>, Wrong> {
    let wrong = |index, detail: String, fix: &str| Wrong { index, detail, fix: fix.into() };
    let Some(values) = list.as_array().filter(|values| !values.is_empty()) else {
        let fix = "give a list of words, or of objects with a key";
        return Err(wrong(None, format!("is {}", shown(list)), fix));
    };
    if ITEMS_MOST < values.len() {
        let detail = format!("has {} items", values.len());
        return Err(wrong(None, detail, &format!("keep to {ITEMS_MOST}")));
    }
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    let mut items = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        let word = value.as_str().or_else(|| value.get("key")?.as_str());
        let Some(word) = word else {
            let detail = match value {
                Value::Object(_) => "has an object without a key".to_owned(),
                other => format!("has an item that is {}", shown(other)),
            };
            let fix = "make each a word, or an object with a word as its key";
            return Err(wrong(Some(index), detail, fix));
        };
        let name = slug(word);
        if name.is_empty() || NAME_MOST < name.len() {
            let detail = format!("has an item called {}", shown(&word.into()));
            let fix = format!("use 1 to {NAME_MOST} letters (a to z), digits and hyphens");
            return Err(wrong(Some(index), detail, &fix));
        }
        if let Some(other) = taken.insert(name.clone(), word) {
            let detail = match other == word {
                true => format!("names {word} twice"),
                false => format!("names {other} and {word}, which are both {name}"),
            };
            return Err(wrong(Some(index), detail, "name each item once"));
        }
        items.push(Item { name, value });
    }
    Ok(items)
}

/// Letters as small ones, digits as they are; all else is a hyphen.
fn slug(word: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = word.chars().map(fits).collect();
    name.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_and_keys_become_names() {
        let list = json!(["pt_BR", {"key": "De", "title": "Titel"}, "4:3"]);
        let names: Vec<_> = items(&list).unwrap().into_iter().map(|item| item.name).collect();
        assert_eq!(names, ["pt-br", "de", "4-3"]);
    }

    #[test]
    fn what_is_wrong_with_a_list_is_told() {
        for (list, place, told) in [
            (json!([]), "/l", "is an empty list"),
            (json!("en"), "/l", "is \"en\""),
            (json!(vec!["a"; 51]), "/l", "has 51 items"),
            (json!(["en", 7]), "/l/1", "has an item that is 7"),
            (json!([{"title": "x"}]), "/l/0", "has an object without a key"),
            (json!(["日本"]), "/l/0", "has an item called \"日本\""),
            (json!(["en", "en"]), "/l/1", "names en twice"),
            (json!(["pt-BR", "pt_br"]), "/l/1", "names pt-BR and pt_br, which are both pt-br"),
        ] {
            let wrong = items(&list).unwrap_err();
            assert_eq!((wrong.below("/l").as_str(), wrong.detail.as_str()), (place, told));
        }
    }
}
