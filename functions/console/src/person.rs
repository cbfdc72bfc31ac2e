//! Who is signed in, as the provider's claims say.

use crate::oidc::{Claims, Settings};
use domain::id::{PersonId, TenantId};
pub(crate) use domain::person::{Person, Role};
use serde_json::Value;
use std::collections::BTreeSet;

/// The person that claims are about, or what they lack.
pub(crate) fn of(claims: &Claims, settings: &Settings) -> Result<Person, String> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|it| !it.is_empty());
    // By the address that a personal key names them by, so that nobody is two people; if it is surely theirs.
    let sure = claims.get("email_verified").is_some_and(|it| it == true || it == "true");
    let address = text("email").filter(|_| sure).map(str::to_lowercase);
    let id = address.and_then(|address| PersonId::parse(&address).ok());
    let subject = || PersonId::parse(&text("sub")?.to_lowercase()).ok();
    let id = id.or_else(subject).ok_or("the ID token names nobody")?;
    let tenant = text(&settings.tenant).ok_or_else(|| {
        format!("you belong to no tenant: your operator sets {} for you", settings.tenant)
    })?;
    let tenant = TenantId::parse(tenant).map_err(|_| format!("there is no tenant {tenant:?}"))?;
    let named = match claims.get(&settings.groups) {
        Some(Value::Array(many)) => {
            many.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(Value::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    };
    let roles: BTreeSet<Role> = named.iter().filter_map(|name| Role::parse(name)).collect();
    if roles.is_empty() {
        return Err(
            "you have none of the roles reviewer, editor, operator: ask your operator".into()
        );
    }
    let groups = named.into_iter().filter(|name| Role::parse(name).is_none()).collect();
    let name = text("name").or_else(|| text("email")).unwrap_or(id.as_str()).to_owned();
    Ok(Person { id, name, tenant, roles, groups })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings() -> Settings {
        let (groups, tenant) = ("cognito:groups".into(), "custom:tenant".into());
        Settings { groups, tenant, ..Settings::default() }
    }

    fn of_json(claims: Value) -> Result<Person, String> {
        of(claims.as_object().unwrap(), &settings())
    }

    #[test]
    fn groups_that_are_no_roles_are_groups() {
        let claims = json!({
            "sub": "u1", "email": "mia@example.com", "custom:tenant": "acme",
            "cognito:groups": ["editor", "brand", "reviewer"],
        });
        let person = of_json(claims).unwrap();
        assert_eq!(person.roles, [Role::Reviewer, Role::Editor].into());
        assert_eq!(
            (person.groups, person.name),
            (["brand".into()].into(), "mia@example.com".into())
        );
        assert_eq!(person.id.as_str(), "u1", "nobody vouched for the address");
    }

    #[test]
    fn who_has_a_personal_key_is_the_same_person_here() {
        let claims = json!({
            "sub": "u1", "email": "Mia@example.com", "email_verified": true,
            "custom:tenant": "acme", "cognito:groups": ["editor"],
        });
        assert_eq!(of_json(claims).unwrap().id.as_str(), "mia@example.com");
    }

    #[test]
    fn nobody_without_a_tenant_or_a_role_comes_in() {
        let why = |claims| of_json(claims).unwrap_err();
        assert_eq!(
            why(json!({ "sub": "u1", "cognito:groups": ["editor"] })),
            "you belong to no tenant: your operator sets custom:tenant for you"
        );
        assert_eq!(
            why(json!({ "sub": "u1", "custom:tenant": "acme", "cognito:groups": ["brand"] })),
            "you have none of the roles reviewer, editor, operator: ask your operator"
        );
        assert_eq!(
            why(json!({ "sub": "u1", "custom:tenant": "A B", "cognito:groups": ["editor"] })),
            "there is no tenant \"A B\""
        );
        assert_eq!(why(json!({ "custom:tenant": "acme" })), "the ID token names nobody");
    }
}
