//! The table that people read names what the table that is checked by names, and nothing else.

use std::collections::BTreeSet;

use crate::pipeline::{Kind, Type};

const README: &str = include_str!("../../../../../infra/pipelines/README.md");

/// Words in `code` of one cell.
fn code(cell: &str) -> BTreeSet<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Cells of the row that begins with this kind.
fn row(kind: &str) -> Vec<&'static str> {
    let start = format!("| `{kind}` |");
    let line = README.lines().find(|line| line.starts_with(&start));
    line.unwrap_or_else(|| panic!("{kind} has no row")).split('|').map(str::trim).collect()
}

#[test]
fn every_kind_has_its_row_and_every_row_its_kind() {
    let rows = README.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let rows: Vec<&str> = rows
        .map(|(name, _)| name)
        .filter(|name| name.contains('.') || *name == "publish")
        .collect();
    let kinds: Vec<&str> = rows.into_iter().filter(|name| !name.ends_with(".yaml")).collect();
    assert_eq!(kinds, Kind::ALL.map(Kind::as_str));
}

#[test]
fn every_parameter_default_and_port_is_named_and_no_other() {
    for kind in Kind::ALL {
        let (row, spec) = (row(kind.as_str()), kind.spec());
        let params: BTreeSet<&str> = spec.params.iter().map(|param| param.name).collect();
        assert_eq!(code(row[2]), params, "{}", spec.name);
        assert_eq!(code(row[3]), spec.outputs.iter().map(|output| output.name).collect());
        for param in spec.params {
            let bold = row[2].contains(&format!("**`{}`**", param.name));
            assert_eq!(bold, param.required, "{} of {}", param.name, spec.name);
            if let Some(default) = param.default_value() {
                let shown = default.as_str().map_or(default.to_string(), str::to_owned);
                let wanted = format!("`{}` = {shown}", param.name);
                assert!(row[2].contains(&wanted), "{}: {wanted}", spec.name);
            }
        }
    }
}

#[test]
fn every_field_of_a_layer_is_explained() {
    let Some(Type::Records { fields, .. }) = Kind::Composite.param("layers").map(|p| p.ty) else {
        panic!("layers are a list of mappings")
    };
    for field in fields {
        assert!(README.contains(&format!("`{}`", field.name)), "{}", field.name);
        if let Type::Record(inner) = field.ty {
            for field in inner {
                assert!(README.contains(&format!("{}: ", field.name)), "{}", field.name);
            }
        }
    }
}
