//! Our own fields in the CRM: created where they lack, and kept so that only we and administrators write into them.
//!
//! Nothing depends on that: what stands in them is never believed (`sync/belief.rs`, [`shared::plan::pay_page`]). It keeps
//! mistakes and mischief out where Zoho lets it.

use crate::access::rights::{ADMINISTRATOR, is_refusal};
use ports::Ports;
use serde::{Deserialize, Serialize};
use shared::id::ZohoId;
use shared::module::Module;
use shared::zoho::CustomField;
use std::collections::BTreeMap;
use upstream::zoho::{Client, Created, FieldRights, NewField, Permission, ProfileRef};
use upstream::{Error, Tokens};

/// Profiles that are asked about in one pass. The others stay as they are until the next one, a day later: Workers Free
/// allows 50 calls of an invocation.
const MOST_PROFILES: usize = 10;

/// What profiles may do with a field, by their ids.
type Rights = Vec<(ZohoId, Permission)>;

/// A field of ours that is not as it should be: others can type into it, or it can't be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenField {
    /// Its module.
    pub module: Module,
    /// What people call it.
    pub label: String,
    /// What the CRM said when it was to be made, where it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What is done in a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    /// Missing fields are created, too.
    Create,
    /// What is there is looked after.
    Guard,
}

/// Creates those of our fields that the CRM lacks, in the modules that its edition has, and lets nobody write into ours but
/// the profile `own`, with which we write, and those of administrators. Tells the fields that stay open to others, and
/// those that the CRM does not let be made: neither keeps the others from what they need.
///
/// # Errors
/// [`Error`] when the CRM does not answer, or does not tell of its fields at all.
pub(crate) async fn ensure<P: Ports, T: Tokens>(
    client: &Client<'_, P, T>,
    own: &ZohoId,
    pass: Pass,
) -> Result<Vec<OpenField>, Error> {
    let mut writers = Writers { known: BTreeMap::from([(own.clone(), true)]), asked: 0 };
    let mut open = Vec::new();
    for module in Module::ALL {
        let present = match client.field_rights(module).await {
            Ok(present) => present,
            Err(Error::ModuleUnavailable { .. } | Error::PermissionDenied { .. }) => continue,
            Err(error) => return Err(error),
        };
        let (left, refused) = of_module(client, &mut writers, module, &present, pass).await?;
        open.extend(left.into_iter().map(|label| OpenField { module, label: label.to_owned(), refused: None }));
        let refused = refused.into_iter();
        open.extend(refused.map(|(label, said)| OpenField { module, label: label.to_owned(), refused: Some(said) }));
    }
    Ok(open)
}

async fn of_module<P: Ports, T: Tokens>(
    client: &Client<'_, P, T>,
    writers: &mut Writers,
    module: Module,
    present: &[FieldRights],
    pass: Pass,
) -> Result<(Vec<&'static str>, Vec<(&'static str, String)>), Error> {
    let mut open: Vec<&'static str> = Vec::new();
    let mut refused = Vec::new();
    let mut changes: Vec<(&'static str, ZohoId, Rights)> = Vec::new();
    let mut missing = Vec::new();
    for field in shared::zoho::custom_fields(module) {
        let known = present.iter().find(|known| known.api_name == field.api_name || known.label == field.label);
        let Some(known) = known else {
            missing.push(field);
            continue;
        };
        if !field.guarded {
            continue;
        }
        let wanted = writers.wanted(client, &known.profiles).await?;
        let differs = wanted.rights.iter().zip(&known.profiles).any(|((_, wanted), (_, present))| wanted != present);
        match &known.id {
            Some(id) if differs => changes.push((field.label, id.clone(), wanted.rights)),
            None if differs => open.push(field.label),
            _ => {}
        }
        if wanted.open || known.profiles.is_empty() {
            open.push(field.label);
        }
    }
    if pass == Pass::Create && !missing.is_empty() {
        // A new field is everybody's, unless it says otherwise.
        let all: Vec<_> = profiles_of(present).into_iter().map(|profile| (profile, Permission::ReadWrite)).collect();
        let wanted = writers.wanted(client, &all).await?;
        let rights = |field: &CustomField| if field.guarded { wanted.rights.clone() } else { Vec::new() };
        let new: Vec<NewField<'_>> = missing.iter().map(|field| NewField { field, profiles: rights(field) }).collect();
        let made = client.create_fields(module, &new).await?;
        for (field, created) in missing.iter().zip(made) {
            let made = match created {
                Created::Made(made) if field.guarded => made,
                Created::Made(_) => continue,
                Created::Refused(said) => {
                    refused.push((field.label, said));
                    continue;
                }
            };
            match made.id {
                _ if made.guarded => {}
                Some(id) if !all.is_empty() => changes.push((field.label, id, wanted.rights.clone())),
                _ => open.push(field.label),
            }
            if wanted.open {
                open.push(field.label);
            }
        }
    }
    let rows: Vec<_> = changes.iter().map(|(_, id, rights)| (id.clone(), rights.clone())).collect();
    let taken = client.set_field_rights(module, &rows).await?;
    open.extend(changes.iter().zip(taken).filter(|(_, taken)| !taken).map(|((label, ..), _)| *label));
    open.sort_unstable();
    open.dedup();
    Ok((open, refused))
}

/// All profiles that a module's metadata tells of.
fn profiles_of(present: &[FieldRights]) -> Vec<ProfileRef> {
    let mut all: Vec<ProfileRef> = Vec::new();
    for (profile, _) in present.iter().flat_map(|field| &field.profiles) {
        if !all.iter().any(|known| known.id == profile.id) {
            all.push(profile.clone());
        }
    }
    all
}

/// Which profiles write into our fields.
struct Writers {
    known: BTreeMap<ZohoId, bool>,
    asked: usize,
}

/// What profiles shall do with a field.
struct Wanted {
    rights: Rights,
    /// Whether somebody may write of whom it is not known whether they should.
    open: bool,
}

impl Writers {
    /// What profiles shall do with a field with which they now do this. What is hidden from somebody stays hidden.
    async fn wanted<P: Ports, T: Tokens>(
        &mut self,
        client: &Client<'_, P, T>,
        present: &[(ProfileRef, Permission)],
    ) -> Result<Wanted, Error> {
        let mut wanted = Wanted { rights: Vec::new(), open: false };
        for (profile, permission) in present {
            let visible = matches!(permission, Permission::ReadWrite | Permission::ReadOnly);
            let shall = match visible {
                true => self.writes(client, profile).await?,
                false => None,
            };
            wanted.open |= shall.is_none() && *permission == Permission::ReadWrite;
            let right = match shall {
                Some(true) => Permission::ReadWrite,
                Some(false) => Permission::ReadOnly,
                None => permission.clone(),
            };
            wanted.rights.push((profile.id.clone(), right));
        }
        Ok(wanted)
    }

    /// Whether a profile writes into our fields; none where that is asked another day.
    async fn writes<P: Ports, T: Tokens>(
        &mut self,
        client: &Client<'_, P, T>,
        profile: &ProfileRef,
    ) -> Result<Option<bool>, Error> {
        if let Some(known) = self.known.get(&profile.id) {
            return Ok(Some(*known));
        }
        if self.asked >= MOST_PROFILES {
            return Ok(None);
        }
        self.asked += 1;
        let administers = match client.profile(&profile.id).await {
            Ok(profile) => profile.administers(),
            // As where it is asked who administers: Zoho does not tell, so only its own one counts.
            Err(error) if is_refusal(&error) => profile.name == ADMINISTRATOR,
            Err(error) => return Err(error),
        };
        self.known.insert(profile.id.clone(), administers);
        Ok(Some(administers))
    }
}
