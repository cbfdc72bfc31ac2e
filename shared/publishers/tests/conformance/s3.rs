//! Posts in a bucket against a bucket over HTTP: all keys follow from the post.

use async_trait::async_trait;
use domain::error::{Error, Result};
use domain::fakes::World;
use domain::ports::{Bucket, Eraser, Extent, Objects, Presigned, Put};
use domain::post::Able;
use domain::publish::{Grant, Place, Probed, Sending, Spoke, Told};
use doubles::faults::Fault;
use doubles::targets::conformance::{Contract, Next, grant, sending};
use doubles::targets::s3::routes;
use publishers::Shelf;
use publishers::line::{Body, Line};
use publishers::s3::Posts;
use reqwest::Method;
use serde_json::{Value, json};

/// Objects of a bucket over HTTP.
struct Http {
    line: Line,
    base: String,
}

/// Our own stores say "run again" of whatever may have happened.
fn cause(told: Told) -> Error {
    Error::Again(format!("{:?}", told.went))
}

fn fails(status: u16) -> Error {
    match status {
        500.. => Error::Again(format!("it answered {status}")),
        _ => Error::Fault(format!("it answered {status}")),
    }
}

#[async_trait]
impl Objects for Http {
    async fn get(&self, _: Bucket, key: &str, _: u64) -> Result<Option<Vec<u8>>> {
        let talk = self.line.talk("s3", &self.base);
        let whole = talk.ask(&format!("/public/{key}")).await.map_err(cause)?;
        match whole.status {
            200 => Ok(Some(whole.body)),
            404 => Ok(None),
            status => Err(fails(status)),
        }
    }

    async fn put(&self, _: Bucket, key: &str, bytes: Vec<u8>, how: &Put) -> Result<bool> {
        let body = Body::Bytes(how.media_type.clone(), bytes);
        let talk = self.line.talk("s3", &self.base);
        let put = talk.act(Method::PUT, &format!("/public/{key}"), body).await;
        match put.map_err(cause)?.status {
            200 => Ok(true),
            status => Err(fails(status)),
        }
    }

    async fn presign_get(&self, _: Bucket, _: &str, _: u32) -> Result<Presigned> {
        Err(Error::Fault("nothing here is lent".into()))
    }

    async fn presign_put(&self, _: Bucket, _: &str, _: &str, _: u32) -> Result<Presigned> {
        Err(Error::Fault("nothing here is lent".into()))
    }
}

#[async_trait]
impl Eraser for Http {
    async fn erase(&self, _: Bucket, what: &Extent) -> Result<u64> {
        let Extent::Key(key) = what else {
            return Err(Error::Fault("a post knows its keys".into()));
        };
        let talk = self.line.talk("s3", &self.base);
        let gone = talk.act(Method::DELETE, &format!("/public/{key}"), Body::None).await;
        match gone.map_err(cause)?.status {
            204 => Ok(1),
            status => Err(fails(status)),
        }
    }
}

/// The spoke, at the bucket that the grant names.
struct There(Line);

/// What is asked of the spoke at a bucket.
macro_rules! at {
    ($self:ident, $grant:ident, $posts:ident => $asked:expr) => {{
        let (world, base) = (World::default(), $grant.setting("base").unwrap().to_owned());
        let http = Http { line: $self.0.clone(), base: base.clone() };
        let $posts = Posts::new(Shelf::new(&http, &world.table, "public", Some(base)));
        $asked.await
    }};
}

#[async_trait]
impl Spoke for There {
    fn able(&self) -> &'static Able {
        Able::of("s3").expect("the table has its row")
    }

    async fn start(&self, grant: &Grant, sending: &Sending) -> Told {
        at!(self, grant, posts => posts.start(grant, sending))
    }

    async fn check(&self, grant: &Grant, sending: &Sending) -> Told {
        at!(self, grant, posts => posts.check(grant, sending))
    }

    async fn update(&self, grant: &Grant, sending: &Sending) -> Told {
        at!(self, grant, posts => posts.update(grant, sending))
    }

    async fn unpublish(&self, grant: &Grant, progress: &Value, place: &Place) -> Told {
        at!(self, grant, posts => posts.unpublish(grant, progress, place))
    }

    async fn probe(&self, grant: &Grant) -> Probed {
        at!(self, grant, posts => posts.probe(grant))
    }
}

/// The call that puts the post's file of this ending.
fn put(ending: &str) -> &'static str {
    let slug = sending(Able::of("s3").expect("the table has its row"), 1, 0)
        .form
        .slug
        .expect("it has one");
    format!("PUT /public/acme/posts/{slug}{ending}").leak()
}

pub(crate) fn contract() -> Contract {
    Contract {
        spoke: |line| Box::new(There(line)),
        routes,
        grant: |base| grant(json!({ "base": base }), json!({})),
        makes: put(".json"),
        changes: vec![put(".html"), put("/")],
        refusals: vec![
            (Fault::Instead(403, Vec::new(), json!({})), Next::Never),
            (Fault::Instead(400, Vec::new(), json!({})), Next::Never),
        ],
        limits: Vec::new(),
        needs: Vec::new(),
        opens: "",
        renews: None,
        again: true,
        alts: true,
    }
}

// It has no account that could be asked for or renewed.
doubles::spoke_clauses!(contract;
    a_post_appears_once_with_its_media_and_their_words,
    a_post_of_words_alone_appears,
    each_refusal_has_its_next_move,
    what_got_no_answer_is_looked_up_and_sent_once,
    what_came_too_late_is_looked_up_and_sent_once,
    whoever_dies_before_writing_down_what_was_told_sends_nothing_twice,
    whoever_remembers_nothing_finds_it,
    what_is_changed_is_changed_there,
    what_is_taken_back_is_gone,
    where_nobody_listens_nothing_was_sent,
    figures_are_told_where_there_are_any,
    nothing_is_told_that_is_secret
);
