//! Words and colours on the terminal; colours vanish where nobody sees them.
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const BOLD: Style = Style::new().bold();

/// Switches colours off everywhere when asked to; otherwise terminal and NO_COLOR decide.
pub(crate) fn colours(off: bool) {
    if off {
        anstream::ColorChoice::Never.write_global();
    }
    if anstream::AutoStream::choice(&io::stderr()) == anstream::ColorChoice::Never {
        console::set_colors_enabled_stderr(false);
    }
}

pub(crate) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// A state in the colour of its meaning.
pub(crate) fn state(state: &str, padded_to: usize) -> String {
    let style = match state {
        "succeeded" | "delivered" | "done" | "pass" | "passed" => GOOD,
        "failed" | "dead" | "rejected" | "fail" | "expired" => BAD,
        "canceled" | "canceling" | "skipped" | "review" | "needs review" => WARN,
        _ => Style::new(),
    };
    paint(style, &format!("{state:padded_to$}"))
}

/// A line of the answer, on stdout.
pub(crate) fn line(text: &str) -> io::Result<()> {
    writeln!(anstream::stdout(), "{text}")
}

/// One JSON document on a line of its own, on stdout.
pub(crate) fn json(value: &impl serde::Serialize) -> io::Result<()> {
    let mut out = io::stdout();
    serde_json::to_writer(&mut out, value)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// A remark beside the answer, on stderr. A remark nobody can receive is no failure.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Text from elsewhere, without what would steer the terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
