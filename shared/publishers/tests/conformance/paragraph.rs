//! Paragraph against its double.

use doubles::faults::Fault;
use doubles::targets::conformance::{Contract, Next, grant};
use doubles::targets::paragraph::{KEY, routes};
use publishers::paragraph::Paragraph;
use serde_json::json;

const POSTS: &str = "POST /v1/posts";

fn fault(status: u16, message: &str) -> Fault {
    Fault::Instead(status, Vec::new(), json!({ "success": false, "msg": message }))
}

pub(crate) fn contract() -> Contract {
    let limit = Fault::Instead(429, vec![("retry-after", "15".into())], json!({}));
    Contract {
        spoke: |line| Box::new(Paragraph::new(line)),
        routes,
        grant: |base| grant(json!({ "api": base }), json!({ "key": KEY })),
        makes: POSTS,
        changes: Vec::new(),
        refusals: vec![
            (fault(400, "Invalid title"), Next::Never),
            (fault(401, "Unauthorized"), Next::Connect),
            (fault(403, "No plan"), Next::Elsewhere),
        ],
        limits: vec![(limit, 15)],
        needs: vec![(POSTS, "/id"), ("GET /v1/posts", "/items")],
        opens: "key",
        renews: None,
        again: true,
        // Its pictures stand in the text.
        alts: false,
    }
}

doubles::spokes!(clauses, contract);
