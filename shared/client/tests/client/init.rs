//! `galley init` as its user meets it.
use std::fs;

use crate::galley::{command, ran};

#[test]
fn a_starter_is_written_once_and_is_valid() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| ran(command(folder.path(), arguments));
    let made = run(&["init", "spring", "--dir", "pipelines"]);
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(made.out.contains("wrote pipelines/spring.yaml"), "{}", made.out);
    for next in [
        "galley pipelines validate pipelines/spring.yaml",
        "galley pipelines test pipelines/spring.yaml --fixtures pipelines/fixtures/spring",
        "galley submit pipelines/spring.yaml --input prompt='a red kite' --watch",
        "galley pipelines push pipelines/spring.yaml",
    ] {
        assert!(made.err.contains(next), "{}", made.err);
    }
    assert_eq!(run(&["pipelines", "validate", "pipelines/spring.yaml"]).code, 0);

    let other = run(&["init", "summer", "--dir", "pipelines"]);
    assert!(other.code == 0 && !other.out.contains("schema"), "{}{}", other.out, other.err);

    let file = folder.path().join("pipelines/spring.yaml");
    fs::write(&file, "mine").unwrap();
    let again = run(&["init", "spring", "--dir", "pipelines"]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("pipelines/spring.yaml is there already; nothing was written"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");

    let wrong = run(&["init", "Spring Hero"]);
    assert!(wrong.code == 1 && wrong.err.contains("\"Spring Hero\" cannot be a pipeline's name"));
}
