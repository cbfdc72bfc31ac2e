//! A question about an account: whether a connection opens it, or what somebody who signed in brought back.

use crate::Publishing;
use domain::error::{Error, Result};
use domain::publish::{
    Connection, Grant, Opens, Probed, Question, Renewed, Spoke, Standing, Tried,
};
use domain::time::Time;
use serde_json::Value;

impl Publishing<'_> {
    /// Asks a target, and puts on record how the connection stands. What is renewed is kept before it is used.
    pub(crate) async fn tried(&self, question: &Question, now: Time) -> Result<Tried> {
        let (tenant, name) = (&question.tenant, &question.connection);
        let nothing = || Error::Invalid(format!("there is no connection {name}"));
        let read = Connection::read(self.table, tenant, name).await?;
        let mut connection = read.ok_or_else(nothing)?;
        let kind = connection.kind.clone();
        let hub = self.hub.as_ref();
        let found = hub.and_then(|hub| Some((hub, *hub.spokes.get(kind.as_str())?)));
        let Some((hub, spoke)) = found else {
            return Err(Error::Invalid(format!("nothing here publishes posts at {kind}")));
        };
        let Some(mut grant) = connection.grant(hub.vault, tenant).await? else {
            return self.stands(question, &connection, shut("its secret is not there"), now).await;
        };
        let renewed = match &question.signed_in {
            Some(signed_in) => spoke.redeem(&grant, signed_in, now).await,
            None if grant.expires_at.is_some_and(|at| at <= now) => spoke.renew(&grant, now).await,
            None => Renewed::Good,
        };
        match renewed {
            Renewed::Good => {}
            Renewed::With(secret, at) => {
                self.keep(question, (&mut connection, &mut grant), (secret, at), now).await?;
            }
            Renewed::Over(why) => {
                return self.stands(question, &connection, shut(&why), now).await;
            }
            Renewed::Unknown(why) => return Ok(Probed::Unknown(why).into()),
        }
        let mut tried = self.probe(spoke, &grant).await;
        if tried.opens == Opens::No && question.signed_in.is_none() {
            // What is over may be renewed, where it can be.
            if let Renewed::With(secret, at) = spoke.renew(&grant, now).await {
                self.keep(question, (&mut connection, &mut grant), (secret, at), now).await?;
                tried = self.probe(spoke, &grant).await;
            }
        }
        self.stands(question, &connection, tried, now).await
    }

    async fn probe(&self, spoke: &dyn Spoke, grant: &Grant) -> Tried {
        spoke.probe(grant).await.into()
    }

    async fn keep(
        &self,
        question: &Question,
        (connection, grant): (&mut Connection, &mut Grant),
        (secret, expires_at): (serde_json::Map<String, Value>, Option<Time>),
        now: Time,
    ) -> Result<()> {
        let Some(hub) = &self.hub else { return Ok(()) };
        let name = Connection::secret_name(&question.tenant, &question.connection);
        hub.vault.keep(&name, &Value::Object(secret.clone()).to_string()).await?;
        let write = connection.stands(&question.tenant, connection.state, None, now);
        self.table.write(vec![write.also("expires_at", expires_at)]).await?;
        (grant.secret, grant.expires_at) = (secret, expires_at);
        connection.expires_at = expires_at;
        Ok(())
    }

    /// Puts on record how the connection stands; nothing, where nobody found out.
    async fn stands(
        &self,
        question: &Question,
        connection: &Connection,
        tried: Tried,
        now: Time,
    ) -> Result<Tried> {
        let (state, why) = match tried.opens {
            Opens::Yes => (Standing::Ok, None),
            Opens::No => (Standing::Expired, Some(tried.said.as_str())),
            Opens::Unknown => return Ok(tried),
        };
        let write = connection.stands(&question.tenant, state, why, now);
        self.table.write(vec![write]).await?;
        Ok(tried)
    }
}

fn shut(why: &str) -> Tried {
    Probed::Shut(why.to_owned()).into()
}
