//! Which page the panel is on, whoever says it first.
//!
//! The CRM's script tells it. But the script may hold it back: it loads a second script, and does not go on when that
//! is blocked or its address is not answered. The page's own message says the same, and everybody in the frame hears
//! it, so after a while that one counts. Either is a hint: the edge checks every right.

/// Milliseconds that the script may take longer than the page's own message.
pub const PATIENCE: i32 = 3_000;

/// What the CRM's script told about the page around the panel. A hint: the edge checks every right.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageContext {
    /// The module's API name.
    pub entity: Option<String>,
    /// The records' ids; the script gives one text or a list.
    pub ids: Vec<String>,
}

/// What was heard so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hearing {
    /// Whether the script has told anything.
    told: bool,
    /// Whether the script is not waited for any more.
    impatient: bool,
    /// The page's own message, while the script is waited for.
    overheard: Option<PageContext>,
    /// The page's own message that counted.
    taken: Option<PageContext>,
}

impl Hearing {
    /// The script tells: which page it is now, unless that is known.
    pub fn told(&mut self, context: PageContext) -> Option<PageContext> {
        self.told = true;
        self.overheard = None;
        // Only the first time: later the same page again means that it has changed.
        let known = self.taken.take();
        (known.as_ref() != Some(&context)).then_some(context)
    }

    /// The page's own message. From when on the script tells, it tells these, too.
    pub fn overheard(&mut self, context: PageContext) -> Option<PageContext> {
        if self.told {
            return None;
        }
        if !self.impatient {
            self.overheard = Some(context);
            return None;
        }
        self.taken = Some(context.clone());
        Some(context)
    }

    /// The script has had its time.
    pub fn patience_ends(&mut self) -> Option<PageContext> {
        self.impatient = true;
        let context = self.overheard.take()?;
        self.taken = Some(context.clone());
        Some(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(id: &str) -> PageContext {
        PageContext { entity: Some("Accounts".to_owned()), ids: vec![id.to_owned()] }
    }

    #[test]
    fn the_script_s_word_counts_at_once_and_every_time() {
        let mut hearing = Hearing::default();
        assert_eq!(hearing.overheard(page("1")), None);
        assert_eq!(hearing.told(page("1")), Some(page("1")));
        assert_eq!(hearing.patience_ends(), None, "nothing is left over");
        assert_eq!(hearing.overheard(page("2")), None, "the script tells it, too");
        assert_eq!(hearing.told(page("2")), Some(page("2")));
        assert_eq!(hearing.told(page("2")), Some(page("2")), "it was edited");
    }

    #[test]
    fn after_a_while_the_page_s_own_message_is_enough() {
        let mut hearing = Hearing::default();
        assert_eq!(hearing.overheard(page("1")), None);
        assert_eq!(hearing.patience_ends(), Some(page("1")));
        assert_eq!(hearing.overheard(page("2")), Some(page("2")), "the script is not waited for any more");
        assert_eq!(hearing.told(page("2")), None, "it is known");
        assert_eq!(hearing.told(page("2")), Some(page("2")));
    }

    #[test]
    fn a_page_that_speaks_late_is_heard() {
        let mut hearing = Hearing::default();
        assert_eq!(hearing.patience_ends(), None);
        assert_eq!(hearing.overheard(page("1")), Some(page("1")));
        assert_eq!(hearing.told(page("3")), Some(page("3")));
        assert_eq!(hearing.overheard(page("4")), None);
    }

    #[test]
    fn the_script_may_tell_before_the_page_s_message_is_heard() {
        let mut hearing = Hearing::default();
        assert_eq!(hearing.told(page("1")), Some(page("1")));
        assert_eq!(hearing.overheard(page("1")), None);
        assert_eq!(hearing.patience_ends(), None);
    }
}
