//! Two calls of AWS for which no SDK is worth its weight: a stack's outputs, and a function's answer.
use std::{collections::BTreeMap, time::Duration};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::ProvideCredentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use serde_json::{Value, json};

use crate::{
    failure::Failure,
    settings::{Buckets, Place},
};

/// Where the deployment of a CloudFormation stack is, by its outputs and parameters.
pub(super) async fn place(config: &SdkConfig, stack: &str, own: Place) -> Result<Place, Failure> {
    let bad = |_| Failure::here(format!("`{stack}` is no stack's name"), "letters, digits and -");
    let form = [("Action", "DescribeStacks"), ("Version", "2010-05-15"), ("StackName", stack)];
    let body = reqwest::Url::parse_with_params("http://x/", form).map_err(bad)?;
    let body = body.query().unwrap_or_default().to_owned();
    let form = "application/x-www-form-urlencoded";
    let text = call(config, "cloudformation", "/", form, body).await?;
    Ok(named(&text, stack, own))
}

/// What a description of a stack says, under the names that a local stack's file uses.
fn named(text: &str, stack: &str, own: Place) -> Place {
    let outputs = pairs(text, "OutputKey", "OutputValue");
    let parameters = pairs(text, "ParameterKey", "ParameterValue");
    let output = |name: &str| outputs.get(name).cloned();
    let mut rest: BTreeMap<String, Value> = BTreeMap::new();
    let mut functions = serde_json::Map::new();
    for (name, value) in &outputs {
        if let Some(function) = name.strip_suffix("FunctionName") {
            functions.insert(function.to_lowercase(), json!(value));
        }
        if name.ends_with("QueueUrl") || name.ends_with("DeadLettersUrl") {
            rest.insert(snake(name), json!(value));
        }
    }
    rest.insert("functions".into(), functions.into());
    let named = parameters.get("CdnDistribution").filter(|id| !id.is_empty());
    if let Some(distribution) = outputs.get("CdnId").or(named) {
        rest.insert("distribution".into(), json!(distribution));
    }
    if let Some(path) = parameters.get("VendorsPath") {
        rest.insert("vendors_path".into(), json!(path));
    }
    Place {
        table: output("TableName"),
        buckets: output("AssetsBucketName").map(|assets| Buckets {
            assets,
            uploads: output("UploadsBucketName").unwrap_or_default(),
            public: output("PublicBucketName").unwrap_or_default(),
        }),
        dispatch_queue_url: output("DispatchQueueUrl"),
        state_machine_arn: output("StateMachineArn"),
        signing_key: parameters.get("SigningKeyName").cloned(),
        api: output("ApiUrl"),
        stack: Some(stack.to_owned()),
        secrets: None,
        rest,
        ..own
    }
}

/// `DispatchDeadLettersUrl` as `dispatch_dead_letters_url`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// The texts of two elements that follow each other, wherever they do.
pub(crate) fn pairs(text: &str, key: &str, value: &str) -> BTreeMap<String, String> {
    let inner = |part: &str, name: &str| {
        let rest = part.split_once(&format!("<{name}>"))?.1;
        Some(rest.split_once(&format!("</{name}>"))?.0.replace("&amp;", "&"))
    };
    let parts = text.split("<member>");
    parts.filter_map(|part| Some((inner(part, key)?, inner(part, value)?))).collect()
}

/// Invokes a function and waits for its answer.
pub(super) async fn invoke(
    config: &SdkConfig,
    function: &str,
    event: &Value,
) -> Result<Value, Failure> {
    let (name, alias) = function.split_once(':').unwrap_or((function, "$LATEST"));
    let path = format!("/2015-03-31/functions/{name}/invocations?Qualifier={alias}");
    let text = call(config, "lambda", &path, "application/json", event.to_string()).await?;
    let answer: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    match answer.get("errorMessage").and_then(Value::as_str) {
        Some(why) => Err(Failure::here(format!("{name} failed: {why}"), "read its log")),
        None => Ok(answer),
    }
}

/// One action of a service that takes forms, with its answer in XML.
pub(super) async fn form(
    config: &SdkConfig,
    service: &str,
    fields: &[(&str, &str)],
) -> Result<String, Failure> {
    let bad = |_| Failure::here("this cannot be asked", "check the names that were given");
    let url = reqwest::Url::parse_with_params("http://x/", fields).map_err(bad)?;
    let body = url.query().unwrap_or_default().to_owned();
    call(config, service, "/", "application/x-www-form-urlencoded", body).await
}

/// Calls a service, signed; without a body it is a GET.
pub(super) async fn call(
    config: &SdkConfig,
    service: &str,
    path: &str,
    media_type: &str,
    body: String,
) -> Result<String, Failure> {
    let next = "check AWS credentials, region and --stack (GALLEY_STACK)";
    let failed = |why: String| Failure::here(format!("{service}: {why}"), next);
    let region = config.region().map_or("us-east-1", |region| region.as_ref()).to_owned();
    let host = match config.endpoint_url() {
        Some(endpoint) => endpoint.trim_end_matches('/').to_owned(),
        None => format!("https://{service}.{region}.amazonaws.com"),
    };
    let url = format!("{host}{path}");
    let Some(provider) = config.credentials_provider() else {
        return Err(failed("there are no AWS credentials".into()));
    };
    let credentials = provider.provide_credentials().await;
    let identity = credentials.map_err(|error| failed(error.to_string()))?.into();
    let now = Duration::from_millis(aws::clock::now().0.unsigned_abs());
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&region)
        .name(service)
        .time(std::time::UNIX_EPOCH + now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| failed(error.to_string()))?
        .into();
    let headers = [("content-type", media_type)];
    let signable = SignableBody::Bytes(body.as_bytes());
    let method = if body.is_empty() { "GET" } else { "POST" };
    let request = SignableRequest::new(method, &url, headers.into_iter(), signable);
    let signed = request.and_then(|request| sign(request, &params));
    let (signed, _) = signed.map_err(|error| failed(error.to_string()))?.into_parts();
    let client = reqwest::Client::builder().timeout(Duration::from_secs(60)).build();
    let client = client.map_err(|error| failed(error.to_string()))?;
    let request = if body.is_empty() { client.get(&url) } else { client.post(&url) };
    let mut request = request.header("content-type", media_type);
    for (name, value) in signed.headers() {
        request = request.header(name, value);
    }
    let answer = request.body(body).send().await.map_err(|error| failed(error.to_string()))?;
    let status = answer.status();
    let text = answer.text().await.map_err(|error| failed(error.to_string()))?;
    match status.is_success() {
        true => Ok(text),
        false => Err(failed(format!("{status}: {}", crate::paint::plain(text.trim())))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_described_under_the_names_of_a_local_one() {
        let text = "<Parameters><member><ParameterKey>SigningKeyName</ParameterKey>\
            <ParameterValue>/live/key</ParameterValue></member></Parameters><Outputs>\
            <member><OutputKey>TableName</OutputKey><OutputValue>t</OutputValue></member>\
            <member><OutputKey>DispatchDeadLettersUrl</OutputKey><OutputValue>https://q?a&amp;b\
            </OutputValue></member><member><OutputKey>SettleFunctionName</OutputKey>\
            <OutputValue>galley-settle</OutputValue></member></Outputs>";
        let place = named(text, "galley", Place::default());
        assert_eq!(place.table.as_deref(), Some("t"));
        assert_eq!(place.signing_key.as_deref(), Some("/live/key"));
        assert_eq!(place.rest["dispatch_dead_letters_url"], "https://q?a&b");
        assert_eq!(place.rest["functions"]["settle"], "galley-settle");
    }
}
