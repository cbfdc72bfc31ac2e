//! Signatures of AWS (SigV4) with a key of the operator's: `access:secret`, and `:token` where it is a temporary one.

use crate::desk::Desk;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningInstructions, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use reqwest::{Method, RequestBuilder, Url};
use std::time::{Duration, SystemTime};

/// A call to a service, before it is signed.
#[derive(Debug)]
pub struct Call<'a> {
    /// The service that the signature is for, such as `bedrock`.
    pub service: &'a str,
    /// How it is called.
    pub method: Method,
    /// Where it is called.
    pub url: Url,
    /// What it is told besides; all of it is signed.
    pub headers: Vec<(&'static str, String)>,
    /// What it is told.
    pub body: Vec<u8>,
}

/// The parts of the key: access key, secret, the token of a temporary one, and what else there is.
pub fn parts<'a>(desk: &Desk<'a>) -> [&'a str; 4] {
    let mut parts = desk.key.secret.splitn(4, ':');
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// The region that the base address names; where it names none, as an emulator's does, the first one.
pub fn region(desk: &Desk<'_>) -> String {
    let url = desk.url("/").ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    let region = aws(host).and_then(|name| name.rsplit('.').next());
    region.unwrap_or("us-east-1").to_owned()
}

/// What stands before `.amazonaws.com` in a host's name.
fn aws(host: &str) -> Option<&str> {
    host.strip_suffix(".amazonaws.com").or(host.strip_suffix(".amazonaws.com.cn"))
}

/// Where an object of S3 is. An address that is not AWS's stands for all services, as an emulator's does.
pub fn object(desk: &Desk<'_>, bucket: &str, key: &str) -> Result<Url, String> {
    let here = desk.url("/")?;
    let host = here.host_str().unwrap_or_default();
    let mut url = match aws(host) {
        Some(_) => {
            let end = if host.ends_with(".cn") { ".cn" } else { "" };
            let address = format!("https://s3.{}.amazonaws.com{end}/", region(desk));
            Url::parse(&address).map_err(|cause| cause.to_string())?
        }
        None => here,
    };
    let mut path = url.path_segments_mut().map_err(|()| "no place for objects".to_owned())?;
    path.clear().push(bucket).extend(key.split('/'));
    drop(path);
    Ok(url)
}

/// The bucket and the key of an `s3://` address.
pub fn place(uri: &str) -> Option<(&str, &str)> {
    let (bucket, key) = uri.strip_prefix("s3://")?.split_once('/')?;
    (!bucket.is_empty() && !key.is_empty()).then_some((bucket, key))
}

/// The call, signed for now.
pub fn signed(desk: &Desk<'_>, call: Call<'_>) -> Result<RequestBuilder, String> {
    let settings = settings(call.service);
    let signature = signature(desk, &call, settings)?;
    let mut request = desk.request_at(call.method, call.url)?.body(call.body);
    for (name, value) in &call.headers {
        request = request.header(*name, value);
    }
    for (name, value) in signature.headers() {
        request = request.header(name, value);
    }
    Ok(request)
}

/// An address at which an object can be read for a while, by whoever has it.
pub fn presigned(desk: &Desk<'_>, mut url: Url, seconds: u32) -> Result<Url, String> {
    let mut settings = settings("s3");
    settings.signature_location = SignatureLocation::QueryParams;
    settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
    settings.expires_in = Some(Duration::from_secs(seconds.into()));
    let call = Call {
        service: "s3",
        method: Method::GET,
        url: url.clone(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let signature = signature(desk, &call, settings)?;
    url.query_pairs_mut().extend_pairs(signature.params());
    Ok(url)
}

/// S3 takes paths as they are, and wants to know the hash of what comes.
fn settings(service: &str) -> SigningSettings {
    let mut settings = SigningSettings::default();
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    settings
}

fn signature(
    desk: &Desk<'_>,
    call: &Call<'_>,
    settings: SigningSettings,
) -> Result<SigningInstructions, String> {
    let [access, secret, token, _] = parts(desk);
    let token = Some(token.to_owned()).filter(|token| !token.is_empty());
    let identity = Credentials::new(access, secret, token, None, "operator").into();
    let region = region(desk);
    let since = Duration::from_millis(desk.now.0.unsigned_abs());
    // Whoever uses a presigned address later sends no body that could be signed now.
    let body = match settings.signature_location {
        SignatureLocation::QueryParams => SignableBody::UnsignedPayload,
        _ => SignableBody::Bytes(&call.body),
    };
    let params = SigningParams::builder()
        .identity(&identity)
        .region(&region)
        .name(call.service)
        .time(SystemTime::UNIX_EPOCH + since)
        .settings(settings)
        .build()
        .map_err(|cause| cause.to_string())?
        .into();
    let headers = call.headers.iter().map(|(name, value)| (*name, value.as_str()));
    let request = SignableRequest::new(call.method.as_str(), call.url.as_str(), headers, body);
    let signed = request.and_then(|request| sign(request, &params));
    Ok(signed.map_err(|cause| cause.to_string())?.into_parts().0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Key, Wire};
    use crate::gpu::Allowed;
    use domain::Time;

    /// Asks something of a desk at an address, on the day of AWS's own examples.
    #[track_caller]
    fn at<T>(base: &str, ask: impl Fn(&Desk<'_>) -> T) -> T {
        let secret = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let key = Key { secret: secret.into(), webhook: String::new() };
        let wire = Wire::new(Allowed::new(["127.0.0.1:4566".into()]));
        let then = Time::parse("2013-05-24T00:00:00Z").unwrap();
        ask(&wire.desk(base, &key, then))
    }

    const BEDROCK: &str = "https://bedrock-runtime.eu-central-1.amazonaws.com";

    #[test]
    fn the_region_is_that_of_the_address() {
        assert_eq!(at(BEDROCK, region), "eu-central-1");
        assert_eq!(at("http://127.0.0.1:4566", region), "us-east-1");
        let china = "https://runtime.sagemaker.cn-north-1.amazonaws.com.cn";
        assert_eq!(at(china, region), "cn-north-1");
    }

    #[test]
    fn an_object_is_in_the_region_of_its_service_or_at_the_emulator() {
        let object =
            |base| at(base, |desk| object(desk, "b-1", "out/a b.mp4").unwrap().to_string());
        assert_eq!(object(BEDROCK), "https://s3.eu-central-1.amazonaws.com/b-1/out/a%20b.mp4");
        assert_eq!(object("http://127.0.0.1:4566"), "http://127.0.0.1:4566/b-1/out/a%20b.mp4");
        assert_eq!(place("s3://b-1/out/a.mp4"), Some(("b-1", "out/a.mp4")));
        assert_eq!(place("s3://b-1"), None);
        assert_eq!(place("https://b-1/out"), None);
    }

    #[test]
    fn a_presigned_address_is_the_one_of_the_documentation() {
        // The example of the documentation.
        let url = at("https://s3.us-east-1.amazonaws.com", |desk| {
            let url = Url::parse("https://examplebucket.s3.amazonaws.com/test.txt").unwrap();
            presigned(desk, url, 86_400).unwrap()
        });
        let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        assert!(url.as_str().ends_with(&format!("X-Amz-Signature={signature}")), "{url}");
        assert!(url.as_str().contains("X-Amz-Expires=86400"), "{url}");
    }

    #[test]
    fn a_key_may_have_a_token_and_more() {
        let key = |secret: &str| Key { secret: secret.into(), webhook: String::new() };
        let wire = Wire::default();
        let parts = |secret| {
            let key = key(secret);
            parts(&wire.desk(BEDROCK, &key, Time(0))).map(str::to_owned)
        };
        assert_eq!(parts("a:s"), ["a", "s", "", ""]);
        assert_eq!(parts("a:s::bucket/p"), ["a", "s", "", "bucket/p"]);
        assert_eq!(parts("a:s:t:b"), ["a", "s", "t", "b"]);
    }
}
