//! Who asks: an API key or a job token, checked with the same read that the request needs anyway.

use crate::answer::{self, Answered};
use crate::routes::{Action, Needs, Route};
use crate::{Intake, submission, uploads};
use aws::http::HttpRequest;
use domain::Time;
use domain::catalog::PipelineRecord;
use domain::gate::policy::PolicyRecord;
use domain::id::{AssetId, JobId, TenantId};
use domain::notify::{Listening, Signing, TenantWebhook};
use domain::person::{Person, PersonRecord, PersonalKey, Role};
use domain::problem::{ProblemDocument, ProblemType};
use domain::publish::window::WindowRecord;
use domain::publish::{Connection, CountsRecord};
use domain::record::{AssetRecord, JobRecord, PostingRecord};
use domain::store::{Item, Key, from_item};
use domain::takedown::Takedown;
use domain::tenant::{ApiKey, Caller, JobToken, KeyRecord, TenantRecord};
use domain::trigger;
use domain::version::VersionRef;
use std::collections::BTreeMap;

/// A request of somebody known.
pub(crate) struct Asked<'a> {
    pub(crate) request: &'a HttpRequest,
    pub(crate) route: &'a Route,
    /// The variable part of the address.
    pub(crate) id: &'a str,
    pub(crate) caller: Caller,
    /// What was read along with the key.
    pub(crate) found: BTreeMap<Key, Item>,
    pub(crate) now: Time,
}

/// Lets a caller in, or tells that there is no such door.
pub(crate) async fn enter<'a>(
    intake: &Intake<'_>,
    request: &'a HttpRequest,
    route: &'a Route,
    id: &'a str,
) -> Answered<Asked<'a>> {
    let now = intake.clock.now();
    let text = bearer(request, route)?;
    let (caller, key) = if text.starts_with("jt_") {
        let token = JobToken::open(text, intake.signing_key, now);
        let token =
            token.ok_or_else(|| unknown("the job token is not one of ours, or has expired — submit again, or use an API key"))?;
        if request.bearer().is_none() && !token.fits_an_address(now) {
            let detail =
                "it is valid for too long — ask for one for addresses: POST /v1/jobs/{id}/token";
            return Err(ProblemDocument::parameter("token", detail).into());
        }
        if !reaches(&token, route, id) {
            return Err(nothing(route, request, id).into());
        }
        (Caller::Token(token), None)
    } else if text.starts_with("gp_") {
        let key = PersonalKey::parse(text);
        let key = key.ok_or_else(|| unknown("the personal key is cut or misspelt"))?;
        return enter_as_person(intake, request, route, id, &key).await;
    } else {
        let key = ApiKey::parse(text);
        let key = key.ok_or_else(|| {
            unknown(
                "this is neither an API key nor a job token — keys begin with gk_ or gp_, tokens with jt_",
            )
        })?;
        (Caller::Tenant(key.tenant.clone()), Some(key.record_key()))
    };
    let wanted = reads(route.action, caller.tenant(), request, id);
    let mut keys: Vec<Key> = key.iter().cloned().chain(wanted).collect();
    keys.sort();
    keys.dedup();
    let items = if keys.is_empty() { Vec::new() } else { intake.table.get(&keys).await? };
    let mut found: BTreeMap<Key, Item> =
        keys.into_iter().zip(items).filter_map(|(key, item)| Some((key, item?))).collect();
    if let Some(key) = key {
        let record: Option<KeyRecord> = found.remove(&key).as_ref().map(from_item).transpose()?;
        if !record.is_some_and(|record| record.valid(now)) {
            return Err(unknown("the API key is unknown, revoked or expired — use the one that your operator gave last").into());
        }
    }
    if let (Needs::Person(role), Caller::Tenant(tenant)) = (route.needs, &caller) {
        let detail = format!(
            "the key of {tenant} is nobody's in person, and this needs a person with the role {role}"
        );
        return Err(ProblemDocument::new(ProblemType::RoleMissing, detail).into());
    }
    Ok(Asked { request, route, id, caller, found, now })
}

/// Lets a person in who may do this.
async fn enter_as_person<'a>(
    intake: &Intake<'_>,
    request: &'a HttpRequest,
    route: &'a Route,
    id: &'a str,
    key: &PersonalKey,
) -> Answered<Asked<'a>> {
    let now = intake.clock.now();
    let mut keys = reads(route.action, &key.tenant, request, id);
    keys.push(key.record_key());
    keys.sort();
    keys.dedup();
    let items = intake.table.get(&keys).await?;
    let mut found: BTreeMap<Key, Item> =
        keys.into_iter().zip(items).filter_map(|(key, item)| Some((key, item?))).collect();
    let record: Option<PersonRecord> =
        found.remove(&key.record_key()).as_ref().map(from_item).transpose()?;
    let person = record.and_then(|record| record.lets_in(key));
    let person = person.ok_or_else(|| unknown("the personal key is unknown, or was replaced — use the one that your operator gave last"))?;
    if let Some(roles) = lacking(route, &person) {
        let detail = format!("{} has not the role {roles}, which this needs", person.id);
        return Err(ProblemDocument::new(ProblemType::RoleMissing, detail).into());
    }
    Ok(Asked { request, route, id, caller: Caller::Person(person), found, now })
}

/// The roles one of which a person would need for this; none where they may.
///
/// A personal key opens what its tenant's opens: to look at for everybody, to change for editors and operators.
fn lacking(route: &Route, person: &Person) -> Option<String> {
    let wanted: &[Role] = match route.needs {
        Needs::Person(Role::Reviewer) => &[Role::Reviewer],
        Needs::Person(Role::Editor) => &[Role::Editor, Role::Operator],
        Needs::Person(Role::Operator) => &[Role::Operator],
        _ if route.action == Action::ReadSecret => &[Role::Operator],
        // Reviewers bring what they edited.
        _ if route.method == "GET" || route.action == Action::CreateUpload => &Role::ALL,
        _ => &[Role::Editor, Role::Operator],
    };
    let has = wanted.iter().any(|role| person.has(*role));
    let names: Vec<&str> = wanted.iter().map(|role| role.as_str()).collect();
    (!has).then(|| names.join(" or "))
}

impl Asked<'_> {
    /// The person who asks, where the route needs one.
    pub(crate) fn person(&self) -> Answered<&Person> {
        self.caller.person().ok_or_else(|| self.nothing().into())
    }

    /// What lies at a key that was read along.
    pub(crate) fn found<T: serde::de::DeserializeOwned>(
        &self,
        key: &Key,
    ) -> domain::Result<Option<T>> {
        self.found.get(key).map(from_item).transpose()
    }

    /// The job that the address names, if this caller may see it; where it is read along with the key.
    pub(crate) fn job(&self) -> Answered<JobRecord> {
        let id = JobId::parse(self.id).map_err(|_| self.nothing())?;
        let job: Option<JobRecord> = self.found(&JobRecord::key(&id))?;
        let job = job.filter(|job| self.caller.may_read(&id, &job.tenant).is_ok());
        Ok(job.ok_or_else(|| self.nothing())?)
    }

    /// Whether its tenant has gates that no pipeline can leave out; known where the request looks at pipelines.
    pub(crate) fn mandate(&self) -> domain::Result<bool> {
        let tenant: Option<TenantRecord> = self.found(&TenantRecord::key(self.tenant()))?;
        Ok(tenant.is_some_and(|tenant| !tenant.mandate.is_empty()))
    }

    /// Whose data may be seen.
    pub(crate) fn tenant(&self) -> &TenantId {
        self.caller.tenant()
    }

    /// There is no such thing for this caller.
    pub(crate) fn nothing(&self) -> ProblemDocument {
        nothing(self.route, self.request, self.id)
    }
}

fn bearer<'a>(request: &'a HttpRequest, route: &Route) -> Result<&'a str, ProblemDocument> {
    match (request.header("authorization"), request.bearer()) {
        (None, _) => match in_address(request, route)? {
            Some(token) => Ok(token),
            None => Err(unknown("it is missing — send `Bearer` and an API key")),
        },
        (Some(_), None) => {
            Err(unknown("its scheme is not `Bearer` — send `Bearer` and an API key"))
        }
        (Some(_), Some(text)) => Ok(text),
    }
}

/// `EventSource` and players can send no header: a job's log and playlist, and nothing else, are read with its token in the address.
fn in_address<'a>(
    request: &'a HttpRequest,
    route: &Route,
) -> Result<Option<&'a str>, ProblemDocument> {
    let readers = [Action::ReadEvents, Action::ReadPlaylist];
    let given = request.query.get("token").filter(|_| readers.contains(&route.action));
    match given.map(String::as_str) {
        Some(token) if !token.starts_with("jt_") => {
            let detail = "it is no job token — an API key belongs into the header Authorization";
            Err(ProblemDocument::parameter("token", detail))
        }
        given => Ok(given),
    }
}

fn unknown(detail: &str) -> ProblemDocument {
    let document = ProblemDocument::header("Authorization", detail);
    ProblemDocument { kind: ProblemType::Unauthenticated, ..document }
}

fn nothing(route: &Route, request: &HttpRequest, id: &str) -> ProblemDocument {
    match route.names() {
        Some(what) => answer::no(what, id),
        None => answer::nothing_at(&request.path),
    }
}

/// Whether a job token is for this: its own job, that job's events, that job's assets.
fn reaches(token: &JobToken, route: &Route, id: &str) -> bool {
    let job = match route.action {
        Action::ReadAsset => AssetId::parse(id).map(|asset| asset.job()),
        _ => JobId::parse(id),
    };
    route.needs == Needs::TenantOrToken && job.as_ref() == Ok(&token.job)
}

/// What a route will look at in any case: read together with the key, in one request.
fn reads(action: Action, tenant: &TenantId, request: &HttpRequest, id: &str) -> Vec<Key> {
    let version = || {
        let version = request.query.get("version").map(|version| format!("@{version}"));
        VersionRef::parse(&format!("{id}{}", version.unwrap_or_default()))
    };
    match action {
        Action::SubmitJob | Action::QuoteJob => submission::reads(tenant, request),
        Action::ReadEvents | Action::IssueToken => {
            JobId::parse(id).iter().map(JobRecord::key).collect()
        }
        Action::ReadAsset => AssetId::parse(id).iter().map(AssetRecord::record_key).collect(),
        Action::ReadPipeline => {
            version().iter().map(|which| which.key::<PipelineRecord>(tenant)).collect()
        }
        Action::ReadPolicy => {
            version().iter().map(|which| which.key::<PolicyRecord>(tenant)).collect()
        }
        Action::PutConnection
        | Action::ReadConnection
        | Action::DeleteConnection
        | Action::TestConnection => {
            vec![Connection::key(tenant, id)]
        }
        Action::ReadPublication
        | Action::RetryPublication
        | Action::ReschedulePublication
        | Action::CancelPublication => match PostingRecord::parse_id(id) {
            Ok((job, step)) => vec![
                JobRecord::key(&job),
                PostingRecord::key(&job, &step),
                WindowRecord::key(&job, &step),
            ],
            Err(_) => Vec::new(),
        },
        Action::ReadMetrics => match PostingRecord::parse_id(id) {
            Ok((job, step)) => vec![
                JobRecord::key(&job),
                PostingRecord::key(&job, &step),
                CountsRecord::key(&job, &step),
            ],
            Err(_) => Vec::new(),
        },
        Action::ReadTakedown => vec![Takedown::key(tenant, id)],
        Action::ReadWebhook | Action::DeleteWebhook => vec![TenantWebhook::key(tenant)],
        Action::ReadSecret => vec![Signing::key(tenant)],
        Action::ReadNews => vec![Listening::key(tenant)],
        Action::CreateUpload => uploads::reads(tenant, request),
        Action::PutTrigger | Action::PutPipeline | Action::ValidatePipeline => {
            vec![TenantRecord::key(tenant)]
        }
        Action::ReadTrigger
        | Action::DeleteTrigger
        | Action::TestTrigger
        | Action::RotateTriggerSecret => {
            vec![trigger::key(tenant, id)]
        }
        _ => Vec::new(),
    }
}
