//! Where Galley is: arguments and environment first, then a named profile, the nearest local stack, the default profile.
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{cli::Global, failure::Failure};

/// One Galley. What only operators need is empty for most.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct Place {
    #[serde(alias = "api_url")]
    pub(crate) api: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) table: Option<String>,
    pub(crate) endpoint_url: Option<String>,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) buckets: Option<Buckets>,
    pub(crate) dispatch_queue_url: Option<String>,
    pub(crate) state_machine_arn: Option<String>,
    /// Name of the CloudFormation stack, whose outputs say the rest.
    pub(crate) stack: Option<String>,
    /// Name of the parameter that holds the signing key.
    pub(crate) signing_key: Option<String>,
    /// File with the secrets of a local stack.
    pub(crate) secrets: Option<PathBuf>,
    /// What else is known of it: queues of dead letters, names of functions.
    #[serde(flatten)]
    pub(crate) rest: BTreeMap<String, serde_json::Value>,
}

impl Place {
    /// The stack's name, where nothing else is known of the deployment.
    pub(crate) fn stack_alone(&self) -> Option<String> {
        self.stack.clone().filter(|_| self.table.is_none())
    }
}

/// The buckets of a deployment that operators write to.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Buckets {
    pub(crate) assets: String,
    #[serde(default)]
    pub(crate) uploads: String,
    #[serde(default)]
    pub(crate) public: String,
}

/// The made-up AWS credentials of a local stack; real ones come as the AWS tools find them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
}

/// The configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    default: Option<String>,
    #[serde(default)]
    profiles: BTreeMap<String, Place>,
}

/// The Galley that is meant. A key is only taken from the place whose address is used, so that it is never sent elsewhere.
pub(crate) fn find(global: &Global, here: &Path, home: Option<&Path>) -> Result<Place, Failure> {
    let mut place = match &global.profile {
        Some(name) => profile(&config(global, home)?, name)?,
        None => match local_stack(global.home.as_deref(), here)? {
            Some(stack) => stack,
            None => default_profile(&config(global, home)?)?,
        },
    };
    // A variable that is set to nothing is as good as none.
    let said = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    if let Some(api) = &said(&global.api) {
        if !same_address(place.api.as_deref(), api) {
            place = Place::default();
        }
        place.api = Some(api.clone());
    }
    if let Some(key) = said(&global.key) {
        place.key = Some(key);
    }
    Ok(place)
}

fn same_address(one: Option<&str>, other: &str) -> bool {
    one.is_some_and(|one| one.trim_end_matches('/') == other.trim_end_matches('/'))
}

fn local_stack(home: Option<&Path>, here: &Path) -> Result<Option<Place>, Failure> {
    let mut folders: Vec<_> = here.ancestors().map(|folder| folder.join(".galley")).collect();
    if let Some(home) = home {
        folders = vec![home.to_owned()];
    }
    let up = |folder: &PathBuf| folder.join("stack.json").is_file();
    let Some(folder) = folders.into_iter().find(up) else { return Ok(None) };
    let file = folder.join("stack.json");
    let text = read(&file)?;
    let mut place: Place = serde_json::from_str(&text).map_err(|error| {
        let next = "`make down up` writes it anew";
        Failure::here(format!("{}: {error}", file.display()), next)
    })?;
    if place.key.is_none()
        && let Ok(key) = std::fs::read_to_string(folder.join("key"))
    {
        place.key = Some(key.trim().to_owned());
    }
    Ok(Some(place))
}

fn config_file(global: &Global, home: Option<&Path>) -> Option<PathBuf> {
    global.config.clone().or_else(|| Some(home?.join(".config/galley/config.toml")))
}

fn config(global: &Global, home: Option<&Path>) -> Result<Config, Failure> {
    let Some(file) = config_file(global, home) else { return Ok(Config::default()) };
    if !file.is_file() && global.config.is_none() {
        return Ok(Config::default());
    }
    let bad = |error: toml::de::Error| {
        let next = "it takes `default = \"NAME\"` and [profiles.NAME] with api and key";
        Failure::here(format!("{}: {error}", file.display()), next)
    };
    toml::from_str(&read(&file)?).map_err(bad)
}

fn read(file: &Path) -> Result<String, Failure> {
    let bad = |error| client::Error::File(file.display().to_string(), error);
    Ok(std::fs::read_to_string(file).map_err(bad)?)
}

fn profile(config: &Config, name: &str) -> Result<Place, Failure> {
    config.profiles.get(name).cloned().ok_or_else(|| {
        let known: Vec<_> = config.profiles.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "none".into() } else { known.join(", ") };
        let next = format!("profiles of the configuration file: {known}");
        Failure::here(format!("there is no profile `{name}`"), next)
    })
}

fn default_profile(config: &Config) -> Result<Place, Failure> {
    match (&config.default, config.profiles.values().next()) {
        (Some(name), _) => profile(config, name),
        (None, Some(only)) if config.profiles.len() == 1 => Ok(only.clone()),
        _ => Ok(Place::default()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A home with two profiles and, in `work/deep`, a project with a local stack.
    fn machine() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let at = home.path();
        fs::create_dir_all(at.join(".config/galley")).unwrap();
        let config = "default = 'live'\n[profiles.live]\napi = 'https://live'\nkey = 'gk_live'\n\
                      [profiles.test]\napi = 'https://test'\nkey = 'gk_test'\n";
        fs::write(at.join(".config/galley/config.toml"), config).unwrap();
        fs::create_dir_all(at.join("work/deep")).unwrap();
        fs::create_dir_all(at.join("work/.galley")).unwrap();
        let stack = r#"{"api_url":"http://localhost:4566/","table":"galley","region":"eu-central-1",
            "buckets":{"assets":"a","public":"p"},"secrets":"/s.json","more":1}"#;
        fs::write(at.join("work/.galley/stack.json"), stack).unwrap();
        fs::write(at.join("work/.galley/key"), "gk_demo\n").unwrap();
        home
    }

    #[track_caller]
    fn check(folder: &str, global: &Global, api: &str, key: Option<&str>) {
        let home = machine();
        let place = find(global, &home.path().join(folder), Some(home.path())).unwrap();
        assert_eq!((place.api.as_deref(), place.key.as_deref()), (Some(api), key));
    }

    fn api(api: &str) -> Global {
        Global { api: Some(api.into()), ..Global::default() }
    }

    #[test]
    fn the_nearest_local_stack_wins_over_the_default_profile() {
        check("work/deep", &Global::default(), "http://localhost:4566/", Some("gk_demo"));
        check("", &Global::default(), "https://live", Some("gk_live"));
    }

    #[test]
    fn a_named_profile_wins_over_the_local_stack() {
        let global = Global { profile: Some("test".into()), ..Global::default() };
        check("work/deep", &global, "https://test", Some("gk_test"));
    }

    #[test]
    fn a_key_is_not_taken_from_another_address() {
        check("work", &api("http://localhost:4566"), "http://localhost:4566", Some("gk_demo"));
        check("work", &api("https://elsewhere"), "https://elsewhere", None);
        check("", &api("https://elsewhere"), "https://elsewhere", None);
    }

    #[test]
    fn a_stack_beside_the_project_is_named_by_its_home() {
        let home = machine();
        let beside = home.path().join("work/.galley");
        let global = Global { home: Some(beside), ..Global::default() };
        let place = find(&global, home.path(), Some(home.path())).unwrap();
        assert_eq!(place.key.as_deref(), Some("gk_demo"));
        let global = Global { home: Some("/nowhere".into()), ..Global::default() };
        let place = find(&global, &home.path().join("work"), Some(home.path())).unwrap();
        assert_eq!(place.api.as_deref(), Some("https://live"));
    }

    #[test]
    fn a_local_stack_and_a_profile_may_both_name_what_operators_need() {
        let home = machine();
        let place = find(&Global::default(), &home.path().join("work"), None).unwrap();
        assert_eq!(
            place.buckets,
            Some(Buckets { assets: "a".into(), uploads: String::new(), public: "p".into() })
        );
        assert_eq!(place.secrets, Some("/s.json".into()));
        let config = "[profiles.live]\nbuckets = { assets = 'b' }\nsigning_key = '/live/key'\n";
        fs::write(home.path().join("config.toml"), config).unwrap();
        let file = Some(home.path().join("config.toml"));
        let global = Global { config: file, profile: Some("live".into()), ..Global::default() };
        let place = find(&global, home.path(), None).unwrap();
        assert_eq!(place.buckets.map(|buckets| buckets.assets), Some("b".into()));
        assert_eq!(place.signing_key.as_deref(), Some("/live/key"));
    }

    #[test]
    fn an_unknown_profile_is_told_with_the_known_ones() {
        let home = machine();
        let global = Global { profile: Some("prod".into()), ..Global::default() };
        let Err(Failure::Here { what, next }) = find(&global, home.path(), Some(home.path()))
        else {
            panic!("an unknown profile was accepted");
        };
        assert_eq!(what, "there is no profile `prod`");
        assert_eq!(next, "profiles of the configuration file: live, test");
    }
}
