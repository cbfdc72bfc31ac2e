//! Finds the facts: through the API as a tenant would, and past it with AWS credentials.
use std::{collections::BTreeMap, time::Duration};

use aws_sdk_sqs::types::QueueAttributeName;
use domain::{
    gate::Lists,
    id::TenantId,
    lane::{GPU, LaneView},
    person::{PREFIX, PersonRecord, Role},
    ports::Table,
    review,
    store::{Query, from_item, sort_key},
    tenant::{self, TENANTS},
};
use serde_json::Value;

use super::{
    credentials,
    facts::{Api, Facts, Found},
};
use crate::{
    commands::deployment::{self, Deployment, Which, outputs::pairs},
    failure::Failure,
    session::Session,
};

/// Reviews of a tenant that are counted.
const REVIEWS_MOST: u32 = 100;

pub(super) async fn facts(which: Which, session: &Session) -> Result<Facts, Failure> {
    let place = session.place()?;
    let deployment = deployment::open(session, which).await;
    let deployed = deployment.as_ref().ok().and_then(Deployment::api);
    let address = place.api.clone().or(deployed.map(str::to_owned));
    let web = reqwest::Client::builder().timeout(Duration::from_secs(10)).build();
    let web = web.map_err(|error| Failure::here(error.to_string(), "try again"))?;
    let (api, ahead_s) = match &address {
        Some(address) => api(&web, address).await,
        None => (Err("no address is known".into()), None),
    };
    let key = match (&address, &place.key) {
        (Some(address), Some(key)) if api.is_ok() => Some(asked(&web, address, key).await),
        _ => None,
    };
    let console = match &address {
        Some(address) if api.is_ok() => Some(console(address).await),
        _ => None,
    };
    let own_version = env!("CARGO_PKG_VERSION").to_owned();
    let mut facts = Facts {
        own_version,
        identity: Err(String::new()),
        stack: None,
        api,
        key,
        console,
        ahead_s,
        tenants: Ok(BTreeMap::new()),
        unheard: BTreeMap::new(),
        secrets: BTreeMap::new(),
        certified: None,
        lane: Ok(LaneView::default()),
        dead_letters: BTreeMap::new(),
        concurrency: Ok(0),
        alarms: Ok(Vec::new()),
    };
    match deployment {
        Ok(deployment) => past_the_api(&deployment, &mut facts).await,
        Err(error) => facts.identity = Err(error.to_string()),
    }
    Ok(facts)
}

async fn api(web: &reqwest::Client, address: &str) -> (Found<Api>, Option<i64>) {
    let url = format!("{}/openapi.json", address.trim_end_matches('/'));
    let answer = match web.get(&url).send().await {
        Ok(answer) => answer,
        Err(_) => return (Err(format!("{address} does not answer")), None),
    };
    let status = answer.status();
    let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    let ahead_s = date.map(|date| aws::clock::now().unix_s() - date.timestamp().as_second());
    let described: Value = answer.json().await.unwrap_or_default();
    let api = match (&described["info"]["title"], described["info"]["version"].as_str()) {
        (Value::String(title), Some(version)) if title == "Galley" => {
            Ok(Api { address: address.to_owned(), version: version.to_owned() })
        }
        _ => Err(format!("{address} is no Galley that describes itself ({status})")),
    };
    (api, ahead_s)
}

async fn asked(web: &reqwest::Client, address: &str, key: &str) -> Found<u16> {
    let url = format!("{}/v1/jobs?limit=1", address.trim_end_matches('/'));
    let answer = web.get(url).bearer_auth(key).send().await;
    answer.map(|answer| answer.status().as_u16()).map_err(|_| "no answer".into())
}

/// Where the console sends somebody who wants to sign in.
async fn console(address: &str) -> Found<String> {
    let web = reqwest::Client::builder().timeout(Duration::from_secs(15));
    let web = web.redirect(reqwest::redirect::Policy::none()).build();
    let web = web.map_err(|error| error.to_string())?;
    let url = format!("{}/console/signin", address.trim_end_matches('/'));
    let answer = web.get(url).send().await.map_err(|_| "no answer".to_owned())?;
    let to = answer.headers().get("location").and_then(|to| to.to_str().ok());
    let to = to.filter(|_| answer.status().as_u16() == 303).and_then(|to| to.split('?').next());
    to.map(str::to_owned).ok_or_else(|| format!("it answers {}", answer.status().as_u16()))
}

async fn past_the_api(deployment: &Deployment, facts: &mut Facts) {
    let asked = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];
    facts.identity = match deployment.ask("sts", &asked).await {
        Ok(text) => element(&text, "Arn").ok_or_else(|| "nobody".into()),
        Err(error) => Err(error.to_string()),
    };
    if facts.identity.is_err() {
        return;
    }
    let mut names = BTreeMap::new();
    if let Some(stack) = deployment.stack() {
        let asked = [("Action", "DescribeStacks"), ("Version", "2010-05-15"), ("StackName", stack)];
        let described = deployment.ask("cloudformation", &asked).await;
        let described = described.map_err(|error| error.to_string());
        if let Ok(text) = &described {
            names = pairs(text, "ParameterKey", "ParameterValue");
        }
        let status = described
            .and_then(|text| element(&text, "StackStatus").ok_or_else(|| "no status".into()));
        facts.stack = Some(status);
        facts.alarms = ringing(deployment, stack).await;
    }
    for (what, parameter) in
        [("endpoint key", "EndpointKeyName"), ("signing key", "SigningKeyName")]
    {
        if let Some(name) = names.get(parameter) {
            let value = deployment.secret(name).get().await;
            let length = value.map(|value| value.chars().count());
            facts.secrets.insert(what, length.map_err(|error| format!("{name}: {error}")));
        }
    }
    facts.certified = credentials::certified(deployment, &names).await;
    facts.tenants = tenants(deployment).await.map_err(|error| error.to_string());
    for name in facts.tenants.iter().flat_map(BTreeMap::keys) {
        // Where it cannot be told, the table could not be read, which is told already.
        if let Ok(waiting @ 1..) = unheard(&deployment.table, name).await {
            facts.unheard.insert(name.clone(), waiting);
        }
    }
    let lane = LaneView::read(&deployment.table, GPU).await;
    facts.lane = lane.map_err(|error| error.to_string());
    for (name, url) in deployment.dead_letters().unwrap_or_default() {
        facts.dead_letters.insert(name, waiting(deployment, &url).await);
    }
    facts.concurrency = concurrency(deployment).await;
}

async fn tenants(deployment: &Deployment) -> Result<BTreeMap<String, Option<String>>, Failure> {
    let items = deployment.table.query(&Query::partition(TENANTS)).await?;
    let objects = deployment.assets(None)?;
    let mut tenants = BTreeMap::new();
    for item in &items {
        let Ok(tenant) = TenantId::parse(sort_key(item)) else { continue };
        let wrong = Lists::read(&objects, &tenant).await.err().map(|error| error.to_string());
        tenants.insert(tenant.to_string(), wrong);
    }
    Ok(tenants)
}

/// How many reviews of a tenant wait while nobody with a personal key can decide any.
async fn unheard(table: &dyn Table, tenant: &str) -> Result<usize, Failure> {
    let tenant = TenantId::parse(tenant)?;
    let waiting = review::list(table, &tenant, (true, None), REVIEWS_MOST).await?.len();
    if waiting == 0 {
        return Ok(0);
    }
    let people = table.query(&Query::prefix(tenant::pk(&tenant), PREFIX)).await?;
    let people =
        people.iter().map(from_item::<PersonRecord>).collect::<domain::Result<Vec<_>>>()?;
    let decide = people.iter().any(|person| person.roles.contains(&Role::Reviewer));
    Ok(if decide { 0 } else { waiting })
}

async fn waiting(deployment: &Deployment, url: &str) -> Found<u64> {
    let name = QueueAttributeName::ApproximateNumberOfMessages;
    let asked = deployment.sqs().get_queue_attributes().queue_url(url);
    let answer = asked.attribute_names(name.clone()).send().await;
    let answer = answer.map_err(|error| error.into_service_error().to_string())?;
    let many = answer.attributes.and_then(|attributes| attributes.get(&name)?.parse().ok());
    many.ok_or_else(|| "the queue does not say".into())
}

async fn ringing(deployment: &Deployment, stack: &str) -> Found<Vec<String>> {
    let prefix = format!("{stack}-");
    let asked = [
        ("Action", "DescribeAlarms"),
        ("Version", "2010-08-01"),
        ("StateValue", "ALARM"),
        ("AlarmNamePrefix", &prefix),
    ];
    let text = deployment.ask("monitoring", &asked).await.map_err(|error| error.to_string())?;
    let names = text.split("<AlarmName>").skip(1).filter_map(|rest| rest.split_once('<'));
    Ok(names.map(|(name, _)| name.to_owned()).collect())
}

async fn concurrency(deployment: &Deployment) -> Found<u64> {
    let text = deployment.read("lambda", "/2016-08-19/account-settings").await;
    let text = text.map_err(|error| error.to_string())?;
    let settings: Value = serde_json::from_str(&text).unwrap_or_default();
    let most = settings["AccountLimit"]["ConcurrentExecutions"].as_u64();
    most.ok_or_else(|| "the account does not say".into())
}

/// The text of the first element of that name.
fn element(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once("</")?.0.to_owned())
}
