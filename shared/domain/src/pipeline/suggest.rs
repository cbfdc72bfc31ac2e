//! "Did you mean": the known word nearest to what was written.

/// The nearest of `known`, if it is near enough to be what was meant.
pub(super) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // Longer than any word there is, and the comparison is quadratic.
    if written.len() > 100 {
        return None;
    }
    let most = (written.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|word| (distance(&written.to_lowercase(), word), word))
        .filter(|(away, _)| *away <= most)
        .min()
        .map(|(_, word)| word)
}

/// `did you mean X?` where something is near, else the whole list.
pub(crate) fn did_you_mean<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    if let Some(word) = nearest(written, known.clone()) {
        return format!("did you mean {word}?");
    }
    let all: Vec<&str> = known.into_iter().collect();
    match all.as_slice() {
        [] => "take it out".into(),
        _ => format!("use {}", one_of(&all)),
    }
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn one_of(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).into(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// Edits between two words, a swap of neighbours counting as one.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            best = best.min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swapped_pair_is_one_edit() {
        assert_eq!(nearest("fatcor", ["factor", "image"]), Some("factor"));
    }

    #[test]
    fn a_far_word_is_no_guess() {
        assert_eq!(did_you_mean("colour", ["image", "factor"]), "use image or factor");
    }
}
