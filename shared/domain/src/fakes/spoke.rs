//! A target of posts in memory that would publish twice what it is sent twice.

use super::{Fault, Faults};
use crate::ports::Refusal;
use crate::post::Able;
use crate::publish::{Grant, Place, Probed, Sending, Spoke, Told, Went};
use crate::time::Time;
use async_trait::async_trait;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const UNPOISONED: &str = "no test panics while it holds a fake";

/// One post that lies there.
#[derive(Clone, Debug, PartialEq)]
pub struct Lying {
    /// The publication's id.
    pub id: String,
    /// Its text, or its title where it is an article.
    pub text: String,
    /// Whether anybody sees it.
    pub visible: bool,
    /// The alternative texts of its media.
    pub alts: Vec<String>,
}

/// A target of posts in memory.
#[derive(Debug)]
pub struct MemorySpoke {
    able: &'static Able,
    posts: Mutex<Vec<Lying>>,
    says: Mutex<Option<Told>>,
    faults: Arc<Faults>,
}

impl MemorySpoke {
    /// A target that is able to do what this one is, and knows nothing yet.
    pub fn new(target: &str, faults: Arc<Faults>) -> Self {
        let able = Able::of(target).expect("the test names a target");
        Self { able, posts: Mutex::default(), says: Mutex::default(), faults }
    }

    /// Lets it answer every verb so, and do nothing; with none, it works again.
    pub fn says(&self, told: Option<Told>) {
        *self.says.lock().expect(UNPOISONED) = told;
    }

    /// What lies there, in the order in which it came.
    pub fn posts(&self) -> Vec<Lying> {
        self.posts.lock().expect(UNPOISONED).clone()
    }

    /// What lies there, as lines.
    pub fn listing(&self) -> String {
        let line = |post: &Lying| {
            format!("{} {} {} {:?}", self.able.target, post.text, post.visible, post.alts)
        };
        self.posts().iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Does something, or fails at it as planned.
    fn run(&self, act: impl FnOnce(&mut Vec<Lying>) -> Told) -> Told {
        let fault = self.faults.next();
        if fault == Some(Fault::Refused) {
            return Told::refused(Refusal::Later, "refused by the test");
        }
        if let Some(told) = self.says.lock().expect(UNPOISONED).clone() {
            return told;
        }
        let told = act(&mut self.posts.lock().expect(UNPOISONED));
        match fault {
            Some(_) => Told::unknown("lost by the test"),
            None => told,
        }
    }

    fn place(&self, id: &str) -> Told {
        Told::done(format!("https://{}.test/{id}", self.able.target), id)
    }
}

fn uploaded(sending: &Sending) -> usize {
    sending.known("uploaded").and_then(Value::as_u64).map_or(0, |so_many| so_many as usize)
}

#[async_trait]
impl Spoke for MemorySpoke {
    fn able(&self) -> &'static Able {
        self.able
    }

    /// Files first, one at a time; then the post, which nobody sees yet.
    async fn start(&self, _grant: &Grant, sending: &Sending) -> Told {
        let files = uploaded(sending);
        self.run(|posts| {
            if files < sending.files.len() {
                return Told::new(Went::On).knowing(json!({ "uploaded": files + 1 }));
            }
            let form = &sending.form;
            let text = form.pieces.first().map(|piece| piece.text.clone());
            posts.push(Lying {
                id: sending.id.clone(),
                text: text.or_else(|| form.title.clone()).unwrap_or_default(),
                visible: false,
                alts: form.media.iter().map(|medium| medium.alt.clone()).collect(),
            });
            Told::new(Went::Ready).knowing(json!({ "uploaded": files, "post": sending.id }))
        })
    }

    async fn check(&self, _grant: &Grant, sending: &Sending) -> Told {
        self.run(|posts| match posts.iter().find(|post| post.id == sending.id) {
            Some(post) if post.visible => self.place(&post.id),
            Some(post) => Told::new(Went::Ready).knowing(json!({ "post": post.id })),
            None => Told::new(Went::On),
        })
    }

    async fn finalize(&self, _grant: &Grant, sending: &Sending) -> Told {
        self.run(|posts| {
            for post in posts.iter_mut().filter(|post| post.id == sending.id) {
                post.visible = true;
            }
            self.place(&sending.id)
        })
    }

    async fn unpublish(&self, _grant: &Grant, _progress: &Value, place: &Place) -> Told {
        self.run(|posts| {
            posts.retain(|post| post.id != place.id);
            Told::new(Went::Done(Place::default()))
        })
    }

    /// Seven likes of whatever is there.
    async fn metrics(
        &self,
        _grant: &Grant,
        _progress: &Value,
        place: &Place,
    ) -> Result<crate::publish::Counts, String> {
        let told = self.run(|posts| match posts.iter().any(|post| post.id == place.id) {
            true => self.place(&place.id),
            false => Told::refused(Refusal::Never, "it is not there"),
        });
        match told.went {
            Went::Done(_) => Ok([("likes".to_owned(), 7)].into()),
            Went::Refused(_, why) | Went::Unknown(why) => Err(why),
            _ => Err("it works on it".into()),
        }
    }

    async fn probe(&self, grant: &Grant) -> Probed {
        match grant.secret("token") {
            Some("over") => Probed::Shut("the token is over".into()),
            Some(_) => Probed::Open(format!("@{}", grant.connection)),
            None => Probed::Shut("there is no token".into()),
        }
    }

    async fn renew(&self, grant: &Grant, now: Time) -> crate::publish::Renewed {
        use crate::publish::Renewed;
        match grant.expires_at {
            Some(at) if at <= now => Renewed::Over("its token is over".into()),
            _ => Renewed::Good,
        }
    }
}
