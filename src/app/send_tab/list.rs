//! The list of entries, in the order in which they are sent.

use super::estimate::Totals;
use super::row::{Origin, Row, RowId};

/// Entries in the order in which they were added.
#[derive(Default)]
pub(super) struct List {
    /// Their ids rise, which is what [`List::position`] searches by.
    rows: Vec<Row>,
    next: u64,
}

impl List {
    /// Every entry.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The entry called `id`, unless it was removed.
    pub(super) fn get(&self, id: RowId) -> Option<&Row> {
        self.rows.get(self.position(id)?)
    }

    /// The entry called `id`, to be changed.
    pub(super) fn get_mut(&mut self, id: RowId) -> Option<&mut Row> {
        let position = self.position(id)?;
        self.rows.get_mut(position)
    }

    /// Puts an entry at the end.
    pub(super) fn add(&mut self, origin: Origin) -> RowId {
        let id = RowId(self.next);
        self.next += 1;
        self.rows.push(Row::new(id, origin));
        id
    }

    /// Takes an entry away, unless a job is at it.
    pub(super) fn remove(&mut self, id: RowId) -> bool {
        match self.position(id) {
            Some(position) if !self.rows[position].is_under_way() => {
                self.rows.remove(position);
                true
            }
            _ => false,
        }
    }

    /// Takes away what was delivered or sent.
    pub(super) fn clear_settled(&mut self) {
        self.rows.retain(|row| !row.is_settled());
    }

    /// Whether there is anything to clear.
    pub(super) fn has_settled(&self) -> bool {
        self.rows.iter().any(Row::is_settled)
    }

    /// Takes away what cannot be read.
    pub(super) fn clear_unreadable(&mut self) -> Vec<RowId> {
        let gone = self.rows.iter().filter(|row| row.is_unreadable()).map(|row| row.id).collect();
        self.rows.retain(|row| !row.is_unreadable());
        gone
    }

    /// How many entries cannot be read.
    pub(super) fn unreadable(&self) -> usize {
        self.rows.iter().filter(|row| row.is_unreadable()).count()
    }

    /// What the next press of Send takes along, in order.
    pub(super) fn due(&self) -> Vec<RowId> {
        self.rows.iter().filter(|row| row.is_due()).map(|row| row.id).collect()
    }

    /// What these entries amount to.
    pub(super) fn totals(&self, ids: &[RowId]) -> Totals {
        Totals::of(ids.iter().filter_map(|id| self.get(*id)))
    }

    fn position(&self, id: RowId) -> Option<usize> {
        self.rows.binary_search_by_key(&id, |row| row.id).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn list_of(names: &[&str]) -> (List, Vec<RowId>) {
        let mut list = List::default();
        let ids = names.iter().map(|name| list.add(Origin::Path(PathBuf::from(name)))).collect();
        (list, ids)
    }

    #[test]
    fn entries_keep_their_order_and_are_found_after_others_are_gone() {
        let (mut list, ids) = list_of(&["a.png", "b.png", "c.png"]);
        assert!(list.remove(ids[1]));
        assert!(!list.remove(ids[1]));
        assert_eq!(list.due(), [ids[0], ids[2]]);
        assert_eq!(list.get(ids[2]).map(|row| row.name.as_str()), Some("c.png"));
        let new = list.add(Origin::Path(PathBuf::from("d.png")));
        assert!(list.get(new).is_some() && !ids.contains(&new));
    }

    #[test]
    fn what_a_job_is_at_can_not_be_removed() {
        let (mut list, ids) = list_of(&["a.png"]);
        list.get_mut(ids[0]).expect("there").queue();
        assert!(!list.remove(ids[0]));
    }
}
