// Starts the panel: loads wasm-bindgen's glue and hands it the wasm file.
// Both addresses carry a content hash, so they stand in panel.html, as the links that also preload them.
const address = (id) => document.getElementById(id).href;

import(address("panel-js")).then((glue) => glue.default({ module_or_path: address("panel-wasm") })).catch((error) => {
  console.error(error);
  const headline = document.getElementById("boot-headline");
  if (headline) headline.textContent = "The panel could not be loaded. Reload the page; if it stays like this, tell an administrator.";
});
