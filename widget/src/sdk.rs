//! The CRM's script for embedded apps, `ZOHO`, bound by reflection: it may be late, of another version, or missing.
//!
//! Its promises have no time limit and often resolve with a failure inside, so every call here has a limit of its own
//! and yields nothing where the answer is not as expected.
//! What it says is a hint for display; the edge checks every right.

use crate::hearing::PageContext;
use crate::hearing::{Hearing, PATIENCE};
use crate::session::CrmUser;
use js_sys::{Array, Function, Object, Promise, Reflect};
use shared::module::Module;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageEvent;

/// Milliseconds after which the person is told that the CRM does not answer.
pub const SILENCE_LIMIT: i32 = 10_000;
/// Milliseconds after which a call to the script is given up.
const CALL_LIMIT: i32 = 5_000;
/// The same for who is at work. Whenever that comes, it may take a session away.
const USER_LIMIT: i32 = 60_000;
/// Milliseconds for which nothing is read before the script has told who is at work.
pub const USER_PATIENCE: i32 = 3_000;
/// Where `boot.js` keeps the messages that came before anybody listened.
const EARLY: &str = "ledgerlinkEarly";
/// Where `boot.js` keeps what the CRM's script has told before anybody listened, and who hears it from then on.
const TOLD: &str = "ledgerlinkTold";
/// The `<script>` element that loads the CRM's script.
const SCRIPT_ID: &str = "crm-sdk";
/// `getRecord` takes as many ids in one call.
const NAMES_LIMIT: usize = 100;

/// The user of the CRM, as far as it tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct User {
    /// Who it is.
    pub at_work: Option<CrmUser>,
    /// The locale, as the CRM writes it: `en_AU`.
    pub locale: Option<String>,
    /// An IANA zone.
    pub time_zone: Option<String>,
}

/// Waits until the script is there, subscribes to the page's context and says that we are ready.
/// `on_page_load` may be called at any time later, and again when the page shows another record; with nothing when the
/// script answers now, and the page is known already ([`Hearing`]). Whether the script is there at all.
pub async fn start(on_page_load: impl Fn(Option<PageContext>) + 'static) -> bool {
    let hearing = Rc::new(RefCell::new(Hearing::default()));
    let on_page_load = Rc::new(on_page_load);
    let take = {
        let on_page_load = on_page_load.clone();
        move |context: Option<PageContext>| {
            if context.is_some() {
                on_page_load(context);
            }
        }
    };
    overhear({
        let (hearing, take) = (hearing.clone(), take.clone());
        move |context| {
            let known = hearing.borrow_mut().overheard(context);
            take(known);
        }
    });
    wasm_bindgen_futures::spawn_local({
        let hearing = hearing.clone();
        async move {
            sleep(PATIENCE).await;
            let known = hearing.borrow_mut().patience_ends();
            take(known);
        }
    });
    let Some(app) = embedded_app().await else { return false };
    let listener = Closure::<dyn Fn(JsValue)>::new(move |data: JsValue| {
        let told = hearing.borrow_mut().told(page_context(&data));
        on_page_load(told);
    });
    hear(&app, listener.as_ref());
    // The script keeps it as long as the page lives.
    listener.forget();
    call(&app, "init", &[]);
    true
}

/// Lets `listener` hear what the CRM's script tells of the page, what it has told since it has run included. `boot.js` has
/// subscribed to it then; where it could not, this does.
fn hear(app: &JsValue, listener: &JsValue) {
    let told = lookup(&[TOLD]).unwrap_or(JsValue::UNDEFINED);
    if !field(&told, "subscribed").is_truthy() {
        call(app, "on", &[&"PageLoad".into(), listener]);
        return;
    }
    // From here on nothing is kept any more. Setting a field of a plain object can't fail.
    let _ = Reflect::set(&told, &"hears".into(), listener);
    if let (Ok(early), Some(hears)) = (field(&told, "early").dyn_into::<Array>(), listener.dyn_ref::<Function>()) {
        for data in early.iter() {
            // The listener is ours, and throws nothing.
            let _ = hears.call1(&JsValue::UNDEFINED, &data);
        }
    }
}

/// Whether the browser says that this page was loaded anew.
#[must_use]
pub fn was_reloaded() -> bool {
    let entries = call_path(&["performance"], "getEntriesByType", &[&"navigation".into()]);
    let entries = entries.and_then(|entries| entries.dyn_into::<Array>().ok());
    entries.is_some_and(|entries| field(&entries.get(0), "type").as_string().as_deref() == Some("reload"))
}

/// Hears the page's own messages about what it shows, those of before this page was ready, too: a script of the CRM's
/// may register while it loads, and the page answers at once (`boot.js`).
fn overhear(hears: impl Fn(PageContext) + 'static) {
    let Some(window) = web_sys::window() else { return };
    let early = Reflect::get(&window, &JsValue::from_str(EARLY)).unwrap_or(JsValue::UNDEFINED);
    if Array::is_array(&early) {
        Array::from(&early).iter().filter_map(|data| page_load_message(&data)).for_each(&hears);
    }
    let parent = window.parent().ok().flatten().map(JsValue::from);
    let listener = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        // Only the page around us: not our own frames, nor who has opened us.
        let of_parent = event.source().map(JsValue::from).is_some_and(|source| Some(&source) == parent.as_ref());
        if of_parent && let Some(context) = page_load_message(&event.data()) {
            hears(context);
        }
    });
    // It fails only for arguments that are not these.
    let _ = window.add_event_listener_with_callback("message", listener.as_ref().unchecked_ref());
    // The page listens as long as it lives.
    listener.forget();
}

/// The page's context in a message of the CRM's page, which comes as an object or as JSON.
#[must_use]
pub fn page_load_message(data: &JsValue) -> Option<PageContext> {
    let parsed = data.as_string().and_then(|text| js_sys::JSON::parse(&text).ok());
    let message = parsed.as_ref().unwrap_or(data);
    let is = |name: &str, value: &str| field(message, name).as_string().as_deref() == Some(value);
    (is("type", "FRAMEWORK.EVENT") && is("eventName", "PageLoad")).then(|| page_context(&field(message, "data")))
}

/// `ZOHO.embeddedApp`, once the script has run.
async fn embedded_app() -> Option<JsValue> {
    let present = || lookup(&["ZOHO", "embeddedApp"]);
    if let Some(app) = present() {
        return Some(app);
    }
    let script = web_sys::window()?.document()?.get_element_by_id(SCRIPT_ID)?;
    let loaded = Promise::new(&mut |resolve: Function, _| {
        // Neither fails on a script element; then only the time limit ends the wait.
        let _ = script.add_event_listener_with_callback("load", &resolve);
        let _ = script.add_event_listener_with_callback("error", &resolve);
    });
    // It may have come between the look and the subscription.
    if let Some(app) = present() {
        return Some(app);
    }
    // However late the script is, it is still of use.
    let _ = JsFuture::from(loaded).await;
    present()
}

/// The page's context from the event's data.
#[must_use]
pub fn page_context(data: &JsValue) -> PageContext {
    let ids = field(data, "EntityId");
    let ids = match ids.as_string() {
        Some(id) => vec![id],
        None if Array::is_array(&ids) => Array::from(&ids).iter().filter_map(|id| id.as_string()).collect(),
        None => Vec::new(),
    };
    PageContext {
        entity: field(data, "Entity").as_string(),
        ids: ids.into_iter().filter(|id| !id.is_empty()).collect(),
    }
}

/// Whether the user has the CRM dark; none where it does not say.
pub async fn is_dark() -> Option<bool> {
    let preference = ask(&["ZOHO", "CRM", "CONFIG"], "getUserPreference", &[], CALL_LIMIT).await?;
    match field(&preference, "mode").as_string()?.as_str() {
        "night" => Some(true),
        "day" => Some(false),
        _ => None,
    }
}

/// The signed-in CRM user. None where the script is not there, or does not answer.
pub async fn user() -> Option<User> {
    // The page may be known before its script is there: then the script is waited for, and nothing is read meanwhile.
    embedded_app().await?;
    let reply = ask(&["ZOHO", "CRM", "CONFIG"], "getCurrentUser", &[], USER_LIMIT).await?;
    Some(read_user(reply))
}

/// What the CRM's script answers, as far as it is looked into.
trait Answered: Sized {
    /// A field; something without fields where there is none.
    fn field(&self, name: &str) -> Self;
    /// The first of a list, if it is one; of an empty one, something without fields.
    fn first(&self) -> Option<Self>;
    /// The text that it is.
    fn text(&self) -> Option<String>;
}

impl Answered for JsValue {
    fn field(&self, name: &str) -> Self {
        field(self, name)
    }

    fn first(&self) -> Option<Self> {
        Array::is_array(self).then(|| Array::from(self).get(0))
    }

    fn text(&self) -> Option<String> {
        self.as_string()
    }
}

/// The user in the answer to `getCurrentUser`: some versions answer with a list, some with the user alone.
fn read_user<T: Answered>(reply: T) -> User {
    let user = reply.field("users").first().unwrap_or(reply);
    let text = |name| user.field(name).text();
    let id = text("id").filter(|id| !id.is_empty());
    User {
        at_work: id.map(|id| CrmUser { id, name: text("full_name").unwrap_or_default() }),
        locale: text("locale"),
        time_zone: text("time_zone"),
    }
}

/// The names of records: (id, name). Those that it does not tell are missing.
pub async fn names(module: Module, ids: &[String]) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for chunk in ids.chunks(NAMES_LIMIT) {
        let wanted: Array = chunk.iter().map(|id| JsValue::from_str(id)).collect();
        let request = object(&[("Entity", module.api_name().into()), ("RecordID", wanted.into())]);
        let Some(reply) = ask(&["ZOHO", "CRM", "API"], "getRecord", &[&request], CALL_LIMIT).await else { continue };
        let records = field(&reply, "data");
        if !Array::is_array(&records) {
            continue;
        }
        for record in Array::from(&records).iter() {
            let name =
                name_fields(module).iter().find_map(|name| field(&record, name).as_string().filter(|n| !n.is_empty()));
            if let (Some(id), Some(name)) = (field(&record, "id").as_string(), name) {
                names.push((id, name));
            }
        }
    }
    names
}

/// Under which a record is known, best first.
fn name_fields(module: Module) -> &'static [&'static str] {
    match module {
        Module::Accounts => &["Account_Name"],
        Module::Contacts => &["Full_Name", "Last_Name"],
        Module::Vendors => &["Vendor_Name"],
        Module::Products => &["Product_Name"],
        Module::Invoices => &["Invoice_Number", "Subject"],
        Module::PurchaseOrders => &["PO_Number", "Subject"],
    }
}

/// Asks the page to make the frame this large, in CSS pixels.
pub fn resize(width: i32, height: i32) {
    // The script wants texts.
    let size = object(&[("width", width.to_string().into()), ("height", height.to_string().into())]);
    // A frame that stays as it is scrolls: nothing to be told.
    call_path(&["ZOHO", "CRM", "UI"], "Resize", &[&size]);
}

/// Closes the popup and loads the page around it anew.
pub fn close_reload() {
    call_path(&["ZOHO", "CRM", "UI", "Popup"], "closeReload", &[]);
}

/// Asks the script and waits for its answer, but not for ever.
async fn ask(path: &[&str], method: &str, arguments: &[&JsValue], limit: i32) -> Option<JsValue> {
    let promise: Promise = call_path(path, method, arguments)?.dyn_into().ok()?;
    let either = Promise::race(&Array::of2(&promise, &timer(limit)));
    JsFuture::from(either).await.ok().filter(|value| value.is_object())
}

/// A promise that resolves after so many milliseconds.
fn timer(millis: i32) -> Promise {
    Promise::new(&mut |resolve: Function, _| {
        if let Some(window) = web_sys::window() {
            // It fails only for arguments that are not these.
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis);
        }
    })
}

/// Waits so many milliseconds.
pub async fn sleep(millis: i32) {
    // A timer is never rejected.
    let _ = JsFuture::from(timer(millis)).await;
}

pub(crate) fn call_path(path: &[&str], method: &str, arguments: &[&JsValue]) -> Option<JsValue> {
    call(&lookup(path)?, method, arguments)
}

fn call(target: &JsValue, method: &str, arguments: &[&JsValue]) -> Option<JsValue> {
    let function: Function = field(target, method).dyn_into().ok()?;
    let arguments: Array = arguments.iter().copied().collect();
    match function.apply(target, &arguments) {
        Ok(result) => {
            swallow(&result);
            Some(result)
        }
        Err(_) => None,
    }
}

/// Keeps the console free of rejections that nobody waits for.
fn swallow(result: &JsValue) {
    thread_local! {
        static IGNORE: Closure<dyn FnMut(JsValue)> = Closure::new(|_| {});
    }
    if let Some(promise) = result.dyn_ref::<Promise>() {
        IGNORE.with(|ignore| drop(promise.catch(ignore)));
    }
}

fn lookup(path: &[&str]) -> Option<JsValue> {
    let mut value: JsValue = js_sys::global().into();
    for name in path {
        value = field(&value, name);
    }
    value.is_object().then_some(value)
}

/// A field of whatever it is; undefined where there is none.
pub(crate) fn field(value: &JsValue, name: &str) -> JsValue {
    if !value.is_object() {
        return JsValue::UNDEFINED;
    }
    Reflect::get(value, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a field of a plain new object can't fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    impl Answered for Value {
        fn field(&self, name: &str) -> Self {
            self.get(name).cloned().unwrap_or_default()
        }

        fn first(&self) -> Option<Self> {
            self.as_array().map(|all| all.first().cloned().unwrap_or_default())
        }

        fn text(&self) -> Option<String> {
            self.as_str().map(str::to_owned)
        }
    }

    #[test]
    fn the_user_comes_in_a_list_or_alone() {
        let sam = json!({"id": "60001", "full_name": "Sam Sales", "locale": "en_AU", "time_zone": "Australia/Sydney"});
        let expected = User {
            at_work: Some(CrmUser { id: "60001".to_owned(), name: "Sam Sales".to_owned() }),
            locale: Some("en_AU".to_owned()),
            time_zone: Some("Australia/Sydney".to_owned()),
        };
        assert_eq!(read_user(json!({"users": [sam]})), expected);
        assert_eq!(read_user(sam), expected);
        // Nobody is taken for another one.
        for nobody in [json!({}), json!({"users": []}), json!({"users": null}), json!({"id": ""}), json!({"id": 60001})]
        {
            assert_eq!(read_user(nobody.clone()), User::default(), "{nobody}");
        }
    }
}
