// Starts the page: loads wasm-bindgen's glue and hands it the wasm file.
// Both addresses carry a content hash, so they stand in the page, as the links that also preload them.
const address = (link) => document.querySelector(link).href;

import(address("[rel=modulepreload]")).then((glue) => glue.default({ module_or_path: address("[as=fetch]") })).catch((error) => {
  console.error(error);
  const headline = document.getElementById("boot-headline");
  if (headline) headline.textContent = "This page could not be loaded. Reload it; if it stays like this, tell an administrator.";
});
