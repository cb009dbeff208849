//! The name that was probably meant: for messages about fields that do not exist.

/// The candidate closest to `name`, ignoring case; none when even the closest is another word: more than a third of
/// its letters would have to change.
pub fn nearest<'n>(name: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let letters = letters(name);
    let allowed = (letters.len() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(&letters, &self::letters(candidate)), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn letters(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// How many letters have to be inserted, deleted or replaced.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (one_idx, letter) in one.iter().enumerate() {
        let mut diagonal = one_idx;
        let mut left = one_idx + 1;
        let mut next = Vec::with_capacity(row.len());
        next.push(left);
        for (above, candidate) in row.iter().skip(1).zip(other) {
            let replaced = diagonal + usize::from(letter != candidate);
            left = replaced.min(above + 1).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
