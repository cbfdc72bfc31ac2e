//! WebSockets: who watches which jobs, and what they are sent; safe ten times over, for each event has its number.

pub mod edge;

#[cfg(test)]
mod tests;
