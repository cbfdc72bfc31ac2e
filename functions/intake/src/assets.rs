//! An asset, with an address from which its bytes can be had for a while.

use crate::Intake;
use crate::answer::Answered;
use crate::auth::Asked;
use crate::query;
use aws::http::HttpResponse;
use domain::id::AssetId;
use domain::job::asset_json;
use domain::ports::Bucket;
use domain::problem::{ProblemDocument, ProblemType};
use domain::record::AssetRecord;
use serde_json::json;

/// How long the address is good, in seconds.
const VALID_S: u32 = 900;

/// `GET /v1/assets/{id}`.
pub(crate) async fn read(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let id = AssetId::parse(asked.id).map_err(|_| asked.nothing())?;
    let asset: Option<AssetRecord> = asked.found(&AssetRecord::record_key(&id))?;
    let asset = asset.filter(|asset| asked.caller.may_read(&id.job(), &asset.tenant).is_ok());
    let asset = asset.ok_or_else(|| asked.nothing())?;
    if let Some(erased) = &asset.erased {
        let detail = format!("the asset was {erased}");
        return Err(ProblemDocument::new(ProblemType::Erased, detail).into());
    }
    let signed = intake.objects.presign_get(Bucket::Assets, &asset.key, VALID_S).await?;
    let mut body = asset_json(&asset);
    body["url"] = json!(signed.url);
    body["url_expires_at"] = json!(asked.now.plus_s(VALID_S).rfc3339());
    Ok(HttpResponse::json(200, &body).with("cache-control", "no-store"))
}
