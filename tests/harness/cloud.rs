//! Calls of AWS that Galley itself never makes, signed by hand (Signature Version 4): no SDK for each of them.

use super::stack::Stack;
use aws::clock;
use domain::sign::sha256;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// The account's root, with a connection of its own.
#[derive(Clone, Debug)]
pub(crate) struct Cloud {
    http: reqwest::Client,
    stack: Stack,
}

/// One call before it is signed.
struct Call<'a> {
    service: &'a str,
    method: reqwest::Method,
    path: String,
    target: Option<&'a str>,
    body: String,
}

impl Cloud {
    pub(crate) fn new(http: reqwest::Client, stack: Stack) -> Self {
        Self { http, stack }
    }

    /// Invokes a function and waits for what it returns; panics where it fails.
    pub(crate) async fn invoke(&self, function: &str, event: &Value) -> Value {
        let name = &self.stack.functions[function];
        let path = format!("/2015-03-31/functions/{name}/invocations");
        let body = event.to_string();
        let answer = self.send(Call {
            service: "lambda",
            method: reqwest::Method::POST,
            path,
            target: None,
            body,
        });
        let answer = answer.await;
        let failed = answer.headers().contains_key("x-amz-function-error");
        let text = answer.text().await.expect("the function's answer can be read");
        assert!(!failed, "{function} failed: {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Gives a function another time-out, in a version of its own that everything calls from then on.
    pub(crate) async fn set_timeout(&self, function: &str, seconds: u64) {
        let name = &self.stack.functions[function];
        let put = reqwest::Method::PUT;
        let timeout = json!({ "Timeout": seconds });
        self.lambda(put.clone(), format!("{name}/configuration"), &timeout).await;
        let none = json!({});
        let version = self.lambda(reqwest::Method::POST, format!("{name}/versions"), &none);
        let version = json!({ "FunctionVersion": version.await["Version"] });
        self.lambda(put, format!("{name}/aliases/live"), &version).await;
    }

    async fn lambda(&self, method: reqwest::Method, path: String, body: &Value) -> Value {
        let path = format!("/2015-03-31/functions/{path}");
        let body = body.to_string();
        let answer = self.send(Call { service: "lambda", method, path, target: None, body }).await;
        let status = answer.status();
        let text = answer.text().await.expect("an answer can be read");
        assert!(status.is_success(), "{status}: {text}");
        serde_json::from_str(&text).expect("an answer is JSON")
    }

    /// A function's time-out.
    pub(crate) async fn timeout(&self, function: &str) -> u64 {
        let path =
            format!("/2015-03-31/functions/{}/configuration", self.stack.functions[function]);
        let method = reqwest::Method::GET;
        let body = String::new();
        let answer = self.send(Call { service: "lambda", method, path, target: None, body }).await;
        let answer: Value = answer.json().await.expect("a configuration is JSON");
        answer["Timeout"].as_u64().expect("a function has a time-out")
    }

    /// What a function printed since then, line by line.
    pub(crate) async fn printed(&self, function: &str, since_ms: i64) -> Vec<String> {
        let group = format!("/aws/lambda/{}", self.stack.functions[function]);
        let mut lines = Vec::new();
        let mut next = Value::Null;
        loop {
            let mut ask = json!({ "logGroupName": group, "startTime": since_ms });
            if next.is_string() {
                ask["nextToken"] = next;
            }
            let page = self.json("logs", "Logs_20140328.FilterLogEvents", &ask).await;
            let events = page["events"].as_array().cloned().unwrap_or_default();
            lines.extend(
                events.iter().filter_map(|event| Some(event["message"].as_str()?.to_owned())),
            );
            next = page["nextToken"].clone();
            if !next.is_string() {
                return lines;
            }
        }
    }

    /// What a function logged since then: its lines that are JSON.
    pub(crate) async fn logged(&self, function: &str, since_ms: i64) -> Vec<Value> {
        let lines = self.printed(function, since_ms).await;
        lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Puts an event on the stack's own bus, as a content management system does.
    pub(crate) async fn put_event(&self, source: &str, kind: &str, detail: &Value) {
        let entry = json!({
            "Source": source, "DetailType": kind, "Detail": detail.to_string(), "EventBusName": self.stack.bus,
        });
        let answer =
            self.json("events", "AWSEvents.PutEvents", &json!({ "Entries": [entry] })).await;
        assert_eq!(answer["FailedEntryCount"], 0, "{answer}");
    }

    /// All records of the table, as text.
    pub(crate) async fn scan(&self) -> String {
        let mut all = String::new();
        let mut after = Value::Null;
        loop {
            let mut ask = json!({ "TableName": self.stack.table });
            if after.is_object() {
                ask["ExclusiveStartKey"] = after;
            }
            let page = self.json("dynamodb", "DynamoDB_20120810.Scan", &ask).await;
            all.push_str(&page["Items"].to_string());
            after = page["LastEvaluatedKey"].clone();
            if !after.is_object() {
                return all;
            }
        }
    }

    async fn json(&self, service: &str, target: &str, body: &Value) -> Value {
        let (path, method) = ("/".to_owned(), reqwest::Method::POST);
        let call = Call { service, method, path, target: Some(target), body: body.to_string() };
        let answer = self.send(call).await;
        let status = answer.status();
        let text = answer.text().await.expect("an answer can be read");
        assert_eq!(status, 200, "{target}: {text}");
        serde_json::from_str(&text).expect("an answer is JSON")
    }

    async fn send(&self, call: Call<'_>) -> reqwest::Response {
        let host = self.stack.endpoint_url.trim_start_matches("http://").to_owned();
        let at: String = clock::now().rfc3339().chars().filter(|c| !"-:".contains(*c)).collect();
        let at = format!("{}Z", at.split('.').next().unwrap_or_default());
        let mut headers = vec![("host", host), ("x-amz-date", at.clone())];
        headers.extend(call.target.map(|target| ("x-amz-target", target.to_owned())));
        let authorization = self.authorization(&call, &headers, &at);
        let mut request =
            self.http.request(call.method, format!("{}{}", self.stack.endpoint_url, call.path));
        for (name, value) in &headers {
            request = request.header(*name, value);
        }
        let media_type =
            if call.target.is_some() { "application/x-amz-json-1.1" } else { "application/json" };
        let request =
            request.header("authorization", authorization).header("content-type", media_type);
        request.body(call.body).send().await.expect("the emulator answers")
    }

    fn authorization(&self, call: &Call<'_>, headers: &[(&str, String)], at: &str) -> String {
        let signed: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
        let signed = signed.join(";");
        let lines: String =
            headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let body = sha256(call.body.as_bytes());
        let request = format!("{}\n{}\n\n{lines}\n{signed}\n{body}", call.method, call.path);
        let scope = format!("{}/{}/{}/aws4_request", &at[..8], self.stack.region, call.service);
        let text = format!("AWS4-HMAC-SHA256\n{at}\n{scope}\n{}", sha256(request.as_bytes()));
        let secret = format!("AWS4{}", self.stack.credentials.secret_access_key);
        let key = scope.split('/').fold(secret.into_bytes(), |key, part| mac(&key, part));
        let signature: String = mac(&key, &text).iter().map(|byte| format!("{byte:02x}")).collect();
        let id = &self.stack.credentials.access_key_id;
        format!(
            "AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={signed}, Signature={signature}"
        )
    }
}

fn mac(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("an HMAC key may have any length");
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
