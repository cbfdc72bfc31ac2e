//! Fields of a tenant's own collection, by the names that the connection gives them, and the page that people see.

use domain::ports::Refusal;
use domain::publish::{Grant, Sending, Told};
use serde_json::{Map, Value, json};

/// The fields that have a value, under their names there. `fields` of the connection says what a field is called;
/// one that is null is left out. What is not `usual` is sent only where it has a name.
pub(crate) fn fields(grant: &Grant, all: &Value, usual: &[&str]) -> Map<String, Value> {
    let names = grant.settings.get("fields").and_then(Value::as_object);
    let given = all.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let named =
        given.filter_map(|(name, value)| match names.and_then(|names| names.get(name.as_str())) {
            Some(Value::String(own)) => Some((own.clone(), value.clone())),
            Some(_) => None,
            None if usual.contains(&name.as_str()) => Some((name.clone(), value.clone())),
            None => None,
        });
    named.collect()
}

/// Where people see it: on the operator's page, where the connection says what that looks like.
pub(crate) fn page(grant: &Grant, sending: &Sending, id: &str, usual: String) -> String {
    let slug = sending.form.slug.as_deref().unwrap_or(id);
    match grant.setting("page") {
        Some(page) => page.replace("{slug}", slug).replace("{id}", id),
        None => usual,
    }
}

/// What a field of a tenant's own collection is called; refused where the collection has none for it.
pub(crate) fn field(grant: &Grant, name: &str, usual: &[&str]) -> Result<String, Told> {
    let names = fields(grant, &json!({ name: true }), usual).into_iter().next();
    let why =
        || Told::refused(Refusal::Never, format!("the collection has no field for its {name}"));
    names.map(|(name, _)| name).ok_or_else(why)
}
