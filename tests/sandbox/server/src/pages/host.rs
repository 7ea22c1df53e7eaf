//! How the CRM's page treats what it embeds and what is opened from it, where Zoho's own ways are not known.

use sandbox_kernel::Request;

/// The switches of the CRM's pages. Each can be set for one page by its address, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host {
    /// Whether its pages are cut off from what opens them and from what they open, by
    /// `Cross-Origin-Opener-Policy: same-origin`. In the address: `?coop=same-origin`.
    pub cut_off: bool,
    /// Whether its frames have a `sandbox` attribute. In the address: `?frames=sandboxed`.
    pub sandboxed: bool,
    /// Whether `getCurrentUser` answers with the user alone, as the documentation has it, and not with
    /// `{"users":[…]}`, as Zoho's own test has it. In the address: `?user=flat`.
    pub flat_user: bool,
    /// What becomes of the second script that the SDK asks for. In the address: `?zdk=silent`.
    pub second_script: SecondScript,
}

/// What becomes of the second script that the SDK asks the page for (`get_zdk_url`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondScript {
    /// The page names it, and it loads.
    Loads,
    /// The page never answers.
    Silent,
    /// The page answers with a failure.
    Refused,
    /// The page names a script that nobody may or can load.
    Blocked,
    /// The page names a script that never arrives.
    Hangs,
}

impl SecondScript {
    /// The words of the control API and of addresses.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("loads", Self::Loads),
        ("silent", Self::Silent),
        ("refused", Self::Refused),
        ("blocked", Self::Blocked),
        ("hangs", Self::Hangs),
    ];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::WORDS.into_iter().find(|(_, script)| *script == self).map_or("loads", |(word, _)| word)
    }
}

impl Host {
    /// Nothing out of the ordinary.
    pub const USUAL: Self =
        Self { cut_off: false, sandboxed: false, flat_user: false, second_script: SecondScript::Loads };

    /// The same, with what a page's address says.
    pub(crate) fn of(self, request: &Request) -> Self {
        let script = request.query("zdk").and_then(|word| SecondScript::WORDS.into_iter().find(|(w, _)| *w == word));
        Self {
            cut_off: self.cut_off || request.query("coop") == Some("same-origin"),
            sandboxed: self.sandboxed || request.query("frames") == Some("sandboxed"),
            flat_user: self.flat_user || request.query("user") == Some("flat"),
            second_script: script.map_or(self.second_script, |(_, script)| script),
        }
    }
}
