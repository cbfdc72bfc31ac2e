//! The table of a deployment, opened by an operator.
use aws::DynamoTable;
use aws_config::{Region, retry::RetryConfig};
use aws_sdk_dynamodb::{
    Client,
    config::{Builder, Credentials},
};

use crate::{failure::Failure, session::Session, settings::Place};

/// Opens the table that is meant: the one named, or the one of the place in use.
pub(super) async fn open(session: &Session, named: Option<String>) -> Result<DynamoTable, Failure> {
    let (name, place) = chosen(session.place()?, named)?;
    let shared = aws::config::load().await;
    // The adapter decides itself what may be tried again.
    let mut config = Builder::from(&shared).retry_config(RetryConfig::disabled());
    if let Some(region) = place.region {
        config = config.region(Region::new(region));
    }
    if let Some(endpoint) = place.endpoint_url {
        config = config.endpoint_url(endpoint);
    }
    if let Some(local) = place.credentials {
        let (id, secret) = (local.access_key_id, local.secret_access_key);
        config = config.credentials_provider(Credentials::new(id, secret, None, None, "galley"));
    }
    Ok(DynamoTable::new(Client::from_conf(config.build()), name))
}

/// A table of another name is another deployment's: what is known of this place does not hold for it.
fn chosen(place: Place, named: Option<String>) -> Result<(String, Place), Failure> {
    match (named, place.table.clone()) {
        (Some(named), Some(own)) if named == own => Ok((own, place)),
        (Some(named), _) => Ok((named, Place::default())),
        (None, Some(own)) => Ok((own, place)),
        (None, None) => Err(Failure::here(
            "no table: none given, no .galley/stack.json upward, no profile that names one",
            "pass --table NAME or set GALLEY_TABLE; the deployment's outputs name it",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local() -> Place {
        let endpoint_url = Some("http://127.0.0.1:4566".into());
        Place { table: Some("galley".into()), endpoint_url, ..Place::default() }
    }

    #[test]
    fn the_local_endpoint_is_not_used_for_another_table() {
        let (name, place) = chosen(local(), Some("galley-production".into())).unwrap();
        assert_eq!((name.as_str(), place.endpoint_url), ("galley-production", None));
        let (name, place) = chosen(local(), None).unwrap();
        assert_eq!((name.as_str(), place.endpoint_url.is_some()), ("galley", true));
        assert!(chosen(Place::default(), None).is_err());
    }
}
