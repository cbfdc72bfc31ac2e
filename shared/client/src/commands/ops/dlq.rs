//! `galley ops dlq`: dead letters, seen and sent back to where they were for.
use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_sqs::{
    Client,
    error::DisplayErrorContext,
    types::{Message, MessageSystemAttributeName as System, QueueAttributeName},
};
use serde_json::{Value, json};

use super::{confirm::confirm, letter, news};
use crate::{
    commands::deployment::Deployment,
    failure::{Exit, Failure},
    paint::{self, DIM, note, paint},
    session::Session,
    times,
};

/// For so long others do not see what was received to be shown, should whoever shows it die.
const SHOWN_S: i32 = 10;
/// For so long others do not see what is being sent back.
const SENT_S: i32 = 60;

/// See messages and events that were given up, and send them back
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley ops dlq list
  galley ops dlq redrive dispatch")]
pub(super) enum Command {
    List(List),
    Redrive(Redrive),
}

/// Show what was given up, by queue: what it is about, how often it was tried, why it failed
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley ops dlq list
  galley ops dlq list dispatch --json | jq -r .id

Tokens, prompts and signatures are left out.")]
pub(super) struct List {
    /// Only this queue: dispatch, notify or event
    queue: Option<String>,
    /// How many messages of each queue to show
    #[arg(long, default_value_t = 20, value_name = "MESSAGES")]
    limit: usize,
}

/// Send dead letters back to the queue or function they were for
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley ops dlq redrive dispatch
  galley ops dlq redrive notify --yes
  galley ops dlq redrive event --id 5f1c --yes

Put right first what made them fail. A letter is deleted once it is taken, so one that is sent back twice
is possible and harmless: every function bears its message twice, and a job, step or delivery that went on
ignores it. One of which nobody knows whom it was for stays where it is. For one that tells of a batch of the
stream that notify gave up, the news of that time is found in the logs and announced again.")]
pub(super) struct Redrive {
    /// The queue: dispatch, notify or event
    queue: String,
    /// Only the message whose id begins so
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(
    command: Command,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    match command {
        Command::List(args) => list(args, deployment, session).await,
        Command::Redrive(args) => redrive(args, deployment, session).await,
    }
}

/// How many messages lie in each queue of dead letters.
pub(super) async fn counts(deployment: &Deployment) -> Result<BTreeMap<String, u64>, Failure> {
    let (client, name) = (deployment.sqs(), QueueAttributeName::ApproximateNumberOfMessages);
    let mut counts = BTreeMap::new();
    for (queue, url) in deployment.dead_letters()? {
        let request = client.get_queue_attributes().queue_url(url).attribute_names(name.clone());
        let answer = request.send().await.map_err(failed)?;
        let count = answer.attributes().and_then(|attributes| attributes.get(&name));
        counts.insert(queue, count.and_then(|count| count.parse().ok()).unwrap_or(0));
    }
    Ok(counts)
}

async fn list(args: List, deployment: &Deployment, session: &Session) -> Result<Exit, Failure> {
    let client = deployment.sqs();
    let queues = chosen(deployment, args.queue.as_deref())?;
    for (queue, url) in queues {
        let letters = receive(&client, &url, args.limit, SHOWN_S).await?;
        if !session.json {
            paint::line(&format!("{queue}  {} shown", letters.len()))?;
        }
        for message in letters {
            show_again(&client, &url, &message).await?;
            let shown = letter::summary(message.body().unwrap_or_default());
            let (id, why) = (message.message_id().unwrap_or_default(), why(&message));
            let sent = system(&message, &System::SentTimestamp);
            let sent = sent.and_then(|ms| ms.parse().ok()).map(|ms| domain::Time(ms).rfc3339());
            if session.json {
                paint::json(&json!({
                    "queue": queue, "id": id, "sent_at": sent, "why": why, "about": shown,
                    "tries": system(&message, &System::ApproximateReceiveCount),
                }))?;
                continue;
            }
            let about = shown.iter().map(|(name, value)| match value {
                Value::String(text) => format!("{name}={text}"),
                other => format!("{name}={other}"),
            });
            let about = paint::plain(&about.collect::<Vec<_>>().join(" "));
            let when = sent.map(|sent| times::when(&sent)).unwrap_or_default();
            paint::line(&format!("  {id}  {about}  {}", paint(DIM, &when)))?;
            if let Some(why) = why {
                paint::line(&format!("    {}", paint(DIM, &paint::plain(&why))))?;
            }
        }
    }
    Ok(Exit::Succeeded)
}

async fn redrive(
    args: Redrive,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    let client = deployment.sqs();
    let mut chosen = chosen(deployment, Some(&args.queue))?;
    let url = chosen.pop_first().map(|(_, url)| url).unwrap_or_default();
    let back = deployment.url(&format!("{}_queue_url", args.queue));
    let whither = match &back {
        Some(_) => format!("the queue of {}", args.queue),
        None => "the functions they were for".to_owned(),
    };
    confirm(args.yes, &format!("dead letters of {} go back to {whither}", args.queue))?;
    let letters = receive(&client, &url, usize::MAX, SENT_S).await?;
    let wanted = |message: &Message| {
        let id = message.message_id().unwrap_or_default();
        args.id.as_deref().is_none_or(|begin| id.starts_with(begin))
    };
    let (letters, others): (Vec<_>, Vec<_>) = letters.into_iter().partition(wanted);
    for other in &others {
        show_again(&client, &url, other).await?;
    }
    let (mut sent, mut left) = (0, 0);
    for message in letters {
        let (id, body) = (message.message_id().unwrap_or_default(), message.body().unwrap_or(""));
        let done = match &back {
            Some(back) => {
                let send = client.send_message().queue_url(back).message_body(body);
                send.send().await.map(drop).map_err(failed)
            }
            None => invoke(deployment, &message, body).await,
        };
        match done {
            Ok(()) => {
                let handle = message.receipt_handle().unwrap_or_default();
                let gone = client.delete_message().queue_url(&url).receipt_handle(handle);
                gone.send().await.map_err(failed)?;
                sent += 1;
                if session.json {
                    paint::json(&json!({ "id": id, "about": letter::summary(body) }))?;
                }
            }
            Err(why) => {
                note(&format!("{id} stays: {why}"));
                show_again(&client, &url, &message).await?;
                left += 1;
            }
        }
    }
    note(&format!("{sent} sent back, {left} could not be"));
    Ok(if left == 0 { Exit::Succeeded } else { Exit::Failed })
}

async fn invoke(deployment: &Deployment, message: &Message, body: &str) -> Result<(), Failure> {
    if let Some(time) = letter::batch(body) {
        let events = news::again(deployment, time).await?;
        note(&format!("{events} events of that time were announced again"));
        return Ok(());
    }
    let next = "RUNBOOK.md, section dead_letter, says what becomes of it";
    let function = letter::function(attribute(message, "TARGET_ARN").as_deref(), body)
        .map_err(|why| Failure::here(why, next))?;
    let event: Value = serde_json::from_str(body).map_err(|_| {
        Failure::here("it is no JSON", "`galley ops dlq list` shows it; purge it if it is nobody's")
    })?;
    deployment.invoke(&function, &event).await.map(drop)
}

fn chosen(
    deployment: &Deployment,
    only: Option<&str>,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut queues = deployment.dead_letters()?;
    let Some(only) = only else { return Ok(queues) };
    let known = queues.keys().cloned().collect::<Vec<_>>().join(", ");
    queues.retain(|name, _| name == only);
    match queues.is_empty() {
        true => Err(Failure::here(format!("there are no dead letters of {only}"), known)),
        false => Ok(queues),
    }
}

/// Receives until there is nothing more, or enough.
async fn receive(
    client: &Client,
    url: &str,
    most: usize,
    hidden_s: i32,
) -> Result<Vec<Message>, Failure> {
    let (mut letters, mut seen) = (Vec::new(), BTreeSet::new());
    while letters.len() < most {
        let request = client.receive_message().queue_url(url).max_number_of_messages(10);
        let request = request.visibility_timeout(hidden_s).message_attribute_names("All");
        let request = request.message_system_attribute_names(System::All);
        let answer = request.send().await.map_err(failed)?;
        let fresh = answer.messages().iter();
        let id = |message: &Message| message.message_id().unwrap_or_default().to_owned();
        let fresh: Vec<_> = fresh.filter(|message| seen.insert(id(message))).cloned().collect();
        if fresh.is_empty() {
            break;
        }
        letters.extend(fresh);
    }
    letters.truncate(most);
    Ok(letters)
}

async fn show_again(client: &Client, url: &str, message: &Message) -> Result<(), Failure> {
    let handle = message.receipt_handle().unwrap_or_default();
    let request = client.change_message_visibility().queue_url(url).receipt_handle(handle);
    request.visibility_timeout(0).send().await.map(drop).map_err(failed)
}

/// Why it was given up, as whoever gave it up wrote.
fn why(message: &Message) -> Option<String> {
    let names = ["ERROR_MESSAGE", "ErrorMessage", "ERROR_CODE", "ErrorCode"];
    names.iter().find_map(|name| attribute(message, name))
}

fn attribute(message: &Message, name: &str) -> Option<String> {
    message.message_attributes()?.get(name)?.string_value().map(str::to_owned)
}

fn system<'a>(message: &'a Message, name: &System) -> Option<&'a str> {
    message.attributes()?.get(name).map(String::as_str)
}

fn failed<E: std::error::Error + Send + Sync + 'static>(error: E) -> Failure {
    let next = "check AWS credentials, region and --stack (GALLEY_STACK)";
    Failure::here(format!("sqs: {}", DisplayErrorContext(&error)), next)
}
