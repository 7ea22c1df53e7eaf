//! A table of records: by id, by whatever else they are looked up by, and with a way back.
//!
//! A write of several elements drops those that are refused. A copy of everything for each element would make ten
//! thousand records a matter of minutes, so a table remembers what it replaced.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

/// A record of a table.
pub(crate) trait Row {
    /// What it is found by besides its id. Each key begins with a sign that says what it is.
    fn keys(&self) -> Vec<String>;
}

/// Records by id.
#[derive(Debug, Clone)]
pub(crate) struct Table<T> {
    rows: BTreeMap<String, T>,
    index: BTreeMap<String, BTreeSet<String>>,
    /// What was there before each change, the oldest first.
    before: Vec<(String, Option<T>)>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), index: BTreeMap::new(), before: Vec::new() }
    }
}

impl<T> Deref for Table<T> {
    type Target = BTreeMap<String, T>;

    fn deref(&self) -> &Self::Target {
        &self.rows
    }
}

impl<T: Row + Clone> Table<T> {
    fn put(&mut self, id: &str, row: Option<T>) -> Option<T> {
        let old = self.rows.remove(id);
        for key in old.as_ref().map(Row::keys).unwrap_or_default() {
            if let Some(ids) = self.index.get_mut(&key) {
                ids.remove(id);
                if ids.is_empty() {
                    self.index.remove(&key);
                }
            }
        }
        if let Some(row) = row {
            for key in row.keys() {
                self.index.entry(key).or_default().insert(id.to_owned());
            }
            self.rows.insert(id.to_owned(), row);
        }
        old
    }

    pub(crate) fn insert(&mut self, id: String, row: T) {
        let old = self.put(&id, Some(row));
        self.before.push((id, old));
    }

    pub(crate) fn remove(&mut self, id: &str) {
        let old = self.put(id, None);
        self.before.push((id.to_owned(), old));
    }

    /// Changes a record. `false` when there is none.
    pub(crate) fn change(&mut self, id: &str, act: impl FnOnce(&mut T)) -> bool {
        let Some(mut row) = self.rows.get(id).cloned() else { return false };
        act(&mut row);
        self.insert(id.to_owned(), row);
        true
    }

    /// The records with a key, by id.
    pub(crate) fn with_key<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a T> + use<'a, T> {
        self.index.get(key).into_iter().flatten().filter_map(|id| self.rows.get(id))
    }

    /// A point to go back to.
    pub(crate) fn mark(&self) -> usize {
        self.before.len()
    }

    /// Undoes what came after a point.
    pub(crate) fn back_to(&mut self, mark: usize) {
        while self.before.len() > mark {
            if let Some((id, old)) = self.before.pop() {
                self.put(&id, old);
            }
        }
    }

    /// Gives up the way back.
    pub(crate) fn settle(&mut self) {
        self.before.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Row for &'static str {
        fn keys(&self) -> Vec<String> {
            vec![format!("#{}", self.len())]
        }
    }

    #[test]
    fn what_is_undone_is_as_it_was_and_found_as_it_was() {
        let mut table = Table::<&'static str>::default();
        table.insert("a".into(), "one");
        table.insert("b".into(), "two");
        let (before, mark) = (table.clone(), table.mark());
        table.insert("c".into(), "three");
        assert!(table.change("a", |row| *row = "eleven"));
        table.remove("b");
        assert!(!table.change("b", |_| unreachable!()));
        let found = |table: &Table<&'static str>, key: &str| table.with_key(key).copied().collect::<Vec<_>>();
        assert_eq!(
            (found(&table, "#3"), found(&table, "#5"), found(&table, "#6")),
            (vec![], vec!["three"], vec!["eleven"])
        );
        table.back_to(mark);
        assert_eq!((table.rows.clone(), table.index.clone()), (before.rows.clone(), before.index.clone()));
        assert_eq!(found(&table, "#3"), ["one", "two"]);
        table.settle();
        table.back_to(0);
        assert_eq!(table.len(), 2);
    }
}
