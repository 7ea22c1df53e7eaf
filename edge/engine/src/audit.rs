//! The audit trail: what administrators changed, page by page.

use crate::access::Refusal;
use crate::access::rights::Administrator;
use crate::store::audit;
use crate::sync::Engine;
use ports::Ports;
use shared::api::portal::{AuditAction, AuditPage, AuditView};
use shared::language::Language;
use shared::module::Module;
use shared::problem::label_in_language;

impl<P: Ports> Engine<'_, P> {
    /// What administrators changed, newest first (administrators), in the language of whoever asks.
    ///
    /// # Errors
    /// [`Refusal`] when the database fails.
    pub async fn audit(&self, user: &Administrator, before: Option<&str>) -> Result<AuditPage, Refusal> {
        let rows = self.ports.query(audit::select(&user.org, before, audit::PAGE + 1)).await?;
        let mut changes = audit::read(rows)?;
        let more = changes.len() > audit::PAGE;
        changes.truncate(audit::PAGE);
        changes.iter_mut().for_each(|change| change.detail = told(change, self.language));
        Ok(AuditPage { changes, more })
    }
}

/// What something was done to. It is kept in English: a record with its kind, or the pairs of a run. Whatever else it is, it
/// is a name.
fn told(change: &AuditView, language: Language) -> String {
    let detail = &change.detail;
    let told = match AuditAction::of(&change.action).filter(|_| language != Language::English) {
        Some(AuditAction::StartRun | AuditAction::CancelRun | AuditAction::RetryRun) => {
            Some(label_in_language(detail, language))
        }
        Some(
            AuditAction::LinkRecord
            | AuditAction::SendAnew
            | AuditAction::LetGo
            | AuditAction::DecideRate
            | AuditAction::ReleaseEmail,
        ) => Module::ALL.into_iter().find_map(|module| {
            let name = detail.strip_prefix(module.singular())?.strip_prefix(' ')?;
            Some(format!("{} {}", label_in_language(module.singular(), language), whose_rate(name, language)))
        }),
        _ => None,
    };
    told.unwrap_or_else(|| detail.clone())
}

/// The end of a decision on a rate (`sync/decide.rs`): whose counts.
const RATES: [(&str, &str); 2] =
    [(", the CRM's counts", ", der Kurs des CRM gilt"), (", Xero's of the day counts", ", Xeros Tageskurs gilt")];

fn whose_rate(detail: &str, language: Language) -> String {
    let found = RATES.iter().find_map(|(english, german)| Some((detail.strip_suffix(english)?, (english, german))));
    found.map_or_else(
        || detail.to_owned(),
        |(rest, (english, german))| format!("{rest}{}", language.of(english, german)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_something_was_done_to_is_told_in_german_and_names_stay() {
        for (action, detail, german) in [
            (AuditAction::LinkRecord, "account Emu Events: 1-2", "Firma Emu Events: 1-2"),
            (AuditAction::LetGo, "purchase order PO-1", "Bestellung PO-1"),
            (AuditAction::SendAnew, "invoice vendor", "Rechnung vendor"),
            (AuditAction::ReleaseEmail, "contact Ana", "Kontakt Ana"),
            (
                AuditAction::DecideRate,
                "invoice INV-1: 1.2 EUR, the CRM's counts",
                "Rechnung INV-1: 1.2 EUR, der Kurs des CRM gilt",
            ),
            (
                AuditAction::DecideRate,
                "invoice INV-1: 1.2 EUR, Xero's of the day counts",
                "Rechnung INV-1: 1.2 EUR, Xeros Tageskurs gilt",
            ),
            (AuditAction::StartRun, "Accounts, Purchase orders", "Firmen, Bestellungen"),
            (AuditAction::StartRun, "Products", "Produkte"),
            (AuditAction::ConnectXero, "account Emu", "account Emu"),
        ] {
            let change = AuditView {
                id: String::new(),
                at: chrono::DateTime::UNIX_EPOCH,
                by: String::new(),
                action: action.as_str().to_owned(),
                detail: detail.to_owned(),
                changes: Vec::new(),
            };
            assert_eq!(told(&change, Language::German), german, "{action:?}");
            assert_eq!(told(&change, Language::English), detail);
        }
        // What a run's pairs and records are called is in the catalogue's table of phrases, whole.
        for module in Module::ALL {
            for name in [module.singular().to_owned(), crate::text::plural(module)] {
                assert_ne!(label_in_language(&name, Language::German), name);
            }
        }
    }
}
