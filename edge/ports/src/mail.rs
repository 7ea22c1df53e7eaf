//! E-mail that leaves the installation.

/// An e-mail in plain text and HTML.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Addresses; each gets a letter of its own, so that nobody sees the others.
    pub to: Vec<String>,
    /// The subject, one line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Letter({} addresses)", self.to.len())
    }
}

/// Why a letter did not leave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The installation sends no e-mail.
    #[error("this installation sends no e-mail (see README.md)")]
    NotConfigured,
    /// The mail service refused it, in its own words.
    #[error("the mail service refused it: {0}")]
    Refused(String),
}

/// The mail port.
pub trait Mail {
    /// Sends a letter.
    ///
    /// # Errors
    /// [`MailError`] when one of the addresses got nothing.
    fn post(&self, letter: Letter) -> impl Future<Output = Result<(), MailError>>;
}

impl<T: Mail> Mail for &T {
    async fn post(&self, letter: Letter) -> Result<(), MailError> {
        (**self).post(letter).await
    }
}
