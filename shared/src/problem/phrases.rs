//! Facts that are words of our own, in German: a problem's facts are kept as they were told, in English.
//!
//! A phrase is looked up as a whole, then by its pattern. What is neither is a name, a number or somebody else's word.

/// A phrase in German; none where it is not one of ours (a name, a number, a vendor's word).
#[must_use]
pub(super) fn german(phrase: &str) -> Option<String> {
    let phrase = phrase.trim();
    let known = exact(phrase).map(str::to_owned);
    let known = known.or_else(|| sentence(phrase)).or_else(|| whole(phrase));
    known.or_else(|| sentences(phrase)).or_else(|| list(phrase))
}

/// A phrase that is written as we write it.
fn whole(phrase: &str) -> Option<String> {
    let known = exact(phrase).map(str::to_owned);
    known.or_else(|| moment(phrase)).or_else(|| of_line(phrase)).or_else(|| patterned(phrase))
}

fn exact(phrase: &str) -> Option<&'static str> {
    let at = PHRASES.binary_search_by(|(english, _)| (*english).cmp(phrase)).ok()?;
    PHRASES.get(at).map(|(_, german)| *german)
}

/// A reason that begins with a capital letter, as a sentence of its own. One word with a capital letter is a name.
fn sentence(phrase: &str) -> Option<String> {
    let mut signs = phrase.chars();
    let first = signs.next().filter(char::is_ascii_uppercase)?;
    let rest = signs.as_str();
    if !rest.contains(' ') {
        return None;
    }
    let (rest, stop) = rest.strip_suffix('.').map_or((rest, ""), |rest| (rest, "."));
    let told = whole(&format!("{}{rest}", first.to_ascii_lowercase()))?;
    let mut signs = told.chars();
    let first = signs.next()?;
    Some(format!("{}{}{stop}", first.to_uppercase(), signs.as_str()))
}

/// Several sentences, each of them ours.
fn sentences(phrase: &str) -> Option<String> {
    let (first, rest) = phrase.split_once(". ")?;
    Some(format!("{} {}", exact(&format!("{first}."))?, german(rest)?))
}

/// Labels in a row. Those that are not ours stay.
fn list(phrase: &str) -> Option<String> {
    let parts: Vec<&str> = phrase.split(", ").collect();
    let told: Vec<Option<String>> = parts.iter().map(|part| whole(part)).collect();
    let labels = parts.len() > 1 && parts.iter().all(|part| part.chars().count() <= LONGEST_LABEL);
    if !labels || told.iter().all(Option::is_none) {
        return None;
    }
    let told = parts.into_iter().zip(told).map(|(part, told)| told.unwrap_or_else(|| part.to_owned()));
    Some(told.collect::<Vec<_>>().join(", "))
}

/// A longer part of a row is no label.
const LONGEST_LABEL: usize = 60;

/// `after 3 Dec 2026, 14:00 UTC`
fn moment(phrase: &str) -> Option<String> {
    let (date, time) = phrase.strip_prefix("after ")?.strip_suffix(" UTC")?.split_once(", ")?;
    let mut parts = date.split(' ');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let (_, month) = MONTHS.iter().find(|(english, _)| *english == month)?;
    Some(format!("ab dem {day}. {month} {year}, {time} UTC"))
}

const MONTHS: [(&str, &str); 12] = [
    ("Jan", "Jan."),
    ("Feb", "Feb."),
    ("Mar", "März"),
    ("Apr", "Apr."),
    ("May", "Mai"),
    ("Jun", "Juni"),
    ("Jul", "Juli"),
    ("Aug", "Aug."),
    ("Sep", "Sept."),
    ("Oct", "Okt."),
    ("Nov", "Nov."),
    ("Dec", "Dez."),
];

/// What stands on a document's line: `Line 2 price`. A refusal of the CRM's begins with a small letter.
fn of_line(phrase: &str) -> Option<String> {
    let split = |(part, german): &(&str, &'static str)| Some((phrase.strip_suffix(*part)?.strip_suffix(' ')?, *german));
    let (line, part) = PARTS.iter().find_map(split)?;
    let named = ["Adjustment", "Discount", "Line", "Removed line", "Rounding"].contains(&line);
    let counted = |kind: &str| line.strip_prefix(kind).is_some_and(is_number);
    let line = if counted("line ") {
        format!("Position {}", line.trim_start_matches("line "))
    } else if named || counted("Line ") || counted("Xero line ") {
        german(line)?
    } else {
        return None;
    };
    Some(format!("{line}: {part}"))
}

/// Parts of a line. One that ends like another stands before it.
const PARTS: &[(&str, &str)] = &[
    ("unit price", "Stückpreis"),
    ("list price", "Listenpreis"),
    ("item", "Artikel"),
    ("text", "Text"),
    ("description", "Text"),
    ("price", "Preis"),
    ("tax", "Steuer"),
    ("account", "Konto"),
    ("quantity", "Menge"),
    ("discount", "Rabatt"),
    ("tracking", "Tracking"),
    ("total", "Betrag"),
    ("product name", "Produkt"),
];

fn patterned(phrase: &str) -> Option<String> {
    PATTERNS.iter().find_map(|(english, german)| fill(german, &matched(english, phrase)?))
}

/// What stands in a phrase where a pattern has a sign for it; none where it does not fit.
fn matched<'a>(pattern: &str, phrase: &'a str) -> Option<Vec<&'a str>> {
    let Some(at) = pattern.find(SIGNS) else { return (pattern == phrase).then(Vec::new) };
    let (before, rest) = pattern.split_at_checked(at)?;
    let phrase = phrase.strip_prefix(before)?;
    let mut signs = rest.chars();
    let sign = signs.next()?;
    let rest = signs.as_str();
    let next = rest.split(SIGNS).next().unwrap_or_default();
    let stands_for = |inner: &str| match sign {
        '#' => is_number(inner),
        '$' => !inner.is_empty() && inner.chars().all(|letter| letter.is_ascii_uppercase()),
        _ => !inner.is_empty(),
    };
    if next.is_empty() {
        return stands_for(phrase).then(|| vec![phrase]);
    }
    phrase.match_indices(next).find_map(|(at, _)| {
        let (inner, after) = phrase.split_at_checked(at)?;
        let more = matched(rest, after).filter(|_| stands_for(inner))?;
        Some(std::iter::once(inner).chain(more).collect())
    })
}

/// Anything, a number, a currency.
const SIGNS: [char; 3] = ['*', '#', '$'];

fn is_number(text: &str) -> bool {
    text.starts_with(|sign: char| sign.is_ascii_digit())
        && text.chars().all(|sign| sign.is_ascii_digit() || matches!(sign, '.' | ','))
}

/// Fills a German pattern with what was found, by its place: `{0}` as it is, `<0>` a phrase of ours, `~0~` in German if
/// it is one of ours, `^0^` with German quotation marks.
fn fill(pattern: &str, found: &[&str]) -> Option<String> {
    let mut told = String::with_capacity(pattern.len() + 32);
    let mut signs = pattern.chars();
    while let Some(sign) = signs.next() {
        if !matches!(sign, '{' | '<' | '~' | '^') {
            told.push(sign);
            continue;
        }
        let at = usize::try_from(signs.next()?.to_digit(10)?).ok()?;
        signs.next()?;
        let inner = *found.get(at)?;
        match sign {
            '{' => told.push_str(inner),
            '<' => told.push_str(&german(inner)?),
            '~' => told.push_str(&german(inner).unwrap_or_else(|| inner.to_owned())),
            _ => told.push_str(&quoted(inner)),
        }
    }
    Some(told)
}

/// With German quotation marks, in turns an opening and a closing one.
fn quoted(text: &str) -> String {
    let mut open = false;
    let turn = |sign| match sign {
        '"' => {
            open = !open;
            if open { '„' } else { '“' }
        }
        other => other,
    };
    text.chars().map(turn).collect()
}

/// Phrases with a part that varies: `*` for anything, `#` for a number, `$` for a currency. The first that fits counts.
const PATTERNS: &[(&str, &str)] = &[
    ("# seconds", "{0} Sekunden"),
    ("about # minutes", "etwa {0} Minuten"),
    ("about # hours", "etwa {0} Stunden"),
    ("an administrator or somebody with the profile *", "ein Administrator oder jemand mit dem Profil ^0^"),
    (
        "an administrator or somebody with one of the profiles *",
        "ein Administrator oder jemand mit einem der Profile ^0^",
    ),
    ("account #", "Konto {0}"),
    ("at most # decimals", "höchstens {0} Nachkommastellen"),
    ("only $", "nur {0}"),
    ("* of at most # characters", "nur <0> mit höchstens {1} Zeichen"),
    (
        "It is linked with another record of the CRM already: the * and the *.",
        "Er ist schon mit anderen Datensätzen im CRM verknüpft (<0>, <1>).",
    ),
    (
        "It is linked with another record of the CRM already: the *.",
        "Er ist schon mit einem anderen Datensatz im CRM verknüpft (<0>).",
    ),
    ("A person watches # runs at a time.", "Eine Person verfolgt höchstens {0} Abgleiche gleichzeitig."),
    ("# people watch runs already.", "Schon {0} Personen verfolgen Abgleiche."),
    ("*: the mail service refused it: *", "{0}: Der E-Mail-Dienst hat sie abgelehnt: {1}"),
    (
        "*: this installation sends no e-mail (see README.md)",
        "{0}: Diese Installation sendet keine E-Mails (siehe README.md)",
    ),
    ("there are more than # times in it", "Es stehen mehr als {0} Uhrzeiten darin"),
    ("there are more than # addresses in it", "Es stehen mehr als {0} Adressen darin"),
    ("there are more than # entries in it", "Es stehen mehr als {0} Einträge darin"),
    (
        "the name of an entry in it is longer than # characters",
        "Der Name eines Eintrags darin ist länger als {0} Zeichen",
    ),
    ("the name of the field is longer than # characters", "Der Name des Feldes ist länger als {0} Zeichen"),
    ("it is longer than # characters", "Das ist länger als {0} Zeichen"),
    ("it has more than # characters", "Das sind mehr als {0} Zeichen"),
    ("it has more than # bytes", "Das sind mehr als {0} Byte"),
    ("it has at most # characters", "Das sind höchstens {0} Zeichen"),
    ("it has at most # records", "Das sind höchstens {0} Datensätze"),
    ("it has at most # ids", "Das sind höchstens {0} Kennungen"),
    ("it is from # to #", "Der Wert liegt zwischen {0} und {1}"),
    ("there are at most # days", "Es sind höchstens {0} Tage"),
    (
        "it must be less than #, all of Xero's calls of a day",
        "Der Wert muss unter {0} liegen, der Zahl aller Anfragen, die Xero am Tag zulässt",
    ),
    ("the CRM's * have no field *", "Im CRM haben <0> kein Feld {1}"),
    ("the CRM's * have no status *", "Im CRM haben <0> keinen Status {1}"),
    ("the field * holds no words", "Das Feld {0} enthält keinen Text"),
    ("the field * holds no phone numbers", "Das Feld {0} enthält keine Telefonnummern"),
    ("the field * holds no amounts of money", "Das Feld {0} enthält keine Geldbeträge"),
    ("the field * holds no days", "Das Feld {0} enthält keine Tage"),
    ("the field * goes with \"*\" already", "Das Feld {0} gehört schon zu „~1~“"),
    ("Xero has no account *", "Xero hat kein Konto {0}"),
    ("Xero has no tax rate *", "Xero hat keinen Steuersatz {0}"),
    ("the account * is archived in Xero", "Das Konto {0} ist in Xero archiviert"),
    ("the account * can't be used there", "Das Konto {0} lässt sich dort nicht verwenden"),
    ("Xero's tax rate * can't be used for sales", "Xeros Steuersatz {0} gilt nicht für Verkäufe"),
    ("Xero's tax rate * can't be used for purchases", "Xeros Steuersatz {0} gilt nicht für Einkäufe"),
    (
        "Xero's tax rate * is not one for lines without tax",
        "Xeros Steuersatz {0} ist keiner für Positionen ohne Steuer",
    ),
    ("lines have at most # tracking categories in Xero", "Positionen haben in Xero höchstens {0} Tracking-Kategorien"),
    ("the tracking category * is there twice", "Die Tracking-Kategorie {0} kommt zweimal vor"),
    ("Xero's tracking category * has no such option", "Xeros Tracking-Kategorie {0} hat keine solche Option"),
    (
        "Xero's * has no such field that can be mapped",
        "In Xero gibt es dafür (<0>) kein solches Feld, das sich zuordnen lässt",
    ),
    ("a * has no exchange rate", "Datensätze dieser Art (<0>) haben keinen Wechselkurs"),
    ("the settings close this direction for *", "Die Einstellungen lassen diese Richtung nicht zu für ~0~"),
    (
        "a change carries the header * and comes from a page of this installation",
        "Eine Änderung trägt den Header {0} und kommt von einer Seite dieser Installation",
    ),
    ("this address takes *", "Diese Adresse nimmt {0} an"),
    ("* is not a Zoho CRM id (digits only)", "^0^ ist keine Kennung von Zoho CRM (nur Ziffern)"),
    ("* is not a Zoho organisation id (digits only)", "^0^ ist keine Kennung einer Zoho-Organisation (nur Ziffern)"),
    (
        "* is not an organisation of a Zoho data centre (as in eu.60001)",
        "^0^ ist keine Organisation eines Zoho-Rechenzentrums (wie eu.60001)",
    ),
    ("* is not a Xero id (a GUID)", "^0^ ist keine Kennung von Xero (eine GUID)"),
    ("* is not a Xero tenant id (a GUID)", "^0^ ist keine Kennung eines Xero-Mandanten (eine GUID)"),
    ("Open \"*\" in the CRM", "„{0}“ im CRM öffnen"),
    ("Open the * in the CRM that names it", "Datensatz im CRM öffnen, der ihn nennt (<0>)"),
    ("Open the * in Xero that it names", "Genannten Datensatz in Xero öffnen (<0>)"),
    ("Open the other * in the CRM", "Anderen Datensatz im CRM öffnen (<0>)"),
    ("Open this * in the CRM", "Diesen Datensatz im CRM öffnen (<0>)"),
    ("Open the * in the CRM", "<0> im CRM öffnen"),
    ("Open the * in Xero", "<0> in Xero öffnen"),
    ("Open * # of the CRM", "<0> {1} im CRM öffnen"),
    ("Open * in the CRM", "{0} im CRM öffnen"),
    ("Open * in Xero", "{0} in Xero öffnen"),
    ("Is it the same *?", "Ist es derselbe Datensatz (<0>)?"),
    ("Which * of Xero's is it?", "Welcher Datensatz in Xero ist es (<0>)?"),
    ("Which * of the CRM is it?", "Welcher Datensatz im CRM ist es (<0>)?"),
    ("Which contact does \"*\" have in Xero?", "Welchen Kontakt hat „{0}“ in Xero?"),
    ("Which * is \"*\" in Xero?", "Welcher Datensatz (<0>) ist „{1}“ in Xero?"),
    ("What becomes of the *?", "Was wird aus dem Datensatz (<0>)?"),
    ("What \"*\" means in Xero", "Was „{0}“ in Xero bedeutet"),
    ("It is the same *; Xero's values count", "Es ist derselbe Datensatz (<0>); Xeros Werte gelten"),
    ("It is the same *; the CRM's values count", "Es ist derselbe Datensatz (<0>); die Werte des CRM gelten"),
    (
        "It is another *: send it to Xero as one of its own",
        "Es ist ein anderer Datensatz (<0>): Als eigenen an Xero senden",
    ),
    ("It is * #; Xero's values count", "Es ist <0> {1}; Xeros Werte gelten"),
    ("It is *, Draft", "Es ist {0}, Entwurf"),
    ("It is *, Awaiting approval", "Es ist {0}, wartet auf Freigabe"),
    ("It is *, Awaiting payment", "Es ist {0}, wartet auf Zahlung"),
    ("It is *, Paid", "Es ist {0}, bezahlt"),
    ("It is *, Voided", "Es ist {0}, storniert"),
    ("It is *, Deleted", "Es ist {0}, gelöscht"),
    ("It is *, *", "Es ist {0}, {1}"),
    ("With which rate does it go to Xero, in * for 1 *?", "Mit welchem Kurs geht es nach Xero, in {0} für 1 {1}?"),
    ("With the CRM's, #", "Mit dem Kurs des CRM, {0}"),
    ("Xero's tax rate for \"*\"", "Xero-Steuersatz für „{0}“"),
    ("The CRM's tax for \"*\"", "Steuer des CRM für „{0}“"),
    ("*, not reported", "{0}, wird nicht gemeldet"),
    ("*, reported", "{0}, wird gemeldet"),
    ("Your run of # records", "Ihr Abgleich von {0} Datensätzen"),
    ("Your preview of # records", "Ihre Prüfung von {0} Datensätzen"),
    ("The run of # records of *", "Der Abgleich von {1} ({0} Datensätze)"),
    ("The preview of # records of *", "Die Prüfung von {1} ({0} Datensätze)"),
    ("The run of one record of *", "Der Abgleich von {0} (1 Datensatz)"),
    ("The preview of one record of *", "Die Prüfung von {0} (1 Datensatz)"),
    ("The run of *", "Der Abgleich von {0}"),
    ("The preview of *", "Die Prüfung von {0}"),
    ("\"*\"", "„~0~“"),
    ("Xero line #", "Position {0} in Xero"),
    ("Line #", "Position {0}"),
];

/// Phrases that are always the same, in the order of the English ones.
const PHRASES: &[(&str, &str)] = &[
    ("(empty)", "(leer)"),
    ("AUTHORISED", "Wartet auf Zahlung"),
    ("Access", "Zugang"),
    ("Account number", "Kontonummer"),
    ("Account of a rounding line", "Konto der Rundungsposition"),
    ("Accounts", "Firmen"),
    ("Adjustment", "Anpassung"),
    ("Another run", "Ein anderer Abgleich"),
    ("Approved, awaiting payment", "Freigegeben, wartet auf Zahlung"),
    ("Awaiting approval", "Wartet auf Freigabe"),
    ("Awaiting payment", "Wartet auf Zahlung"),
    ("Billing city", "Ort (Rechnungsadresse)"),
    ("Billing country", "Land (Rechnungsadresse)"),
    ("Billing postal code", "PLZ (Rechnungsadresse)"),
    ("Billing state", "Bundesland (Rechnungsadresse)"),
    ("Billing street", "Straße (Rechnungsadresse)"),
    ("Branding", "Vorlage"),
    ("Cancelled: voided or deleted", "Storniert oder gelöscht"),
    (
        "Change the profile or the sharing in the CRM's set-up, or let somebody click who may edit it.",
        "Ändern Sie in der Einrichtung des CRM das Profil oder die Freigabe, oder lassen Sie jemanden klicken, der \
         ihn bearbeiten darf.",
    ),
    ("Code", "Code"),
    ("Confirm this address, or refuse", "Adresse bestätigen oder ablehnen"),
    ("Contacts", "Kontakte"),
    ("Credited", "Gutgeschrieben"),
    ("Currency", "Währung"),
    ("Customer", "Kunde"),
    ("Customers and suppliers", "Kunden und Lieferanten"),
    ("DELETED", "Gelöscht"),
    ("DRAFT", "Entwurf"),
    ("Date", "Datum"),
    ("Deleted", "Gelöscht"),
    ("Description", "Beschreibung"),
    ("Direct phone", "Durchwahl"),
    ("Directions", "Richtungen"),
    ("Discount", "Rabatt"),
    ("Documents", "Belege"),
    ("Documents that are cancelled in the CRM", "Im CRM stornierte Belege"),
    ("Draft", "Entwurf"),
    ("Due", "Offen"),
    ("Due date", "Fälligkeitsdatum"),
    ("E-mail", "E-Mail"),
    ("Edits of documents that Xero has approved", "Änderungen an Belegen, die in Xero freigegeben sind"),
    (
        "Everybody has one run of chosen records and one preview at a time.",
        "Jeder hat zur selben Zeit nur einen Abgleich ausgewählter Datensätze und nur eine Prüfung.",
    ),
    ("Exchange rate", "Wechselkurs"),
    ("Fax", "Fax"),
    ("Fields", "Felder"),
    ("First name", "Vorname"),
    ("Give them a code", "Einen Code vergeben"),
    ("Invoices", "Rechnungen"),
    (
        "Is it the Xero record that the field \"Xero ID\" names?",
        "Ist es der Xero-Datensatz, den das Feld „Xero ID“ nennt?",
    ),
    ("It has the same e-mail address, and another name.", "Er hat dieselbe E-Mail-Adresse und einen anderen Namen."),
    ("It is another one: leave it alone", "Nein, es ist ein anderer: Auslassen"),
    ("It is not: go by name, code or number", "Nein: Nach Name, Code oder Nummer gehen"),
    ("It is: link the two as they stand", "Ja: Beide verknüpfen, wie sie sind"),
    ("It is; Xero's values count", "Ja; Xeros Werte gelten"),
    ("It is; the CRM's values count", "Ja; die Werte des CRM gelten"),
    ("It keeps its own contact", "Er behält seinen eigenen Kontakt"),
    ("It keeps the contact of the record that was merged away", "Er behält den Kontakt des früheren Datensatzes"),
    ("It was paid before this one was made.", "Er wurde bezahlt, bevor dieser Beleg entstand."),
    (
        "Its date is not within the terms of this one.",
        "Das Datum liegt nicht innerhalb der Zahlungsfrist dieses Belegs.",
    ),
    ("Its owner wants no letters.", "Der Inhaber der Adresse möchte keine E-Mails."),
    ("Its total is another one.", "Der Gesamtbetrag ist ein anderer."),
    ("Last name", "Nachname"),
    ("Left alone", "Ausgelassen"),
    ("Let the link go, and leave it alone", "Verknüpfung lösen und auslassen"),
    ("Limits", "Limits"),
    ("Line", "Position"),
    ("Mobile", "Mobiltelefon"),
    ("Name", "Name"),
    (
        "Name, addresses and the rest of a contact come from one record alone, the one that was linked first.",
        "Name, Adressen und alles andere eines Kontakts kommen aus einem einzigen Datensatz, dem zuerst verknüpften.",
    ),
    ("No more letters to this address", "Keine E-Mails mehr an diese Adresse"),
    ("None: let the link go", "Keiner: Verknüpfung lösen"),
    ("Number", "Nummer"),
    ("Open Xero's chart of accounts", "Kontenplan in Xero öffnen"),
    ("Open Xero's currencies", "Währungen in Xero öffnen"),
    ("Open Xero's lock dates", "Sperrdaten in Xero öffnen"),
    ("Open Xero's subscription", "Abonnement in Xero öffnen"),
    ("Open Xero's tax rates", "Steuersätze in Xero öffnen"),
    ("Open its own contact in Xero", "Eigenen Kontakt in Xero öffnen"),
    ("Open the CRM's modules and fields", "Module und Felder des CRM öffnen"),
    ("Open the contact of the record that was merged away in Xero", "Kontakt des früheren Datensatzes in Xero öffnen"),
    ("Open the contact that remained in Xero", "Verbliebenen Kontakt in Xero öffnen"),
    ("Order of lines", "Reihenfolge der Positionen"),
    ("Other people", "Weitere Personen"),
    ("PAID", "Bezahlt"),
    ("Paid", "Bezahlt"),
    ("Paid on", "Bezahlt am"),
    ("Phone", "Telefon"),
    ("Product code", "Produktcode"),
    ("Products", "Produkte"),
    ("Products without a code", "Produkte ohne Code"),
    ("Purchase Orders", "Bestellungen"),
    ("Purchase account", "Einkaufskonto"),
    ("Purchase description", "Einkaufstext"),
    ("Purchase orders", "Bestellungen"),
    ("Purchase price", "Einkaufspreis"),
    ("Purchase tax", "Steuer im Einkauf"),
    ("Purchase text", "Einkaufstext"),
    ("Purchase_Orders", "Bestellungen"),
    ("Records without a primary contact", "Datensätze ohne Hauptansprechpartner"),
    ("Reference", "Referenz"),
    ("Removed line", "Entfernte Position"),
    ("Rounding", "Rundung"),
    ("SUBMITTED", "Wartet auf Freigabe"),
    ("Sales account", "Verkaufskonto"),
    ("Sales price", "Verkaufspreis"),
    ("Sales tax", "Steuer im Verkauf"),
    ("Sales text", "Verkaufstext"),
    ("Schedule", "Zeitplan"),
    ("Send it to Xero anew", "Neu an Xero senden"),
    ("Send the CRM's edits to Xero", "Änderungen aus dem CRM an Xero senden"),
    ("Send them without a person", "Ohne Ansprechpartner senden"),
    ("Shipping city", "Ort (Lieferadresse)"),
    ("Shipping country", "Land (Lieferadresse)"),
    ("Shipping postal code", "PLZ (Lieferadresse)"),
    ("Shipping state", "Bundesland (Lieferadresse)"),
    ("Shipping street", "Straße (Lieferadresse)"),
    ("Somebody else", "Jemand anders"),
    ("Status", "Status"),
    ("Status in Xero", "Status in Xero"),
    ("Statuses", "Status"),
    ("Subject", "Betreff"),
    ("Supplier", "Lieferant"),
    ("Tax number", "Steuernummer"),
    ("Tax treatment", "Steuer in den Preisen"),
    ("Taxes", "Steuern"),
    ("Text", "Text"),
    (
        "The CRM did not say whether it belongs to a user, and its owner has not confirmed it.",
        "Das CRM hat nicht gesagt, ob sie einem Benutzer gehört, und ihr Inhaber hat sie nicht bestätigt.",
    ),
    ("The CRM's values count", "Die Werte des CRM gelten"),
    ("The contact that remained; Xero's values count", "Der verbliebene Kontakt; Xeros Werte gelten"),
    ("The contact that remained; the CRM's values count", "Der verbliebene Kontakt; die Werte des CRM gelten"),
    ("The other one: leave this one alone", "Der andere: Diesen auslassen"),
    ("The scheduled run", "Der geplante Abgleich"),
    ("This one instead of the other; Xero's values count", "Dieser statt des anderen; Xeros Werte gelten"),
    ("This one instead of the other; the CRM's values count", "Dieser statt des anderen; die Werte des CRM gelten"),
    (
        "This session has sent more requests than a person does",
        "Aus dieser Sitzung kamen mehr Anfragen, als ein Mensch stellt.",
    ),
    (
        "This session has sent more requests than a person does.",
        "Aus dieser Sitzung kamen mehr Anfragen, als ein Mensch stellt.",
    ),
    (
        "Too many requests of this session are still being answered",
        "Zu viele Anfragen aus dieser Sitzung sind noch in Arbeit.",
    ),
    (
        "Too many requests of this session are still being answered.",
        "Zu viele Anfragen aus dieser Sitzung sind noch in Arbeit.",
    ),
    (
        "Too many sign-ins come from your network at the moment",
        "Aus Ihrem Netzwerk kommen gerade zu viele Anmeldungen.",
    ),
    (
        "Too many sign-ins come from your network at the moment.",
        "Aus Ihrem Netzwerk kommen gerade zu viele Anmeldungen.",
    ),
    ("Total", "Gesamtbetrag"),
    ("Tracking", "Tracking"),
    ("Unit price", "Stückpreis"),
    ("VOIDED", "Storniert"),
    ("Vendors", "Lieferanten"),
    ("Void or delete them in Xero too", "Auch in Xero stornieren oder löschen"),
    ("Voided", "Storniert"),
    ("Website", "Website"),
    ("What becomes of it?", "Was wird daraus?"),
    (
        "What changes here changes that record, too, which whoever clicks may not edit in the CRM.",
        "Was sich hier ändert, ändert auch jenen Datensatz, und wer geklickt hat, darf ihn im CRM nicht bearbeiten.",
    ),
    ("Which contact is it now?", "Welcher Kontakt ist es jetzt?"),
    ("Whose values count?", "Wessen Werte gelten?"),
    ("With Xero's own of the day", "Mit Xeros Tageskurs"),
    ("Xero account for purchases", "Xero-Konto für Einkäufe"),
    ("Xero account for sales", "Xero-Konto für Verkäufe"),
    ("Xero has no such branding theme", "Xero hat keine solche Vorlage"),
    ("Xero has no such status", "Xero hat keinen solchen Status"),
    ("Xero has no such tracking category", "Xero hat keine solche Tracking-Kategorie"),
    ("Xero takes it from nobody", "Xero nimmt dafür keinen Wert an"),
    ("Xero's", "aus Xero"),
    ("Xero's tax rate for lines without tax", "Xero-Steuersatz für Positionen ohne Steuer"),
    ("Xero's values count", "Xeros Werte gelten"),
    ("Your preview", "Ihre Prüfung"),
    ("Your preview of one record", "Ihre Prüfung von einem Datensatz"),
    ("Your run", "Ihr Abgleich"),
    ("Your run of one record", "Ihr Abgleich von einem Datensatz"),
    ("a draft", "Entwurf"),
    ("a pair stands there twice", "Ein Paar kommt zweimal vor"),
    ("a phone number", "eine Telefonnummer"),
    ("a plain e-mail address", "eine einfache E-Mail-Adresse"),
    ("a record's id must be digits", "Die Kennung eines Datensatzes besteht aus Ziffern"),
    ("a run takes 1 to 1,000 given records", "Ein Abgleich nimmt 1 bis 1.000 angegebene Datensätze"),
    ("a second", "eine Sekunde"),
    ("account", "Firma"),
    ("account_number", "Kontonummer"),
    ("accounts", "Firmen"),
    ("adjustment", "Anpassung"),
    ("an address without blanks", "eine Adresse ohne Leerzeichen"),
    ("an administrator", "ein Administrator"),
    ("an entry in it has no name", "Ein Eintrag darin hat keinen Namen"),
    ("approved invoice", "freigegebene Rechnung"),
    ("approved purchase order", "freigegebene Bestellung"),
    ("at least one pair must be chosen", "Mindestens ein Paar muss gewählt sein"),
    ("at most 0 decimals", "keine Nachkommastellen"),
    ("at most 1 decimals", "höchstens 1 Nachkommastelle"),
    ("awaiting approval", "Beleg zur Genehmigung"),
    ("bill", "Eingangsrechnung"),
    ("billing.city", "Ort (Rechnungsadresse)"),
    ("billing.country", "Land (Rechnungsadresse)"),
    ("billing.postal_code", "PLZ (Rechnungsadresse)"),
    ("billing.state", "Bundesland (Rechnungsadresse)"),
    ("billing.street", "Straße (Rechnungsadresse)"),
    ("bills", "Eingangsrechnungen"),
    ("bills from suppliers", "Eingangsrechnungen von Lieferanten"),
    ("branding", "Vorlage"),
    ("code", "Code"),
    ("contact", "Kontakt"),
    ("contacts", "Kontakte"),
    ("currency", "Währung"),
    ("description", "Beschreibung"),
    ("direct", "Durchwahl"),
    ("discount", "Rabatt"),
    ("document", "Beleg"),
    ("fax", "Fax"),
    ("invoice", "Rechnung"),
    ("invoices", "Rechnungen"),
    ("invoices to customers", "Rechnungen an Kunden"),
    ("it can't be given together with name", "Das geht nicht zusammen mit einem Namen"),
    ("it can't be left without a CRM field", "Ohne CRM-Feld geht es hier nicht"),
    ("it gets letters already", "Dorthin gehen schon E-Mails"),
    (
        "it has 8 to 64 letters, digits, hyphens and underscores",
        "Das sind 8 bis 64 Buchstaben, Ziffern, Binde- und Unterstriche",
    ),
    ("it has no such option", "eine solche Option hat es nicht"),
    ("it is a number above zero, as in 1.2345", "Das muss eine Zahl über null sein wie 1.2345"),
    ("it is empty", "Der Wert ist leer"),
    ("it is for the installation's owner", "Das ist dem Eigentümer der Installation vorbehalten"),
    ("it is given twice", "Die Angabe kommt zweimal vor"),
    (
        "it is longer than 100 characters or more than one line",
        "Das ist länger als 100 Zeichen oder mehr als eine Zeile",
    ),
    ("it is missing", "Die Angabe fehlt"),
    ("it is neither true nor false", "Das ist weder true noch false"),
    ("it is no JSON object", "Das ist kein JSON-Objekt"),
    ("it is no amount, such as 12.50", "Das ist kein Betrag wie 12.50"),
    ("it is no day, such as 2026-11-20", "Das ist kein Tag wie 2026-11-20"),
    ("it is no instant such as 2026-05-01T09:00:00Z", "Das ist kein Zeitpunkt wie 2026-05-01T09:00:00Z"),
    ("it is no preview that waits to be started", "Das ist keine Prüfung, die auf ihren Start wartet"),
    ("it is no whole number", "Das ist keine ganze Zahl"),
    (
        "it is not a time of the day on a quarter of an hour, such as 07:00 or 18:45",
        "Das ist keine Uhrzeit zur vollen Viertelstunde wie 07:00 oder 18:45",
    ),
    ("it is not an e-mail address", "Das ist keine E-Mail-Adresse"),
    (
        "it is not the name of a time zone, such as Australia/Sydney",
        "Das ist nicht der Name einer Zeitzone wie Australia/Sydney",
    ),
    ("it keeps no emoji", "Emojis behält es nicht"),
    ("it takes an amount there", "es nimmt dort einen Betrag an"),
    ("item", "Artikel"),
    ("items", "Artikel"),
    ("its own contact", "der eigene Kontakt"),
    ("its owner wants no letters", "Der Inhaber der Adresse möchte keine E-Mails"),
    ("lines", "Positionen"),
    ("mobile", "Mobiltelefon"),
    ("name", "Name"),
    ("no account", "ohne Konto"),
    ("no empty value", "keinen leeren Wert"),
    ("no text", "keinen Text"),
    ("nobody can take himself out", "Niemand kann sich selbst ausnehmen"),
    ("nothing in it failed or waits", "Darin ist nichts fehlgeschlagen, und nichts wartet"),
    ("number", "Nummer"),
    ("only instants", "nur Zeitpunkte"),
    ("only invoices and purchase orders have lines", "Nur Rechnungen und Bestellungen haben Positionen"),
    ("only invoices and purchase orders have statuses", "Nur Rechnungen und Bestellungen haben einen Status"),
    ("only numbers", "nur Zahlen"),
    ("only values of its list", "nur Werte seiner Liste"),
    ("only whole numbers", "nur ganze Zahlen"),
    ("only whole numbers with fewer digits", "nur ganze Zahlen mit weniger Ziffern"),
    ("people", "Weitere Personen"),
    ("person.email", "E-Mail"),
    ("person.first_name", "Vorname"),
    ("person.last_name", "Nachname"),
    ("phone", "Telefon"),
    ("product", "Produkt"),
    ("products", "Produkte"),
    ("purchase order", "Bestellung"),
    ("purchase orders", "Bestellungen"),
    ("purchase.account_code", "Einkaufskonto"),
    ("purchase.description", "Einkaufstext"),
    ("purchase.tax_type", "Steuer im Einkauf"),
    ("record", "Datensatz"),
    ("reference", "Referenz"),
    ("rounding", "Rundung"),
    ("sales.account_code", "Verkaufskonto"),
    ("sales.tax_type", "Steuer im Verkauf"),
    ("shipping.city", "Ort (Lieferadresse)"),
    ("shipping.country", "Land (Lieferadresse)"),
    ("shipping.postal_code", "PLZ (Lieferadresse)"),
    ("shipping.state", "Bundesland (Lieferadresse)"),
    ("shipping.street", "Straße (Lieferadresse)"),
    ("somebody else has saved the settings meanwhile", "Jemand anderes hat die Einstellungen inzwischen gespeichert"),
    ("somebody who may edit both in the CRM", "eine Person mit Bearbeitungsrecht für beide im CRM"),
    ("tax_number", "Steuernummer"),
    ("the CRM", "das CRM"),
    ("the CRM gave a record without an id", "Das CRM lieferte einen Datensatz ohne Kennung"),
    ("the CRM's", "aus dem CRM"),
    ("the account", "Firma"),
    ("the contact", "Kontakt"),
    ("the contact of the record that was merged away", "der Kontakt des früheren Datensatzes"),
    ("the number of days must be from 1 to 36,500", "Die Zahl der Tage muss zwischen 1 und 36.500 liegen"),
    (
        "the owner can't be removed; disconnect and erase instead",
        "Der Eigentümer lässt sich nicht entfernen; stattdessen hilft „Trennen und löschen“",
    ),
    ("the pair of a given record is missing", "Das Paar eines angegebenen Datensatzes fehlt"),
    ("the pair's own setting lets nothing come to the CRM", "Die Einstellung des Paares lässt nichts ins CRM"),
    ("the pair's own setting lets nothing go to Xero", "Die Einstellung des Paares lässt nichts nach Xero"),
    ("the saved schedule has no such address", "Im gespeicherten Zeitplan steht diese Adresse nicht"),
    ("the vendor", "Lieferant"),
    ("there is no such field", "Ein solches Feld gibt es nicht"),
    ("there is no such parameter", "Einen solchen Parameter gibt es nicht"),
    ("there is no time in it", "Es steht keine Uhrzeit darin"),
    ("this address is there twice", "Diese Adresse kommt zweimal vor"),
    (
        "this installation does not know its own address (see README.md)",
        "Diese Installation kennt ihre eigene Adresse nicht (siehe README.md)",
    ),
    ("this installation sends no e-mail (see README.md)", "Diese Installation sendet keine E-Mails (siehe README.md)"),
    ("this time is there twice", "Diese Uhrzeit kommt zweimal vor"),
    ("tracking", "Tracking"),
    ("two minutes", "zwei Minuten"),
    ("vendor", "Lieferant"),
    ("vendors", "Lieferanten"),
    ("whoever may edit it", "jeder, der ihn bearbeiten darf"),
];

#[cfg(test)]
mod tests {
    use super::{PATTERNS, PHRASES, SIGNS, german};

    #[test]
    fn the_phrases_are_in_their_order_and_each_stands_there_once() {
        for pair in PHRASES.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{} stands before {}", pair[0].0, pair[1].0);
        }
    }

    #[test]
    fn every_pattern_tells_what_it_finds() {
        for (english, told) in PATTERNS {
            let found = english.chars().filter(|sign| SIGNS.contains(sign)).count();
            let wanted = told.chars().filter(|sign| matches!(sign, '{' | '<' | '~')).count();
            let quoted = told.chars().filter(|sign| *sign == '^').count() / 2;
            let turned = told.chars().filter(|sign| *sign == '~').count() / 2;
            assert_eq!(wanted - turned + quoted, found, "{english}");
        }
    }

    #[test]
    fn phrases_are_told_in_german() {
        for (english, told) in [
            ("invoice", "Rechnung"),
            (" purchase order ", "Bestellung"),
            ("about 5 minutes", "etwa 5 Minuten"),
            ("90 seconds", "90 Sekunden"),
            ("after 3 Dec 2026, 14:00 UTC", "ab dem 3. Dez. 2026, 14:00 UTC"),
            ("only EUR", "nur EUR"),
            ("at most 1 decimals", "höchstens 1 Nachkommastelle"),
            ("at most 2 decimals", "höchstens 2 Nachkommastellen"),
            ("a phone number of at most 30 characters", "nur eine Telefonnummer mit höchstens 30 Zeichen"),
            ("it has at most 40 characters", "Das sind höchstens 40 Zeichen"),
            ("it is from 1 to 200", "Der Wert liegt zwischen 1 und 200"),
            ("an administrator", "ein Administrator"),
            (
                "an administrator or somebody with the profile \"Books\"",
                "ein Administrator oder jemand mit dem Profil „Books“",
            ),
            (
                "an administrator or somebody with one of the profiles \"Books\", \"Sales, EU\"",
                "ein Administrator oder jemand mit einem der Profile „Books“, „Sales, EU“",
            ),
            ("the account 260 Rent is archived in Xero", "Das Konto 260 Rent ist in Xero archiviert"),
            ("The account 260 Rent is archived in Xero", "Das Konto 260 Rent ist in Xero archiviert"),
            ("The account 260 Rent is archived in Xero.", "Das Konto 260 Rent ist in Xero archiviert."),
            ("the CRM's purchase orders have no field Area", "Im CRM haben Bestellungen kein Feld Area"),
            ("the field Area goes with \"Due date\" already", "Das Feld Area gehört schon zu „Fälligkeitsdatum“"),
            ("\"Due date\"", "„Fälligkeitsdatum“"),
            ("\"Area\"", "„Area“"),
            ("Due date, Area, Line 2 price", "Fälligkeitsdatum, Area, Position 2: Preis"),
            ("Line 12 discount", "Position 12: Rabatt"),
            ("Xero line 3 text", "Position 3 in Xero: Text"),
            ("Removed line account", "Entfernte Position: Konto"),
            ("line 1 unit price", "Position 1: Stückpreis"),
            (
                "Its total is another one. It was paid before this one was made.",
                "Der Gesamtbetrag ist ein anderer. Er wurde bezahlt, bevor dieser Beleg entstand.",
            ),
            (
                "It is linked with another record of the CRM already: the contact and the vendor.",
                "Er ist schon mit anderen Datensätzen im CRM verknüpft (Kontakt, Lieferant).",
            ),
            ("Open \"Acme\" in the CRM", "„Acme“ im CRM öffnen"),
            ("Open the purchase order in the CRM", "Bestellung im CRM öffnen"),
            ("Open purchase order 2 of the CRM", "Bestellung 2 im CRM öffnen"),
            ("Open the Wharf in Xero", "the Wharf in Xero öffnen"),
            ("It is account 2; Xero's values count", "Es ist Firma 2; Xeros Werte gelten"),
            ("It is INV-1, 2026-05-01, 100.00 EUR, Paid", "Es ist INV-1, 2026-05-01, 100.00 EUR, bezahlt"),
            ("It is Acme, info@acme.example", "Es ist Acme, info@acme.example"),
            ("It is no amount, such as 12.50", "Das ist kein Betrag wie 12.50"),
            ("It is longer than 40 characters", "Das ist länger als 40 Zeichen"),
            ("Xero's tax rate for \"GST\"", "Xero-Steuersatz für „GST“"),
            ("Your run of 3 records", "Ihr Abgleich von 3 Datensätzen"),
            ("The run of 3 records of Ana Admin", "Der Abgleich von Ana Admin (3 Datensätze)"),
        ] {
            assert_eq!(german(english).as_deref(), Some(told), "{english}");
        }
    }

    #[test]
    fn what_is_not_ours_stays_as_it_is() {
        for word in [
            "",
            " ",
            "Acme",
            "Bill",
            "Account Name",
            "It is Acme",
            "Area, Region",
            "200",
            "EUR",
            "only if it rains",
            "many seconds",
            "12.50 EUR",
        ] {
            assert_eq!(german(word), None, "{word}");
        }
    }
}
