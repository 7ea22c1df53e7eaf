//! Changing one setting.

use super::context::{Context, Errand, Reader};
use super::engine::Engine;
use crate::access::Refusal;
use crate::access::rights::Administrator;
use crate::store::requests::{Once, RequestKey};
use crate::store::{audit, connections};
use ports::{DatabaseError, Ports, Statement};
use shared::problem::Code;
use shared::settings::{self, SettingChange};

/// [`Engine::change_setting_once`]
pub(super) async fn change_setting_once<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Administrator,
    change: &SettingChange,
    key: &RequestKey,
) -> Result<(), Refusal> {
    let once = Once::new(user, "change-setting", change, key);
    if once.result(engine.ports).await?.is_some() {
        return Ok(());
    }
    change_setting(engine, user, change, Some(&once)).await
}

/// [`Engine::change_setting`]
pub(super) async fn change_setting<P: Ports>(
    engine: &Engine<'_, P>,
    user: &Administrator,
    change: &SettingChange,
    once: Option<&Once>,
) -> Result<(), Refusal> {
    let context = Context::open(engine, Reader::Member(user), Errand::Click(user), None).await?;
    let settings = settings::changes::apply(&context.settings, change, &context.lists.crm, &context.lists.xero)?;
    let both = (&context.settings, &settings);
    let now = engine.ports.now();
    let mut statements: Vec<Statement> = once.map(|once| once.note("", now)).into_iter().collect();
    if settings != context.settings {
        statements.push(connections::save_settings(&user.org, &settings, context.settings_version)?);
        statements.push(audit::note_settings(
            engine.ports,
            &user.org,
            &user.name,
            audit::Action::ChangeSetting,
            both,
            now,
        )?);
    }
    if statements.is_empty() {
        return Ok(());
    }
    match engine.ports.batch(statements).await {
        // The same request came a moment before.
        Err(DatabaseError::Unique(_)) if once.is_some() => Ok(()),
        saved => saved.map(|_| ()).map_err(not_saved),
    }
}

/// Why settings were not saved.
pub(crate) fn not_saved(error: DatabaseError) -> Refusal {
    if connections::is_stale(&error) { saved_meanwhile() } else { error.into() }
}

/// The settings are not those any more that somebody has changed.
pub(crate) fn saved_meanwhile() -> Refusal {
    let reason = "somebody else has saved the settings meanwhile".to_owned();
    Refusal::of(Code::InvalidRequest, &[("field", "version".to_owned()), ("reason", reason)])
}
