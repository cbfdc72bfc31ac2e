//! What the command says and how it exits when something went wrong: what, where, what to do next.
use std::process::ExitCode;

use client::Error;

use crate::paint::{BAD, DIM, note, paint};
use crate::session::Session;

/// How the command exits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Succeeded,
    Failed,
    Rejected,
    /// Two versions that were compared are not the same.
    Differs,
    Usage,
    /// By Ctrl-C, as shells count it.
    Interrupted,
}

impl Exit {
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Succeeded => 0,
            Self::Failed => 1,
            Self::Rejected | Self::Differs => 2,
            Self::Usage => 64,
            Self::Interrupted => 130,
        })
    }

    /// By how the job ended; one that has not is not a success.
    pub(crate) fn of(job: &client::Job) -> Self {
        match job.ending() {
            Some(client::Ending::Succeeded) => Self::Succeeded,
            Some(client::Ending::Rejected) => Self::Rejected,
            _ => Self::Failed,
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Api(#[from] Error),
    /// Something on this machine, with what to do about it.
    #[error("{what}")]
    Here { what: String, next: String },
    /// The table could not be read or written.
    #[error("{0}")]
    Table(#[from] domain::Error),
    #[error("cannot print: {0}")]
    Output(#[from] std::io::Error),
}

impl Failure {
    pub(crate) fn here(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::Here { what: what.into(), next: next.into() }
    }

    /// Prints it and gives the exit code.
    pub(crate) fn tell(&self, session: &Session) -> ExitCode {
        match self {
            // Whoever read our output has gone; there is nobody to tell.
            Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
            _ if session.json => note(&self.json().to_string()),
            _ => self.in_words(session),
        }
        Exit::Failed.code()
    }

    fn in_words(&self, session: &Session) {
        let places = match self {
            Self::Api(Error::Problem(problem)) => problem.errors.as_slice(),
            _ => &[],
        };
        match self {
            // The places say it all, and better.
            Self::Api(Error::Problem(problem)) if !places.is_empty() => {
                let (title, status) = (&problem.title, problem.status);
                note(&format!("{}: {title} ({status})", paint(BAD, "error")));
            }
            _ => note(&format!("{}: {self}", paint(BAD, "error"))),
        }
        let width = places.iter().map(|place| place.name().len()).max().unwrap_or(0);
        for place in places {
            let name = format!("{:width$}", place.name());
            note(&format!("  {}  {}", paint(BAD, &name), place.detail));
        }
        if let Some(next) = self.next() {
            note(&format!("{}: {next}", paint(DIM, "next")));
        }
        if let Some(page) = self.page(session) {
            note(&format!("{}: {page}", paint(DIM, "more")));
        }
    }

    /// The page of the API that explains this kind of problem.
    fn page(&self, session: &Session) -> Option<String> {
        let Self::Api(Error::Problem(problem)) = self else { return None };
        let api = session.place().ok()?.api?;
        let of_galley = problem.kind.starts_with("/v1/errors/");
        of_galley.then(|| format!("{}{}", api.trim_end_matches('/'), problem.kind))
    }

    fn json(&self) -> serde_json::Value {
        match self {
            Self::Api(Error::Problem(problem)) => serde_json::json!(problem),
            _ => serde_json::json!({
                "type": "about:blank", "title": self.to_string(), "detail": self.next(),
            }),
        }
    }

    /// What the reader can do about it.
    fn next(&self) -> Option<String> {
        let error = match self {
            Self::Api(error) => error,
            Self::Here { next, .. } => return Some(next.clone()),
            Self::Table(error) if error.to_string().contains("does not parse") => {
                let next = "another version of Galley wrote it: write it anew with this one";
                return Some(next.into());
            }
            Self::Table(_) => {
                let next = "check AWS credentials, region and --table (GALLEY_TABLE)";
                return Some(next.into());
            }
            Self::Output(_) => return None,
        };
        let next = match error {
            Error::NoAnswer { call, .. }
                if call.contains("//localhost") || call.contains("//127.") =>
            {
                "is the local stack up? `make up` starts it"
            }
            Error::NoAnswer { .. } => "check --api (GALLEY_API) and the network, then try again",
            Error::Unsendable { .. } => "check --key and --key-id: they take visible ASCII only",
            Error::Garbled { .. } => "check that --api (GALLEY_API) is the address of a Galley",
            Error::Address(..) => "give --api (GALLEY_API) as https://HOST",
            Error::Corrupt { .. } => {
                "try again; if it stays so, tell the operator: custody is broken"
            }
            Error::File(..) => return None,
            Error::Problem(problem) => return by_status(problem),
        };
        Some(next.into())
    }
}

/// What to do in terms of this command; else what the API itself advises; else what the status means here.
fn by_status(problem: &client::Problem) -> Option<String> {
    let known = match problem.kind.rsplit('/').next().unwrap_or_default() {
        "unknown-pipeline" => {
            "`galley pipelines list` shows those that are stored, `galley pipelines push FILE` stores one"
        }
        "invalid-pipeline" => {
            "correct the places above; `galley pipelines validate FILE` shows their lines"
        }
        "invalid-inputs" => "correct the inputs above; no job was made and nothing was paid",
        "invalid-parameter" | "invalid-body" | "invalid-header" => {
            "correct the places above and try again"
        }
        "unauthenticated" => "check the key: --key, GALLEY_KEY, or .galley/key of the local stack",
        "not-found" => {
            "`galley list` and `galley pipelines list` show what this key has; what is others', or beyond a job token, looks as if it did not exist"
        }
        "urn:galley:storage" => {
            "try again: addresses of the storage last some minutes; if it stays so, tell the operator"
        }
        _ => "",
    };
    if !known.is_empty() {
        return Some(known.into());
    }
    if let Some(next) = problem.rest.get("next").and_then(serde_json::Value::as_str) {
        return Some(next.into());
    }
    let next = match problem.status {
        400 | 422 if !problem.errors.is_empty() => "correct the places above and try again",
        401 => "check the key: --key, GALLEY_KEY, or .galley/key of the local stack",
        403 => "this key may not do that; a job token reads one job and changes nothing",
        404 => {
            "check the id; `galley list` shows the jobs of this key, others' look as if they did not exist"
        }
        409 => "`galley get JOB` shows what state it is in",
        413 => "send less in one request; media goes by --input NAME=@FILE",
        429 => "too many requests, even after waiting; try again later",
        500.. => {
            "the API could not do it, even after retries; try again later, the key stays good for it"
        }
        _ => return None,
    };
    Some(next.into())
}
