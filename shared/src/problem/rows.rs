//! The catalogue, one row a problem: everything that is known of it.

#[cfg(feature = "translation")]
use super::row::Kind;
use super::row::{self, Settled, Texts, Where};
use super::{Problem, Severity, of, text};

traits! {
    /// Whether it says first what a person may not do.
    TellsYou: is_of_a_person;
    /// Whether it tells of the people of an account or vendor, who are records of their own: that somebody sees the one says
    /// nothing of the others.
    TellsOfPeople: tells_of_people;
    /// Whether the name that it tells is another record's than the one whose problem it is.
    NamesAnother: names_another;
    /// Whether only somebody else's click helps, or another right: the same click ends the same.
    TakesAnother: takes_another;
    /// Whether it may be gone with newer lists of both organisations: somebody may just have put it right there.
    NewLists: may_go_with_new_lists;
    /// Whether it may be gone once somebody has changed the settings, although the record stays as it is.
    BySettings: may_go_with_settings;
    /// Whether time settles it soon, so that a run takes the record up again.
    SoonOver: is_soon_over;
    /// Whether a run can't go on with it before somebody has done something.
    EndsRun: ends_run;
    /// Whether it comes from what one person may not read or edit, or from a record that is not there yet.
    Unseen: may_be_one_persons;
    /// Whether Xero has another record of that name, code or number.
    IsTaken: is_taken;
    /// Whether the CRM takes nothing at all of the record now, so that a part of it would fare no better.
    TakesNothing: takes_nothing;
    /// Whether it is one of a document's lines, so that other fields have nothing to do with it.
    BlamesLines: blames_lines;
}

problems! {
    // Set-up and access.
    NotSignedIn = not_signed_in() {
        severity: Error; status: 401;
        english:
            "You are not signed in.",
            "Ledgerlink does not know yet who you are in the CRM.",
            "Sign in with your Zoho account.";
        german:
            "Sie sind nicht angemeldet.",
            "Ledgerlink weiß noch nicht, wer Sie im CRM sind.",
            "Melden Sie sich mit Ihrem Zoho-Konto an.";
    }
    SessionExpired = session_expired() {
        severity: Error; status: 401; is: EndsRun;
        english:
            "You have been signed out.",
            "A sign-in ends by itself after a while, and after an administrator ends it.",
            "Sign in again with your Zoho account.";
        german:
            "Sie wurden abgemeldet.",
            "Eine Anmeldung endet nach einiger Zeit von selbst, und auch dann, wenn ein Administrator sie beendet.",
            "Melden Sie sich erneut mit Ihrem Zoho-Konto an.";
    }
    NotAdministrator = not_administrator() {
        severity: Error; status: 403; is: TakesAnother;
        english:
            "This is for administrators of the CRM.",
            "You are signed in without administrator rights in the CRM.",
            "Ask an administrator of the CRM to do it.";
        german:
            "Das ist Administratoren des CRM vorbehalten.",
            "Sie sind ohne Administratorrechte im CRM angemeldet.",
            "Bitten Sie einen Administrator des CRM, es zu tun.";
    }
    TakenOut = taken_out() {
        severity: Error; status: 403; is: TakesAnother;
        english:
            "An administrator took you out here.",
            "In the CRM you are an administrator. Here you do not count as one, so that you see and do what \
             everybody else does.",
            "Ask another administrator to let you be one here again, under Access.";
        german:
            "Ein Administrator hat Sie hier ausgenommen.",
            "Im CRM sind Sie Administrator. Hier zählen Sie nicht als Administrator: Sie sehen und tun, was alle \
             dürfen.",
            "Bitten Sie einen anderen Administrator, Sie hier unter „Zugang“ wieder Administrator sein zu lassen.";
    }
    ZohoNotConnected = zoho_not_connected() {
        severity: Error; status: 409; settled: SetUp; is: EndsRun;
        english:
            "The CRM is not connected yet.",
            "No administrator of the CRM has allowed Ledgerlink to read and write its records.",
            "Connect the CRM as an administrator, or ask one to.";
        german:
            "Das CRM ist noch nicht verbunden.",
            "Noch hat kein Administrator des CRM Ledgerlink erlaubt, dessen Datensätze zu lesen und zu schreiben.",
            "Verbinden Sie das CRM als Administrator, oder bitten Sie einen Administrator darum.";
    }
    XeroNotConnected = xero_not_connected(; organisation: Name, by: Name) {
        severity: Error; status: 409; settled: SetUp; is: EndsRun;
        english:
            "[The run was ended because \"{organisation}\" is no longer connected|Xero is not connected yet].",
            "[{by} disconnected \"{organisation}\" while the run was under way|No Xero organisation has been \
             chosen for this CRM].",
            "[What was done stays done. Once \"{organisation}\" or the right organisation is connected, start a \
             new run|Connect Xero as an administrator, or ask one to].";
        german:
            "[Der Abgleich wurde beendet, weil „{organisation}“ nicht mehr verbunden ist|Xero ist noch nicht \
             verbunden].",
            "[{by} hat „{organisation}“ getrennt, während der Abgleich lief|Für dieses CRM ist noch keine \
             Xero-Organisation gewählt].",
            "[Starten Sie einen neuen Abgleich, sobald „{organisation}“ oder die richtige Organisation verbunden \
             ist. Was erledigt ist, bleibt erledigt|Verbinden Sie Xero als Administrator, oder bitten Sie einen \
             Administrator darum].";
    }
    OrganisationTaken = organisation_taken(name: Name) {
        severity: Error; status: 409;
        english:
            "[\"{name}\"|This organisation] is already connected with another one.",
            "One CRM organisation is connected with exactly one Xero organisation.",
            "Disconnect the other connection first, or choose another organisation.";
        german:
            "[„{name}“|Diese Organisation] ist schon mit einer anderen verbunden.",
            "Eine CRM-Organisation ist mit genau einer Xero-Organisation verbunden.",
            "Trennen Sie zuerst die andere Verbindung, oder wählen Sie eine andere Organisation.";
    }
    ZohoDisconnected = zoho_disconnected() {
        severity: Error; status: 409; place: Nowhere; settled: SetUp; is: TakesNothing, EndsRun;
        english:
            "The connection with the CRM has ended.",
            "Zoho no longer accepts the permission that an administrator gave: it was withdrawn or replaced.",
            "Connect the CRM again as an administrator.";
        german:
            "Die Verbindung mit dem CRM ist beendet.",
            "Zoho nimmt die Erlaubnis eines Administrators nicht mehr an: Jemand hat sie widerrufen oder ersetzt.",
            "Verbinden Sie das CRM als Administrator neu.";
    }
    ConnectionSeesLess = connection_sees_less(name: Name) {
        severity: Error; status: 409; settled: SetUp; is: EndsRun;
        english:
            "[{name}, who connected the CRM, is|Whoever connected the CRM is] no administrator of it any more.",
            "Runs read the CRM with that person's rights. They would miss records, and take what they are not \
             shown for deleted.",
            "Connect the CRM again as an administrator. Nothing is lost: the next run takes up what has changed \
             since.";
        german:
            "[{name} hat das CRM verbunden und ist|Wer das CRM verbunden hat, ist] dort kein Administrator mehr.",
            "Abgleiche lesen das CRM mit den Rechten dieser Person. Ihnen würden Datensätze fehlen, und was sie \
             nicht sehen, würden sie für gelöscht halten.",
            "Verbinden Sie das CRM als Administrator neu. Nichts geht verloren: Der nächste Abgleich holt nach, \
             was sich seither geändert hat.";
    }
    XeroDisconnected = xero_disconnected(name: Name; organisation: Name) {
        severity: Error; status: 409; settled: SetUp; is: EndsRun;
        english:
            "The connection with Xero has ended.",
            "Xero no longer accepts the permission for [\"{organisation}\"|\"{name}\"|this organisation]: it was \
             withdrawn in Xero, or was not used for 60 days.",
            "Connect Xero again as an administrator.";
        german:
            "Die Verbindung mit Xero ist beendet.",
            "Xero nimmt die Erlaubnis für [„{organisation}“|„{name}“|diese Organisation] nicht mehr an: Jemand hat \
             sie in Xero widerrufen, oder sie wurde 60 Tage lang nicht benutzt.",
            "Verbinden Sie Xero als Administrator neu.";
    }
    XeroScopeMissing = xero_scope_missing() {
        severity: Error; status: 409; settled: SetUp; is: EndsRun;
        english:
            "Xero does not let Ledgerlink do this.",
            "The permission that was given in Xero does not include it.",
            "Connect Xero again as an administrator and accept all permissions.";
        german:
            "Xero erlaubt Ledgerlink das nicht.",
            "Die in Xero erteilte Erlaubnis umfasst es nicht.",
            "Verbinden Sie Xero als Administrator neu, und stimmen Sie allen Berechtigungen zu.";
    }
    ZohoScopeMissing = zoho_scope_missing() {
        severity: Error; status: 403; place: Nowhere; settled: SetUp; is: TakesNothing, EndsRun;
        english:
            "The CRM does not let Ledgerlink do this.",
            "The permission that was given in Zoho does not include it.",
            "Connect the CRM again as an administrator and accept all permissions.";
        german:
            "Das CRM erlaubt Ledgerlink das nicht.",
            "Die in Zoho erteilte Erlaubnis umfasst es nicht.",
            "Verbinden Sie das CRM als Administrator neu, und stimmen Sie allen Berechtigungen zu.";
    }
    CrmNoPermission = crm_no_permission(; name: Name, user: Person) {
        severity: Error; status: 403; is: TakesAnother, EndsRun, Unseen;
        english:
            "You may not do this with [\"{name}\"|this record] in the CRM.",
            "The CRM refuses it to [{user}|the signed-in user], by profile, role or sharing rule.",
            "Ask an administrator of the CRM for access to the record.";
        german:
            "Sie dürfen das mit [„{name}“|diesem Datensatz] im CRM nicht tun.",
            "Das CRM lässt es für [{user}|den angemeldeten Benutzer] nicht zu, wegen Profil, Rolle oder \
             Freigaberegel.",
            "Bitten Sie einen Administrator des CRM um Zugriff auf den Datensatz.";
    }
    CrmRecordNotFound = crm_record_not_found(name: Name) {
        severity: Error; status: 404; is: TakesNothing, Unseen;
        english:
            "[\"{name}\"|The record] was not found in the CRM.",
            "It was deleted, or the signed-in user may not see it.",
            "Check in the CRM whether the record still exists and you can open it.";
        german:
            "[„{name}“|Der Datensatz] ist im CRM nicht zu finden.",
            "Jemand hat ihn gelöscht, oder der angemeldete Benutzer darf ihn nicht sehen.",
            "Prüfen Sie im CRM, ob es den Datensatz noch gibt und ob Sie ihn öffnen können.";
    }
    CrmModuleUnavailable = crm_module_unavailable(module: Word) {
        severity: Error; place: Nowhere; is: TakesNothing, EndsRun, Unseen;
        english:
            "The CRM does not offer [the module \"{module}\"|this module or feature].",
            "It is switched off, hidden from the signed-in user, or not part of the CRM's edition.",
            "Ask an administrator of the CRM to switch it on.";
        german:
            "Das CRM bietet [das Modul „{module}“|dieses Modul oder diese Funktion] nicht an.",
            "Es ist ausgeschaltet, für den angemeldeten Benutzer ausgeblendet oder in dieser Edition des CRM nicht \
             enthalten.",
            "Bitten Sie einen Administrator des CRM, es einzuschalten.";
    }
    CrmFieldsRefused = crm_fields_refused(module: Word, field: Word) {
        severity: Warning;
        english:
            "The CRM did not let [these fields of a {module} be made: {field}|fields of ours be made].",
            "The CRM allows each module only so many fields, and only two whose values are unique; or the right to \
             make fields is missing. Without them records are synced all the same, and what Xero knows is not \
             shown there.",
            "Make room in the CRM's set-up, then create the fields again in the portal, under Set-up.";
        german:
            "Das CRM hat [diese Felder für „{module}“ nicht anlegen lassen: {field}|unsere Felder nicht anlegen \
             lassen].",
            "Das CRM erlaubt in jedem Modul nur eine bestimmte Zahl von Feldern und nur zwei mit eindeutigen \
             Werten. Oder das Recht, Felder anzulegen, fehlt. Datensätze werden trotzdem abgeglichen, nur zeigt \
             das CRM dort nicht, was Xero weiß.",
            "Schaffen Sie Platz in der Einrichtung des CRM, und legen Sie die Felder dann im Portal unter \
             „Einrichtung“ erneut an.";
    }
    CrmTaxesUnknown = crm_taxes_unknown() {
        severity: Warning;
        english:
            "The CRM's taxes could not be read.",
            "Zoho does not let us ask for them. Each tax is still known from the documents that use it.",
            "Leave it so: a document whose tax has no partner in Xero asks for one when it is synced.";
        german:
            "Die Steuern des CRM ließen sich nicht lesen.",
            "Zoho lässt uns nicht danach fragen. Jede Steuer ist trotzdem aus den Belegen bekannt, die sie \
             verwenden.",
            "Lassen Sie es so: Ein Beleg, dessen Steuer in Xero kein Gegenstück hat, fragt beim Abgleichen danach.";
    }
    CrmFieldHidden = crm_field_hidden(field: Word, name: Name) {
        severity: Error; is: TakesAnother, Unseen;
        english:
            "[The field \"{field}\"|A field] of [{name}|this record] is hidden from you in the CRM, and it decides \
             what Xero gets.",
            "The connection may not read the record either, so nobody knows what stands there.",
            "Ask an administrator of the CRM to show you the field, or to connect the CRM as somebody who sees the \
             record.";
        german:
            "[Das Feld „{field}“|Ein Feld] bei [„{name}“|diesem Datensatz] ist im CRM für Sie ausgeblendet, und \
             davon hängt ab, was Xero erhält.",
            "Auch die Verbindung darf den Datensatz nicht lesen. Deshalb weiß niemand, was dort steht.",
            "Bitten Sie einen Administrator des CRM, Ihnen das Feld zu zeigen oder das CRM mit einem Benutzer zu \
             verbinden, der den Datensatz sieht.";
    }
    HiddenReason = hidden_reason(; name: Name) {
        severity: Error; is: TakesAnother, BySettings;
        english:
            "Something of [\"{name}\"|the record] that the CRM does not show you needs a look.",
            "It is told to those only who see it in the CRM.",
            "Ask somebody who sees all of [\"{name}\"|the record] in the CRM to open it here.";
        german:
            "Etwas an [„{name}“|dem Datensatz], das das CRM Ihnen nicht zeigt, muss angesehen werden.",
            "Es wird nur denen gesagt, die es im CRM sehen.",
            "Bitten Sie jemanden, der im CRM alles von [„{name}“|dem Datensatz] sieht, ihn hier zu öffnen.";
    }
    CrmNotEditable = crm_not_editable(user: Person, name: Name; profile: Name, module: Word, reason: Word) {
        severity: Error; is: TellsYou, TakesAnother, Unseen;
        english:
            "[{user} may|You may] not edit [\"{name}\"|this record] in the CRM, so it is not sent.",
            "Whoever sends a record to the books needs the right to change it in the CRM[; the profile \
             \"{profile}\" may only read {module}|].",
            "[{reason}|Ask an administrator of the CRM for the right to edit it, or somebody who has it to click.]";
        german:
            "[{user} darf|Sie dürfen] [„{name}“|diesen Datensatz] im CRM nicht bearbeiten. Deshalb wird nichts \
             gesendet.",
            "Wer einen Datensatz in die Bücher sendet, muss ihn im CRM ändern dürfen[. Das Profil „{profile}“ darf \
             „{module}“ nur lesen|].",
            "[{reason}|Bitten Sie einen Administrator des CRM um das Recht, ihn zu bearbeiten, oder jemanden mit \
             diesem Recht um den Klick.]";
    }
    PartNotSent = part_not_sent(user: Person; kind: Word, name: Name) {
        severity: Warning; is: TellsYou;
        english:
            "Not sent: [{user} may|you may] not edit [this {kind}|\"{name}\"|this record].",
            "It was needed, so it was linked with its partner in Xero. Its other values change only where whoever \
             clicks may edit it in the CRM.",
            "Let somebody who may edit [\"{name}\"|it] in the CRM sync it.";
        german:
            "Nicht gesendet: [{user} darf|Sie dürfen] [diesen Datensatz ({kind})|„{name}“|diesen Datensatz] nicht \
             bearbeiten.",
            "Er wurde gebraucht und deshalb mit seinem Gegenstück in Xero verknüpft. Seine anderen Werte ändern \
             sich nur, wenn jemand klickt, der ihn im CRM bearbeiten darf.",
            "Lassen Sie [„{name}“|ihn] von jemandem abgleichen, der ihn im CRM bearbeiten darf.";
    }
    FieldNotWritten = field_not_written(field: Word, name: Name) {
        severity: Warning;
        english:
            "Not written: you may only read [\"{field}\"|a field] of [\"{name}\"|this record] in the CRM.",
            "Xero has another value there, and a value comes only into fields that whoever syncs the record may \
             edit.",
            "Let somebody who may edit the field in the CRM sync [\"{name}\"|it], or ask an administrator of the \
             CRM for the right.";
        german:
            "Nicht geschrieben: Sie dürfen [„{field}“|ein Feld] bei [„{name}“|diesem Datensatz] im CRM nur lesen.",
            "Xero hat dort einen anderen Wert. Beim Abgleichen kommen Werte nur in Felder, die Sie selbst \
             bearbeiten dürfen.",
            "Lassen Sie [„{name}“|den Datensatz] von jemandem abgleichen, der das Feld im CRM bearbeiten darf, \
             oder bitten Sie einen Administrator um das Recht dazu.";
    }
    SenderNotAllowed = sender_not_allowed(name: Name, kind: Word; user: Person, reason: Word) {
        severity: Error; is: TellsYou, TakesAnother, Unseen;
        english:
            "[{user} may|You may] not send [\"{name}\"|such records] to the books.",
            "An administrator chose who sends [{kind}s|such records] to the books: [{reason}|not everybody who may \
             edit them].",
            "Ask [{reason}|somebody who sends to the books] to sync it.";
        german:
            "[{user} darf|Sie dürfen] [„{name}“|solche Datensätze] nicht in die Bücher senden.",
            "Ein Administrator hat festgelegt, wer solche Datensätze[ ({kind})|] in die Bücher sendet: \
             [{reason}|nicht jeder, der sie bearbeiten darf].",
            "Lassen Sie den Datensatz[ abgleichen: Das darf {reason}| von jemandem abgleichen, der in die Bücher \
             senden darf].";
    }
    ToBeReleased = to_be_released(name: Name, reason: Word) {
        severity: Waiting;
        english:
            "[\"{name}\"|This record] is to be released by [{reason}|somebody who sends to the books].",
            "An administrator chose who sends to the books, and as it stands now nobody of them has synced it.",
            "Let [{reason}|one of them] sync it: that sends it, and later runs send what they change.";
        german:
            "[„{name}“|Dieser Datensatz] wartet auf Freigabe[: Freigeben darf ihn {reason}| durch jemanden, der in \
             die Bücher senden darf].",
            "Ein Administrator hat festgelegt, wer in die Bücher sendet. So, wie der Datensatz jetzt ist, hat ihn \
             noch keine dieser Personen abgeglichen.",
            "Lassen Sie ihn[ abgleichen: Das darf {reason}| von einer dieser Personen abgleichen]. Damit ist er \
             gesendet, und spätere Abgleiche senden, was diese Personen daran ändern.";
    }
    LeftForApproval = left_for_approval(name: Name, status: Word, reason: Word) {
        severity: Warning;
        english:
            "[\"{name}\"|The document] goes to Xero as [{status}|less than its status says].",
            "An administrator chose whose approved documents are approved in Xero, too: those of [{reason}|some \
             only].",
            "Ask [{reason}|one of them] to sync it, or approve it in Xero.";
        german:
            "[„{name}“|Der Beleg] geht nach Xero als [{status}|weniger, als sein Status sagt].",
            "Ein Administrator hat festgelegt, wessen freigegebene Belege auch in Xero freigegeben sind. Freigeben \
             darf [{reason}|nur ein Teil der Benutzer].",
            "Geben Sie den Beleg in Xero frei, oder lassen Sie ihn[ abgleichen: Das darf {reason}| von jemandem \
             abgleichen, der ihn freigeben darf].";
    }
    EmailHeld = email_held(name: Name) {
        severity: Warning;
        english:
            "A new e-mail address of [\"{name}\"|this record] is held back from Xero.",
            "Who changes an address changes where letters about money go, so it waits for an administrator's word. \
             Everything else has gone.",
            "Ask an administrator to check the address, to open [\"{name}\"|the record] in the panel and to sync \
             it there.";
        german:
            "Eine neue E-Mail-Adresse bei [„{name}“|diesem Datensatz] geht noch nicht nach Xero.",
            "Wer eine Adresse ändert, ändert auch, wohin Schreiben über Geld gehen. Deshalb wartet sie auf das \
             Wort eines Administrators. Alles andere ist gesendet.",
            "Bitten Sie einen Administrator, die Adresse zu prüfen und [„{name}“|den Datensatz] abzugleichen.";
    }
    EmailReleased = email_released(name: Name) {
        severity: Warning;
        english:
            "A new e-mail address of [\"{name}\"|this record] goes to Xero on an administrator's word.",
            "Who changes an address changes where letters about money go, so runs and others leave it alone until \
             an administrator sends the record.",
            "Make sure by another way than e-mail that the address is right. If it is not, put the old one back in \
             the CRM before you send.";
        german:
            "Eine neue E-Mail-Adresse bei [„{name}“|diesem Datensatz] geht auf das Wort eines Administrators nach \
             Xero.",
            "Wer eine Adresse ändert, ändert auch, wohin Schreiben über Geld gehen. Deshalb senden Abgleiche und \
             andere Benutzer sie nicht, bis ein Administrator den Datensatz sendet.",
            "Vergewissern Sie sich auf anderem Weg als per E-Mail, dass die Adresse stimmt. Stimmt sie nicht, \
             tragen Sie vor dem Senden im CRM die alte wieder ein.";
    }
    InvalidRequest = invalid_request(field: Word; reason: Word, value: Name) {
        severity: Error; status: 400;
        english:
            "This request can't be carried out.",
            "[Its {field} is not valid: {reason}|Its {field} \"{value}\" is not valid|Its {field} is missing or \
             not valid|It is not in the expected form].",
            "Reload the page and try again.";
        german:
            "Diese Anfrage lässt sich nicht ausführen.",
            "[Ungültig ist „{field}“: {reason}|Ungültig ist „{field}“ mit dem Wert „{value}“|Die Angabe „{field}“ \
             fehlt oder ist ungültig|Sie hat nicht die erwartete Form].",
            "Laden Sie die Seite neu, und versuchen Sie es erneut.";
    }
    SettingBroken = setting_broken(reason: Word; area: Word) {
        severity: Error; settled: Mapping;
        english:
            "A setting does not work any more[: {area}].",
            "[{reason}|It does not fit what both organisations have now].",
            "Open the portal and choose another value[ under {area}].";
        german:
            "Eine Einstellung funktioniert nicht mehr[: {area}].",
            "[{reason}|Sie passt nicht zu dem, was beide Organisationen jetzt haben].",
            "Öffnen Sie das Portal, und wählen Sie[ unter „{area}“] einen anderen Wert.";
    }
    InstallationKeyNeeded = installation_key_needed() {
        severity: Error; status: 403;
        english:
            "This installation belongs to nobody yet.",
            "The first organisation that connects becomes its owner. That takes the installation's key, so that \
             nobody is first in the owner's place.",
            "Enter the installation's key. Whoever installed Ledgerlink has it: it is the secret INSTALLATION_KEY.";
        german:
            "Diese Installation gehört noch niemandem.",
            "Die erste Organisation, die sich verbindet, wird Eigentümerin. Dazu braucht es den Schlüssel der \
             Installation, damit niemand dem Eigentümer zuvorkommt.",
            "Geben Sie den Schlüssel der Installation ein. Wer Ledgerlink eingerichtet hat, kennt ihn: Es ist der \
             geheime Wert INSTALLATION_KEY.";
    }
    OrganisationNotInvited = organisation_not_invited(name: Name, org: Name) {
        severity: Error; status: 403;
        english:
            "[\"{name}\"|This organisation] may not use this installation.",
            "It belongs to another organisation, which has not invited yours.",
            "Ask the owner of this installation to invite the organisation[ {org}]: Access, Invited organisations.";
        german:
            "[„{name}“|Diese Organisation] darf diese Installation nicht benutzen.",
            "Sie gehört einer anderen Organisation, und diese hat Ihre nicht eingeladen.",
            "Bitten Sie den Eigentümer dieser Installation, die Organisation[ {org}] einzuladen: Zugang, \
             Eingeladene Organisationen.";
    }
    FlowRefused = flow_refused(; vendor: Word) {
        severity: Error; status: 400;
        english:
            "It was refused[ at {vendor}|].",
            "[On {vendor}'s page|In the window], somebody chose not to allow it. Nothing was changed.",
            "Begin again if that was a mistake.";
        german:
            "Die Zustimmung wurde[ bei {vendor}|] verweigert.",
            "[Auf der Seite von {vendor}|Im Fenster] hat jemand nicht zugestimmt. Nichts wurde geändert.",
            "Beginnen Sie von vorn, wenn das ein Versehen war.";
    }
    FlowOver = flow_over(; good: Word) {
        severity: Error; status: 400;
        english:
            "[The code has expired: it is good for {good}|This window is not of use any more].",
            "[What is not taken up within {good} is given back. Or the code was used already, or is of a window \
             that was begun elsewhere.|It was opened too long ago, was used already, or was begun elsewhere.]",
            "[Begin again, and type the code within {good}.|Close it and begin again where you pressed the button.]";
        german:
            "[Der Code ist abgelaufen: Er gilt {good}|Dieses Fenster ist nicht mehr zu gebrauchen].",
            "[Was niemand innerhalb von {good} abholt, wird zurückgegeben. Oder der Code wurde schon verwendet \
             oder gehört zu einem Fenster, das anderswo begonnen wurde.|Es wurde vor zu langer Zeit geöffnet, \
             schon verwendet oder anderswo begonnen.]",
            "[Beginnen Sie von vorn, und geben Sie den Code innerhalb von {good} ein.|Schließen Sie es, und \
             beginnen Sie dort von vorn, wo Sie auf die Schaltfläche geklickt haben.]";
    }
    FlowCodeWrong = flow_code_wrong(; left: Word) {
        severity: Error; status: 400;
        english:
            "This is not the code that the window shows.",
            "[{left} tries are left|No try is left], and the code is good for two minutes.",
            "[Type it again. Tries left: {left}|Begin again].";
        german:
            "Das ist nicht der Code, den das Fenster zeigt.",
            "[Übrige Versuche: {left}|Kein Versuch ist übrig]. Der Code gilt zwei Minuten.",
            "[Geben Sie ihn noch einmal ein. Übrige Versuche: {left}|Beginnen Sie von vorn].";
    }
    RightsUnknown = rights_unknown(; since: Word) {
        severity: Waiting; status: 503;
        english:
            "It is not known at the moment what you may do in the CRM.",
            "Zoho does not say it now, and what it said last is older than ten minutes[ ({since})].",
            "Try again in a minute. You stay signed in.";
        german:
            "Im Moment ist nicht bekannt, was Sie im CRM dürfen.",
            "Zoho sagt es gerade nicht, und die letzte Auskunft ist älter als zehn Minuten[ ({since})].",
            "Versuchen Sie es in einer Minute erneut. Sie bleiben angemeldet.";
    }

    // Limits and weather.
    XeroMinuteLimit = xero_minute_limit(; until: Word) {
        severity: Waiting; status: 429; limit: 60; is: SoonOver;
        english:
            "Xero is taking no more calls this minute.",
            "Xero allows 60 calls a minute for each organisation, and everybody has a share of them.",
            "Wait [{until}|a minute], then try again.";
        german:
            "Xero nimmt in dieser Minute keine Anfragen mehr an.",
            "Xero erlaubt jeder Organisation 60 Anfragen pro Minute, und alle haben einen Anteil daran.",
            "Warten Sie [{until}|eine Minute], und versuchen Sie es dann erneut.";
    }
    XeroMinuteShare = xero_minute_share(; until: Word) {
        severity: Waiting; status: 429; limit: 60; is: SoonOver;
        english:
            "Your share of Xero's calls for this minute is used up.",
            "One person takes at most half of what is left of the minute, so that there is something for everybody \
             else. Others can go on.",
            "Wait [{until}|a minute], then try again.";
        german:
            "Ihr Anteil an Xeros Anfragen für diese Minute ist verbraucht.",
            "Eine Person nimmt höchstens die Hälfte dessen, was von der Minute übrig ist, damit für alle anderen \
             etwas bleibt. Andere können weiterarbeiten.",
            "Warten Sie [{until}|eine Minute], und versuchen Sie es dann erneut.";
    }
    XeroDayLimit = xero_day_limit(; until: Word) {
        severity: Waiting; status: 429; limit: 3600; is: SoonOver;
        english:
            "Xero is taking no more calls today.",
            "The calls that Xero allows each organisation in a day are used up.",
            "Wait [{until}|until Xero's day ends], then try again. A bookkeeper can still work in Xero.";
        german:
            "Xero nimmt heute keine Anfragen mehr an.",
            "Die Anfragen, die Xero jeder Organisation am Tag erlaubt, sind verbraucht.",
            "Warten Sie[ {until}|, bis Xeros Tag endet], und versuchen Sie es dann erneut. Die Buchhaltung kann in \
             Xero weiterarbeiten.";
    }
    XeroDayShare = xero_day_share(; until: Word) {
        severity: Waiting; status: 429; limit: 3600; is: SoonOver;
        english:
            "Your share of Xero's calls for today is used up.",
            "Nobody takes more than half of what is left of the day, so that there is something for everybody \
             else. Others can go on.",
            "Wait [{until}|until Xero's day begins anew], then try again. A bookkeeper can still work in Xero.";
        german:
            "Ihr Anteil an Xeros Anfragen für heute ist verbraucht.",
            "Niemand nimmt mehr als die Hälfte dessen, was vom Tag übrig ist, damit für alle anderen etwas bleibt. \
             Andere können weiterarbeiten.",
            "Warten Sie[ {until}|, bis Xeros nächster Tag beginnt], und versuchen Sie es dann erneut. Die \
             Buchhaltung kann in Xero weiterarbeiten.";
    }
    XeroConcurrentLimit = xero_concurrent_limit(; until: Word) {
        severity: Waiting; status: 429; limit: 5; is: SoonOver;
        english:
            "Xero is busy with other calls.",
            "Xero handles 5 calls at a time for each organisation.",
            "Try again in [{until}|a few seconds].";
        german:
            "Xero ist mit anderen Anfragen beschäftigt.",
            "Xero bearbeitet für jede Organisation 5 Anfragen gleichzeitig.",
            "Warten Sie [{until}|einige Sekunden], und versuchen Sie es dann erneut.";
    }
    ZohoLimit = zoho_limit(; until: Word) {
        severity: Waiting; status: 429; limit: 60; place: Nowhere; is: TakesNothing, SoonOver;
        english:
            "The CRM is taking no more calls for now.",
            "The CRM's calls for 24 hours, or those at the same time, are used up.",
            "Wait [{until}|a while], then try again.";
        german:
            "Das CRM nimmt vorerst keine Anfragen mehr an.",
            "Die Anfragen an das CRM für 24 Stunden sind verbraucht, oder es laufen zu viele zugleich.",
            "Warten Sie [{until}|eine Weile], und versuchen Sie es dann erneut.";
    }
    ZohoTokenLimit = zoho_token_limit(; until: Word) {
        severity: Waiting; status: 429; limit: 600; place: Nowhere; is: TakesNothing, SoonOver;
        english:
            "Zoho gives no new access for a few minutes.",
            "Zoho gives at most 10 accesses in 10 minutes.",
            "Wait [{until}|ten minutes] and try again.";
        german:
            "Zoho erteilt für einige Minuten keinen neuen Zugriff.",
            "Zoho erteilt höchstens 10 Zugriffe in 10 Minuten.",
            "Warten Sie [{until}|zehn Minuten], und versuchen Sie es dann erneut.";
    }
    XeroUnavailable = xero_unavailable() {
        severity: Waiting; status: 503; place: Nowhere; is: SoonOver;
        english:
            "Xero can't be reached.",
            "Xero answered with an error of its own, or not at all.",
            "Try again in a few minutes.";
        german:
            "Xero ist nicht erreichbar.",
            "Xero hat mit einem eigenen Fehler oder gar nicht geantwortet.",
            "Versuchen Sie es in einigen Minuten erneut.";
    }
    ZohoUnavailable = zoho_unavailable() {
        severity: Waiting; status: 503; place: Nowhere; is: TakesNothing, SoonOver;
        english:
            "The CRM can't be reached.",
            "Zoho answered with an error of its own, or not at all.",
            "Try again in a few minutes.";
        german:
            "Das CRM ist nicht erreichbar.",
            "Zoho hat mit einem eigenen Fehler oder gar nicht geantwortet.",
            "Versuchen Sie es in einigen Minuten erneut.";
    }
    OutcomeUnknown = outcome_unknown(; name: Name) {
        severity: Waiting; status: 503; place: Nowhere; is: SoonOver;
        english:
            "It is not known yet whether [\"{name}\"|the record] arrived in Xero.",
            "The connection broke before Xero answered.",
            "Try again: it is looked up in Xero first, so that it can't be there twice.";
        german:
            "Noch ist nicht bekannt, ob [„{name}“|der Datensatz] in Xero angekommen ist.",
            "Die Verbindung brach ab, bevor Xero geantwortet hat.",
            "Versuchen Sie es erneut: Zuerst wird in Xero nachgesehen, damit nichts doppelt ankommt.";
    }
    SyncInProgress = sync_in_progress(; name: Name) {
        severity: Waiting; status: 409; is: SoonOver;
        english:
            "[\"{name}\"|This record] is being synced already.",
            "Another click has it in hand.",
            "Wait a moment, then look again.";
        german:
            "[„{name}“|Dieser Datensatz] wird gerade schon abgeglichen.",
            "Ein anderer Klick ist damit beschäftigt.",
            "Warten Sie einen Moment, und sehen Sie dann wieder nach.";
    }
    RunInProgress = run_in_progress(; name: Word, reason: Word, until: Word) {
        severity: Waiting; status: 409;
        english:
            "[{name}|Another run] is under way.",
            "[{reason}|An organisation has one run of all its records at a time.]",
            "Wait until it has ended, or cancel it[: it waits itself, {until}|].";
        german:
            "[{name}|Ein anderer Abgleich] läuft gerade.",
            "[{reason}|Eine Organisation hat immer nur einen Abgleich aller ihrer Datensätze zur selben Zeit.]",
            "Warten Sie das Ende ab, oder brechen Sie dort ab[. Die Wartezeit dort beträgt noch {until}|].";
    }
    RunOfLeaver = run_of_leaver(name: Name) {
        severity: Error;
        english:
            "[{name}, who began this run, is|Whoever began this run is] no active user of the CRM any more.",
            "Nothing goes on here that was begun by somebody who has left.",
            "Start it again, or leave the rest to the schedule. What the run has done stays done.";
        german:
            "[{name} hat diesen Abgleich begonnen und ist|Wer diesen Abgleich begonnen hat, ist] kein aktiver \
             Benutzer des CRM mehr.",
            "Hier läuft nichts weiter, was jemand begonnen hat, der nicht mehr da ist.",
            "Starten Sie ihn neu, oder überlassen Sie den Rest dem Zeitplan. Was der Abgleich erledigt hat, bleibt \
             erledigt.";
    }
    RunUnknown = run_unknown() {
        severity: Error; status: 404;
        english:
            "There is no such run.",
            "Runs and their entries are kept for 30 days, and each organisation sees only its own.",
            "Choose a run from the list.";
        german:
            "Diesen Abgleich gibt es nicht.",
            "Abgleiche und ihre Einträge bleiben 30 Tage gespeichert, und jede Organisation sieht nur die eigenen.",
            "Wählen Sie einen Abgleich aus der Liste.";
    }
    DayReserve = day_reserve(; until: Word) {
        severity: Waiting; status: 429; limit: 3600; is: SoonOver;
        english:
            "What is left of Xero's calls for today is kept for the button.",
            "Runs and previews leave some of each day's calls to whoever clicks.",
            "Wait [{until}|until Xero's day begins anew]: a run goes on by itself, and the button works meanwhile.";
        german:
            "Was von Xeros Anfragen für heute übrig ist, ist der Schaltfläche vorbehalten.",
            "Abgleiche und Prüfungen lassen jeden Tag einige Anfragen für alle übrig, die klicken.",
            "Warten Sie[ {until}|, bis Xeros nächster Tag beginnt]: Ein Abgleich läuft von selbst weiter, und die \
             Schaltfläche funktioniert inzwischen.";
    }
    TooManyRequests = too_many_requests(; reason: Word, until: Word) {
        severity: Waiting; status: 429; limit: 60;
        english:
            "This was too much at once.",
            "[{reason}|Everybody has a share, so that nobody keeps others from their work.]",
            "Wait [{until}|a minute], then try again.";
        german:
            "Das war zu viel auf einmal.",
            "[{reason}|Jeder hat einen Anteil, damit niemand andere von der Arbeit abhält.]",
            "Warten Sie [{until}|eine Minute], und versuchen Sie es dann erneut.";
    }
    DatabaseDayLimit = database_day_limit(; until: Word) {
        severity: Waiting; status: 429; limit: 3600;
        english:
            "Our own database takes no more today.",
            "Cloudflare's free plan has a limit of rows a day, for all databases of the account together, and it \
             is used up. What is stored is safe.",
            "Wait [{until}|until 00:00 UTC]: runs go on by themselves then. Whoever runs the installation can lift \
             the limit with Cloudflare's paid plan.";
        german:
            "Unsere eigene Datenbank nimmt heute nichts mehr an.",
            "Cloudflares kostenloser Tarif begrenzt die Zeilen am Tag, für alle Datenbanken des Kontos zusammen, \
             und dieses Limit ist erreicht. Was gespeichert ist, ist sicher.",
            "Warten Sie [{until}|bis 00:00 UTC]: Dann laufen Abgleiche von selbst weiter. Wer die Installation \
             betreibt, kann das Limit mit Cloudflares kostenpflichtigem Tarif aufheben.";
    }
    NoticeNotSent = notice_not_sent(; reason: Word) {
        severity: Warning;
        english:
            "The e-mail about this run could not be sent.",
            "[{reason}|The mail service refused it.]",
            "Check the address in the schedule and the e-mail set-up of the installation.";
        german:
            "Die E-Mail zu diesem Abgleich ließ sich nicht senden.",
            "[{reason}|Der E-Mail-Dienst hat sie abgelehnt.]",
            "Prüfen Sie die Adresse im Zeitplan und die E-Mail-Einrichtung der Installation.";
    }
    NoticeUnconfirmed = notice_unconfirmed(value: Name; reason: Word) {
        severity: Warning; settled: Schedule;
        english:
            "[{value}|An address of the schedule] got no letter about this run.",
            "[{reason}|It is not the address of an active user of this CRM, and its owner has not confirmed it.]",
            "Open Schedule: it says how each address stands, and sends a confirmation again.";
        german:
            "[An {value}|An eine Adresse des Zeitplans] ging zu diesem Abgleich keine E-Mail.",
            "[{reason}|Die Adresse gehört keinem aktiven Benutzer dieses CRM, und ihr Inhaber hat sie nicht \
             bestätigt.]",
            "Öffnen Sie den Zeitplan: Er zeigt, wie es um jede Adresse steht, und fordert eine Bestätigung erneut \
             an.";
    }
    LetterLimit = letter_limit(value: Name; until: Word) {
        severity: Waiting; status: 429; limit: 86400;
        english:
            "No confirmation letter was sent[ to {value}|].",
            "An address gets at most one such letter a day, and an organisation waits for at most five answers at \
             a time.",
            "Wait for an answer, or send it again [{until}|in a day].";
        german:
            "[An {value} wurde|Es wurde] keine E-Mail zur Bestätigung gesendet.",
            "Eine Adresse erhält höchstens eine solche E-Mail am Tag, und eine Organisation wartet auf höchstens \
             fünf Antworten zugleich.",
            "Warten Sie auf eine Antwort, oder fordern Sie die Bestätigung erneut an, und zwar [{until}|in einem \
             Tag].";
    }
    Internal = internal(; value: Word) {
        severity: Error; status: 500;
        english:
            "Something went wrong inside Ledgerlink.",
            "This should not happen[: {value}|].",
            "Try again; if it comes back, send the log entry to whoever looks after Ledgerlink.";
        german:
            "In Ledgerlink ist etwas schiefgegangen.",
            "Das sollte nicht vorkommen[: {value}|].",
            "Versuchen Sie es erneut. Kommt es wieder vor, senden Sie den Protokolleintrag an die Person, die \
             Ledgerlink betreut.";
    }

    // Parties.
    NameMissing = name_missing(module: Word) {
        severity: Error;
        english:
            "[This {module}|The record] has no name.",
            "Xero needs a name.",
            "Enter a name in the CRM.";
        german:
            "[Diesem Datensatz ({module})|Dem Datensatz] fehlt der Name.",
            "Xero braucht einen Namen.",
            "Tragen Sie im CRM einen Namen ein.";
    }
    NameTaken = name_taken(; name: Name) {
        severity: Error; is: NamesAnother, IsTaken;
        english:
            "Xero already has a contact named [\"{name}\"|like this].",
            "In Xero each active contact has a name of its own, and this one belongs to another contact.",
            "Rename one of the two, or merge them in Xero.";
        german:
            "Xero hat schon einen Kontakt [mit dem Namen „{name}“|mit diesem Namen].",
            "In Xero hat jeder aktive Kontakt einen eigenen Namen, und dieser gehört einem anderen Kontakt.",
            "Benennen Sie einen der beiden um, oder führen Sie sie in Xero zusammen.";
    }
    NameChanged = name_changed(was: Name, is: Name) {
        severity: Warning;
        english:
            "The name is adjusted for Xero[: \"{was}\" becomes \"{is}\"|].",
            "Xero takes no < or >, no spaces at the ends and no double spaces in names.",
            "Change the name in the CRM if it should read otherwise.";
        german:
            "Der Name wird für Xero angepasst[: „{was}“ wird zu „{is}“|].",
            "Xero nimmt in Namen kein < oder >, keine Leerzeichen am Anfang oder Ende und keine doppelten \
             Leerzeichen an.",
            "Ändern Sie den Namen im CRM, wenn er anders lauten soll.";
    }
    PrimaryContactMissing = primary_contact_missing(name: Name) {
        severity: Warning; settled: Parties; is: TellsOfPeople;
        english:
            "[\"{name}\"|This record] has no primary contact.",
            "None of its contacts can be taken as the person to write to, so Xero gets no person or e-mail address.",
            "Tick \"Xero Primary\" on one of its contacts in the CRM.";
        german:
            "Bei [„{name}“|diesem Datensatz] fehlt der Hauptansprechpartner.",
            "Keiner der Kontakte kommt als Ansprechpartner infrage. Deshalb erhält Xero weder Person noch \
             E-Mail-Adresse.",
            "Setzen Sie im CRM bei einem der Kontakte das Häkchen „Xero Primary“.";
    }
    PrimaryContactSeveral = primary_contact_several(name: Name) {
        severity: Warning; settled: Parties; is: TellsOfPeople;
        english:
            "It is not clear who is the primary contact[ of \"{name}\"].",
            "Several contacts could be, so Xero gets no person or e-mail address.",
            "Tick \"Xero Primary\" on exactly one of its contacts in the CRM.";
        german:
            "Der Hauptansprechpartner[ von „{name}“] ist nicht eindeutig.",
            "Mehrere Kontakte kommen infrage. Deshalb erhält Xero weder Person noch E-Mail-Adresse.",
            "Setzen Sie im CRM bei genau einem der Kontakte das Häkchen „Xero Primary“.";
    }
    PersonNameMissing = person_name_missing(name: Name, is: Name) {
        severity: Warning; is: TellsOfPeople;
        english:
            "[\"{name}\"|A person] has no last name in Xero.",
            "The CRM needs a last name[, so it gets \"{is}\"|].",
            "Enter the person's last name in Xero or in the CRM.";
        german:
            "Bei [„{name}“|einer Person] fehlt in Xero der Nachname.",
            "Das CRM braucht einen Nachnamen[ und erhält deshalb „{is}“|].",
            "Tragen Sie den Nachnamen der Person in Xero oder im CRM ein.";
    }
    EmailInvalid = email_invalid(value: Name) {
        severity: Error;
        english:
            "[\"{value}\"|An e-mail address] is not a valid e-mail address.",
            "Xero takes only plain e-mail addresses, without umlauts or spaces.",
            "Correct the e-mail address in the CRM.";
        german:
            "[„{value}“ ist keine gültige E-Mail-Adresse|Eine E-Mail-Adresse ist ungültig].",
            "Xero nimmt nur einfache E-Mail-Adressen ohne Umlaute und Leerzeichen an.",
            "Berichtigen Sie die E-Mail-Adresse im CRM.";
    }
    PeopleWithoutPrimaryEmail = people_without_primary_email(name: Name) {
        severity: Warning; is: TellsOfPeople;
        english:
            "Only the primary person[ of \"{name}\"] is sent to Xero.",
            "Xero takes further people only when the primary person has an e-mail address.",
            "Enter the primary contact's e-mail address in the CRM.";
        german:
            "Nur der Hauptansprechpartner[ von „{name}“] geht nach Xero.",
            "Xero nimmt weitere Personen nur an, wenn der Hauptansprechpartner eine E-Mail-Adresse hat.",
            "Tragen Sie im CRM die E-Mail-Adresse des Hauptansprechpartners ein.";
    }
    PeopleTooMany = people_too_many(name: Name, limit: Word) {
        severity: Warning; is: TellsOfPeople;
        english:
            "[\"{name}\"|This record] has more people than Xero takes.",
            "Xero takes [{limit}|5] people besides the primary one; the others stay in the CRM.",
            "Leave it so, or remove people in the CRM whom Xero need not know.";
        german:
            "[„{name}“|Dieser Datensatz] hat mehr Personen, als Xero annimmt.",
            "Xero nimmt neben dem Hauptansprechpartner [{limit}|5] weitere Personen an. Die übrigen bleiben im CRM.",
            "Lassen Sie es so, oder entfernen Sie im CRM Personen, die Xero nicht zu kennen braucht.";
    }
    ContactsIncomplete = contacts_incomplete(name: Name, count: Word) {
        severity: Warning; is: TellsOfPeople;
        english:
            "Not all contacts of [\"{name}\"|this record] were read.",
            "It has more than [{count}|the CRM gives in a few calls], so nobody knows who is missing. The people \
             whom Xero has stay as they are.",
            "Leave it so, or move contacts in the CRM to records of their own.";
        german:
            "Bei [„{name}“|diesem Datensatz] wurden nicht alle Kontakte gelesen.",
            "Es sind mehr[ als {count}|, als das CRM in wenigen Anfragen liefert]. Deshalb weiß niemand, wer \
             fehlt. Die Personen in Xero bleiben, wie sie sind.",
            "Lassen Sie es so, oder ordnen Sie Kontakte im CRM eigenen Datensätzen zu.";
    }
    ContactArchived = contact_archived(name: Name) {
        severity: Error; place: XeroRecord;
        english:
            "[\"{name}\"|This contact] is archived in Xero.",
            "Xero takes no changes to archived contacts and no new documents for them.",
            "Restore the contact in Xero, then try again.";
        german:
            "[„{name}“|Dieser Kontakt] ist in Xero archiviert.",
            "Xero nimmt für archivierte Kontakte keine Änderungen und keine neuen Belege an.",
            "Stellen Sie den Kontakt in Xero wieder her, und versuchen Sie es dann erneut.";
    }
    ContactMerged = contact_merged(name: Name) {
        severity: Error; place: XeroRecord;
        english:
            "[\"{name}\"|This contact] was merged into another contact in Xero.",
            "The Xero contact that this record was linked with no longer stands for itself.",
            "Link the record with the contact that remained, or restore the old one in Xero.";
        german:
            "[„{name}“|Dieser Kontakt] wurde in Xero mit einem anderen Kontakt zusammengeführt.",
            "Den Xero-Kontakt, mit dem dieser Datensatz verknüpft war, gibt es für sich allein nicht mehr.",
            "Verknüpfen Sie den Datensatz mit dem verbliebenen Kontakt, oder stellen Sie den alten in Xero wieder \
             her.";
    }
    ContactNumberTaken = contact_number_taken(; name: Name) {
        severity: Error; is: IsTaken;
        english:
            "Another contact in Xero is already known as this record.",
            "Its contact code in Xero is the one of [\"{name}\"|this record]; it may be archived or merged.",
            "Restore that contact in Xero, or have its contact code removed there.";
        german:
            "Ein anderer Kontakt in Xero gilt schon als dieser Datensatz.",
            "Er trägt in Xero den Kontaktcode von [„{name}“|diesem Datensatz]. Vielleicht ist er archiviert oder \
             zusammengeführt.",
            "Stellen Sie jenen Kontakt in Xero wieder her, oder lassen Sie dort seinen Kontaktcode entfernen.";
    }
    AccountNumberTaken = account_number_taken(; value: Name, name: Name) {
        severity: Warning;
        english:
            "The account number[ \"{value}\"][ of \"{name}\"] is left out in Xero.",
            "Another contact has it there already, perhaps an archived one, and Xero takes each account number \
             only once.",
            "Give [\"{name}\"|the record] another account number in the CRM, or take it from the other contact in \
             Xero.";
        german:
            "Die Kontonummer[ „{value}“][ von „{name}“] geht nicht nach Xero.",
            "Ein anderer Kontakt hat sie dort schon, vielleicht ein archivierter. Xero nimmt jede Kontonummer nur \
             einmal an.",
            "Geben Sie [„{name}“|dem Datensatz] im CRM eine andere Kontonummer, oder entfernen Sie sie in Xero \
             beim anderen Kontakt.";
    }
    WebsiteInvalid = website_invalid(; value: Name) {
        severity: Error;
        english:
            "[\"{value}\"|The website] is not a valid web address.",
            "Xero takes only complete web addresses.",
            "Correct the website in the CRM.";
        german:
            "[„{value}“|Die Website] ist keine gültige Webadresse.",
            "Xero nimmt nur vollständige Webadressen an.",
            "Berichtigen Sie die Website im CRM.";
    }
    PersonOfAccount = person_of_account(name: Name, party: Name) {
        severity: Warning;
        english:
            "[\"{name}\"|This person] belongs to [\"{party}\"|an account] and goes to Xero with it.",
            "In Xero the people of a company are part of the company's contact.",
            "Sync [\"{party}\"|the account] instead.";
        german:
            "[„{name}“|Diese Person] gehört zu [„{party}“|einer Firma] und geht gemeinsam damit nach Xero.",
            "In Xero gehören die Personen einer Firma zum Kontakt der Firma.",
            "Gleichen Sie stattdessen [„{party}“|die Firma] ab.";
    }
    ContactInDoubt = contact_in_doubt(name: Name, field: Word) {
        severity: Error;
        english:
            "[\"{name}\"|This record] may be somebody else than Xero's contact of that name.",
            "They differ in [{field}|what tells people apart], and nobody has said that they are the same.",
            "Say whether they are the same. If they are not, give this record another name in the CRM: Xero takes \
             each name only once.";
        german:
            "[„{name}“|Dieser Datensatz] ist vielleicht jemand anders als Xeros Kontakt mit diesem Namen.",
            "Beide unterscheiden sich in [diesen Angaben: {field}|Angaben, an denen man Personen erkennt]. Niemand \
             hat bisher gesagt, dass sie zusammengehören.",
            "Sagen Sie, ob es dieselben sind. Wenn nicht, geben Sie diesem Datensatz im CRM einen anderen Namen: \
             Xero nimmt jeden Namen nur einmal an.";
    }
    PartyGone = party_gone(party: Name, name: Name) {
        severity: Error;
        english:
            "[\"{party}\"|The customer or supplier] is no longer in Xero.",
            "[\"{name}\"|This document] is for a contact that Xero does not have any more.",
            "Send [\"{party}\"|that contact] to Xero anew, or link it with another contact there; then try again.";
        german:
            "[„{party}“|Der Kunde oder Lieferant] ist nicht mehr in Xero.",
            "[„{name}“|Dieser Beleg] gilt für einen Kontakt, den Xero nicht mehr hat.",
            "Senden Sie [„{party}“|diesen Kontakt] neu an Xero, oder wählen Sie für die Verknüpfung dort einen \
             anderen Kontakt. Versuchen Sie es dann erneut.";
    }

    // Products.
    ItemTracked = item_tracked(name: Name) {
        severity: Warning;
        english:
            "Xero keeps stock of [\"{name}\"|this item].",
            "Its purchase account belongs to Xero's stock keeping and is never changed from here.",
            "Change the account in Xero if it should be another one.";
        german:
            "Xero führt den Bestand von [„{name}“|diesem Artikel].",
            "Das Einkaufskonto gehört zu Xeros Bestandsführung und wird von hier aus nie geändert.",
            "Ändern Sie das Konto in Xero, wenn es ein anderes sein soll.";
    }
    ProductWithoutCode = product_without_code(name: Name) {
        severity: Warning; settled: Products; is: BySettings;
        english:
            "[\"{name}\"|This product] has no product code.",
            "Xero knows items by their code; without one it is a service, and its lines go with text and account \
             only.",
            "Enter a product code in the CRM if it should be an item in Xero.";
        german:
            "[„{name}“|Dieses Produkt] hat keinen Produktcode.",
            "Xero kennt Artikel an ihrem Code. Ohne Code ist es eine Dienstleistung, und ihre Positionen gehen nur \
             mit Text und Konto.",
            "Tragen Sie im CRM einen Produktcode ein, wenn es in Xero ein Artikel sein soll.";
    }
    ProductCodeTaken = product_code_taken(; value: Name, name: Name) {
        severity: Error; is: IsTaken;
        english:
            "Xero already has an item with the code [\"{value}\"|of this product].",
            "Each code belongs to one item in Xero, and this one is linked with another product.",
            "Give [\"{name}\"|the product] another code in the CRM.";
        german:
            "Xero hat schon einen Artikel mit dem Code [„{value}“|dieses Produkts].",
            "Jeder Code gehört in Xero zu einem einzigen Artikel, und dieser ist mit einem anderen Produkt \
             verknüpft.",
            "Geben Sie [„{name}“|dem Produkt] im CRM einen anderen Code.";
    }
    ProductInactive = product_inactive(name: Name) {
        severity: Warning;
        english:
            "[\"{name}\"|This product] is inactive in the CRM.",
            "Inactive products are not sent, and what Xero has of them stays as it is.",
            "Activate the product in the CRM if it should be synced.";
        german:
            "[„{name}“|Dieses Produkt] ist im CRM inaktiv.",
            "Inaktive Produkte werden nicht gesendet, und was Xero davon hat, bleibt, wie es ist.",
            "Aktivieren Sie das Produkt im CRM, wenn es abgeglichen werden soll.";
    }
    ItemCodeUnknown = item_code_unknown(value: Name) {
        severity: Error; is: BlamesLines;
        english:
            "Xero does not know the item code[ \"{value}\"].",
            "The item was deleted in Xero, or its code was changed there.",
            "Sync the product again, then this record.";
        german:
            "Xero kennt den Artikelcode[ „{value}“] nicht.",
            "Jemand hat den Artikel in Xero gelöscht oder seinen Code dort geändert.",
            "Gleichen Sie das Produkt erneut ab, danach diesen Datensatz.";
    }
    ItemNotOffered = item_not_offered(; value: Name, is: Name, was: Name, line: Word) {
        severity: Error; is: BlamesLines;
        english:
            "Xero does not let the item[ \"{value}\"] be [{is}|used here].",
            "It is not marked as [{was}|one] in Xero[: line {line}|].",
            "Tick it on the item in Xero, or choose another product on [line {line}|the line].";
        german:
            "Xero lässt den Artikel[ „{value}“] hier nicht zu.",
            "In Xero fehlt beim Artikel das Häkchen dafür[: Position {line}|].",
            "Setzen Sie es in Xero beim Artikel, oder wählen Sie [in Position {line}|in der Position] ein anderes \
             Produkt.";
    }
    ProductNameShortened = product_name_shortened(was: Name, is: Name, limit: Word) {
        severity: Warning;
        english:
            "The product's name is shortened for Xero[: \"{was}\" becomes \"{is}\"|].",
            "Xero takes [{limit}|50] characters for an item's name.",
            "Shorten the name in the CRM if it should read otherwise.";
        german:
            "Der Name des Produkts wird für Xero gekürzt[: „{was}“ wird zu „{is}“|].",
            "Xero nimmt für den Namen eines Artikels [{limit}|50] Zeichen an.",
            "Kürzen Sie den Namen im CRM, wenn er anders lauten soll.";
    }

    // Documents.
    PartyMissing = party_missing(name: Name) {
        severity: Error;
        english:
            "[\"{name}\"|This document] has no customer or supplier.",
            "Xero needs to know whom the document is for.",
            "Choose the account, contact or vendor in the CRM.";
        german:
            "[„{name}“|Dieser Beleg] hat keinen Kunden oder Lieferanten.",
            "Xero muss wissen, für wen der Beleg ist.",
            "Wählen Sie im CRM die Firma, den Kontakt oder den Lieferanten.";
    }
    PartyNotSynced = party_not_synced(party: Name; system: Word) {
        severity: Error; is: Unseen;
        english:
            "[\"{party}\"|The customer or supplier] is not in [{system}|Xero] yet.",
            "The document can't be sent before [\"{party}\"|its customer or supplier] is there.",
            "Solve the problem of [\"{party}\"|the customer or supplier] first, then try again.";
        german:
            "Noch kennt [{system}|Xero] [„{party}“|den Kunden oder Lieferanten] nicht.",
            "Der Beleg kann erst gesendet werden, wenn [„{party}“|sein Kunde oder Lieferant] dort ist.",
            "Lösen Sie zuerst das Problem bei [„{party}“|diesem Kunden oder Lieferanten], und versuchen Sie es \
             dann erneut.";
    }
    ProductNotSynced = product_not_synced(product: Name) {
        severity: Error; is: Unseen;
        english:
            "The product[ \"{product}\"] is not in Xero yet.",
            "The document can't be sent before its products are there.",
            "Solve the product's problem first, then try again.";
        german:
            "Das Produkt[ „{product}“] ist noch nicht in Xero.",
            "Der Beleg kann erst gesendet werden, wenn seine Produkte dort sind.",
            "Lösen Sie zuerst das Problem beim Produkt, und versuchen Sie es dann erneut.";
    }
    LinesMissing = lines_missing(name: Name) {
        severity: Error; is: BlamesLines;
        english:
            "[\"{name}\"|This document] has no lines.",
            "Xero needs at least one line.",
            "Add a line in the CRM.";
        german:
            "[„{name}“|Dieser Beleg] hat keine Positionen.",
            "Xero braucht mindestens eine Position.",
            "Fügen Sie im CRM eine Position hinzu.";
    }
    LinesTooMany = lines_too_many(name: Name, count: Word, limit: Word; total: Word) {
        severity: Error;
        english:
            "[\"{name}\"|This document] has [{count}|too many] lines in Xero.",
            "The CRM takes at most [{limit}|200] lines on a document[; it would have {total}|].",
            "Join lines in Xero, or split the document there.";
        german:
            "[„{name}“|Dieser Beleg] hat in Xero [{count}|zu viele] Positionen.",
            "Das CRM nimmt höchstens [{limit}|200] Positionen je Beleg an[; es wären {total}|].",
            "Fassen Sie Positionen in Xero zusammen, oder teilen Sie den Beleg dort auf.";
    }
    LineProductMissing = line_product_missing(line: Word; product: Name, account: Word) {
        severity: Error; is: BlamesLines;
        english:
            "[Line {line} of Xero's document has the item {product}, which is no product in the CRM|Line {line} of \
             Xero's document ({account}) has no product in the CRM|Line {line} points to a product that the CRM \
             does not show|A line points to a product that the CRM does not show].",
            "[The item {product} has not come to the CRM|Lines in the CRM need a product, and none stands for \
             lines without an item code on {account} yet|The product was deleted, or the signed-in user may not \
             see it].",
            "[Sync the item {product} to the CRM, then the document again|Choose in the settings the product that \
             stands for lines on {account}|Choose the line's product again in the CRM].";
        german:
            "[Position {line} des Xero-Belegs hat den Artikel {product}, und er ist kein Produkt im CRM|Position \
             {line} des Xero-Belegs ({account}) hat kein Produkt im CRM|Position {line} verweist auf ein Produkt, \
             das im CRM nicht zu sehen ist|Eine Position verweist auf ein Produkt, das im CRM nicht zu sehen ist].",
            "[Der Artikel {product} ist noch nicht im CRM|Positionen im CRM brauchen ein Produkt, und für \
             Positionen ohne Artikelcode ({account}) ist noch keines gewählt|Jemand hat das Produkt gelöscht, oder \
             der angemeldete Benutzer darf es nicht sehen].",
            "[Gleichen Sie den Artikel {product} ins CRM ab, danach den Beleg|Wählen Sie in den Einstellungen das \
             Produkt für solche Positionen ({account})|Wählen Sie im CRM das Produkt der Position neu].";
    }
    LineProductGone = line_product_gone(; product: Name, line: Word) {
        severity: Error; is: BlamesLines;
        english:
            "The product[ \"{product}\"] of [line {line}|a line] is not in the CRM any more.",
            "It was deleted there, or the signed-in user may not see it; a line goes to Xero with its product's \
             item.",
            "Choose another product on [line {line}|the line] in the CRM, or restore the old one there.";
        german:
            "Das Produkt[ „{product}“] [in Position {line}|in einer Position] ist nicht mehr im CRM.",
            "Jemand hat es dort gelöscht, oder der angemeldete Benutzer darf es nicht sehen. Eine Position geht \
             mit dem Artikel ihres Produkts nach Xero.",
            "Wählen Sie im CRM [in Position {line}|in der Position] ein anderes Produkt, oder stellen Sie dort das \
             alte wieder her.";
    }
    TextLineLeftOut = text_line_left_out(line: Word, value: Name) {
        severity: Warning;
        english:
            "[Line {line} of Xero's document|A line of Xero's document] stays in Xero only[: \"{value}\"|].",
            "It is text without an amount, and a line in the CRM needs a product.",
            "Nothing needs to be done; put the text on another line in Xero if the CRM should have it.";
        german:
            "[Position {line} des Xero-Belegs|Eine Position des Xero-Belegs] bleibt nur in Xero[: „{value}“|].",
            "Sie ist Text ohne Betrag, und im CRM braucht eine Position ein Produkt.",
            "Lassen Sie es so. Soll der Text ins CRM, setzen Sie ihn in Xero zu einer anderen Position.";
    }
    StatusUnmapped = status_unmapped(status: Name; name: Name) {
        severity: Error; settled: Statuses; is: NewLists, BySettings;
        english:
            "The status[ \"{status}\"] has no meaning for Xero yet.",
            "Nobody has chosen what it stands for, so [\"{name}\"|this document] is left alone.",
            "Choose what [\"{status}\"|the status] means in Xero.";
        german:
            "Der Status[ „{status}“] hat für Xero noch keine Bedeutung.",
            "Niemand hat gewählt, wofür er steht. Deshalb wird [„{name}“|dieser Beleg] ausgelassen.",
            "Wählen Sie, was [„{status}“|der Status] in Xero bedeutet.";
    }
    StatusLeftAlone = status_left_alone(name: Name, status: Name) {
        severity: Warning; settled: Statuses; is: BySettings;
        english:
            "[\"{name}\"|This document] is left alone on purpose.",
            "[Documents with the status \"{status}\"|Documents with its status] are not sent to Xero.",
            "Change the document's status in the CRM if it should be sent.";
        german:
            "[„{name}“|Dieser Beleg] wird absichtlich ausgelassen.",
            "[Belege mit dem Status „{status}“|Belege mit diesem Status] werden nicht an Xero gesendet.",
            "Ändern Sie den Status des Belegs im CRM, wenn er gesendet werden soll.";
    }
    StatusBlank = status_blank(; name: Name) {
        severity: Error;
        english:
            "[\"{name}\"|This document] has no status.",
            "Its status decides whether it becomes a draft or an approved document in Xero, so it is left alone.",
            "Choose a status in the CRM.";
        german:
            "[„{name}“|Dieser Beleg] hat keinen Status.",
            "Der Status entscheidet, ob daraus in Xero ein Entwurf oder ein freigegebener Beleg wird. Deshalb wird \
             der Beleg ausgelassen.",
            "Wählen Sie im CRM einen Status.";
    }
    VoidNotAllowed = void_not_allowed(name: Name) {
        severity: Error; settled: Documents; is: BySettings;
        english:
            "[\"{name}\"|This document] is cancelled in the CRM but not in Xero.",
            "Cancelling in the CRM does not void or delete anything in Xero unless an administrator allows it.",
            "Void or delete it in Xero, or allow it for cancelled documents.";
        german:
            "[„{name}“|Dieser Beleg] ist im CRM storniert, in Xero aber nicht.",
            "Eine Stornierung im CRM storniert oder löscht in Xero nichts, solange ein Administrator es nicht \
             erlaubt.",
            "Stornieren oder löschen Sie ihn in Xero, oder erlauben Sie es für stornierte Belege.";
    }
    NumberMissing = number_missing(name: Name) {
        severity: Error; settled: Documents;
        english:
            "[\"{name}\"|This document] has no number.",
            "The CRM's number becomes the number in Xero.",
            "Enter a number in the CRM, or let Xero number the documents.";
        german:
            "[„{name}“|Dieser Beleg] hat keine Nummer.",
            "Die Nummer aus dem CRM wird zur Nummer in Xero.",
            "Tragen Sie im CRM eine Nummer ein, oder lassen Sie Xero die Belege nummerieren.";
    }
    NumberTaken = number_taken(; number: Name) {
        severity: Error; settled: Documents; is: IsTaken;
        english:
            "Xero already has another document with the number[ {number}| of this one].",
            "Xero takes each number only once, and this one belongs to a document of its own.",
            "Change the number in the CRM, or set a prefix for numbers that go to Xero.";
        german:
            "Xero hat schon einen anderen Beleg mit [der Nummer {number}|dieser Nummer].",
            "Xero nimmt jede Nummer nur einmal an, und diese gehört zu einem eigenständigen Beleg.",
            "Ändern Sie die Nummer im CRM, oder legen Sie ein Präfix für Nummern fest, die nach Xero gehen.";
    }
    NumberBurnt = number_burnt(; number: Name) {
        severity: Error; is: IsTaken;
        english:
            "The number[ {number}] is used up in Xero.",
            "It belongs to a voided or deleted document, and Xero does not give such numbers away again.",
            "Give the document another number in the CRM.";
        german:
            "Die Nummer[ {number}] ist in Xero verbraucht.",
            "Sie gehört zu einem stornierten oder gelöschten Beleg, und Xero vergibt solche Nummern nicht noch \
             einmal.",
            "Geben Sie dem Beleg im CRM eine andere Nummer.";
    }
    TaxUnmapped = tax_unmapped(tax: Name) {
        severity: Error; settled: Taxes; is: NewLists, BlamesLines;
        english:
            "The tax[ \"{tax}\"] has no partner in Xero.",
            "No Xero tax rate has been chosen for it.",
            "Choose Xero's tax rate for [\"{tax}\"|the tax].";
        german:
            "Die Steuer[ „{tax}“] hat in Xero kein Gegenstück.",
            "Dafür ist noch kein Steuersatz in Xero gewählt.",
            "Wählen Sie den Xero-Steuersatz für [„{tax}“|die Steuer].";
    }
    TaxSeveral = tax_several(tax: Name) {
        severity: Error; settled: Taxes; is: BlamesLines;
        english:
            "A line has several taxes at once[: {tax}|].",
            "A line in Xero has exactly one tax rate.",
            "Choose one Xero tax rate for [\"{tax}\"|the combination], or leave one tax on the line.";
        german:
            "Eine Position hat mehrere Steuern zugleich[: {tax}|].",
            "Eine Position in Xero hat genau einen Steuersatz.",
            "Wählen Sie einen einzigen Xero-Steuersatz für [„{tax}“|die Kombination], oder lassen Sie nur eine \
             Steuer in der Position.";
    }
    TaxBothModes = tax_both_modes(name: Name) {
        severity: Error; is: BlamesLines;
        english:
            "[\"{name}\"|This document] is taxed twice: on its lines and on its total.",
            "Both kinds of tax are on the document, and it can't be known which one is meant.",
            "Remove one of the two in the CRM.";
        german:
            "[„{name}“|Dieser Beleg] ist doppelt besteuert: in den Positionen und im Gesamtbetrag.",
            "Beide Arten von Steuer stehen auf dem Beleg, und welche gemeint ist, lässt sich nicht erkennen.",
            "Entfernen Sie eine von beiden im CRM.";
    }
    TaxRateDiffers = tax_rate_differs(tax: Name, is: Name, value: Name, percentage: Word) {
        severity: Error; settled: Taxes;
        english:
            "[The tax \"{tax}\"|A tax] would go to Xero at [{is} %|another percentage].",
            "[Xero's rate \"{value}\" was chosen for it|Xero's rate was chosen for it], and the CRM counts \
             [{percentage} %|otherwise].",
            "Choose Xero's tax rate for [\"{tax}\"|this percentage], or correct the tax in the CRM.";
        german:
            "[Die Steuer „{tax}“|Eine Steuer] ginge mit [{is} %|einem anderen Prozentsatz] nach Xero.",
            "[Dafür ist der Xero-Steuersatz „{value}“ gewählt|Dafür ist ein Xero-Steuersatz gewählt], und das CRM \
             rechnet [mit {percentage} %|anders].",
            "Wählen Sie den Xero-Steuersatz für [„{tax}“|diesen Prozentsatz], oder berichtigen Sie die Steuer im \
             CRM.";
    }
    UntaxedUnchosen = untaxed_unchosen(value: Name, module: Word) {
        severity: Warning; settled: Taxes;
        english:
            "A line without tax goes to Xero as [\"{value}\"|one of its rates of 0 %].",
            "Nobody has chosen what lines without tax are on [{module}|such documents], and Xero's rates of 0 % \
             differ in what the tax return says.",
            "Choose Xero's tax rate for lines without tax. What is in Xero already keeps its own.";
        german:
            "Eine Position ohne Steuer geht als [„{value}“|einer von Xeros Steuersätzen mit 0 %] nach Xero.",
            "Niemand hat gewählt, was Positionen ohne Steuer auf [{module}|solchen Belegen] sind, und Xeros \
             Steuersätze mit 0 % stehen in der Steuermeldung für Verschiedenes.",
            "Wählen Sie den Xero-Steuersatz für Positionen ohne Steuer. Was schon in Xero ist, behält seinen.";
    }
    TaxInclusiveWithPercentage = tax_inclusive_with_percentage(line: Word, tax: Name) {
        severity: Error; settled: Documents; is: BlamesLines;
        english:
            "[Line {line}|A line] adds tax[ \"{tax}\"] to a price that already contains it.",
            "Prices go to Xero as including tax, and the CRM would put its tax on top.",
            "Remove the tax from the line in the CRM, or send prices as excluding tax.";
        german:
            "[Bei Position {line}|Bei einer Position] kommt die Steuer[ „{tax}“] zu einem Preis hinzu, der sie \
             schon enthält.",
            "Preise gehen einschließlich Steuer nach Xero, und das CRM würde seine Steuer noch aufschlagen.",
            "Entfernen Sie im CRM die Steuer aus der Position, oder senden Sie Preise zuzüglich Steuer.";
    }
    TaxRateGone = tax_rate_gone(tax: Name, value: Name) {
        severity: Error; place: XeroTaxRates; settled: Taxes; is: NewLists, BlamesLines;
        english:
            "Xero no longer has the tax rate that was chosen for [\"{tax}\"|this tax].",
            "The rate[ \"{value}\"] was archived or deleted in Xero.",
            "Choose another Xero tax rate for [\"{tax}\"|the tax].";
        german:
            "Den Steuersatz, der für [„{tax}“|diese Steuer] gewählt war, hat Xero nicht mehr.",
            "Jemand hat den Steuersatz[ „{value}“] in Xero archiviert oder gelöscht.",
            "Wählen Sie einen anderen Xero-Steuersatz für [„{tax}“|die Steuer].";
    }
    TaxTypeWrongSide = tax_type_wrong_side(value: Name, tax: Name; module: Word) {
        severity: Error; place: XeroTaxRates; settled: Taxes; is: NewLists, BlamesLines;
        english:
            "The Xero tax rate[ \"{value}\"] does not fit this document.",
            "[The rate that was chosen for \"{tax}\"|The rate] can't be used on [{module}|this kind of document].",
            "Choose a Xero tax rate for [\"{tax}\"|the tax] that fits.";
        german:
            "Der Xero-Steuersatz[ „{value}“] passt nicht zu diesem Beleg.",
            "[Der Steuersatz, der für „{tax}“ gewählt ist,|Der Steuersatz] gilt nicht für diese Art von Beleg[ \
             ({module})|].",
            "Wählen Sie für [„{tax}“|die Steuer] einen Xero-Steuersatz, der passt.";
    }
    TaxTypeNotWithAccount = tax_type_not_with_account(value: Name, account: Name) {
        severity: Error; place: XeroAccounts; settled: Taxes; is: BlamesLines;
        english:
            "The Xero tax rate[ \"{value}\"] can't be used with the account[ {account}].",
            "Xero allows only some tax rates on each account.",
            "Choose another account or another tax rate for these lines.";
        german:
            "Der Xero-Steuersatz[ „{value}“] lässt sich mit dem Konto[ {account}] nicht verwenden.",
            "Xero lässt für jedes Konto nur bestimmte Steuersätze zu.",
            "Wählen Sie für diese Positionen ein anderes Konto oder einen anderen Steuersatz.";
    }
    AccountUnmapped = account_unmapped() {
        severity: Error; place: XeroAccounts; settled: Accounts; is: NewLists, BlamesLines;
        english:
            "No Xero account is chosen for these lines.",
            "Every line needs an account, and the organisation has none that fits by itself.",
            "Choose the Xero account.";
        german:
            "Für diese Positionen ist kein Xero-Konto gewählt.",
            "Jede Position braucht ein Konto, und keines der Organisation passt von selbst.",
            "Wählen Sie das Xero-Konto.";
    }
    AccountArchived = account_archived(account: Name) {
        severity: Error; place: XeroAccounts; settled: Accounts; is: NewLists, BlamesLines;
        english:
            "The Xero account[ {account}] is archived.",
            "Documents can't use archived or deleted accounts.",
            "Choose another account, or restore it in Xero.";
        german:
            "Das Xero-Konto[ {account}] ist archiviert.",
            "Belege können archivierte oder gelöschte Konten nicht verwenden.",
            "Wählen Sie ein anderes Konto, oder stellen Sie es in Xero wieder her.";
    }
    AccountInvalid = account_invalid(account: Name) {
        severity: Error; place: XeroAccounts; settled: Accounts; is: NewLists, BlamesLines;
        english:
            "The Xero account[ {account}] can't be used here.",
            "Xero does not have it, keeps it for itself, or it is of the wrong type for this document.",
            "Choose another account.";
        german:
            "Das Xero-Konto[ {account}] lässt sich hier nicht verwenden.",
            "Xero hat es nicht oder behält es sich selbst vor, oder seine Art passt nicht zu diesem Beleg.",
            "Wählen Sie ein anderes Konto.";
    }
    CurrencyNotSubscribed = currency_not_subscribed(currency: Name) {
        severity: Error; place: XeroCurrencies; is: NewLists;
        english:
            "Xero does not use the currency[ {currency}| of this document] yet.",
            "The currency was not added to the Xero organisation, or its plan has only one.",
            "Add [{currency}|the currency] in Xero.";
        german:
            "Xero verwendet die Währung[ {currency}| dieses Belegs] noch nicht.",
            "In der Xero-Organisation fehlt die Währung, oder der Xero-Tarif kennt nur eine.",
            "Fügen Sie [{currency}|die Währung] in Xero hinzu.";
    }
    ExchangeRateFar = exchange_rate_far(was: Name, currency: Name, is: Name, organisation: Name) {
        severity: Error; settled: Documents;
        english:
            "The CRM's exchange rate[ of {was}][ for {currency}] is far from the last one[, {is}|].",
            "Xero's newest document in this currency counts [{is} {currency} for 1 {organisation}|otherwise], the \
             CRM [{was}|much more or less].",
            "Correct the exchange rate in the CRM, or say whose rate counts.";
        german:
            "Der Wechselkurs des CRM[ von {was}][ für {currency}] liegt weit neben dem letzten[ ({is})|].",
            "Xeros neuester Beleg in dieser Währung rechnet [mit {is} {currency} für 1 {organisation}|anders], das \
             CRM [mit {was}|mit viel mehr oder weniger].",
            "Berichtigen Sie den Wechselkurs im CRM, oder sagen Sie, welcher Kurs gilt.";
    }
    TotalDiffersByCents = total_differs_by_cents(; crm_makes: Word, xero_has: Word, crm_total: Word, xero_total: Word, difference: Word) {
        severity: Warning; settled: Documents;
        english:
            "[CRM total {crm_makes}, Xero total {xero_has}|CRM total {crm_total}, Xero will make \
             {xero_total}|Xero's total differs from the CRM's by cents].",
            "Xero rounds tax line by line, the CRM does not always[; the difference is {difference}|].",
            "[Xero's total of {xero_has} counts, so leave it so|Add a rounding line, or leave it so].";
        german:
            "[Gesamtbetrag im CRM {crm_makes}, in Xero {xero_has}|Gesamtbetrag im CRM {crm_total}, in Xero werden \
             es {xero_total}|Die Gesamtbeträge in Xero und im CRM unterscheiden sich um Cent-Beträge].",
            "Xero rundet die Steuer Position für Position, das CRM nicht immer[; der Unterschied beträgt \
             {difference}|].",
            "[Lassen Sie es so: Es gilt der Gesamtbetrag aus Xero, {xero_has}|Fügen Sie eine Rundungsposition \
             hinzu, oder lassen Sie es so].";
    }
    TotalDiffers = total_differs(; crm_makes: Word, xero_has: Word, crm_total: Word, xero_total: Word, difference: Word) {
        severity: Error;
        english:
            "[CRM total {crm_makes}, Xero total {xero_has}|CRM total {crm_total}, Xero would make \
             {xero_total}|Xero's total would differ from the CRM's].",
            "[The difference of {difference}|The difference] is more than rounding.",
            "Check taxes, discounts and prices of the lines.";
        german:
            "[Gesamtbetrag im CRM {crm_makes}, in Xero {xero_has}|Gesamtbetrag im CRM {crm_total}, in Xero wären \
             es {xero_total}|Der Gesamtbetrag in Xero wäre ein anderer als im CRM].",
            "[Der Unterschied von {difference}|Der Unterschied] ist mehr als eine Rundung.",
            "Prüfen Sie Steuern, Rabatte und Preise der Positionen.";
    }
    TotalNegative = total_negative(name: Name, total: Word, kind: Word) {
        severity: Error;
        english:
            "The total of [\"{name}\"|this document] would be below zero in Xero[: {total}|].",
            "Xero takes no [{kind}|document] whose total is below zero.",
            "Correct the adjustment, discounts or prices in the CRM; for money that goes back, make a credit note \
             in Xero.";
        german:
            "Der Gesamtbetrag von [„{name}“|diesem Beleg] läge in Xero unter null[: {total}|].",
            "Xero nimmt keinen Beleg[ der Art „{kind}“|] an, dessen Gesamtbetrag unter null liegt.",
            "Berichtigen Sie im CRM die Anpassung, Rabatte oder Preise. Soll Geld zurückgehen, legen Sie in Xero \
             eine Gutschrift an.";
    }
    DiscountInvalid = discount_invalid(value: Name; line: Word) {
        severity: Error; is: BlamesLines;
        english:
            "The discount[ on line {line}][ ({value})] can't be sent.",
            "Xero takes discounts from 0 to 100 per cent of a line, and none on negative prices.",
            "Correct the discount in the CRM.";
        german:
            "Der Rabatt[ in Position {line}][ ({value})] lässt sich nicht senden.",
            "Xero nimmt Rabatte von 0 bis 100 Prozent einer Position an, und keine auf negative Preise.",
            "Berichtigen Sie den Rabatt im CRM.";
    }
    DocumentLocked = document_locked(name: Name, status: Word) {
        severity: Error; place: XeroRecord;
        english:
            "Xero takes no changes to [\"{name}\"|this document].",
            "Its state in Xero[, {status},|] does not allow it.",
            "Open the document in Xero to see why.";
        german:
            "Xero lässt bei [„{name}“|diesem Beleg] keine Änderungen zu.",
            "Sein Zustand in Xero[ ({status})|] erlaubt es nicht.",
            "Öffnen Sie den Beleg in Xero, um den Grund zu sehen.";
    }
    DocumentPaid = document_paid(name: Name, field: Word; zero: Word) {
        severity: Warning; place: XeroRecord;
        english:
            "[\"{name}\"|This document] [has a total of {zero}, which Xero counts as paid|has payments or credits \
             in Xero].",
            "Xero then takes only a few changes, and its values count[. Not sent: {field}|].",
            "[Void the document over {zero} in Xero and make a new one if more has to change|Remove the payment or \
             credit in Xero first if more has to change].";
        german:
            "[„{name}“|Dieser Beleg] [hat einen Gesamtbetrag von {zero}, und das gilt in Xero als bezahlt|hat in \
             Xero Zahlungen oder Gutschriften].",
            "Xero lässt dann nur wenige Änderungen zu, und Xeros Werte gelten[. Nicht gesendet: {field}|].",
            "[Stornieren Sie den Beleg über {zero} in Xero, und legen Sie einen neuen an, wenn sich mehr ändern \
             muss|Entfernen Sie in Xero zuerst die Zahlung oder Gutschrift, wenn sich mehr ändern muss].";
    }
    DocumentApproved = document_approved(name: Name, field: Word) {
        severity: Warning; settled: Documents;
        english:
            "[\"{name}\"|This document] is approved in Xero, so Xero's values count.",
            "By the settings, the CRM's edits of approved documents are not sent[. Not sent: {field}|].",
            "Change it in Xero, or let the CRM's edits through.";
        german:
            "[„{name}“|Dieser Beleg] ist in Xero freigegeben. Deshalb gelten Xeros Werte.",
            "Nach den Einstellungen gehen Änderungen aus dem CRM an freigegebenen Belegen nicht nach Xero[. Nicht \
             gesendet: {field}|].",
            "Ändern Sie ihn in Xero, oder lassen Sie die Änderungen aus dem CRM zu.";
    }
    DocumentVoided = document_voided(name: Name, field: Word) {
        severity: Warning; place: XeroRecord;
        english:
            "[\"{name}\"|This document] is voided or deleted in Xero.",
            "Xero takes no changes to it any more[. Not sent: {field}|].",
            "Make a new document in the CRM if it is still needed.";
        german:
            "[„{name}“|Dieser Beleg] ist in Xero storniert oder gelöscht.",
            "Xero nimmt daran keine Änderungen mehr an[. Nicht gesendet: {field}|].",
            "Legen Sie im CRM einen neuen Beleg an, wenn Sie ihn noch brauchen.";
    }
    PeriodLocked = period_locked(date: Word, lock: Word) {
        severity: Error; place: XeroLockDates; is: NewLists;
        english:
            "The period[ of {date}] is locked in Xero.",
            "Nothing can be written there on or before [{lock}|the lock date].",
            "Change the document's date, or ask the bookkeeper to move the lock date.";
        german:
            "Der Zeitraum[ mit dem Datum {date}] ist in Xero gesperrt.",
            "Bis [{lock}|zum Sperrdatum] einschließlich lässt sich dort nichts buchen.",
            "Ändern Sie das Datum des Belegs, oder bitten Sie die Buchhaltung, das Sperrdatum zu verschieben.";
    }
    PlanLimit = plan_limit() {
        severity: Error; place: XeroSubscription;
        english:
            "Xero approves no more documents this month.",
            "The organisation's Xero plan limits how many invoices and bills can be approved.",
            "Upgrade the Xero plan, or send the document as a draft.";
        german:
            "Xero gibt in diesem Monat keine Belege mehr frei.",
            "Der Xero-Tarif der Organisation begrenzt, wie viele Rechnungen und Eingangsrechnungen freigegeben \
             werden können.",
            "Wechseln Sie in einen größeren Xero-Tarif, oder senden Sie den Beleg als Entwurf.";
    }
    PaymentTooLarge = payment_too_large(; value: Name) {
        severity: Error; place: XeroRecord;
        english:
            "The payment[ of {value}] is larger than what is due.",
            "Xero takes at most the amount that is still due.",
            "Refresh the document: it may be paid already.";
        german:
            "Die Zahlung[ von {value}] ist höher als der offene Betrag.",
            "Xero nimmt höchstens den Betrag an, der noch offen ist.",
            "Aktualisieren Sie den Beleg: Vielleicht ist er schon bezahlt.";
    }
    PaymentNotAllowed = payment_not_allowed(; name: Name) {
        severity: Error; place: XeroRecord;
        english:
            "Xero takes no payment for [\"{name}\"|this document].",
            "Payments need an approved document and an account that may take them.",
            "Approve the document in Xero, or choose another account for payments.";
        german:
            "Xero nimmt für [„{name}“|diesen Beleg] keine Zahlung an.",
            "Zahlungen brauchen einen freigegebenen Beleg und ein Konto, das sie annehmen darf.",
            "Geben Sie den Beleg in Xero frei, oder wählen Sie ein anderes Konto für Zahlungen.";
    }
    DateInvalid = date_invalid(field: Word, value: Name) {
        severity: Error;
        english:
            "[{field}|A date] is not valid[: {value}].",
            "Xero can't read it, or it is out of Xero's range.",
            "Correct the date in the CRM.";
        german:
            "[„{field}“|Ein Datum] ist ungültig[: {value}].",
            "Xero kann das Datum nicht lesen, oder es liegt außerhalb dessen, was Xero annimmt.",
            "Berichtigen Sie das Datum im CRM.";
    }
    DocumentInDoubt = document_in_doubt(name: Name, number: Name, reason: Word) {
        severity: Error;
        english:
            "[\"{name}\"|This document] may be one that Xero has already.",
            "Xero has a document with the number[ {number}] for the same contact, and it does not fit in all.[ \
             {reason}]",
            "Say whether it is the same document.";
        german:
            "[„{name}“|Dieser Beleg] ist vielleicht einer, den Xero schon hat.",
            "Xero hat für denselben Kontakt einen Beleg mit [der Nummer {number}|dieser Nummer], und nicht alles \
             passt.[ {reason}]",
            "Sagen Sie, ob es derselbe Beleg ist.";
    }
    DocumentDiffers = document_differs(name: Name, field: Word) {
        severity: Error;
        english:
            "[\"{name}\"|This document] is in Xero already, and not quite the same.",
            "Somebody has entered it there: number, contact, total and time fit, but [{field}|not everything] is \
             the same.",
            "Say whose values count. Until then neither side is changed.";
        german:
            "[„{name}“|Dieser Beleg] ist schon in Xero, aber nicht ganz gleich.",
            "Jemand hat ihn dort eingegeben: Nummer, Kontakt, Gesamtbetrag und Zeit passen, aber [hierin \
             unterscheiden sich beide: {field}|nicht alles ist gleich].",
            "Sagen Sie, wessen Werte gelten. Bis dahin ändert sich auf keiner Seite etwas.";
    }
    BillNumberAgain = bill_number_again(; number: Name) {
        severity: Warning;
        english:
            "Xero has another bill with the number[ {number}| of this one] from this supplier.",
            "It belongs to another record of the CRM. Suppliers use numbers again, and Xero takes them.",
            "Check whether the bill was entered twice.";
        german:
            "Xero hat von diesem Lieferanten eine weitere Eingangsrechnung mit [der Nummer {number}|dieser Nummer].",
            "Sie gehört zu einem anderen Datensatz im CRM. Lieferanten vergeben Nummern mehrfach, und Xero nimmt \
             sie an.",
            "Prüfen Sie, ob jemand die Rechnung doppelt erfasst hat.";
    }

    // Fitting.
    ValueShortened = value_shortened(field: Word, was: Name, is: Name; system: Word, crm_limit: Word, limit: Word, source: Word) {
        severity: Warning;
        english:
            "[{field}|A value] is shortened for [{system}|Xero][: \"{was}\" becomes \"{is}\"|].",
            "[The CRM takes at most {crm_limit} characters|Xero takes at most {limit} characters|Xero takes less \
             text] there.",
            "Shorten it in [{source}|the CRM] if it should read otherwise.";
        german:
            "[„{field}“|Ein Wert] wird für [{system}|Xero] gekürzt[: „{was}“ wird zu „{is}“|].",
            "[Das CRM nimmt dort höchstens {crm_limit} Zeichen an|Xero nimmt dort höchstens {limit} Zeichen \
             an|Xero nimmt dort weniger Text an].",
            "Kürzen Sie den Wert [in {source}|im CRM], wenn er anders lauten soll.";
    }
    ValueAdjusted = value_adjusted(field: Word; left_out: Word, system: Word, was: Name, is: Name, crm_takes: Word, limit: Word, source: Word) {
        severity: Warning;
        english:
            "[{field} \"{left_out}\" is left out|{field} is adjusted for {system}|{field} is adjusted for Xero|A \
             value is adjusted for Xero][: \"{was}\" becomes \"{is}\"|].",
            "[The CRM takes {crm_takes} there|Xero does not take it as it is in the CRM ({limit})|Xero does not \
             take it as it is in the CRM].",
            "Change it in [{source}|the CRM] if it should read otherwise.";
        german:
            "[Bei „{field}“ fällt „{left_out}“ weg|„{field}“ wird für {system} angepasst|„{field}“ wird für Xero \
             angepasst|Ein Wert wird für Xero angepasst][: „{was}“ wird zu „{is}“|].",
            "[Das CRM nimmt dort {crm_takes} an|Xero nimmt den Wert nicht so an, wie er im CRM steht \
             ({limit})|Xero nimmt den Wert nicht so an, wie er im CRM steht].",
            "Ändern Sie den Wert [in {source}|im CRM], wenn er anders lauten soll.";
    }

    // Links.
    XeroRecordGone = xero_record_gone(; name: Name) {
        severity: Error;
        english:
            "[\"{name}\"|This record] is no longer in Xero.",
            "It was linked with a Xero record that does not exist any more.",
            "Check in Xero what became of it. Then send the record anew, link it with another one, or let the link \
             go.";
        german:
            "[„{name}“|Dieser Datensatz] ist nicht mehr in Xero.",
            "Er war mit einem Xero-Datensatz verknüpft, den es nicht mehr gibt.",
            "Prüfen Sie in Xero, was daraus geworden ist. Senden Sie den Datensatz dann neu, verknüpfen Sie ihn \
             mit einem anderen, oder lösen Sie die Verknüpfung.";
    }
    CrmRecordGone = crm_record_gone(name: Name) {
        severity: Error; is: TakesNothing;
        english:
            "[\"{name}\"|The record] is no longer in the CRM.",
            "It was deleted there; deletions never cross, so Xero keeps what it has.",
            "Restore it in the CRM, or delete it in Xero yourself.";
        german:
            "[„{name}“|Der Datensatz] ist nicht mehr im CRM.",
            "Jemand hat ihn dort gelöscht. Löschungen werden nie übertragen, deshalb behält Xero, was es hat.",
            "Stellen Sie ihn im CRM wieder her, oder löschen Sie ihn selbst in Xero.";
    }
    SeveralMatches = several_matches(name: Name; system: Word) {
        severity: Error;
        english:
            "Several records [of {system}|in Xero] could be [\"{name}\"|this one].",
            "It can't be known which of them is meant.",
            "Say which it is, or make them different [in {system}|in Xero], by name, number or e-mail address.";
        german:
            "Für [„{name}“|diesen Datensatz] hat [{system}|Xero] mehrere Datensätze, die passen könnten.",
            "Welcher davon gemeint ist, lässt sich nicht erkennen.",
            "Sagen Sie, welcher es ist, oder unterscheiden Sie sie dort durch Name, Nummer oder E-Mail-Adresse.";
    }
    LinkedElsewhere = linked_elsewhere(name: Name; value: Name) {
        severity: Error;
        english:
            "The Xero record[ \"{value}\"] is linked with another CRM record.",
            "Each Xero record belongs to exactly one CRM record.",
            "Rename [\"{name}\"|this record], or merge the two in the CRM.";
        german:
            "Der Xero-Datensatz[ „{value}“] ist mit einem anderen CRM-Datensatz verknüpft.",
            "Jeder Xero-Datensatz gehört zu genau einem CRM-Datensatz.",
            "Benennen Sie [„{name}“|diesen Datensatz] um, oder führen Sie die beiden im CRM zusammen.";
    }
    XeroIdUnconfirmed = xero_id_unconfirmed(; value: Name, name: Name, account: Name) {
        severity: Error;
        english:
            "[\"{value}\" is named by a CRM record that is linked with another Xero record|The field \"Xero ID\" \
             of \"{name}\" names a Xero record that does not look like it|The field \"Xero ID\" of this record \
             names a Xero record that does not look like it].",
            "[Somebody has typed the id of \"{value}\" into the field \"Xero ID\" of that record|Name, code, or \
             number and party differ, and anybody who may edit the record may have typed the id. So that Xero \
             record is left as it is].",
            "[Sync the record that names \"{value}\", which puts its own id back, then try again|Empty the field \
             \"Xero ID\" of this product, or choose the product for lines on account {account} in the \
             settings|Empty the field \"Xero ID\" if it is wrong. If it is right, an administrator confirms it \
             here].";
        german:
            "[Ein CRM-Datensatz, der mit einem anderen Xero-Datensatz verknüpft ist, nennt „{value}“|Das Feld \
             „Xero ID“ bei „{name}“ nennt einen Xero-Datensatz, der nicht danach aussieht|Das Feld „Xero ID“ bei \
             diesem Datensatz nennt einen Xero-Datensatz, der nicht danach aussieht].",
            "[Jemand hat die Kennung von „{value}“ in das Feld „Xero ID“ jenes Datensatzes eingetragen|Name, Code \
             oder Nummer samt Kontakt weichen ab, und jeder, der den Datensatz bearbeiten darf, kann die Kennung \
             eingetragen haben. Deshalb bleibt der Xero-Datensatz, wie er ist].",
            "[Gleichen Sie den Datensatz ab, der „{value}“ nennt: Das stellt seine eigene Kennung wieder her. \
             Versuchen Sie es dann erneut|Leeren Sie bei diesem Produkt das Feld „Xero ID“, oder wählen Sie in den \
             Einstellungen das Produkt für Positionen auf Konto {account}|Leeren Sie das Feld „Xero ID“, wenn es \
             falsch ist. Ist es richtig, bestätigt es ein Administrator hier].";
    }
    PartnerUnconfirmed = partner_unconfirmed(name: Name, reason: Word; is: Word) {
        severity: Error;
        english:
            "Xero has a contact that may be [\"{name}\"|this one].",
            "[{reason}|It does not follow from what anybody may type that the two belong together.] So that \
             contact is left as it is.",
            "If they belong together, an administrator confirms it here[, or {is} syncs it]. If not, make them \
             different, by name or e-mail address.";
        german:
            "Xero hat einen Kontakt, der zu [„{name}“|diesem Datensatz] gehören könnte.",
            "[{reason}|Was jeder eintragen kann, belegt nicht, dass die beiden zusammengehören.] Deshalb bleibt \
             der Kontakt, wie er ist.",
            "Lassen Sie es hier von einem Administrator bestätigen, wenn die beiden zusammengehören[. Es genügt \
             auch, wenn {is} abgleicht]. Wenn nicht, unterscheiden Sie die beiden durch Name oder E-Mail-Adresse.";
    }
    ContactShared = contact_shared(name: Name, reason: Word; party: Name, value: Word) {
        severity: Warning;
        english:
            "Not sent: [\"{name}\"|this record] shares its contact in Xero with [{party}|another record of the \
             CRM].",
            "[{reason}|A contact is not made up of two records.]",
            "[Change it in {value}, and sync that.|Let somebody sync it who may edit both in the CRM.]";
        german:
            "Nicht gesendet: [„{name}“|Dieser Datensatz] teilt sich in Xero den Kontakt mit einem anderen \
             Datensatz im CRM[ ({party})|].",
            "[{reason}|Ein Kontakt setzt sich nicht aus zwei Datensätzen zusammen.]",
            "[Ändern Sie es im anderen Datensatz ({value}), und gleichen Sie diesen ab.|Lassen Sie jemanden \
             abgleichen, der beide im CRM bearbeiten darf.]";
    }
    SharedByTwo = shared_by_two(kind: Word, field: Word, value: Name) {
        severity: Error;
        english:
            "Two [{kind}|records] of the CRM have the same [{field}|name][: \"{value}\"|].",
            "Xero takes each [{field}|name] only once, so that its record can be one of them only.",
            "Change the [{field}|name] of one of them, or merge the two in the CRM. Or say which of them Xero's \
             record is.";
        german:
            "Zwei [{kind}|Datensätze] im CRM stimmen [in „{field}“|im Namen] überein[: „{value}“|].",
            "Xero nimmt [jeden Wert von „{field}“|jeden Namen] nur einmal an. Deshalb kann der Datensatz in Xero \
             nur zu einem von beiden gehören.",
            "Ändern Sie [„{field}“|den Namen] bei einem von beiden, oder führen Sie beide im CRM zusammen. Oder \
             sagen Sie, zu welchem von beiden der Datensatz in Xero gehört.";
    }
    ValuesDiffer = values_differ(name: Name, field: Word) {
        severity: Warning;
        english:
            "[\"{name}\"|The record] is linked, and each side has kept its own [{field}|values].",
            "Both sides had values before they were linked, and nobody has said whose count.",
            "Say whose values count, or leave it so: what is changed from now on goes across.";
        german:
            "[„{name}“|Der Datensatz] ist verknüpft, und jede Seite hat [ihren eigenen Stand behalten: \
             {field}|ihre eigenen Werte behalten].",
            "Beide Seiten hatten vor dem Verknüpfen Werte, und niemand hat gesagt, wessen Werte gelten.",
            "Sagen Sie, wessen Werte gelten, oder lassen Sie es so: Was sich ab jetzt ändert, geht auf die andere \
             Seite.";
    }
    LinkLetGo = link_let_go(name: Name; user: Person) {
        severity: Warning;
        english:
            "[\"{name}\"|This record] is left alone.",
            "[{user}|Somebody] has let go its link with Xero.",
            "Link it with a record of Xero's, or send it to Xero anew.";
        german:
            "[„{name}“|Dieser Datensatz] wird ausgelassen.",
            "[{user}|Jemand] hat die Verknüpfung mit Xero gelöst.",
            "Verknüpfen Sie den Datensatz mit einem in Xero, oder senden Sie ihn neu an Xero.";
    }
    CrmRecordMerged = crm_record_merged(name: Name, party: Name) {
        severity: Error; is: NamesAnother;
        english:
            "Another record of the CRM was merged into [\"{name}\"|this one].",
            "Each of the two has a contact of its own in Xero, and documents[ like \"{party}\"] have moved to it \
             in the CRM.",
            "Say which of the two contacts it has from now on. You may want to merge them in Xero, too.";
        german:
            "Ein anderer Datensatz im CRM wurde mit [„{name}“|diesem] zusammengeführt.",
            "Beide haben in Xero einen eigenen Kontakt, und Belege[ wie „{party}“] sind im CRM auf diesen \
             Datensatz übergegangen.",
            "Sagen Sie, welchen der beiden Kontakte er ab jetzt hat. Vielleicht wollen Sie sie auch in Xero \
             zusammenführen.";
    }
    Overruled = overruled(field: Word, is: Word) {
        severity: Warning; settled: Pairs;
        english:
            "Both sides changed [{field}|the same field]; [{is}|one side's] value was kept.",
            "The settings say which side counts when both changed.",
            "Correct the value on either side if the other one was right.";
        german:
            "Beide Seiten haben [{field}|dasselbe Feld] geändert; es gilt der Wert [{is}|einer Seite].",
            "Die Einstellungen sagen, welche Seite gilt, wenn beide etwas geändert haben.",
            "Berichtigen Sie den Wert auf einer der Seiten, wenn der andere richtig war.";
    }
    DependencyFailed = dependency_failed(kind: Word, name: Name; reason: Word) {
        severity: Error; is: NamesAnother, Unseen;
        english:
            "[The {kind} \"{name}\"|\"{name}\"|A record that this one needs] could not be sent first.",
            "This record points to it[: {reason}|, so it must be in Xero first.]",
            "Solve that record's problem, then try again.";
        german:
            "[„{name}“ ({kind})|„{name}“|Ein Datensatz, den dieser braucht,] konnte nicht vorab gesendet werden.",
            "Dieser Datensatz verweist darauf[: {reason}|. Deshalb muss jener zuerst in Xero sein.]",
            "Lösen Sie das Problem jenes Datensatzes, und versuchen Sie es dann erneut.";
    }
    DirectionClosed = direction_closed(name: Name, kind: Word) {
        severity: Warning; settled: Pairs; is: BySettings;
        english:
            "[\"{name}\"|This record] is left alone.",
            "[A new {kind} is|New records of this kind are] not carried over in this direction.",
            "Change the direction of this pair in the settings if it should go across.";
        german:
            "[„{name}“|Dieser Datensatz] wird ausgelassen.",
            "Neue Datensätze [der Art „{kind}“|dieser Art] werden in dieser Richtung nicht übertragen.",
            "Ändern Sie in den Einstellungen die Richtung dieses Paares, wenn der Datensatz übertragen werden soll.";
    }
    ContactNeither = contact_neither(name: Name) {
        severity: Warning; settled: Parties; is: BySettings;
        english:
            "[\"{name}\"|This contact] is not created in the CRM.",
            "Xero knows no sales invoice and no bill for it, so it is neither a customer nor a supplier.",
            "Choose in the settings what such contacts become, or wait for the first invoice or bill.";
        german:
            "[„{name}“|Dieser Kontakt] wird im CRM nicht angelegt.",
            "Xero kennt dafür weder Ausgangs- noch Eingangsrechnungen. Deshalb ist es weder ein Kunde noch ein \
             Lieferant.",
            "Wählen Sie in den Einstellungen, was aus solchen Kontakten wird, oder warten Sie auf die erste \
             Ausgangs- oder Eingangsrechnung.";
    }
    EndedBeforeSync = ended_before_sync(name: Name) {
        severity: Warning;
        english:
            "[\"{name}\"|The document] is not created in the CRM.",
            "It was voided or deleted in Xero before it came to the CRM.",
            "Create it in the CRM by hand if you need it there.";
        german:
            "[„{name}“|Der Beleg] wird im CRM nicht angelegt.",
            "Er wurde in Xero storniert oder gelöscht, bevor er ins CRM kam.",
            "Legen Sie ihn im CRM von Hand an, wenn Sie ihn dort brauchen.";
    }
    TaxTypeUnmapped = tax_type_unmapped(tax: Name, line: Word) {
        severity: Error; settled: Taxes;
        english:
            "Xero's tax[ \"{tax}\"] has no partner in the CRM.",
            "[Line {line} uses it|The document uses it], and no tax of the CRM stands for it.",
            "Choose which of the CRM's taxes stands for [\"{tax}\"|it] in Xero, or add the tax to the CRM.";
        german:
            "Xeros Steuer[ „{tax}“] hat im CRM kein Gegenstück.",
            "[Position {line} verwendet sie|Der Beleg verwendet sie], und keine Steuer des CRM steht dafür.",
            "Wählen Sie, welche Steuer des CRM in Xero für [„{tax}“|diese Steuer] steht, oder fügen Sie die Steuer \
             im CRM hinzu.";
    }
    TotalTaxMixed = total_tax_mixed(tax: Name) {
        severity: Warning;
        english:
            "The taxes of the lines differ, and the CRM has one tax for the whole document.",
            "The CRM is set to tax the total, so the tax of [{tax}|Xero's document] stands in the adjustment.",
            "Check the document in the CRM.";
        german:
            "Die Steuern der Positionen sind verschieden, und das CRM hat eine einzige Steuer für den ganzen Beleg.",
            "Das CRM besteuert den Gesamtbetrag. Deshalb steht die Steuer von [„{tax}“|Xeros Beleg] in der \
             Anpassung.",
            "Prüfen Sie den Beleg im CRM.";
    }
    ServiceProduct = service_product(name: Name) {
        severity: Warning;
        english:
            "[\"{name}\"|This product] stands for lines without an item code.",
            "It was made for such lines of Xero's documents, so Xero has no item for it.",
            "Change nothing, unless you want to sell it as an item of its own: then create a new product.";
        german:
            "[„{name}“|Dieses Produkt] steht für Positionen ohne Artikelcode.",
            "Es wurde für solche Positionen auf Belegen aus Xero angelegt. Deshalb hat Xero keinen Artikel dafür.",
            "Ändern Sie nichts, es sei denn, Sie wollen es als eigenen Artikel verkaufen: Legen Sie dann ein neues \
             Produkt an.";
    }
    RecordParked = record_parked(name: Name, count: Word; reason: Word) {
        severity: Error;
        english:
            "[\"{name}\"|The record] is left out of runs for now.",
            "It failed [{count} times|several times] in a row for the same reason[: {reason}|.]",
            "Solve the reason, then change the record or retry it.";
        german:
            "[„{name}“|Der Datensatz] ist vorerst zurückgestellt: Abgleiche lassen ihn aus.",
            "Er ist [{count} Mal|mehrmals] hintereinander aus demselben Grund fehlgeschlagen[: {reason}|.]",
            "Beseitigen Sie den Grund. Ändern Sie dann den Datensatz, oder wiederholen Sie ihn.";
    }

    // The CRM refuses the write-back.
    CrmMandatoryField = crm_mandatory_field(; field: Word) {
        severity: Error; settled: Fields;
        english:
            "The CRM needs a value in [\"{field}\"|a mandatory field].",
            "Without it the CRM does not save what Xero knows on the record.",
            "Fill in [\"{field}\"|the field] in the CRM.";
        german:
            "Das CRM braucht einen Wert in [„{field}“|einem Pflichtfeld].",
            "Sonst speichert das CRM am Datensatz nicht, was Xero weiß.",
            "Füllen Sie [„{field}“|das Feld] im CRM aus.";
    }
    CrmInvalidValue = crm_invalid_value(; field: Word) {
        severity: Error; settled: Fields;
        english:
            "The CRM does not take [the value for \"{field}\"|a value].",
            "The field's type, length or choices do not allow it.",
            "Check [the field \"{field}\"|the fields] of the record in the CRM.";
        german:
            "Das CRM nimmt [den Wert für „{field}“|einen Wert] nicht an.",
            "Art, Länge oder Auswahl des Feldes lassen ihn nicht zu.",
            "Prüfen Sie [das Feld „{field}“|die Felder] des Datensatzes im CRM.";
    }
    CrmValueRefused = crm_value_refused(field: Word, value: Name; xero_field: Word) {
        severity: Warning; settled: Fields;
        english:
            "The CRM did not take [{field} \"{value}\" from Xero|the value of {field} from Xero|a value from Xero].",
            "[The field \"{field}\"|A rule] of the CRM does not allow it; everything else was written.",
            "Change [{xero_field}|the value] in Xero, or what [\"{field}\"|the field] takes in the CRM.";
        german:
            "Das CRM hat [bei „{field}“ den Wert „{value}“ aus Xero|bei „{field}“ den Wert aus Xero|einen Wert aus \
             Xero] nicht angenommen.",
            "[Das Feld „{field}“|Eine Regel] im CRM lässt ihn nicht zu. Alles andere wurde geschrieben.",
            "Ändern Sie [{xero_field}|den Wert] in Xero, oder lassen Sie im CRM [bei „{field}“|im Feld] solche \
             Werte zu.";
    }
    CrmDuplicate = crm_duplicate(; field: Word) {
        severity: Error;
        english:
            "Another CRM record has the same value[ in \"{field}\"].",
            "The CRM allows the value only once.",
            "Find the other record in the CRM and merge the two, or clear its field.";
        german:
            "Ein anderer CRM-Datensatz hat denselben Wert[ in „{field}“].",
            "Das CRM lässt den Wert nur einmal zu.",
            "Suchen Sie den anderen Datensatz im CRM, und führen Sie die beiden zusammen, oder leeren Sie sein \
             Feld.";
    }
    CrmRecordLocked = crm_record_locked(; name: Name) {
        severity: Error; is: TakesNothing;
        english:
            "[\"{name}\"|The record] is locked in the CRM.",
            "The CRM saves nothing on locked records.",
            "Unlock the record in the CRM, then try again.";
        german:
            "[„{name}“|Der Datensatz] ist im CRM gesperrt.",
            "Das CRM speichert bei gesperrten Datensätzen nichts.",
            "Entsperren Sie den Datensatz im CRM, und versuchen Sie es dann erneut.";
    }
    CrmInBlueprint = crm_in_blueprint(; name: Name) {
        severity: Error;
        english:
            "[\"{name}\"|The record] is in a blueprint in the CRM.",
            "The blueprint's present step does not let this field be changed.",
            "Move the record on in its blueprint, or allow the field there.";
        german:
            "[„{name}“|Der Datensatz] ist im CRM in einem Blueprint.",
            "Der jetzige Schritt des Blueprints lässt nicht zu, dass sich dieses Feld ändert.",
            "Bringen Sie den Datensatz in seinem Blueprint weiter, oder lassen Sie das Feld dort zu.";
    }
    CrmInApproval = crm_in_approval(; name: Name) {
        severity: Error; is: TakesNothing;
        english:
            "[\"{name}\"|The record] waits for approval in the CRM.",
            "The CRM saves nothing on it until somebody has approved it.",
            "Approve or withdraw the record in the CRM.";
        german:
            "[„{name}“|Der Datensatz] wartet im CRM auf Genehmigung.",
            "Das CRM speichert daran nichts, bis jemand ihn genehmigt hat.",
            "Genehmigen Sie den Datensatz im CRM, oder ziehen Sie ihn zurück.";
    }
    CrmAlreadyModified = crm_already_modified(; name: Name) {
        severity: Waiting; is: TakesNothing;
        english:
            "Somebody changed [\"{name}\"|the record] in the CRM at the same moment.",
            "What was to be written was based on its earlier state.",
            "Try again: it is read anew.";
        german:
            "Jemand hat [„{name}“|den Datensatz] im selben Moment im CRM geändert.",
            "Was geschrieben werden sollte, beruhte auf dem früheren Stand.",
            "Versuchen Sie es erneut: Der Datensatz wird neu gelesen.";
    }
    CrmStorageFull = crm_storage_full() {
        severity: Error; is: TakesNothing;
        english:
            "The CRM's storage is full.",
            "The CRM saves nothing more.",
            "Ask an administrator of the CRM to free or buy storage.";
        german:
            "Der Speicher des CRM ist voll.",
            "Das CRM speichert nichts mehr.",
            "Bitten Sie einen Administrator des CRM, Speicher freizugeben oder zu kaufen.";
    }
    CrmRefused = crm_refused(; name: Name) {
        severity: Error;
        english:
            "The CRM refused [\"{name}\"|the record].",
            "The reason is in its own words below.",
            "Read what the CRM said and correct the record.";
        german:
            "Das CRM hat [„{name}“|den Datensatz] abgelehnt.",
            "Der Grund steht unten in den Worten des CRM.",
            "Lesen Sie, was das CRM gemeldet hat, und berichtigen Sie den Datensatz.";
    }

    // Whatever the vendors add later.
    XeroRefused = xero_refused(; name: Name) {
        severity: Error;
        english:
            "Xero refused [\"{name}\"|the record].",
            "The reason is in Xero's own words below.",
            "Read what Xero said and correct the record.";
        german:
            "Xero hat [„{name}“|den Datensatz] abgelehnt.",
            "Der Grund steht unten in Xeros eigenen Worten.",
            "Lesen Sie, was Xero gemeldet hat, und berichtigen Sie den Datensatz.";
    }
    XeroRequestMalformed = xero_request_malformed() {
        severity: Error; place: Nowhere;
        english:
            "Xero did not understand the request.",
            "This is a fault of Ledgerlink, not of your data.",
            "Send the log entry to whoever looks after Ledgerlink.";
        german:
            "Xero hat die Anfrage nicht verstanden.",
            "Das ist ein Fehler von Ledgerlink, nicht einer Ihrer Daten.",
            "Senden Sie den Protokolleintrag an die Person, die Ledgerlink betreut.";
    }
    ZohoRequestMalformed = zoho_request_malformed() {
        severity: Error; place: Nowhere; is: TakesNothing;
        english:
            "The CRM did not understand the request.",
            "This is a fault of Ledgerlink, not of your data.",
            "Send the log entry to whoever looks after Ledgerlink.";
        german:
            "Das CRM hat die Anfrage nicht verstanden.",
            "Das ist ein Fehler von Ledgerlink, nicht einer Ihrer Daten.",
            "Senden Sie den Protokolleintrag an die Person, die Ledgerlink betreut.";
    }
}

#[cfg(all(test, feature = "translation"))]
mod tests {
    use super::*;
    use crate::problem::{catalogue, of};

    fn assert_reads_well(code: Code, text: &str) {
        assert!(!text.contains(['{', '}', '[', ']', '|']), "{code:?} leaks a placeholder: {text}");
        assert!(!text.contains("  ") && !text.contains(" ."), "{code:?} has stray spaces: {text}");
        assert!(text.ends_with('.') || text.ends_with("Kreason"), "{code:?} is not a sentence: {text}");
        let first = text.chars().next().expect("a text is not empty");
        assert!(first.is_uppercase() || first == '"', "{code:?} does not begin like a sentence: {text}");
    }

    #[test]
    fn every_text_reads_well_with_and_without_facts() {
        // A reason is a sentence of its own.
        let known = |code: &Code| code.facts().iter().map(|(key, _)| (*key, format!("K{key}"))).collect::<Vec<_>>();
        for problem in catalogue().into_iter().chain(Code::ALL.iter().map(|code| of(*code, &known(code)))) {
            for text in [&problem.what, &problem.why, &problem.fix] {
                assert_reads_well(problem.code, text);
            }
        }
    }

    #[test]
    fn facts_stand_only_in_groups() {
        for code in Code::ALL {
            for texts in [code.english(), code.german()] {
                for text in [texts.what, texts.why, texts.fix] {
                    let mut inside = false;
                    for sign in text.chars() {
                        inside = (inside || sign == '[') && sign != ']';
                        assert!(inside || sign != '{', "{code:?}: a fact outside a group in {text}");
                    }
                }
            }
        }
    }

    #[test]
    fn facts_are_named() {
        let problem = crate::problem::tax_type_unmapped("GST 12%", "2");
        assert_eq!(problem.what, "Xero's tax \"GST 12%\" has no partner in the CRM.");
        assert_eq!(problem.why, "Line 2 uses it, and no tax of the CRM stands for it.");
        let bare = of(Code::TaxTypeUnmapped, &[]);
        assert_eq!(bare.what, "Xero's tax has no partner in the CRM.");
        assert_eq!(bare.why, "The document uses it, and no tax of the CRM stands for it.");
    }
}
