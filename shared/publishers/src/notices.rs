//! Notices to webhooks: one signed POST, after Standard Webhooks 1.0.0, and what the receiver said.

use crate::guarded::{Answer, Guarded};
use crate::signature;
use crate::signed::{Reading, Source};
use async_trait::async_trait;
use domain::Result;
use domain::notify::{Notice, Posted};
use domain::ports::Receivers;
use domain::sign::SigningKey;
use std::sync::Arc;

/// The receivers of notices, as callers name them.
pub struct Notices {
    client: Guarded,
    key: Source,
}

impl Notices {
    /// Calls receivers through this client; tenants' secrets come from this key, read when needed.
    pub fn new(
        client: Guarded,
        key: impl Fn(Option<String>) -> Reading + Send + Sync + 'static,
    ) -> Self {
        Self { client, key: Arc::new(key) }
    }
}

#[async_trait]
impl Receivers for Notices {
    async fn post(&self, notice: &Notice) -> Result<Posted> {
        let key = SigningKey::new((self.key)(None).await?);
        let headers = headers(notice, &key);
        let body = notice.body.clone().into_bytes();
        Ok(match self.client.post(&notice.url, &headers, body).await {
            Ok(Answer { status, retry_after }) => Posted::Answered(status, retry_after),
            Err(failure) => Posted::Failed(failure.to_string()),
        })
    }
}

/// The three headers of Standard Webhooks.
pub fn headers(notice: &Notice, key: &SigningKey) -> [(&'static str, String); 3] {
    let seconds = notice.at.unix_s();
    let secrets = notice.signing.secrets(key, &notice.tenant, notice.at);
    let signed = signature::signatures(&secrets, &notice.id, seconds, notice.body.as_bytes());
    [
        ("webhook-id", notice.id.clone()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signed),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receiver::{Manner, Receiver};
    use crate::signature::{Secret, Signing};
    use domain::fakes::NOW;
    use domain::id::TenantId;
    use std::time::Duration;

    async fn post(receiver: &Receiver, signing: Signing) -> Posted {
        let client = Guarded::new([receiver.entry()]).within(Duration::from_millis(300));
        let notices = Notices::new(client, |_| Box::pin(async { Ok("deployment".to_owned()) }));
        let notice = Notice {
            tenant: TenantId::parse("acme").unwrap(),
            signing,
            id: "j1.00000007".into(),
            url: format!("http://{}/hook", receiver.entry()),
            body: r#"{"type":"job.failed"}"#.into(),
            at: NOW,
        };
        notices.post(&notice).await.unwrap()
    }

    #[tokio::test]
    async fn a_notice_is_signed_by_both_secrets_while_rotating() {
        let receiver = Receiver::start(Manner::Head("204 No Content"));
        let signing = Signing { number: 1, previous_until: Some(NOW.plus_s(1)) };
        assert_eq!(post(&receiver, signing).await, Posted::Answered(204, None));
        let [got] = receiver.got().try_into().unwrap();
        let (key, acme) = (SigningKey::new("deployment"), TenantId::parse("acme").unwrap());
        let sign = |number| {
            let secret = Secret::numbered(&key, &acme, number);
            secret.sign(&got.headers["webhook-id"], 1_700_000_000, &got.body)
        };
        assert_eq!(got.headers["webhook-signature"], format!("{} {}", sign(1), sign(0)));
        assert_eq!(got.headers["content-type"], "application/json");
    }

    #[tokio::test]
    async fn what_a_receiver_says_and_what_it_does_not_say_are_told() {
        let answered = async |manner| post(&Receiver::start(manner), Signing::default()).await;
        let busy = Manner::Head("503 Busy\r\nretry-after: 7");
        assert_eq!(answered(busy).await, Posted::Answered(503, Some("7".into())));
        let moved = Manner::Head("302 Found\r\nlocation: https://a.example/");
        assert_eq!(answered(moved).await, Posted::Answered(302, None));
        let silent = answered(Manner::Silent).await;
        assert_eq!(silent, Posted::Failed("no answer within 300ms".into()));
        assert!(matches!(answered(Manner::HangUp).await, Posted::Failed(_)));
    }
}
