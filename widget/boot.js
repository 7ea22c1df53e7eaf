// Starts the page: loads wasm-bindgen's glue and hands it the wasm file.
// Both addresses carry a content hash, so they stand in the page, as the links that also preload them.

// This script is the first to run. What the page around us says from now on is kept for whoever comes later: a script
// of the CRM's may register while it loads, and the page tells at once what it shows, once.
globalThis.ledgerlinkEarly = [];
addEventListener("message", (event) => {
  if (event.source === parent && parent !== window && ledgerlinkEarly.length < 20) ledgerlinkEarly.push(event.data);
});

const address = (link) => document.querySelector(link).href;

addEventListener("DOMContentLoaded", () => {
  import(address("[rel=modulepreload]")).then((glue) => glue.default({ module_or_path: address("[as=fetch]") })).catch((error) => {
    console.error(error);
    const headline = document.getElementById("boot-headline");
    if (headline) headline.textContent = "This page could not be loaded. Reload it; if it stays like this, tell an administrator.";
  });
});
