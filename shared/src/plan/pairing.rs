//! Which line of the CRM is which line of Xero.

use crate::record::Line;
use std::collections::BTreeMap;

/// The lines of both sides, paired.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pairing {
    /// A key for each of Xero's lines, in their order: the CRM line's key; the former key of a line that the CRM has
    /// no more; `xero:<LineItemID>` for lines that only Xero ever had.
    pub(super) xero_keys: Vec<String>,
    /// Line key to LineItemID: what was known before, and what was found now.
    pub(super) lines: BTreeMap<String, String>,
}

/// Pairs the lines: first by the link, then (for lines that no link knows, or whose ids Xero has given anew) by their
/// content, then, where just as many are left on either side, in their order.
pub(super) fn pair(target: &[Line], keys: &[String], xero: &[Line], known: &BTreeMap<String, String>) -> Pairing {
    let mut found: Vec<Option<usize>> = vec![None; xero.len()];
    let mut taken = vec![false; keys.len().min(target.len())];
    let mut take = |found: &mut Vec<Option<usize>>, at: usize, with: usize| {
        if let (Some(slot), Some(used)) = (found.get_mut(at), taken.get_mut(with))
            && slot.is_none()
            && !*used
        {
            *slot = Some(with);
            *used = true;
        }
    };
    for (at, line) in xero.iter().enumerate() {
        let Some(id) = &line.id else { continue };
        if let Some(with) = keys.iter().position(|key| known.get(key) == Some(id)) {
            take(&mut found, at, with);
        }
    }
    // A line of the CRM's that is gone there, and is still in Xero.
    let former = |line: &Line| {
        let id = line.id.as_ref()?;
        known.iter().find(|(key, known)| *known == id && !keys.contains(key)).map(|(key, _)| key.clone())
    };
    let open = |found: &[Option<usize>]| {
        let theirs = xero
            .iter()
            .enumerate()
            .filter(|(at, line)| found.get(*at).is_some_and(Option::is_none) && former(line).is_none())
            .map(|(at, _)| at);
        theirs.collect::<Vec<_>>()
    };
    let same = |one: &Line, other: &Line| {
        one.description == other.description && one.quantity == other.quantity && one.unit_price == other.unit_price
    };
    for at in open(&found) {
        let candidate = target.iter().zip(keys).enumerate().position(|(with, (line, _))| {
            xero.get(at).is_some_and(|theirs| same(line, theirs)) && !found.contains(&Some(with))
        });
        if let Some(with) = candidate {
            take(&mut found, at, with);
        }
    }
    let theirs = open(&found);
    let ours = (0..keys.len().min(target.len())).filter(|with| !found.contains(&Some(*with))).collect::<Vec<_>>();
    // Nothing in common at all and no link: the order is the only thing to go by.
    let strangers = known.is_empty() && found.iter().all(Option::is_none);
    if theirs.len() == ours.len() || strangers {
        for (at, with) in theirs.into_iter().zip(ours) {
            take(&mut found, at, with);
        }
    }
    let mut lines = known.clone();
    let mut xero_keys = Vec::with_capacity(xero.len());
    for (at, line) in xero.iter().enumerate() {
        let key = match found.get(at).copied().flatten().and_then(|with| keys.get(with)) {
            Some(key) => {
                if let Some(id) = &line.id {
                    lines.insert(key.clone(), id.clone());
                }
                key.clone()
            }
            None => {
                former(line).unwrap_or_else(|| format!("xero:{}", line.id.clone().unwrap_or_else(|| at.to_string())))
            }
        };
        xero_keys.push(key);
    }
    Pairing { xero_keys, lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: Option<&str>, text: &str, quantity: i64) -> Line {
        Line {
            id: id.map(str::to_owned),
            description: Some(text.to_owned()),
            quantity: quantity.into(),
            ..Line::default()
        }
    }

    #[track_caller]
    fn check(target: &[(&str, &str)], xero: &[(&str, &str)], known: &[(&str, &str)], wanted: &[&str]) {
        let ours = target.iter().map(|(_, text)| line(None, text, 1)).collect::<Vec<_>>();
        let keys = target.iter().map(|(key, _)| (*key).to_owned()).collect::<Vec<_>>();
        let theirs = xero.iter().map(|(id, text)| line(Some(id), text, 1)).collect::<Vec<_>>();
        let known = known.iter().map(|(key, id)| ((*key).to_owned(), (*id).to_owned())).collect();
        let pairing = pair(&ours, &keys, &theirs, &known);
        assert_eq!(pairing.xero_keys, wanted);
        for (key, theirs) in pairing.xero_keys.iter().zip(&theirs) {
            if keys.contains(key) {
                assert_eq!(pairing.lines.get(key), theirs.id.as_ref());
            }
        }
    }

    #[test]
    fn lines_are_paired_by_link_content_and_order() {
        let both = [("1", "a"), ("2", "b")];
        check(&both, &[("x", "a"), ("y", "b")], &[("1", "x"), ("2", "y")], &["1", "2"]);
        // Moved in Xero.
        check(&both, &[("y", "b"), ("x", "a")], &[("1", "x"), ("2", "y")], &["2", "1"]);
        // Changed in Xero, found by link.
        check(&both, &[("x", "b"), ("y", "a")], &[("1", "x"), ("2", "y")], &["1", "2"]);
        // No link: content first.
        check(&both, &[("x", "b"), ("y", "a")], &[], &["2", "1"]);
        // No link, nothing in common: order.
        check(&both, &[("x", "c"), ("y", "d"), ("z", "e")], &[], &["1", "2", "xero:z"]);
        // New ids in Xero.
        check(&both, &[("v", "a"), ("w", "c")], &[("1", "x"), ("2", "y")], &["1", "2"]);
        // Added in Xero.
        check(&both, &[("x", "a"), ("n", "new"), ("y", "b")], &[("1", "x"), ("2", "y")], &["1", "xero:n", "2"]);
        // Removed in the CRM.
        check(&[("1", "a")], &[("x", "a"), ("y", "b")], &[("1", "x"), ("2", "y")], &["1", "2"]);
        // Removed in Xero.
        check(&both, &[("y", "b")], &[("1", "x"), ("2", "y")], &["2"]);
        // Twice the same.
        check(&[("1", "a"), ("2", "a")], &[("x", "a"), ("y", "a")], &[], &["1", "2"]);
    }
}
