//! Every spoke against the double of its target: `doubles::targets::conformance` has the clauses.

mod bluesky;
mod contentful;
mod devto;
mod directus;
mod ghost;
mod hashnode;
mod linkedin;
mod mastodon;
mod paragraph;
mod s3;
mod sanity;
mod schemas;
mod signin;
mod storm;
mod strapi;
mod webhook;
mod wordpress;
mod x;
