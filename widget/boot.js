// Starts the page: loads wasm-bindgen's glue and hands it the wasm file.
// Both addresses carry a content hash, so they stand in the page, as the links that also preload them.

// This script is the first to run. What the page around us says from now on is kept for whoever comes later: a script
// of the CRM's may register while it loads, and the page tells at once what it shows, once.
globalThis.ledgerlinkEarly = [];
addEventListener("message", (event) => {
  if (event.source === parent && parent !== window && ledgerlinkEarly.length < 20) ledgerlinkEarly.push(event.data);
});

// The same of what the CRM's script tells: whoever asks for it only once the panel is loaded may be too late. The script is
// subscribed to in the very turn in which it has run, before any message is delivered.
globalThis.ledgerlinkTold = { early: [], subscribed: false, hears: null };
document.addEventListener("load", ({ target }) => {
  const app = target.id === "crm-sdk" && globalThis.ZOHO?.embeddedApp;
  if (!app || ledgerlinkTold.subscribed) return;
  ledgerlinkTold.subscribed = true;
  app.on("PageLoad", (data) => (ledgerlinkTold.hears ? ledgerlinkTold.hears(data) : ledgerlinkTold.early.push(data)));
}, true);

const address = (link) => document.querySelector(link).href;

addEventListener("DOMContentLoaded", () => {
  // Texts that a page loads beside its program are there before it starts.
  Promise.all([import(address("[rel=modulepreload]")), globalThis.ledgerlinkWords?.loaded]).then(([glue]) => glue.default({ module_or_path: address("[as=fetch]") })).catch((error) => {
    console.error(error);
    const headline = document.getElementById("boot-headline");
    if (headline) headline.textContent = "This page could not be loaded. Reload it; if it stays like this, tell an administrator.";
  });
});
