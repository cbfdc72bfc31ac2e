//! The one list of routes: what there is, who may ask, and who answers.

use domain::person::Role;

/// What a route does. A new one does not compile before `openapi/operations.rs` describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    SubmitJob,
    ListJobs,
    ReadJob,
    CancelJob,
    RetryJob,
    ReadEvents,
    ReadPlaylist,
    IssueToken,
    ListPipelines,
    PutPipeline,
    ReadPipeline,
    ValidatePipeline,
    ListPolicies,
    PutPolicy,
    ReadPolicy,
    ValidatePolicy,
    ReportGates,
    AddPlant,
    ListPlants,
    RemovePlant,
    PutWebhook,
    ReadWebhook,
    DeleteWebhook,
    ReadSecret,
    RotateSecret,
    ListDeliveries,
    RetryDelivery,
    RetryDeliveries,
    ReadNews,
    CreateUpload,
    ReadAsset,
    ListLanes,
    QuoteJob,
    ListModels,
    ReadSpend,
    ListReviews,
    ReadReview,
    ClaimReview,
    ReleaseReview,
    DecideReview,
    UndoReview,
    LinkReview,
    ShowLink,
    ActOnLink,
    ReadAudit,
    ListTriggers,
    PutTrigger,
    ReadTrigger,
    DeleteTrigger,
    TestTrigger,
    RotateTriggerSecret,
    TakeHook,
    ListConnections,
    PutConnection,
    ReadConnection,
    DeleteConnection,
    TestConnection,
    RetryPublication,
    ListPublications,
    ReschedulePublication,
    CancelPublication,
    PreviewPublication,
    ReadPublication,
    ReadMetrics,
    TakeDown,
    ReadTakedown,
    ListErrors,
    ExplainError,
    DescribeApi,
    DescribePipelines,
}

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// A tenant's API key.
    Tenant,
    /// A tenant's API key, or the token of the job that is asked for.
    TenantOrToken,
    /// A personal key of somebody with this role.
    Person(Role),
    /// A signature over the body.
    Signature,
    /// Anybody.
    Nobody,
}

/// One method at one address; at most one part of it is variable.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) needs: Needs,
    pub(crate) action: Action,
}

const fn route(method: &'static str, path: &'static str, needs: Needs, action: Action) -> Route {
    Route { method, path, needs, action }
}

/// Somebody who decides.
const REVIEWER: Needs = Needs::Person(Role::Reviewer);
/// Somebody who may change what gates look at.
const EDITOR: Needs = Needs::Person(Role::Editor);

/// Everything that is answered. Of two that fit an address, the first one counts.
pub(crate) const ROUTES: &[Route] = &[
    route("POST", "/v1/jobs", Needs::Tenant, Action::SubmitJob),
    route("GET", "/v1/jobs", Needs::Tenant, Action::ListJobs),
    route("GET", "/v1/jobs/{id}", Needs::TenantOrToken, Action::ReadJob),
    route("POST", "/v1/jobs/{id}/cancel", Needs::Tenant, Action::CancelJob),
    route("POST", "/v1/jobs/{id}/retry", Needs::Tenant, Action::RetryJob),
    route("GET", "/v1/jobs/{id}/events", Needs::TenantOrToken, Action::ReadEvents),
    route("GET", "/v1/jobs/{id}/playlist.m3u8", Needs::TenantOrToken, Action::ReadPlaylist),
    route("POST", "/v1/jobs/{id}/token", Needs::TenantOrToken, Action::IssueToken),
    route("GET", "/v1/pipelines", Needs::Tenant, Action::ListPipelines),
    route("POST", "/v1/pipelines/validate", Needs::Tenant, Action::ValidatePipeline),
    route("PUT", "/v1/pipelines/{name}", Needs::Tenant, Action::PutPipeline),
    route("GET", "/v1/pipelines/{name}", Needs::Tenant, Action::ReadPipeline),
    route("GET", "/v1/policies", Needs::Tenant, Action::ListPolicies),
    route("POST", "/v1/policies/validate", Needs::Tenant, Action::ValidatePolicy),
    route("PUT", "/v1/policies/{name}", Needs::Person(Role::Editor), Action::PutPolicy),
    route("GET", "/v1/policies/{name}", Needs::Tenant, Action::ReadPolicy),
    route("POST", "/v1/policies/{name}/plants", EDITOR, Action::AddPlant),
    route("GET", "/v1/policies/{name}/plants", EDITOR, Action::ListPlants),
    route("DELETE", "/v1/plants/{id}", EDITOR, Action::RemovePlant),
    route("GET", "/v1/gates/report", Needs::Tenant, Action::ReportGates),
    route("PUT", "/v1/webhook", Needs::Tenant, Action::PutWebhook),
    route("GET", "/v1/webhook", Needs::Tenant, Action::ReadWebhook),
    route("DELETE", "/v1/webhook", Needs::Tenant, Action::DeleteWebhook),
    route("GET", "/v1/webhook/secret", Needs::Tenant, Action::ReadSecret),
    route("POST", "/v1/webhook/rotate", Needs::Tenant, Action::RotateSecret),
    route("GET", "/v1/deliveries", Needs::Tenant, Action::ListDeliveries),
    route("POST", "/v1/deliveries/retry", Needs::Tenant, Action::RetryDeliveries),
    route("POST", "/v1/deliveries/{id}/retry", Needs::Tenant, Action::RetryDelivery),
    route("GET", "/v1/events", Needs::Tenant, Action::ReadNews),
    route("POST", "/v1/uploads", Needs::Tenant, Action::CreateUpload),
    route("GET", "/v1/assets/{id}", Needs::TenantOrToken, Action::ReadAsset),
    route("GET", "/v1/lanes", Needs::Tenant, Action::ListLanes),
    route("POST", "/v1/quotes", Needs::Tenant, Action::QuoteJob),
    route("GET", "/v1/models", Needs::Tenant, Action::ListModels),
    route("GET", "/v1/spend", Needs::Tenant, Action::ReadSpend),
    route("GET", "/v1/jobs/{id}/audit", Needs::Tenant, Action::ReadAudit),
    route("GET", "/v1/reviews", Needs::Tenant, Action::ListReviews),
    route("GET", "/v1/reviews/{id}", Needs::Tenant, Action::ReadReview),
    route("POST", "/v1/reviews/{id}/claim", REVIEWER, Action::ClaimReview),
    route("POST", "/v1/reviews/{id}/release", REVIEWER, Action::ReleaseReview),
    route("POST", "/v1/reviews/{id}/decide", REVIEWER, Action::DecideReview),
    route("POST", "/v1/reviews/{id}/undo", REVIEWER, Action::UndoReview),
    route("POST", "/v1/reviews/{id}/link", Needs::Person(Role::Operator), Action::LinkReview),
    route("GET", "/review/{token}", Needs::Signature, Action::ShowLink),
    route("POST", "/review/{token}", Needs::Signature, Action::ActOnLink),
    route("GET", "/v1/triggers", Needs::Tenant, Action::ListTriggers),
    route("PUT", "/v1/triggers/{name}", Needs::Tenant, Action::PutTrigger),
    route("GET", "/v1/triggers/{name}", Needs::Tenant, Action::ReadTrigger),
    route("POST", "/v1/triggers/{name}/test", Needs::Tenant, Action::TestTrigger),
    route("POST", "/v1/triggers/{name}/secret", Needs::Tenant, Action::RotateTriggerSecret),
    route("DELETE", "/v1/triggers/{name}", Needs::Tenant, Action::DeleteTrigger),
    route("POST", "/v1/hooks/{id}", Needs::Signature, Action::TakeHook),
    route("GET", "/v1/connections", Needs::Tenant, Action::ListConnections),
    route("PUT", "/v1/connections/{name}", Needs::Tenant, Action::PutConnection),
    route("GET", "/v1/connections/{name}", Needs::Tenant, Action::ReadConnection),
    route("POST", "/v1/connections/{name}/test", Needs::Tenant, Action::TestConnection),
    route("DELETE", "/v1/connections/{name}", Needs::Tenant, Action::DeleteConnection),
    route("POST", "/v1/publications/preview", Needs::Tenant, Action::PreviewPublication),
    route("GET", "/v1/publications", Needs::Tenant, Action::ListPublications),
    route("POST", "/v1/publications/{id}/reschedule", Needs::Tenant, Action::ReschedulePublication),
    route("POST", "/v1/publications/{id}/cancel", Needs::Tenant, Action::CancelPublication),
    route("GET", "/v1/publications/{id}", Needs::Tenant, Action::ReadPublication),
    route("POST", "/v1/publications/{id}/retry", Needs::Tenant, Action::RetryPublication),
    route("GET", "/v1/publications/{id}/metrics", Needs::Tenant, Action::ReadMetrics),
    route("POST", "/v1/takedowns", Needs::Tenant, Action::TakeDown),
    route("GET", "/v1/takedowns/{id}", Needs::Tenant, Action::ReadTakedown),
    route("GET", "/v1/errors", Needs::Nobody, Action::ListErrors),
    route("GET", "/v1/errors/{slug}", Needs::Nobody, Action::ExplainError),
    route("GET", "/openapi.json", Needs::Nobody, Action::DescribeApi),
    route("GET", "/pipeline.schema.json", Needs::Nobody, Action::DescribePipelines),
];

/// What lies at an address.
pub(crate) enum Found<'a> {
    /// A route, and the variable part of the address.
    Route(&'static Route, &'a str),
    /// Routes with other methods.
    Elsewhere(Vec<&'static str>),
    /// Nothing.
    Nothing,
}

/// What lies at this method and path.
pub(crate) fn find<'a>(method: &str, path: &'a str) -> Found<'a> {
    let there: Vec<(&Route, &str)> =
        ROUTES.iter().filter_map(|route| Some((route, fits(route.path, path)?))).collect();
    if let Some((route, id)) = there.iter().find(|(route, _)| route.method == method) {
        return Found::Route(route, id);
    }
    match there.is_empty() {
        true => Found::Nothing,
        false => Found::Elsewhere(there.iter().map(|(route, _)| route.method).collect()),
    }
}

/// The variable part of a path that fits the pattern; empty where the pattern has none.
fn fits<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    let mut variable = "";
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(variable),
            (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {
                variable = given;
            }
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return None,
        }
    }
}

impl Route {
    /// What its variable part names, such as a job.
    pub(crate) fn names(&self) -> Option<&'static str> {
        if !self.path.contains('{') {
            return None;
        }
        Some(match self.path.split('/').nth(2) {
            Some("jobs") => "job",
            Some("pipelines") => "pipeline",
            Some("policies") => "policy",
            Some("plants") => "plant",
            Some("assets") => "asset",
            Some("deliveries") => "delivery",
            Some("reviews") => "review",
            Some("triggers") => "trigger",
            Some("hooks") => "webhook",
            Some("connections") => "connection",
            Some("publications") => "publication",
            Some("takedowns") => "take-down",
            _ => "problem type",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_the_gateway_has_its_route_here() {
        let template = include_str!("../../../infra/template.yaml");
        let keys = template.lines().filter(|line| line.contains("IntakeIntegration}"));
        for line in keys.filter(|line| line.contains("/v1/")) {
            let key = line.split('"').nth(1).unwrap();
            let (method, path) = key.split_once(' ').unwrap();
            let address = path.replace(['{', '}'], "");
            let found = find(method, &address);
            assert!(matches!(found, Found::Route(route, _) if route.path == path), "{key}");
        }
    }

    #[test]
    fn an_address_with_another_method_names_those_it_has() {
        let Found::Elsewhere(methods) = find("DELETE", "/v1/pipelines/hero") else { panic!() };
        assert_eq!(methods, ["PUT", "GET"]);
        for path in ["/", "/v1", "/v1/jobs/", "/v1/jobs/a/b", "/v2/jobs", "/v1/jobs//events", ""] {
            assert!(matches!(find("GET", path), Found::Nothing), "{path}");
        }
    }
}
