//! Connections: whose account at which target a tenant lends us. What opens it goes into the vault, and never comes out here.

use crate::Intake;
use crate::answer::Answered;
use crate::auth::Asked;
use crate::{body, query};
use aws::http::HttpResponse;
use domain::problem::{ProblemDocument, ProblemType};
use domain::publish::connection::{self, Connection, Given};
use domain::publish::{Question, Tried};
use domain::store::Write;
use serde_json::{Value, json};

/// `PUT /v1/connections/{name}`.
pub(crate) async fn put(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    body::media_type(asked.request, &["application/json"])?;
    let given: Value = serde_json::from_str(body::text(asked.request)?).map_err(|cause| {
        // What stands there may be a secret: only where it went wrong is told.
        let detail =
            format!("the body is no JSON: line {}, column {}", cause.line(), cause.column());
        ProblemDocument::body(ProblemType::MalformedBody, detail, "send { kind, settings, secret }")
    })?;
    let Given { connection, secret } = connection::given(asked.id, &given, asked.now)
        .map_err(|problems| ProblemDocument::fields(ProblemType::InvalidBody, &problems))?;
    let old: Option<Connection> = asked.found(&Connection::key(asked.tenant(), asked.id))?;
    let name = Connection::secret_name(asked.tenant(), asked.id);
    match secret {
        Some(secret) => intake.vault.keep(&name, &Value::Object(secret).to_string()).await?,
        None if old.as_ref().is_some_and(|old| old.kind == connection.kind) => {}
        None => {
            let problem = domain::pipeline::Problem::new(
                "/secret",
                "nothing opens the connection",
                "give secret: what its kind needs, such as { \"token\": … }",
            );
            return Err(ProblemDocument::fields(ProblemType::InvalidBody, &[problem]).into());
        }
    }
    let write = Write::put(Connection::key(asked.tenant(), asked.id), &connection)?;
    intake.table.write(vec![write]).await?;
    tracing::info!(tenant = %asked.tenant(), connection = connection.name, "connection stored");
    let status = if old.is_some() { 200 } else { 201 };
    let location = format!("/v1/connections/{}", connection.name);
    Ok(HttpResponse::json(status, &connection::shown(&connection)).with("location", location))
}

/// `GET /v1/connections`.
pub(crate) async fn list(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let all = Connection::all(intake.table, asked.tenant()).await?;
    let shown: Vec<Value> = all.iter().map(connection::shown).collect();
    Ok(HttpResponse::json(200, &json!({ "connections": shown })))
}

/// `GET /v1/connections/{name}`.
pub(crate) fn read(asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    Ok(HttpResponse::json(200, &connection::shown(&own(asked)?)))
}

/// `DELETE /v1/connections/{name}`.
pub(crate) async fn delete(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let connection = own(asked)?;
    // The secret first: a record without one opens nothing, a secret without a record is found by nobody.
    intake.vault.forget(&Connection::secret_name(asked.tenant(), asked.id)).await?;
    let gone = Write::forget(Connection::key(asked.tenant(), asked.id));
    intake.table.write(vec![gone]).await?;
    tracing::info!(tenant = %asked.tenant(), connection = connection.name, "connection deleted");
    Ok(HttpResponse::json(200, &json!({ "name": connection.name, "deleted": true })))
}

/// `POST /v1/connections/{name}/test`: asks the target, and changes nothing there.
pub(crate) async fn test(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let name = own(asked)?.name;
    let tenant = asked.tenant().clone();
    let question = Question { tenant, connection: name, signed_in: None };
    let Tried { opens, said } = intake.accounts.ask(&question).await?;
    let read = Connection::read(intake.table, asked.tenant(), asked.id).await?;
    let connection = read.ok_or_else(|| asked.nothing())?;
    let shown = json!({
        "opens": opens, "said": said, "connection": connection::shown(&connection),
    });
    Ok(HttpResponse::json(200, &shown))
}

fn own(asked: &Asked<'_>) -> Answered<Connection> {
    let found: Option<Connection> = asked.found(&Connection::key(asked.tenant(), asked.id))?;
    Ok(found.ok_or_else(|| asked.nothing())?)
}
