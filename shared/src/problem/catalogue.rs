//! What each code says. One entry a code; the compiler sees to it that none is missing.

use super::{Code, Severity};

/// A code's texts, with facts in braces (see [`super::text`]).
pub(super) struct Entry {
    /// How much it stops.
    pub(super) severity: Severity,
    /// What happened.
    pub(super) what: &'static str,
    /// Why.
    pub(super) why: &'static str,
    /// What to do, a verb first.
    pub(super) fix: &'static str,
}

fn error(what: &'static str, why: &'static str, fix: &'static str) -> Entry {
    Entry { severity: Severity::Error, what, why, fix }
}

fn warning(what: &'static str, why: &'static str, fix: &'static str) -> Entry {
    Entry { severity: Severity::Warning, what, why, fix }
}

fn waiting(what: &'static str, why: &'static str, fix: &'static str) -> Entry {
    Entry { severity: Severity::Waiting, what, why, fix }
}

/// The entry of a code.
#[allow(clippy::too_many_lines, reason = "the catalogue is one table")]
pub(super) fn entry(code: Code) -> Entry {
    match code {
        // Set-up and access.
        Code::NotSignedIn => error(
            "You are not signed in.",
            "Ledgerlink does not know yet who you are in the CRM.",
            "Sign in with your Zoho account.",
        ),
        Code::SessionExpired => error(
            "You have been signed out.",
            "A sign-in ends by itself after a while, and after an administrator ends it.",
            "Sign in again with your Zoho account.",
        ),
        Code::NotAdministrator => error(
            "This is for administrators of the CRM.",
            "You are signed in without administrator rights in the CRM.",
            "Ask an administrator of the CRM to do it.",
        ),
        Code::TakenOut => error(
            "An administrator took you out here.",
            "In the CRM you are an administrator. Here you do not count as one, so that you see and do what everybody else \
             does.",
            "Ask another administrator to let you be one here again, under Access.",
        ),
        Code::ZohoNotConnected => error(
            "The CRM is not connected yet.",
            "No administrator of the CRM has allowed Ledgerlink to read and write its records.",
            "Connect the CRM as an administrator, or ask one to.",
        ),
        Code::XeroNotConnected => error(
            "Xero is not connected yet.",
            "No Xero organisation has been chosen for this CRM.",
            "Connect Xero as an administrator, or ask one to.",
        ),
        Code::OrganisationTaken => error(
            "[\"{organisation}\"|\"{name}\"|This organisation] is already connected with another one.",
            "One CRM organisation is connected with exactly one Xero organisation.",
            "Disconnect the other connection first, or choose another organisation.",
        ),
        Code::ZohoDisconnected => error(
            "The connection with the CRM has ended.",
            "Zoho no longer accepts the permission that an administrator gave: it was withdrawn or replaced.",
            "Connect the CRM again as an administrator.",
        ),
        Code::ConnectionSeesLess => error(
            "[{name}, who connected the CRM, is|Whoever connected the CRM is] no administrator of it any more.",
            "Runs read the CRM with that person's rights. They would miss records, and take what they are not shown for deleted.",
            "Connect the CRM again as an administrator. Nothing is lost: the next run takes up what has changed since.",
        ),
        Code::XeroDisconnected => error(
            "The connection with Xero has ended.",
            "Xero no longer accepts the permission for [\"{organisation}\"|\"{name}\"|this organisation]: it was withdrawn in \
             Xero, or was not used for 60 days.",
            "Connect Xero again as an administrator.",
        ),
        Code::XeroScopeMissing => error(
            "Xero does not let Ledgerlink do this.",
            "The permission that was given in Xero does not include it.",
            "Connect Xero again as an administrator and accept all permissions.",
        ),
        Code::ZohoScopeMissing => error(
            "The CRM does not let Ledgerlink do this.",
            "The permission that was given in Zoho does not include it.",
            "Connect the CRM again as an administrator and accept all permissions.",
        ),
        Code::CrmNoPermission => error(
            "You may not do this with [\"{name}\"|this record] in the CRM.",
            "The CRM refuses it to [{user}|the signed-in user], by profile, role or sharing rule.",
            "Ask an administrator of the CRM for access to the record.",
        ),
        Code::CrmRecordNotFound => error(
            "[\"{name}\"|The record] was not found in the CRM.",
            "It was deleted, or the signed-in user may not see it.",
            "Check in the CRM whether the record still exists and you can open it.",
        ),
        Code::CrmModuleUnavailable => error(
            "The CRM does not offer [the module \"{module}\"|this module or feature].",
            "It is switched off, hidden from the signed-in user, or not part of the CRM's edition.",
            "Ask an administrator of the CRM to switch it on.",
        ),
        Code::CrmFieldsMissing => warning(
            "[The CRM field \"{field}\" is|Some CRM fields are] missing.",
            "Ledgerlink writes what Xero knows into fields of its own, and they were not created or were deleted.",
            "Create the fields in the portal, under Set-up.",
        ),
        Code::CrmFieldsRefused => warning(
            "The CRM did not let [these fields of a {module} be made: {field}|fields of ours be made].",
            "The CRM allows each module only so many fields, and only two whose values are unique; or the right to make fields \
             is missing. Without them records are synced all the same, and what Xero knows is not shown there.",
            "Make room in the CRM's set-up, then create the fields again in the portal, under Set-up.",
        ),
        Code::CrmTaxesUnknown => warning(
            "The CRM's taxes could not be read.",
            "Zoho does not let us ask for them. Each tax is still known from the documents that use it.",
            "Leave it so: a document whose tax has no partner in Xero asks for one when it is synced.",
        ),
        Code::CrmFieldHidden => error(
            "[The field \"{field}\"|A field] of [{name}|this record] is hidden from you in the CRM, and it decides what Xero gets.",
            "The connection may not read the record either, so nobody knows what stands there.",
            "Ask an administrator of the CRM to show you the field, or to connect the CRM as somebody who sees the record.",
        ),
        Code::CrmNotEditable => error(
            "[{user} may|You may] not edit [\"{name}\"|this record] in the CRM, so it is not sent.",
            "Whoever sends a record to the books needs the right to change it in the CRM[; the profile \"{profile}\" may only \
             read {module}|].",
            "[{reason}|Ask an administrator of the CRM for the right to edit it, or somebody who has it to click.]",
        ),
        Code::PartNotSent => warning(
            "Not sent: [{user} may|you may] not edit [this {kind}|\"{name}\"|this record].",
            "It was needed, so it was linked with its partner in Xero. Its other values change only where whoever clicks may \
             edit it in the CRM.",
            "Let somebody who may edit [\"{name}\"|it] in the CRM sync it.",
        ),
        Code::FieldNotWritten => warning(
            "Not written: you may only read [\"{field}\"|a field] of [\"{name}\"|this record] in the CRM.",
            "Xero has another value there, and a value comes only into fields that whoever syncs the record may edit.",
            "Let somebody who may edit the field in the CRM sync [\"{name}\"|it], or ask an administrator of the CRM for the right.",
        ),
        Code::SenderNotAllowed => error(
            "[{user} may|You may] not send [\"{name}\"|such records] to the books.",
            "An administrator chose who sends [{kind}s|such records] to the books: [{reason}|not everybody who may edit them].",
            "Ask [{reason}|somebody who sends to the books] to sync it.",
        ),
        Code::ToBeReleased => waiting(
            "[\"{name}\"|This record] is to be released by [{reason}|somebody who sends to the books].",
            "An administrator chose who sends to the books, and as it stands now nobody of them has synced it.",
            "Let [{reason}|one of them] sync it: that sends it, and later runs send what they change.",
        ),
        Code::LeftForApproval => warning(
            "[\"{name}\"|The document] goes to Xero as [{status}|less than its status says].",
            "An administrator chose whose approved documents are approved in Xero, too: those of [{reason}|some only].",
            "Ask [{reason}|one of them] to sync it, or approve it in Xero.",
        ),
        Code::EmailHeld => warning(
            "A new e-mail address of [\"{name}\"|this record] is held back from Xero.",
            "Who changes an address changes where letters about money go, so it waits for an administrator's word. Everything \
             else has gone.",
            "Ask an administrator to check the address and to sync [\"{name}\"|the record].",
        ),
        Code::EmailReleased => warning(
            "A new e-mail address of [\"{name}\"|this record] goes to Xero on an administrator's word.",
            "Who changes an address changes where letters about money go, so runs and others leave it alone until an \
             administrator sends the record.",
            "Make sure by another way than e-mail that the address is right. If it is not, put the old one back in the CRM \
             before you send.",
        ),
        Code::InvalidRequest => error(
            "This request can't be carried out.",
            "[Its {field} is not valid: {reason}|Its {field} \"{value}\" is not valid|Its {field} is missing or not valid|\
             It is not in the expected form].",
            "Reload the page and try again.",
        ),
        Code::InstallationKeyNeeded => error(
            "This installation belongs to nobody yet.",
            "The first organisation that connects becomes its owner. That takes the installation's key, so that nobody is first \
             in the owner's place.",
            "Enter the installation's key. Whoever installed Ledgerlink has it: it is the secret INSTALLATION_KEY.",
        ),
        Code::OrganisationNotInvited => error(
            "[\"{name}\"|This organisation] may not use this installation.",
            "It belongs to another organisation, which has not invited yours.",
            "Ask the owner of this installation to invite the organisation[ {org}]: Access, Invited organisations.",
        ),
        Code::FlowRefused => error(
            "It was refused[ at {vendor}|].",
            "[On {vendor}'s page|In the window], somebody chose not to allow it. Nothing was changed.",
            "Begin again if that was a mistake.",
        ),
        Code::FlowOver => error(
            "[The code has expired: it is good for {good}|This window is not of use any more].",
            "[What is not taken up within {good} is given back. Or the code was used already, or is of a window that was \
             begun elsewhere.|It was opened too long ago, was used already, or was begun elsewhere.]",
            "[Begin again, and type the code within {good}.|Close it and begin again where you pressed the button.]",
        ),
        Code::FlowCodeWrong => error(
            "This is not the code that the window shows.",
            "[{left} tries are left|No try is left], and the code is good for two minutes.",
            "[Type it again. Tries left: {left}|Begin again].",
        ),
        Code::RightsUnknown => waiting(
            "It is not known at the moment what you may do in the CRM.",
            "Zoho does not say it now, and what it said last is older than ten minutes[ ({since})].",
            "Try again in a minute. You stay signed in.",
        ),
        Code::SettingBroken => error(
            "A setting does not work any more[: {area}].",
            "[{reason}|It does not fit what both organisations have now].",
            "Open the portal and choose another value[ under {area}].",
        ),

        // Limits and weather.
        Code::XeroMinuteLimit => waiting(
            "Xero is taking no more calls this minute.",
            "Xero allows 60 calls a minute for each organisation, and everybody has a share of them.",
            "Wait [{until}|a minute], then try again.",
        ),
        Code::XeroMinuteShare => waiting(
            "Your share of Xero's calls for this minute is used up.",
            "One person takes at most half of what is left of the minute, so that there is something for everybody else. \
             Others can go on.",
            "Wait [{until}|a minute], then try again.",
        ),
        Code::XeroDayLimit => waiting(
            "Xero is taking no more calls today.",
            "The calls that Xero allows each organisation in a day are used up.",
            "Wait [{until}|until Xero's day ends], then try again. A bookkeeper can still work in Xero.",
        ),
        Code::XeroDayShare => waiting(
            "Your share of Xero's calls for today is used up.",
            "Nobody takes more than half of what is left of the day, so that there is something for everybody else. Others \
             can go on.",
            "Wait [{until}|until Xero's day begins anew], then try again. A bookkeeper can still work in Xero.",
        ),
        Code::XeroConcurrentLimit => waiting(
            "Xero is busy with other calls.",
            "Xero handles 5 calls at a time for each organisation.",
            "Try again in [{until}|a few seconds].",
        ),
        Code::ZohoLimit => waiting(
            "The CRM is taking no more calls for now.",
            "The CRM's calls for 24 hours, or those at the same time, are used up.",
            "Wait [{until}|a while], then try again.",
        ),
        Code::ZohoTokenLimit => waiting(
            "Zoho gives no new access for a few minutes.",
            "Zoho gives at most 10 accesses in 10 minutes.",
            "Wait [{until}|ten minutes] and try again.",
        ),
        Code::XeroUnavailable => waiting(
            "Xero can't be reached.",
            "Xero answered with an error of its own, or not at all.",
            "Try again in a few minutes.",
        ),
        Code::ZohoUnavailable => waiting(
            "The CRM can't be reached.",
            "Zoho answered with an error of its own, or not at all.",
            "Try again in a few minutes.",
        ),
        Code::OutcomeUnknown => waiting(
            "It is not known yet whether [\"{name}\"|the record] arrived in Xero.",
            "The connection broke before Xero answered.",
            "Try again: it is looked up in Xero first, so that it can't be there twice.",
        ),
        Code::SyncInProgress => waiting(
            "[\"{name}\"|This record] is being synced already.",
            "Another click has it in hand.",
            "Wait a moment, then look again.",
        ),
        Code::RunInProgress => waiting(
            "[{name}|Another run] is under way.",
            "[{reason}|An organisation has one run of all its records at a time.]",
            "Wait until it has ended, or cancel it[: it waits itself, {until}|].",
        ),
        Code::RunOfLeaver => error(
            "[{name}, who began this run, is|Whoever began this run is] no active user of the CRM any more.",
            "Nothing goes on here that was begun by somebody who has left.",
            "Start it again, or leave the rest to the schedule. What the run has done stays done.",
        ),
        Code::RunUnknown => error(
            "There is no such run.",
            "Runs and their entries are kept for 30 days, and each organisation sees only its own.",
            "Choose a run from the list.",
        ),
        Code::DayReserve => waiting(
            "What is left of Xero's calls for today is kept for the button.",
            "Runs and previews leave some of each day's calls to whoever clicks.",
            "Wait [{until}|until Xero's day begins anew]: a run goes on by itself, and the button works meanwhile.",
        ),
        Code::TooManyRequests => waiting(
            "This was too much at once.",
            "[{reason}|Everybody has a share, so that nobody keeps others from their work].",
            "Wait [{until}|a minute], then try again.",
        ),
        Code::DatabaseDayLimit => waiting(
            "Our own database takes no more today.",
            "Cloudflare's free plan has a limit of rows a day, for all databases of the account together, and it is used up. \
             What is stored is safe.",
            "Wait [{until}|until 00:00 UTC]: runs go on by themselves then. Whoever runs the installation can lift the limit with \
             Cloudflare's paid plan.",
        ),
        Code::NoticeNotSent => warning(
            "The e-mail about this run could not be sent.",
            "[{reason}|The mail service refused it.]",
            "Check the address in the schedule and the e-mail set-up of the installation.",
        ),
        Code::NoticeUnconfirmed => warning(
            "[{value}|An address of the schedule] got no letter about this run.",
            "[{reason}|It is not the address of an active user of this CRM, and its owner has not confirmed it.]",
            "Open Schedule: it says how each address stands, and sends a confirmation again.",
        ),
        Code::LetterLimit => waiting(
            "No confirmation letter was sent[ to {value}|].",
            "An address gets at most one such letter a day, and an organisation waits for at most five answers at a time.",
            "Wait for an answer, or send it again [{until}|in a day].",
        ),
        Code::Internal => error(
            "Something went wrong inside Ledgerlink.",
            "This should not happen[: {value}|].",
            "Try again; if it comes back, send the log entry to whoever looks after Ledgerlink.",
        ),

        // Parties.
        Code::NameMissing => {
            error("[This {module}|The record] has no name.", "Xero needs a name.", "Enter a name in the CRM.")
        }
        Code::NameTaken => error(
            "Xero already has a contact named [\"{name}\"|like this].",
            "In Xero each active contact has a name of its own, and this one belongs to another contact.",
            "Rename one of the two, or merge them in Xero.",
        ),
        Code::NameChanged => warning(
            "The name is adjusted for Xero[: \"{was}\" becomes \"{is}\"|].",
            "Xero takes no < or >, no spaces at the ends and no double spaces in names.",
            "Change the name in the CRM if it should read otherwise.",
        ),
        Code::PrimaryContactMissing => warning(
            "[\"{name}\"|This record] has no primary contact.",
            "None of its contacts can be taken as the person to write to, so Xero gets no person or e-mail address.",
            "Tick \"Xero Primary\" on one of its contacts in the CRM.",
        ),
        Code::PrimaryContactSeveral => warning(
            "It is not clear who is the primary contact[ of \"{name}\"].",
            "Several contacts could be, so Xero gets no person or e-mail address.",
            "Tick \"Xero Primary\" on exactly one of its contacts in the CRM.",
        ),
        Code::PersonNameMissing => warning(
            "[\"{name}\"|A person] has no last name in Xero.",
            "The CRM needs a last name[, so it gets \"{is}\"|].",
            "Enter the person's last name in Xero or in the CRM.",
        ),
        Code::EmailInvalid => error(
            "[\"{value}\"|An e-mail address] is not a valid e-mail address.",
            "Xero takes only plain e-mail addresses, without umlauts or spaces.",
            "Correct the e-mail address in the CRM.",
        ),
        Code::PeopleWithoutPrimaryEmail => warning(
            "Only the primary person[ of \"{name}\"] is sent to Xero.",
            "Xero takes further people only when the primary person has an e-mail address.",
            "Enter the primary contact's e-mail address in the CRM.",
        ),
        Code::PeopleTooMany => warning(
            "[\"{name}\"|This record] has more people than Xero takes.",
            "Xero takes [{limit}|5] people besides the primary one; the others stay in the CRM.",
            "Leave it so, or remove people in the CRM whom Xero need not know.",
        ),
        Code::ContactsIncomplete => warning(
            "Not all contacts of [\"{name}\"|this record] were read.",
            "It has more than [{count}|the CRM gives in a few calls], so nobody knows who is missing. The people whom Xero has \
             stay as they are.",
            "Leave it so, or move contacts in the CRM to records of their own.",
        ),
        Code::ContactArchived => error(
            "[\"{name}\"|This contact] is archived in Xero.",
            "Xero takes no changes to archived contacts and no new documents for them.",
            "Restore the contact in Xero, then try again.",
        ),
        Code::ContactMerged => error(
            "[\"{name}\"|This contact] was merged into another contact in Xero.",
            "The Xero contact that this record was linked with no longer stands for itself.",
            "Link the record with the contact that remained, or restore the old one in Xero.",
        ),
        Code::ContactNumberTaken => error(
            "Another contact in Xero is already known as this record.",
            "Its contact code in Xero is the one of [\"{name}\"|this record]; it may be archived or merged.",
            "Restore that contact in Xero, or have its contact code removed there.",
        ),
        Code::AccountNumberTaken => warning(
            "The account number[ \"{value}\"][ of \"{name}\"] is left out in Xero.",
            "Another contact has it there already, perhaps an archived one, and Xero takes each account number only once.",
            "Give [\"{name}\"|the record] another account number in the CRM, or take it from the other contact in Xero.",
        ),
        Code::WebsiteInvalid => error(
            "[\"{value}\"|The website] is not a valid web address.",
            "Xero takes only complete web addresses.",
            "Correct the website in the CRM.",
        ),
        Code::SameEmailInXero => warning(
            "Xero has another contact with the same e-mail address[ as \"{name}\"].",
            "It may be the same customer under another name.",
            "Check in Xero whether the two should be merged.",
        ),

        // Products.
        Code::ItemTracked => warning(
            "Xero keeps stock of [\"{name}\"|this item].",
            "Its purchase account belongs to Xero's stock keeping and is never changed from here.",
            "Change the account in Xero if it should be another one.",
        ),
        Code::ProductWithoutCode => warning(
            "[\"{name}\"|This product] has no product code.",
            "Xero knows items by their code; without one it is a service, and its lines go with text and account only.",
            "Enter a product code in the CRM if it should be an item in Xero.",
        ),
        Code::ProductCodeTaken => error(
            "Xero already has an item with the code [\"{value}\"|of this product].",
            "Each code belongs to one item in Xero, and this one is linked with another product.",
            "Give [\"{name}\"|the product] another code in the CRM.",
        ),
        Code::PersonOfAccount => warning(
            "[\"{name}\"|This person] belongs to [\"{party}\"|an account] and goes to Xero with it.",
            "In Xero the people of a company are part of the company's contact.",
            "Sync [\"{party}\"|the account] instead.",
        ),
        Code::ContactInDoubt => error(
            "[\"{name}\"|This record] may be somebody else than Xero's contact of that name.",
            "They differ in [{field}|what tells people apart], and nobody has said that they are the same.",
            "Say whether they are the same. If they are not, give this record another name in the CRM: Xero takes each name \
             only once.",
        ),
        Code::PartyGone => error(
            "[\"{party}\"|The customer or supplier] is no longer in Xero.",
            "[\"{name}\"|This document] is for a contact that Xero does not have any more.",
            "Send [\"{party}\"|that contact] to Xero anew, or link it with another contact there; then try again.",
        ),
        Code::ProductInactive => warning(
            "[\"{name}\"|This product] is inactive in the CRM.",
            "Inactive products are not sent, and what Xero has of them stays as it is.",
            "Activate the product in the CRM if it should be synced.",
        ),
        Code::ItemCodeUnknown => error(
            "Xero does not know the item code[ \"{value}\"].",
            "The item was deleted in Xero, or its code was changed there.",
            "Sync the product again, then this record.",
        ),
        Code::ItemNotOffered => error(
            "Xero does not let the item[ \"{value}\"] be [{is}|used here].",
            "It is not marked as [{was}|one] in Xero[: line {line}|].",
            "Tick it on the item in Xero, or choose another product on [line {line}|the line].",
        ),
        Code::ProductNameShortened => warning(
            "The product's name is shortened for Xero[: \"{was}\" becomes \"{is}\"|].",
            "Xero takes [{limit}|50] characters for an item's name.",
            "Shorten the name in the CRM if it should read otherwise.",
        ),

        // Documents.
        Code::PartyMissing => error(
            "[\"{name}\"|This document] has no customer or supplier.",
            "Xero needs to know whom the document is for.",
            "Choose the account, contact or vendor in the CRM.",
        ),
        Code::PartyNotSynced => error(
            "[\"{party}\"|The customer or supplier] is not in [{system}|Xero] yet.",
            "The document can't be sent before [\"{party}\"|its customer or supplier] is there.",
            "Solve the problem of [\"{party}\"|the customer or supplier] first, then try again.",
        ),
        Code::ProductNotSynced => error(
            "The product[ \"{product}\"] is not in Xero yet.",
            "The document can't be sent before its products are there.",
            "Solve the product's problem first, then try again.",
        ),
        Code::LinesMissing => {
            error("[\"{name}\"|This document] has no lines.", "Xero needs at least one line.", "Add a line in the CRM.")
        }
        Code::LinesTooMany => error(
            "[\"{name}\"|This document] has [{count}|too many] lines in Xero.",
            "The CRM takes at most [{limit}|200] lines on a document[; it would have {total}|].",
            "Join lines in Xero, or split the document there.",
        ),
        Code::LineProductMissing => error(
            "[Line {line} of Xero's document has the item {product}, which is no product in the CRM|\
             Line {line} of Xero's document ({account}) has no product in the CRM|\
             Line {line} points to a product that the CRM does not show|\
             A line points to a product that the CRM does not show].",
            "[The item {product} has not come to the CRM|\
             Lines in the CRM need a product, and none stands for lines without an item code on {account} yet|\
             The product was deleted, or the signed-in user may not see it].",
            "[Sync the item {product} to the CRM, then the document again|\
             Choose in the settings the product that stands for lines on {account}|\
             Choose the line's product again in the CRM].",
        ),
        Code::LineProductGone => error(
            "The product[ \"{product}\"] of [line {line}|a line] is not in the CRM any more.",
            "It was deleted there, or the signed-in user may not see it; a line goes to Xero with its product's item.",
            "Choose another product on [line {line}|the line] in the CRM, or restore the old one there.",
        ),
        Code::TextLineLeftOut => warning(
            "[Line {line} of Xero's document|A line of Xero's document] stays in Xero only[: \"{value}\"|].",
            "It is text without an amount, and a line in the CRM needs a product.",
            "Nothing needs to be done; put the text on another line in Xero if the CRM should have it.",
        ),
        Code::StatusUnmapped => error(
            "The status[ \"{status}\"] has no meaning for Xero yet.",
            "Nobody has chosen what it stands for, so [\"{name}\"|this document] is left alone.",
            "Choose what [\"{status}\"|the status] means in Xero.",
        ),
        Code::StatusLeftAlone => warning(
            "[\"{name}\"|This document] is left alone on purpose.",
            "[Documents with the status \"{status}\"|Documents with its status] are not sent to Xero.",
            "Change the document's status in the CRM if it should be sent.",
        ),
        Code::StatusBlank => error(
            "[\"{name}\"|This document] has no status.",
            "Its status decides whether it becomes a draft or an approved document in Xero, so it is left alone.",
            "Choose a status in the CRM.",
        ),
        Code::VoidNotAllowed => error(
            "[\"{name}\"|This document] is cancelled in the CRM but not in Xero.",
            "Cancelling in the CRM does not void or delete anything in Xero unless an administrator allows it.",
            "Void or delete it in Xero, or allow it for cancelled documents.",
        ),
        Code::NumberMissing => error(
            "[\"{name}\"|This document] has no number.",
            "The CRM's number becomes the number in Xero.",
            "Enter a number in the CRM, or let Xero number the documents.",
        ),
        Code::NumberTaken => error(
            "Xero already has another document with the number[ {number}| of this one].",
            "Xero takes each number only once, and this one belongs to a document of its own.",
            "Change the number in the CRM, or set a prefix for numbers that go to Xero.",
        ),
        Code::NumberBurnt => error(
            "The number[ {number}] is used up in Xero.",
            "It belongs to a voided or deleted document, and Xero does not give such numbers away again.",
            "Give the document another number in the CRM.",
        ),
        Code::TaxUnmapped => error(
            "The tax[ \"{tax}\"] has no partner in Xero.",
            "[Line {line} uses it, and no|No] Xero tax rate has been chosen for it.",
            "Choose Xero's tax rate for [\"{tax}\"|the tax].",
        ),
        Code::TaxSeveral => error(
            "[Line {line}|A line] has several taxes at once[: {tax}|].",
            "A line in Xero has exactly one tax rate.",
            "Choose one Xero tax rate for [\"{tax}\"|the combination], or leave one tax on the line.",
        ),
        Code::TaxBothModes => error(
            "[\"{name}\"|This document] is taxed twice: on its lines and on its total.",
            "Both kinds of tax are on the document, and it can't be known which one is meant.",
            "Remove one of the two in the CRM.",
        ),
        Code::TaxRateDiffers => error(
            "[The tax \"{tax}\"|A tax] would go to Xero at [{is} %|another percentage].",
            "[Xero's rate \"{value}\" was chosen for it|Xero's rate was chosen for it], and the CRM counts [{percentage} %|otherwise].",
            "Choose Xero's tax rate for [\"{tax}\"|this percentage], or correct the tax in the CRM.",
        ),
        Code::UntaxedUnchosen => warning(
            "A line without tax goes to Xero as [\"{value}\"|one of its rates of 0 %].",
            "Nobody has chosen what lines without tax are on [{module}|such documents], and Xero's rates of 0 % differ in \
             what the tax return says.",
            "Choose Xero's tax rate for lines without tax. What is in Xero already keeps its own.",
        ),
        Code::TaxInclusiveWithPercentage => error(
            "[Line {line}|A line] adds tax[ \"{tax}\"] to a price that already contains it.",
            "Prices go to Xero as including tax, and the CRM would put its tax on top.",
            "Remove the tax from the line in the CRM, or send prices as excluding tax.",
        ),
        Code::TaxRateGone => error(
            "Xero no longer has the tax rate that was chosen for [\"{tax}\"|this tax].",
            "The rate[ \"{value}\"] was archived or deleted in Xero.",
            "Choose another Xero tax rate for [\"{tax}\"|the tax].",
        ),
        Code::TaxTypeWrongSide => error(
            "The Xero tax rate[ \"{value}\"] does not fit this document.",
            "[The rate that was chosen for \"{tax}\"|The rate] can't be used on [{module}|this kind of document].",
            "Choose a Xero tax rate for [\"{tax}\"|the tax] that fits.",
        ),
        Code::TaxTypeNotWithAccount => error(
            "The Xero tax rate[ \"{value}\"] can't be used with the account[ {account}].",
            "Xero allows only some tax rates on each account.",
            "Choose another account or another tax rate for these lines.",
        ),
        Code::AccountUnmapped => error(
            "No Xero account is chosen for [line {line}|these lines].",
            "Every line needs an account, and the organisation has none that fits by itself.",
            "Choose the Xero account.",
        ),
        Code::AccountArchived => error(
            "The Xero account[ {account}] is archived.",
            "Documents can't use archived or deleted accounts.",
            "Choose another account, or restore it in Xero.",
        ),
        Code::AccountInvalid => error(
            "The Xero account[ {account}] can't be used here.",
            "Xero does not have it, keeps it for itself, or it is of the wrong type for this document.",
            "Choose another account.",
        ),
        Code::CurrencyNotSubscribed => error(
            "Xero does not use the currency[ {currency}| of this document] yet.",
            "The currency was not added to the Xero organisation, or its plan has only one.",
            "Add [{currency}|the currency] in Xero.",
        ),
        Code::ExchangeRateFar => error(
            "The CRM's exchange rate[ of {was}][ for {currency}] is far from the last one[, {is}|].",
            "Xero's newest document in this currency counts [{is} {currency} for 1 {organisation}|otherwise], the CRM \
             [{was}|much more or less].",
            "Correct the exchange rate in the CRM, or say whose rate counts.",
        ),
        Code::TotalDiffersByCents => warning(
            "[CRM total {crm_makes}, Xero total {xero_has}|CRM total {crm_total}, Xero will make {xero_total}|\
             Xero's total differs from the CRM's by cents].",
            "Xero rounds tax line by line, the CRM does not always[; the difference is {difference}|].",
            "[Xero's total of {xero_has} counts, so leave it so|Add a rounding line, or leave it so].",
        ),
        Code::TotalDiffers => error(
            "[CRM total {crm_makes}, Xero total {xero_has}|CRM total {crm_total}, Xero would make {xero_total}|\
             Xero's total would differ from the CRM's].",
            "[The difference of {difference}|The difference] is more than rounding.",
            "Check taxes, discounts and prices of the lines.",
        ),
        Code::TotalNegative => error(
            "The total of [\"{name}\"|this document] would be below zero in Xero[: {total}|].",
            "Xero takes no [{kind}|document] whose total is below zero.",
            "Correct the adjustment, discounts or prices in the CRM; for money that goes back, make a credit note in Xero.",
        ),
        Code::DiscountInvalid => error(
            "The discount[ on line {line}][ ({value})| ({is})] can't be sent.",
            "Xero takes discounts from 0 to 100 per cent of a line, and none on negative prices.",
            "Correct the discount in the CRM.",
        ),
        Code::DocumentLocked => error(
            "Xero takes no changes to [\"{name}\"|this document].",
            "Its state in Xero[, {status},|] does not allow it.",
            "Open the document in Xero to see why.",
        ),
        Code::DocumentPaid => warning(
            "[\"{name}\"|This document] [has a total of {zero}, which Xero counts as paid|has payments or credits in Xero].",
            "Xero then takes only a few changes, and its values count[. Not sent: {field}|].",
            "[Void the document over {zero} in Xero and make a new one if more has to change|\
             Remove the payment or credit in Xero first if more has to change].",
        ),
        Code::DocumentApproved => warning(
            "[\"{name}\"|This document] is approved in Xero, so Xero's values count.",
            "By the settings, the CRM's edits of approved documents are not sent[. Not sent: {field}|].",
            "Change it in Xero, or let the CRM's edits through.",
        ),
        Code::DocumentVoided => warning(
            "[\"{name}\"|This document] is voided or deleted in Xero.",
            "Xero takes no changes to it any more[. Not sent: {field}|].",
            "Make a new document in the CRM if it is still needed.",
        ),
        Code::PeriodLocked => error(
            "The period[ of {date}] is locked in Xero.",
            "Nothing can be written there on or before [{lock}|the lock date].",
            "Change the document's date, or ask the bookkeeper to move the lock date.",
        ),
        Code::PlanLimit => error(
            "Xero approves no more documents this month.",
            "The organisation's Xero plan limits how many invoices and bills can be approved.",
            "Upgrade the Xero plan, or send the document as a draft.",
        ),
        Code::PaymentTooLarge => error(
            "The payment[ of {value}] is larger than what is due.",
            "Xero takes at most the amount that is still due.",
            "Refresh the document: it may be paid already.",
        ),
        Code::PaymentNotAllowed => error(
            "Xero takes no payment for [\"{name}\"|this document].",
            "Payments need an approved document and an account that may take them.",
            "Approve the document in Xero, or choose another account for payments.",
        ),
        Code::DateInvalid => error(
            "[{field} of \"{name}\"|{field}|A date] is not valid[: {value}|: {is}].",
            "Xero can't read it, or it is out of Xero's range.",
            "Correct the date in the CRM.",
        ),
        Code::CrmDocumentLocked => error(
            "[\"{name}\"|This document] is locked in the CRM.",
            "The CRM takes no changes to it now.",
            "Unlock it in the CRM, then try again.",
        ),
        Code::DocumentInDoubt => error(
            "[\"{name}\"|This document] may be one that Xero has already.",
            "Xero has a document with the number[ {number}] for the same contact, and it does not fit in all.[ {reason}]",
            "Say whether it is the same document.",
        ),
        Code::DocumentDiffers => error(
            "[\"{name}\"|This document] is in Xero already, and not quite the same.",
            "Somebody has entered it there: number, contact, total and time fit, but [{field}|not everything] is the same.",
            "Say whose values count. Until then neither side is changed.",
        ),
        Code::BillNumberAgain => warning(
            "Xero has another bill with the number[ {number}| of this one] from this supplier.",
            "It belongs to another record of the CRM. Suppliers use numbers again, and Xero takes them.",
            "Check whether the bill was entered twice.",
        ),

        // Fitting.
        Code::ValueShortened => warning(
            "[{field}|A value] is shortened for [{system}|Xero][: \"{was}\" becomes \"{is}\"|].",
            "[The CRM takes at most {crm_limit} characters|Xero takes at most {limit} characters|Xero takes less text] \
             there.",
            "Shorten it in [{source}|the CRM] if it should read otherwise.",
        ),
        Code::ValueAdjusted => warning(
            "[{field} \"{left_out}\" is left out|{field} is adjusted for {system}|{field} is adjusted for Xero|\
             A value is adjusted for Xero][: \"{was}\" becomes \"{is}\"|].",
            "[The CRM takes {crm_takes} there|Xero does not take it as it is in the CRM ({limit})|\
             Xero does not take it as it is in the CRM].",
            "Change it in [{source}|the CRM] if it should read otherwise.",
        ),

        // Links.
        Code::XeroRecordGone => error(
            "[\"{name}\"|This record] is no longer in Xero.",
            "It was linked with a Xero record that does not exist any more.",
            "Check in Xero what became of it. Then send the record anew, link it with another one, or let the link go.",
        ),
        Code::CrmRecordGone => error(
            "[\"{name}\"|The record] is no longer in the CRM.",
            "It was deleted there; deletions never cross, so Xero keeps what it has.",
            "Restore it in the CRM, or delete it in Xero yourself.",
        ),
        Code::SeveralMatches => error(
            "Several records [of {system}|in Xero] could be [\"{name}\"|this one].",
            "It can't be known which of them is meant.",
            "Say which it is, or make them different [in {system}|in Xero], by name, number or e-mail address.",
        ),
        Code::LinkedElsewhere => error(
            "The Xero record[ \"{value}\"] is linked with another CRM record.",
            "Each Xero record belongs to exactly one CRM record.",
            "Rename [\"{name}\"|this record], or merge the two in the CRM.",
        ),
        Code::XeroIdUnconfirmed => error(
            "The field \"Xero ID\" of [\"{name}\"|this record] names a Xero record that does not look like it.",
            "Name, code, or number and party differ, and anybody who may edit the record may have typed the id. So that \
             Xero record is left as it is.",
            "Empty the field \"Xero ID\" if it is wrong. If it is right, an administrator confirms it here.",
        ),
        Code::PartnerUnconfirmed => error(
            "Xero has a contact that may be [\"{name}\"|this one].",
            "[{reason}|It does not follow from what anybody may type that the two belong together.] So that contact is left as it is.",
            "If they belong together, an administrator confirms it here[, or {is} syncs it]. If not, make them different, by name or \
             e-mail address.",
        ),
        Code::ContactShared => warning(
            "Not sent: [\"{name}\"|this record] shares its contact in Xero with [{party}|another record of the CRM].",
            "[{reason}|A contact is not made up of two records.]",
            "[Change it in {value}, and sync that.|Let somebody sync it who may edit both in the CRM.]",
        ),
        Code::SharedByTwo => error(
            "Two [{kind}|records] of the CRM have the same [{field}|name][: \"{value}\"|].",
            "Xero takes each [{field}|name] only once, so that its record can be one of them only.",
            "Change the [{field}|name] of one of them, or merge the two in the CRM. Or say which of them Xero's record is.",
        ),
        Code::ValuesDiffer => warning(
            "[\"{name}\"|The record] is linked, and each side has kept its own [{field}|values].",
            "Both sides had values before they were linked, and nobody has said whose count.",
            "Say whose values count, or leave it so: what is changed from now on goes across.",
        ),
        Code::LinkLetGo => warning(
            "[\"{name}\"|This record] is left alone.",
            "[{user}|Somebody] has let go its link with Xero.",
            "Link it with a record of Xero's, or send it to Xero anew.",
        ),
        Code::CrmRecordMerged => error(
            "Another record of the CRM was merged into [\"{name}\"|this one].",
            "Each of the two has a contact of its own in Xero, and documents[ like \"{party}\"] have moved to it in the CRM.",
            "Say which of the two contacts it has from now on. You may want to merge them in Xero, too.",
        ),
        Code::Overruled => warning(
            "Both sides changed [{field}|the same field]; [{is}|one side's] value was kept.",
            "The settings say which side counts when both changed.",
            "Correct the value on either side if the other one was right.",
        ),
        Code::DependencyFailed => error(
            "[The {kind} \"{name}\"|\"{name}\"|A record that this one needs] could not be sent first.",
            "This record points to it[: {reason}|, so it must be in Xero first.]",
            "Solve that record's problem, then try again.",
        ),
        Code::DirectionClosed => warning(
            "[\"{name}\"|This record] is left alone.",
            "[A new {kind} is|New records of this kind are] not carried over in this direction.",
            "Change the direction of this pair in the settings if it should go across.",
        ),
        Code::ContactNeither => warning(
            "[\"{name}\"|This contact] is not created in the CRM.",
            "Xero knows no sales invoice and no bill for it, so it is neither a customer nor a supplier.",
            "Choose in the settings what such contacts become, or wait for the first invoice or bill.",
        ),
        Code::EndedBeforeSync => warning(
            "[\"{name}\"|The document] is not created in the CRM.",
            "It was voided or deleted in Xero before it came to the CRM.",
            "Create it in the CRM by hand if you need it there.",
        ),
        Code::TaxTypeUnmapped => error(
            "Xero's tax[ \"{tax}\"] has no partner in the CRM.",
            "[Line {line} uses it|The document uses it], and no tax of the CRM stands for it.",
            "Choose which of the CRM's taxes stands for [\"{tax}\"|it] in Xero, or add the tax to the CRM.",
        ),
        Code::TotalTaxMixed => warning(
            "The taxes of the lines differ, and the CRM has one tax for the whole document.",
            "The CRM is set to tax the total, so the tax of [{tax}|Xero's document] stands in the adjustment.",
            "Check the document in the CRM.",
        ),
        Code::ServiceProduct => warning(
            "[\"{name}\"|This product] stands for lines without an item code.",
            "It was made for such lines of Xero's documents, so Xero has no item for it.",
            "Change nothing, unless you want to sell it as an item of its own: then create a new product.",
        ),
        Code::RecordParked => error(
            "[\"{name}\"|The record] is left out of runs for now.",
            "It failed [{count} times|several times] in a row for the same reason[: {reason}|.]",
            "Solve the reason, then change the record or retry it.",
        ),

        // The CRM refuses the write-back.
        Code::CrmMandatoryField => error(
            "The CRM needs a value in [\"{field}\"|a mandatory field].",
            "Without it the CRM does not save what Xero knows on the record.",
            "Fill in [\"{field}\"|the field] in the CRM.",
        ),
        Code::CrmInvalidValue => error(
            "The CRM does not take [the value for \"{field}\"|a value].",
            "The field's type, length or choices do not allow it.",
            "Check [the field \"{field}\"|the fields] of the record in the CRM.",
        ),
        Code::CrmValueRefused => warning(
            "The CRM did not take [{field} \"{value}\" from Xero|the value of {field} from Xero|a value from Xero].",
            "[The field \"{field}\"|A rule] of the CRM does not allow it; everything else was written.",
            "Change [{xero_field}|the value] in Xero, or what [\"{field}\"|the field] takes in the CRM.",
        ),
        Code::CrmDuplicate => error(
            "Another CRM record has the same value[ in \"{field}\"].",
            "The CRM allows the value only once.",
            "Find the other record in the CRM and merge the two, or clear its field.",
        ),
        Code::CrmRecordLocked => error(
            "[\"{name}\"|The record] is locked in the CRM.",
            "The CRM saves nothing on locked records.",
            "Unlock the record in the CRM, then try again.",
        ),
        Code::CrmInBlueprint => error(
            "[\"{name}\"|The record] is in a blueprint in the CRM.",
            "The blueprint's present step does not let this field be changed.",
            "Move the record on in its blueprint, or allow the field there.",
        ),
        Code::CrmInApproval => error(
            "[\"{name}\"|The record] waits for approval in the CRM.",
            "The CRM saves nothing on it until somebody has approved it.",
            "Approve or withdraw the record in the CRM.",
        ),
        Code::CrmAlreadyModified => waiting(
            "Somebody changed [\"{name}\"|the record] in the CRM at the same moment.",
            "What was to be written was based on its earlier state.",
            "Try again: it is read anew.",
        ),
        Code::CrmStorageFull => error(
            "The CRM's storage is full.",
            "The CRM saves nothing more.",
            "Ask an administrator of the CRM to free or buy storage.",
        ),
        Code::CrmRefused => error(
            "The CRM refused [\"{name}\"|the record].",
            "The reason is in its own words below.",
            "Read what the CRM said and correct the record.",
        ),

        // Whatever the vendors add later.
        Code::XeroRefused => error(
            "Xero refused [\"{name}\"|the record].",
            "The reason is in Xero's own words below.",
            "Read what Xero said and correct the record.",
        ),
        Code::XeroRequestMalformed => error(
            "Xero did not understand the request.",
            "This is a fault of Ledgerlink, not of your data.",
            "Send the log entry to whoever looks after Ledgerlink.",
        ),
        Code::ZohoRequestMalformed => error(
            "The CRM did not understand the request.",
            "This is a fault of Ledgerlink, not of your data.",
            "Send the log entry to whoever looks after Ledgerlink.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::{catalogue, of};

    const KEYS: [&str; 35] = [
        "name",
        "module",
        "party",
        "product",
        "field",
        "line",
        "tax",
        "account",
        "status",
        "number",
        "currency",
        "date",
        "lock",
        "limit",
        "was",
        "is",
        "crm_total",
        "xero_total",
        "difference",
        "value",
        "until",
        "user",
        "kind",
        "count",
        "system",
        "source",
        "crm_makes",
        "xero_has",
        "crm_limit",
        "crm_takes",
        "left_out",
        "percentage",
        "zero",
        "total",
        "xero_field",
    ];

    fn assert_reads_well(code: Code, text: &str) {
        assert!(!text.contains(['{', '}', '[', ']', '|']), "{code:?} leaks a placeholder: {text}");
        assert!(!text.contains("  ") && !text.contains(" ."), "{code:?} has stray spaces: {text}");
        assert!(text.ends_with('.') || text.ends_with("Kreason"), "{code:?} is not a sentence: {text}");
        let first = text.chars().next().unwrap();
        assert!(first.is_uppercase() || first == '"', "{code:?} does not begin like a sentence: {text}");
    }

    #[test]
    fn every_text_reads_well_with_and_without_facts() {
        let known = KEYS.iter().map(|key| (*key, format!("K{key}")));
        // A reason is a sentence of its own.
        let known = known.chain([("organisation", "Korg".to_owned()), ("reason", "Kreason".to_owned())]);
        let known = known.collect::<Vec<_>>();
        for problem in catalogue().into_iter().chain(Code::ALL.iter().map(|code| of(*code, &known))) {
            for text in [&problem.what, &problem.why, &problem.fix] {
                assert_reads_well(problem.code, text);
            }
        }
    }

    #[test]
    fn facts_stand_only_in_groups_and_are_known() {
        for code in Code::ALL {
            let entry = entry(*code);
            for text in [entry.what, entry.why, entry.fix] {
                let mut inside = false;
                for (at, sign) in text.char_indices() {
                    match sign {
                        '[' => inside = true,
                        ']' => inside = false,
                        '{' => {
                            assert!(inside, "{code:?}: a fact outside a group in {text}");
                            let key = text[at + 1..].split('}').next().unwrap();
                            assert!(
                                KEYS.contains(&key)
                                    || [
                                        "left",
                                        "org",
                                        "organisation",
                                        "profile",
                                        "reason",
                                        "area",
                                        "since",
                                        "vendor",
                                        "good"
                                    ]
                                    .contains(&key),
                                "{code:?}: unknown fact {key}"
                            );
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    #[test]
    fn facts_are_named() {
        let problem = of(Code::TaxUnmapped, &[("tax", "GST 12%".to_owned()), ("line", "2".to_owned())]);
        assert_eq!(problem.what, "The tax \"GST 12%\" has no partner in Xero.");
        assert_eq!(problem.why, "Line 2 uses it, and no Xero tax rate has been chosen for it.");
        assert_eq!(problem.fix, "Choose Xero's tax rate for \"GST 12%\".");
        let bare = of(Code::TaxUnmapped, &[]);
        assert_eq!(bare.what, "The tax has no partner in Xero.");
        assert_eq!(bare.why, "No Xero tax rate has been chosen for it.");
    }
}
