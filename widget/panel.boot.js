// Starts the panel, and loads its texts in the reader's language beside it: `widget/src/language.rs` takes them over.
import "./boot.js";

const address = document.currentScript.dataset.german;
// Resolves when `text` is there, or when it does not come: then the panel is told in English.
const file = (globalThis.ledgerlinkWords = {
  load: () =>
    (file.loaded ??= fetch(address)
      .then((answer) => (answer.ok ? answer.text() : undefined), () => undefined)
      .then((text) => (file.text = text))),
});
let kept;
try {
  kept = localStorage.getItem("ledgerlink.language") ?? localStorage.getItem("ledgerlink.crm-language");
} catch {
  // Where the browser keeps nothing, its own language counts.
}
if (/^de\b/i.test(kept ?? navigator.language)) {
  file.load();
  addEventListener("DOMContentLoaded", () => (document.getElementById("boot-headline").textContent = "Xero wird geprüft …"));
}
