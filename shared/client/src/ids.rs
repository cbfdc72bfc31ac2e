//! Ids as people give them: whole, or so much of the beginning as tells one apart.
use client::{Client, Filter};

use crate::failure::Failure;

/// Length of a whole job id.
const WHOLE: usize = 27;
/// A beginning shorter than this is taken as it is: nobody means it for one.
const LEAST: usize = 5;
/// How many of the newest jobs are looked through.
const PAGES: usize = 5;

/// The job that is meant, of an id or its beginning; for an asset, the same of the job within it.
///
/// What cannot be told apart or found goes on as it was given: the API says best what is wrong with it.
pub(crate) async fn whole(client: &Client, given: &str) -> Result<String, Failure> {
    let (job, rest) = given.find('.').map_or((given, ""), |dot| given.split_at(dot));
    if !partial(job) {
        return Ok(given.to_owned());
    }
    let mut found = Vec::new();
    let mut filter = Filter { limit: Some(100), ..Filter::default() };
    for _ in 0..PAGES {
        // A job token reads its one job and cannot list.
        let Ok(page) = client.jobs(&filter).await else { break };
        found.extend(page.jobs.into_iter().map(|it| it.id).filter(|id| id.starts_with(job)));
        filter.cursor = page.next;
        if filter.cursor.is_none() {
            break;
        }
    }
    match found.as_slice() {
        [] => Ok(given.to_owned()),
        [one] => Ok(format!("{one}{rest}")),
        [newest, .., oldest] => Err(Failure::here(
            format!("{} jobs begin with {job}: {newest} … {oldest}", found.len()),
            "give more of the id; `galley list` shows it",
        )),
    }
}

fn partial(id: &str) -> bool {
    (LEAST..WHOLE).contains(&id.len())
        && id.starts_with('j')
        && id.chars().all(|c| c.is_ascii_digit() || c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_beginning_of_an_id_is_looked_up() {
        assert!(partial("j01k5z3"));
        assert!(!partial("j01m7w9vekf69myba5e4t7pvntw"), "whole");
        assert!(!partial("j1"), "too short");
        assert!(!partial("../pipelines/x"), "no id at all");
    }
}
