//! What a tenant spent, by pipeline, model or label and by day.

use crate::Intake;
use crate::answer::{Answered, echo};
use crate::auth::Asked;
use crate::query;
use aws::http::HttpResponse;
use domain::Time;
use domain::id::TenantId;
use domain::problem::ProblemDocument;
use domain::spend::{self, By, Sum};
use serde_json::{Value, json};

/// How many days are shown where none are named.
const DAYS: i64 = 30;
/// Most days of one question.
const DAYS_MOST: i64 = 400;
/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// `GET /v1/spend`.
pub(crate) async fn read(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &["by", "from", "to", "cursor"])?;
    let by = by(asked)?;
    let to = day(asked, "to")?.unwrap_or_else(|| asked.now.day());
    let usual = || Time(midnight(&to).unwrap_or_default() - (DAYS - 1) * DAY_MS).day();
    let from = day(asked, "from")?.unwrap_or_else(usual);
    within(&from, &to)?;
    let after = cursor(intake, asked, &by)?;
    let page = spend::read(intake.table, asked.tenant(), &by, (&from, &to), after).await?;
    let mut total = Sum::default();
    let mut values = Vec::new();
    for (value, days) in &page.values {
        let mut sum = Sum::default();
        days.values().for_each(|day| sum += *day);
        total += sum;
        let days = days.iter().map(|(day, sum)| with(sum_json(sum), "day", day));
        let mut shown = with(sum_json(&sum), "value", value);
        shown["days"] = days.collect();
        values.push((sum, shown));
    }
    // The dearest first; of two that cost the same, by name.
    values.sort_by_key(|(sum, _)| std::cmp::Reverse(sum.spent));
    let values: Vec<Value> = values.into_iter().map(|(_, shown)| shown).collect();
    let seal = |after| intake.signing_key.seal("spend", &(asked.tenant(), by.to_string(), after));
    let answer = json!({
        "by": by.to_string(), "from": from, "to": to, "values": values,
        "total": sum_json(&total), "next": page.next.map(seal),
    });
    Ok(HttpResponse::json(200, &answer).with("cache-control", "no-store"))
}

fn sum_json(sum: &Sum) -> Value {
    json!({
        "jobs": sum.jobs, "attempts": sum.attempts, "usd": sum.spent.usd(),
        "micro_usd": sum.spent.0,
    })
}

fn with(mut sum: Value, name: &str, text: &str) -> Value {
    sum[name] = text.into();
    sum
}

fn by(asked: &Asked<'_>) -> Result<By, ProblemDocument> {
    let Some(text) = asked.request.query.get("by") else { return Ok(By::Pipeline) };
    By::parse(text).ok_or_else(|| {
        let detail = format!(
            "it is {:?} — use total, pipeline, model, or label. and a label's name, as in label.campaign",
            echo(text)
        );
        ProblemDocument::parameter("by", detail)
    })
}

fn day(asked: &Asked<'_>, name: &str) -> Result<Option<String>, ProblemDocument> {
    let Some(text) = asked.request.query.get(name) else { return Ok(None) };
    let day = midnight(text).map(|_| text.clone());
    day.map(Some).ok_or_else(|| {
        let detail = format!("it is {:?} — use a day in UTC, such as 2026-11-20", echo(text));
        ProblemDocument::parameter(name, detail)
    })
}

/// When a day begins, in milliseconds since the Unix epoch.
fn midnight(day: &str) -> Option<i64> {
    Time::of_day(day).map(|time| time.0)
}

fn within(from: &str, to: &str) -> Result<(), ProblemDocument> {
    let days = midnight(to).zip(midnight(from)).map_or(0, |(to, from)| (to - from) / DAY_MS + 1);
    let detail = match days {
        1..=DAYS_MOST => return Ok(()),
        ..=0 => format!("it is {from:?}, after to, which is {to:?} — use an earlier day"),
        days => format!("to {to} there are {days} days — ask for at most {DAYS_MOST} at once"),
    };
    Err(ProblemDocument::parameter("from", detail))
}

fn cursor(
    intake: &Intake<'_>,
    asked: &Asked<'_>,
    by: &By,
) -> Result<Option<String>, ProblemDocument> {
    let Some(text) = asked.request.query.get("cursor") else { return Ok(None) };
    let opened: Option<(TenantId, String, String)> = intake.signing_key.open("spend", text);
    let own = opened.filter(|(tenant, of, _)| tenant == asked.tenant() && *of == by.to_string());
    own.map(|(_, _, after)| Some(after)).ok_or_else(|| {
        let detail = "it is none of ours — take `next` of the page before, with the same `by`";
        ProblemDocument::parameter("cursor", detail)
    })
}
