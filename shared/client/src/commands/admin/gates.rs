//! `galley admin tenants gates`: what is asked of everything that a tenant publishes.
use std::path::{Path, PathBuf};

use domain::{pipeline::Mandate, ports::Table};
use serde_json::{Value, json};

use super::tenants;
use crate::{
    documents,
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// Show or say which gates none of a tenant's pipelines can leave out
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin tenants gates acme infra/pipelines/gates/house-rules.yaml
  galley admin tenants gates acme --show > acme-gates.json
  galley admin tenants gates acme --none

The document, YAML or JSON, has gates as pipelines have them, without what they judge:
  gates:
    safe: { kind: gate.moderation, with: { accept_unjudged: true } }
    good: { kind: gate.quality, with: { uniform_max: 0.95 } }
Each publish of each job gets all of them, on exactly what it publishes, as steps called
tenant-safe and tenant-good. They hold for jobs that are accepted or retried from now on.")]
pub(super) struct Args {
    /// Name of the tenant
    name: String,
    /// The gates, YAML or JSON, in place of those there are
    #[arg(required_unless_present_any = ["none", "show"])]
    file: Option<PathBuf>,
    /// No gates any more
    #[arg(long, conflicts_with_all = ["file", "show"])]
    none: bool,
    /// Print the gates there are, so that they can be edited and put again
    #[arg(long, conflicts_with = "file")]
    show: bool,
}

pub(super) async fn run(args: Args, table: &dyn Table, session: &Session) -> Result<Exit, Failure> {
    let wanted = match (&args.file, args.none) {
        (Some(file), _) => Some(of_file(file)?),
        (None, true) => Some(Mandate::default()),
        (None, false) => None,
    };
    let mandate = mandate(table, &args.name, wanted.as_ref()).await?;
    if session.json {
        paint::json(&shown(&args.name, &mandate))?;
        return Ok(Exit::Succeeded);
    }
    if args.show {
        paint::line(&format!("{:#}", mandate.document()))?;
    }
    match mandate.in_force() {
        None => note(&format!("{} has no mandatory gates", args.name)),
        Some(force) => {
            let gates = force.gates.join(", ");
            note(&format!("{}: {gates} before each publish (mandate {})", args.name, force.digest));
        }
    }
    for gate in
        mandate.gates.iter().filter(|gate| gate.with.get("accept_unjudged") == Some(&json!(false)))
    {
        let name = &gate.name;
        note(&format!(
            "{name} lets no picture pass: nobody judges what they show, and accept_unjudged is not set"
        ));
    }
    if wanted.is_some() {
        note("for jobs accepted or retried from now on");
    }
    Ok(Exit::Succeeded)
}

fn shown(name: &str, mandate: &Mandate) -> Value {
    let digest = mandate.in_force().map(|force| force.digest);
    json!({ "tenant": name, "digest": digest, "gates": mandate.document()["gates"] })
}

fn of_file(file: &Path) -> Result<Mandate, Failure> {
    let document = documents::read(file)?;
    Mandate::parse(documents::text(&document)).map_err(|problems| {
        for problem in &problems {
            note(&documents::problem(file, problem));
        }
        Failure::here("the gates were not stored", "correct the places above")
    })
}

/// The tenant's mandate, after the one that is wanted took its place.
async fn mandate(
    table: &dyn Table,
    name: &str,
    wanted: Option<&Mandate>,
) -> Result<Mandate, Failure> {
    let record = match wanted {
        None => tenants::record(table, name).await?,
        Some(none) if none.is_empty() => {
            tenants::with(table, name, json!({ "mandate": null })).await?
        }
        Some(some) => tenants::with(table, name, json!({ "mandate": some })).await?,
    };
    Ok(record.mandate)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::fakes::{Faults, MemoryTable};
    use domain::{Time, store::Write, tenant::TenantRecord};

    use super::*;

    const SAMPLE: &str = include_str!("../../../../../infra/pipelines/gates/house-rules.yaml");

    fn table() -> MemoryTable {
        let table = MemoryTable::new(Arc::new(Faults::default()));
        let acme = TenantRecord::new(tenants::named("acme").unwrap(), "standard", Time(1));
        table.plant(Write::create(TenantRecord::key(&acme.tenant), &acme).unwrap());
        table
    }

    #[tokio::test]
    async fn gates_take_the_place_of_those_before_and_the_same_ones_change_nothing() {
        let table = table();
        let before = table.listing();
        let sample = Mandate::parse(SAMPLE).unwrap();
        assert!(mandate(&table, "acme", None).await.unwrap().is_empty());
        assert_eq!(mandate(&table, "acme", Some(&sample)).await.unwrap(), sample);
        let once = table.listing();
        let again = Mandate::parse(&sample.document().to_string()).unwrap();
        assert_eq!(mandate(&table, "acme", Some(&again)).await.unwrap(), sample);
        assert_eq!(table.listing(), once);
        assert_eq!(mandate(&table, "acme", None).await.unwrap(), sample);
        assert!(mandate(&table, "acme", Some(&Mandate::default())).await.unwrap().is_empty());
        assert_eq!(table.listing(), before, "as if there had never been any");
    }

    #[tokio::test]
    async fn an_unknown_tenant_is_told() {
        let failure = mandate(&table(), "nobody", None).await.unwrap_err();
        assert_eq!(failure.to_string(), "there is no tenant nobody");
    }

    #[test]
    fn what_is_shown_can_be_put_again() {
        let sample = Mandate::parse(SAMPLE).unwrap();
        let shown = shown("acme", &sample);
        assert_eq!(shown["digest"], sample.digest);
        let again = Mandate::parse(&json!({ "gates": shown["gates"] }).to_string()).unwrap();
        assert_eq!(again, sample);
        assert_eq!(
            super::shown("acme", &Mandate::default()),
            json!({ "tenant": "acme", "digest": null, "gates": {} })
        );
    }

    #[test]
    fn a_document_that_is_wrong_is_not_stored() {
        let file = std::env::temp_dir().join(format!("galley-gates-{}.yaml", std::process::id()));
        std::fs::write(&file, "gates: { safe: { kind: gate.moderation, when: \"false\" } }")
            .unwrap();
        let failure = of_file(&file).unwrap_err();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(failure.to_string(), "the gates were not stored");
    }
}
