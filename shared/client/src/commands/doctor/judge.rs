//! What the facts mean, and what to do about each. Pure, so that tests can make every check fail.
use domain::{
    Time,
    lane::{HostState, LaneView},
};
use serde::Serialize;

use super::{
    credentials,
    facts::{Facts, Found},
};

/// How far two clocks may be apart, in seconds: signatures are good for 300.
const SKEW_MOST_S: i64 = 60;
/// Characters that a secret must have.
const SECRET_LEAST: usize = 16;
/// Fewer functions at once than this, and dispatch, step and gate wait for one another.
const CONCURRENCY_LEAST: u64 = 100;

/// How one check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Health {
    Good,
    /// It works, but somebody should know.
    Warn,
    Bad,
}

/// One check.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Finding {
    pub(super) check: String,
    pub(super) health: Health,
    /// What was found.
    pub(super) found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

pub(super) fn good(check: &str, found: impl Into<String>) -> Finding {
    Finding { check: check.into(), health: Health::Good, found: found.into(), next: None }
}

pub(super) fn bad(check: &str, found: impl Into<String>, next: &str) -> Finding {
    let next = Some(next.to_owned());
    Finding { check: check.into(), health: Health::Bad, found: found.into(), next }
}

pub(super) fn warn(check: &str, found: impl Into<String>, next: &str) -> Finding {
    Finding { health: Health::Warn, ..bad(check, found, next) }
}

/// Every check, in the order in which one would mend them.
pub(super) fn all(facts: &Facts, now: Time) -> Vec<Finding> {
    let mut findings = api(facts);
    findings.push(facts.key.as_ref().map_or_else(no_key, key));
    findings.extend(facts.console.as_ref().map(console));
    findings.extend(facts.ahead_s.map(clock));
    findings.push(credentials(facts));
    // Without them nothing more can be known, and saying so ten times helps nobody.
    if facts.identity.is_err() {
        return findings;
    }
    findings.extend(facts.stack.as_ref().map(stack));
    findings.extend(facts.secrets.iter().map(|(name, length)| secret(name, length)));
    findings.extend(facts.certified.as_ref().map(|found| credentials::judged(found, now)));
    findings.extend(moderation(facts));
    findings.extend(facts.unheard.iter().map(|(tenant, waiting)| unheard(tenant, *waiting)));
    findings.extend(hosts(&facts.lane, now));
    findings.extend(facts.dead_letters.iter().map(|(name, many)| dead_letters(name, many)));
    findings.push(quota(&facts.concurrency));
    findings.extend(alarms(facts));
    findings
}

/// Reviews that will expire, as far as anybody knows: who signs in at the console may still decide them.
fn unheard(tenant: &str, waiting: usize) -> Finding {
    let found = format!("{waiting} wait, and nobody with a personal key can decide them");
    let next = format!("galley admin people put {tenant} NAME --role reviewer");
    warn(&format!("reviews of {tenant}"), found, &next)
}

fn console(place: &Found<String>) -> Finding {
    match place {
        Ok(place) => good("console", format!("people sign in at {place}")),
        Err(why) => bad(
            "console",
            why,
            "nobody can sign in: check OidcIssuer, and look into the logs of function console",
        ),
    }
}

fn credentials(facts: &Facts) -> Finding {
    match &facts.identity {
        Ok(arn) => good("credentials", arn),
        Err(why) => bad(
            "credentials",
            why,
            "set AWS_PROFILE, or run `aws configure` or `aws sso login`; without them only the API can be checked",
        ),
    }
}

fn stack(state: &Found<String>) -> Finding {
    match state {
        Ok(state) if state.ends_with("_COMPLETE") && !state.contains("ROLLBACK") => {
            good("stack", state)
        }
        Ok(state) if state.ends_with("_IN_PROGRESS") => {
            warn("stack", state, "wait until the deployment has ended, then ask again")
        }
        Ok(state) => bad(
            "stack",
            state,
            "the last deployment was undone: `aws cloudformation describe-stack-events` says why; deploy again",
        ),
        Err(why) => bad("stack", why, "check --stack (GALLEY_STACK), AWS_PROFILE and the region"),
    }
}

fn api(facts: &Facts) -> Vec<Finding> {
    let api = match &facts.api {
        Ok(api) => api,
        Err(why) => {
            let next = "check --api (GALLEY_API) and the network; on this machine, `make up` starts a stack";
            return vec![bad("api", why, next)];
        }
    };
    let version = match api.version == facts.own_version {
        true => good("version", &api.version),
        false => warn(
            "version",
            format!("the API is {}, this command {}", api.version, facts.own_version),
            "install the command of the API's version, or deploy this one's",
        ),
    };
    vec![good("api", &api.address), version]
}

fn no_key() -> Finding {
    let next = "pass --key or set GALLEY_KEY; `galley admin tenants add NAME` makes a tenant and prints its key";
    warn("key", "there is none, so nothing was asked as a tenant", next)
}

fn key(status: &Found<u16>) -> Finding {
    match status {
        Ok(200) => good("key", "accepted"),
        Ok(401) => bad(
            "key",
            "the API does not know it",
            "it may be another deployment's, or revoked: `galley admin tenants rotate NAME` prints a new one",
        ),
        Ok(status @ 500..) => bad(
            "key",
            format!("the API answered {status}"),
            "read the log of the function intake; a table or a parameter that it may not read is the usual cause",
        ),
        Ok(status) => bad(
            "key",
            format!("the API answered {status}"),
            "check that --api is the address of a Galley",
        ),
        Err(why) => bad("key", why, "check --api (GALLEY_API) and the network"),
    }
}

fn clock(ahead_s: i64) -> Finding {
    match ahead_s {
        apart if apart.abs() <= SKEW_MOST_S => good("clock", format!("{} s apart", apart.abs())),
        apart => bad(
            "clock",
            format!(
                "this machine is {} s {} the API",
                apart.abs(),
                if 0 < apart { "ahead of" } else { "behind" }
            ),
            "turn time synchronisation on (chronyd, timedatectl set-ntp true): signed requests and reports are refused from five minutes on",
        ),
    }
}

fn secret(name: &str, length: &Found<usize>) -> Finding {
    let check = format!("secret {name}");
    match length {
        Ok(length) if *length < SECRET_LEAST => bad(
            &check,
            format!("it has {length} characters"),
            "put one of 32 random characters or more: `aws ssm put-parameter --type SecureString --overwrite`",
        ),
        Ok(_) => good(&check, "readable"),
        Err(why) => bad(
            &check,
            why,
            "make it: `aws ssm put-parameter --type SecureString --name NAME --value \"$(openssl rand -base64 32)\"`; it is named by the stack's parameters",
        ),
    }
}

fn moderation(facts: &Facts) -> Vec<Finding> {
    let tenants = match &facts.tenants {
        Ok(tenants) => tenants,
        Err(why) => {
            let next = "check the table's name, region, and the right to read it";
            return vec![bad("table", why, next)];
        }
    };
    let mut findings = vec![match tenants.len() {
        0 => warn("table", "it has no tenants", "`galley admin tenants add NAME` makes one"),
        many => good("table", format!("{many} tenants")),
    }];
    let broken = tenants.iter().filter_map(|(tenant, wrong)| Some((tenant, wrong.as_ref()?)));
    let broken: Vec<Finding> = broken
        .map(|(tenant, wrong)| {
            let next = "until then gate.moderation fails for it: `galley admin moderation put TENANT FILE` writes them anew";
            bad("moderation", format!("lists of {tenant}: {wrong}"), next)
        })
        .collect();
    match broken.is_empty() {
        true => findings.push(good("moderation", "every tenant's lists can be read")),
        false => findings.extend(broken),
    }
    findings
}

fn hosts(lane: &Found<LaneView>, now: Time) -> Vec<Finding> {
    let lane = match lane {
        Ok(lane) => lane,
        Err(why) => return vec![bad("hosts", why, "check the table's name and region")],
    };
    let mut findings = Vec::new();
    if let Some(reason) = &lane.hold {
        let next = "nothing starts until `galley ops resume`";
        findings.push(bad("lane", format!("it is on hold: {reason}"), next));
    }
    for (name, host) in &lane.hosts {
        if lane.quarantined(name, now) {
            let next =
                "look at the host's log; `galley ops trust HOST` gives it another chance at once";
            findings.push(bad("hosts", format!("{name} failed three times in a row"), next));
        } else if host.until <= now {
            let next = "look whether it runs and reaches the API; it must send PUT /v1/hosts/{host} every 30 seconds";
            findings.push(bad("hosts", format!("{name} has not been heard of"), next));
        } else if host.state == HostState::Draining {
            let next = "it goes when its renders are done";
            findings.push(warn("hosts", format!("{name} is draining"), next));
        }
    }
    let ready = lane.hosts.iter().filter(|(name, host)| {
        host.state == HostState::Ready && now < host.until && !lane.quarantined(name, now)
    });
    match ready.map(|(_, host)| host.slots).sum::<u32>() {
        0 => findings.push(bad(
            "hosts",
            "no GPU host is ready, so renders wait",
            "deploy infra/gpu-endpoint, or run the container with the endpoint key and GALLEY_CALLBACK_URL set to the API",
        )),
        slots => findings.push(good("hosts", format!("{slots} slots ready"))),
    }
    findings
}

fn dead_letters(name: &str, many: &Found<u64>) -> Finding {
    let check = format!("dead letters of {name}");
    match many {
        Ok(0) => good(&check, "none"),
        Ok(many) => bad(
            &check,
            format!("{many} messages"),
            "`galley ops dlq list` shows them and why; RUNBOOK.md, section dead_letter, how to send them again",
        ),
        Err(why) => {
            bad(&check, why, "check the right to sqs:GetQueueAttributes, and the stack's outputs")
        }
    }
}

fn quota(concurrency: &Found<u64>) -> Finding {
    match concurrency {
        Ok(most) if *most < CONCURRENCY_LEAST => warn(
            "quotas",
            format!("the account runs {most} functions at once"),
            "ask for more: Service Quotas, AWS Lambda, Concurrent executions; 1000 is usual",
        ),
        Ok(most) => good("quotas", format!("{most} functions at once")),
        Err(why) => warn("quotas", why, "check the right to lambda:GetAccountSettings"),
    }
}

fn alarms(facts: &Facts) -> Vec<Finding> {
    match &facts.alarms {
        Ok(ringing) if ringing.is_empty() => vec![good("alarms", "none rings")],
        Ok(ringing) => {
            let next = "RUNBOOK.md has a section for each: what it means, and the commands that mend it; `galley ops stuck` shows what hangs";
            ringing.iter().map(|name| bad("alarms", format!("{name} rings"), next)).collect()
        }
        Err(why) => vec![warn("alarms", why, "check the right to cloudwatch:DescribeAlarms")],
    }
}
