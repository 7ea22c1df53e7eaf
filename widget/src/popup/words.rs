//! What a page says of a vendor's window.

use super::flow::Wrong;

/// What is said of a vendor's window on the page behind it. The portal says it in each of its languages.
#[derive(Debug)]
pub struct WindowWords {
    /// It seems to be closed.
    pub closed: &'static str,
    /// The browser has handed out none.
    pub unseen: &'static str,
    /// Button: opens it.
    pub open: &'static str,
    /// Button: opens it again.
    pub try_again: &'static str,
    /// Label: its code.
    pub type_code: &'static str,
    /// What a code is.
    pub code_hint: &'static str,
    /// One that can't be one.
    pub code_form: &'static str,
    /// Label: the installation's key.
    pub type_key: &'static str,
    /// Who has it, and what for.
    pub key_hint: &'static str,
    /// Another one.
    pub key_wrong: &'static str,
    /// Button: takes the code or the key.
    pub go_on: &'static str,
    /// Above several organisations.
    pub choose: &'static str,
    /// What becomes of the others.
    pub choose_hint: &'static str,
    /// Said with the one that is connected now.
    pub connected_now: &'static str,
    /// While one is being connected.
    pub connecting: &'static str,
}

/// Below "Sign in".
pub const SIGN_IN_WHY: &str = "Your Zoho account tells Ledgerlink who you are. You see the records that you may see in the CRM, \
                               and sync those that you may edit there.";
/// Below it, and beside who is signed in, where the browser keeps no cookie.
pub const EACH_TAB: &str = "Each tab asks you to sign in: this browser keeps no cookies for pages inside the CRM.";

/// In English.
pub const WINDOW: WindowWords = WindowWords {
    closed: "Is the window closed?",
    unseen: "Has no window opened? Allow pop-ups for this page, or",
    open: "open it here",
    try_again: "Try again",
    type_code: "Type the code that the window shows",
    code_hint: "It has eight letters and digits, and is good for two minutes.",
    code_form: "A code has eight letters and digits, and none of 0, 1, I, L, O and U.",
    type_key: "Type the installation’s key",
    key_hint: "This installation belongs to nobody yet. Whoever installed it has the key, and the first organisation that \
               connects with it becomes the owner.",
    key_wrong: "This is not the installation’s key.",
    go_on: "Go on",
    choose: "Choose the Xero organisation",
    choose_hint: "Xero lets us reach several. We give up our access to those that you do not choose.",
    connected_now: "connected now",
    connecting: "Connecting…",
};

/// What is wrong with a code.
#[must_use]
pub fn wrong_code(form: &str, wrong: &Wrong) -> String {
    match wrong {
        Wrong::Form => form.to_owned(),
        Wrong::Refused(problem) => [&problem.what, " ", &problem.fix].concat(),
    }
}
