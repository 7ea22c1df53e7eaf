//! Both sides of one record, as they were read.

use super::key::Key;
use serde_json::Value;
use shared::api::Action;
use shared::id::XeroId;
use shared::link::{Link, LinkState};
use shared::module::{Kind, Module};
use shared::plan::{Closed, CrmSnapshot, Ground, Plan};
use shared::problem::{Code, Problem};
use shared::settings::UpTo;
use shared::zoho::sight::Hidden;

/// A record that the reader sees.
#[derive(Debug)]
pub(crate) struct Sight {
    /// The whole record, as far as anybody of ours may read it.
    pub(crate) snapshot: CrmSnapshot,
    /// The record as the reader is shown it, where that is not all of it.
    pub(crate) own: Option<CrmSnapshot>,
    /// What the reader is not shown.
    pub(crate) hidden: Hidden,
    /// Why it can't be planned: what is hidden decides, and the connection may not read it either.
    pub(crate) problem: Option<Problem>,
    /// Whether the reader may change it in the CRM.
    pub(crate) may_edit: bool,
}

impl Sight {
    /// Whether the reader is shown to which company a contact belongs.
    pub(crate) fn shows_company(&self) -> bool {
        self.own.as_ref().is_none_or(|own| shared::zoho::company_of(&own.record).is_some())
    }
}

/// Another CRM record that is linked with the same Xero contact.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sharer {
    pub(super) link: Link,
    /// Whether the reader sees the record.
    pub(super) seen: bool,
    /// Whether the reader may change it in the CRM.
    pub(super) may_edit: bool,
}

impl Sharer {
    pub(super) fn module(&self) -> Module {
        self.link.module
    }
}

impl Both {
    /// Whether its values don't go to its contact, which another record owns.
    pub(super) fn is_guest(&self) -> bool {
        let own = self.link.as_ref().filter(|link| link.xero_id.is_some());
        self.sharers.iter().any(|sharer| own.is_none_or(|own| sharer.link.owns_before(own)))
    }

    /// Whether it joins a contact that others have already: it is linked as it stands, and neither side's values change.
    pub(super) fn joins(&self) -> bool {
        self.is_guest() && !self.link.as_ref().is_some_and(|link| link.state == LinkState::Linked)
    }

    /// Whether its reader sees all records that are linked with its contact.
    pub(super) fn sees_sharers(&self) -> bool {
        self.sharers.iter().all(|sharer| sharer.seen)
    }
}

/// Both sides of one record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Both {
    pub(crate) key: Key,
    /// The record's name or number in the CRM, as the reader is shown it.
    pub(crate) name: String,
    pub(crate) snapshot: CrmSnapshot,
    /// The CRM's record as the reader is shown it, where that is not all of it. What people call it is of this one.
    pub(crate) own: Option<CrmSnapshot>,
    /// The Xero record: linked, named by the CRM's `Xero_ID` (see [`super::belief`]), or found by its natural key.
    pub(crate) xero: Option<Value>,
    pub(crate) link: Option<Link>,
    /// What was found out on the way and belongs to the plan.
    pub(crate) problems: Vec<Problem>,
    /// The other CRM records that are linked with its contact in Xero.
    pub(crate) sharers: Vec<Sharer>,
    /// What the reader is not shown of the CRM's record.
    pub(crate) hidden: Hidden,
    /// Whether it is known that `xero` may be this record's partner: by a link, because they look alike, or because it was
    /// looked for by what is this record's own.
    pub(crate) believed: bool,
    /// Why it may be, as long as there is no link.
    pub(crate) ground: Ground,
    /// Whether the reader may change the CRM's record.
    pub(crate) may_edit: bool,
    /// Whether a document that is about to be sent is for it.
    pub(crate) needed: bool,
    /// The CRM's fields that the reader may not write, as far as that matters: asked for once a plan writes to the CRM.
    pub(crate) closed: Closed,
    /// Why nothing of it may go to Xero.
    pub(crate) hold: Option<Problem>,
    /// How far the document may come in Xero; none: as far as its status says.
    pub(crate) up_to: Option<UpTo>,
}

impl Both {
    /// A record as it was read, beside the Xero record that may be its partner; nothing is judged yet.
    pub(crate) fn read(key: Key, sight: Sight, xero: Option<Value>, link: Option<Link>, needed: bool) -> Self {
        let Sight { snapshot, own, hidden, problem, may_edit } = sight;
        Self {
            name: shared::zoho::name(key.0, &own.as_ref().unwrap_or(&snapshot).record),
            key,
            snapshot,
            own,
            xero,
            link,
            problems: problem.into_iter().collect(),
            sharers: Vec::new(),
            hidden,
            believed: false,
            ground: Ground::Likeness,
            may_edit,
            needed,
            closed: Closed::new(),
            hold: None,
            up_to: None,
        }
    }

    /// A record that we have just made in the CRM from Xero's.
    pub(crate) fn made(key: Key, snapshot: CrmSnapshot, xero: Value) -> Self {
        let sight = Sight { snapshot, own: None, hidden: Hidden::new(), problem: None, may_edit: true };
        Self { believed: true, ground: Ground::Ours, ..Self::read(key, sight, Some(xero), None, false) }
    }

    /// Whether it names a Xero record, or was matched with one, that it is not as far as anybody knows.
    pub(crate) fn is_doubted(&self) -> bool {
        let doubts = [Code::XeroIdUnconfirmed, Code::PartnerUnconfirmed, Code::SharedByTwo];
        self.problems.iter().any(|problem| doubts.contains(&problem.code))
    }

    /// Whether nothing is known or said yet of which Xero record it is.
    pub(crate) fn is_unlinked(&self) -> bool {
        self.link.as_ref().is_none_or(Link::knows_rate_alone)
    }

    /// Whether somebody has let its link go, so that it is left alone.
    pub(crate) fn is_let_go(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.state == LinkState::LetGo)
    }

    /// Whether somebody has said that it is not this Xero record.
    pub(crate) fn is_not(&self, xero: &Value) -> bool {
        let id = xero_id(self.key.0, xero);
        self.link.as_ref().zip(id).is_some_and(|(link, id)| link.not.contains(&id))
    }

    /// Whether a plan came to nothing because of what holds the record.
    pub(crate) fn is_held_in(&self, plan: &Plan) -> bool {
        plan.action == Action::Blocked && self.hold.as_ref().is_some_and(|hold| plan.problems.contains(hold))
    }

    /// The customer or supplier of a document, by name: as the CRM has it, else as its partner in Xero does. An entry tells it
    /// to those only to whom its field is shown.
    pub(crate) fn party(&self) -> Option<String> {
        let (module, record) = (self.key.0, &self.snapshot.record);
        if module.kind() != Kind::Document {
            return None;
        }
        let party = shared::zoho::dependencies(module, record).into_iter().find(|one| one.module != Module::Products);
        // One whose name the user may not see goes by its id.
        let name = party.filter(|party| party.name != party.crm_id.as_str()).map(|party| party.name);
        let linked = self.link.as_ref().is_some_and(|link| link.state == LinkState::Linked);
        name.or_else(|| self.xero.as_ref().filter(|_| linked).and_then(party_at_xero))
    }
}

/// The customer or supplier of a Xero document, by name.
pub(crate) fn party_at_xero(document: &Value) -> Option<String> {
    let name = document.pointer("/Contact/Name").and_then(Value::as_str)?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// Xero's resource for a module.
pub(crate) fn resource(module: Module) -> &'static str {
    match module.kind() {
        Kind::Party => "Contacts",
        Kind::Item => "Items",
        Kind::Document => "Invoices",
    }
}

/// The id of a Xero record of any of the three resources.
pub(crate) fn xero_id(module: Module, record: &Value) -> Option<XeroId> {
    let field = match module.kind() {
        Kind::Party => "ContactID",
        Kind::Item => "ItemID",
        Kind::Document => "InvoiceID",
    };
    XeroId::new(record.get(field)?.as_str()?).ok()
}
