//! How something looks, in one word.

/// How an outcome looks: never by colour alone, each has a sign of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to say yet.
    Quiet,
    /// Well.
    Good,
    /// Something waits for a click.
    Pending,
    /// Something is under way.
    Busy,
    /// Something should be known.
    Warn,
    /// Something failed.
    Bad,
    /// Xero has locked it.
    Locked,
}

impl Tone {
    /// The name as it stands in the style sheet.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Good => "good",
            Self::Pending => "pending",
            Self::Busy => "busy",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Locked => "locked",
        }
    }
}
