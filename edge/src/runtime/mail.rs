//! The mail port on Cloudflare's `send_email` binding
//! (<https://developers.cloudflare.com/email-service/api/send-emails/workers-api/>).

use super::{Bindings, Runtime, environment};
use ports::{Letter, MailError};
use worker::{EmailAddress, Env, SendEmail, SendEmailBuilder};

/// The name that letters come from.
const SENDER: &str = "Ledgerlink";

/// Where letters leave, and the address that they come from.
pub(crate) struct LetterBox {
    binding: SendEmail,
    from: String,
}

impl LetterBox {
    /// The installation's letter box; none when it has no binding or no address.
    pub(crate) fn open(env: &Env) -> Option<Self> {
        let from = environment::mail_from(env)?;
        let binding = env.send_email(Bindings::EMAIL).ok()?;
        Some(Self { binding, from })
    }
}

impl ports::Mail for Runtime {
    async fn post(&self, letter: Letter) -> Result<(), MailError> {
        let Some(letter_box) = &self.letter_box else { return Err(MailError::NotConfigured) };
        let from = EmailAddress::new(SENDER, &letter_box.from);
        let mut refused = Vec::new();
        for address in &letter.to {
            let message = SendEmailBuilder::builder_with_email_address_and_str(&from, address, &letter.subject)
                .text(&letter.text)
                .html(&letter.html)
                .build();
            // An address that is refused does not keep the letter from the others.
            if let Err(error) = letter_box.binding.send_with_builder(&message).await {
                refused.push(format!("{address}: {}", String::from(error.message())));
            }
        }
        if refused.is_empty() { Ok(()) } else { Err(MailError::Refused(refused.join("; "))) }
    }
}
