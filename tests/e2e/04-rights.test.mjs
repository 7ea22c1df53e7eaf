// Nobody sees or syncs here what they may not see in the CRM.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Panel, person } from "./support/people.mjs";
import { ACCOUNT_OF_RESTRICTED_USER, FIRST_ACCOUNT, FIRST_INVOICE } from "./support/records.mjs";
import { startStack } from "./support/stack.mjs";

let stack, ana;

before(async () => {
  stack = await startStack("rights");
  ana = await person(stack);
  await (await ana.setUp("Invoices", FIRST_INVOICE)).is("not-synced");
});
after(async () => {
  await ana?.leave();
  await stack?.stop();
});

test("without a session every address of the API answers 401 with a problem document", async () => {
  const { paths } = JSON.parse(readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8"));
  const asked = [];
  for (const [path, operations] of Object.entries(paths)) {
    const address = path.replace("{module}", "Invoices").replace("{id}", FIRST_INVOICE).replace("{org}", "us.1");
    for (const [method, operation] of Object.entries(operations)) {
      // Signing out without a session has nothing to end.
      if (!operation.security && operation.operationId !== "signOut") asked.push([method.toUpperCase(), address]);
    }
  }
  assert.ok(asked.length > 20);
  const mark = await stack.control.mark();
  for (const [method, path] of asked) {
    for (const authorization of [undefined, "Bearer made-up"]) {
      const headers = { origin: stack.workerUrl, "x-ledgerlink": "1", ...(authorization && { authorization }) };
      const answer = await fetch(stack.workerUrl + path, { method, headers });
      assert.equal(answer.status, 401, `${method} ${path}`);
      assert.equal(answer.headers.get("content-type"), "application/problem+json");
      const problem = await answer.json();
      assert.equal(problem.status, 401);
      assert.match(problem.type, /\/problems\/(not-signed-in|session-expired)$/);
    }
  }
  assert.deepEqual(await stack.control.calls(mark), [], "nobody outside was asked");
});

test("a forged user header opens nothing", async () => {
  const user = JSON.stringify({ org: "1", id: "1", name: "Eve", email: "eve@example.com", administrator: true });
  const answer = await fetch(`${stack.workerUrl}/api/records/Invoices/${FIRST_INVOICE}`, {
    headers: { "x-ledgerlink-user": user },
  });
  assert.equal(answer.status, 401);
});

test("a restricted user works with what is theirs and reaches nothing else", async () => {
  const rita = await person(stack, { email: "rita@bluegum.example" });
  const panel = await rita.open("Accounts", ACCOUNT_OF_RESTRICTED_USER);
  await rita.signIn(panel, "rita-restricted");
  await panel.is("not-synced");
  await panel.press("Send to Xero");
  await panel.is("done");
  assert.match(await panel.text("entry"), /Rita/);

  const mark = await stack.control.mark();
  for (const [method, path] of [
    ["GET", `/api/records/Invoices/${FIRST_INVOICE}`],
    ["POST", `/api/records/Invoices/${FIRST_INVOICE}/sync`],
    ["GET", `/api/records/Invoices/${FIRST_INVOICE}/entries`],
    ["GET", `/api/records/Accounts/${FIRST_ACCOUNT}`],
  ]) {
    const answer = await rita.api(method, path);
    assert.ok([403, 404].includes(answer.status), `${method} ${path}: ${answer.status}`);
    const text = await answer.text();
    assert.ok(!/Harbour Light|INV-0001/.test(text), `${method} ${path} tells a name: ${text}`);
  }
  // A composite request is a POST, whatever is in it; here it may only hold reads.
  const writes = (call) => call.method !== "GET" && !(/composite/.test(call.path) && !/"method":"(?!GET)/.test(call.request_body));
  const written = (await stack.control.calls(mark)).filter(writes);
  assert.deepEqual(written.map((call) => call.line), []);
  assert.equal((await stack.control.crm("Invoices", FIRST_INVOICE)).Xero_ID ?? null, null);

  const change = await rita.api("POST", "/api/settings/changes");
  assert.ok([400, 403].includes(change.status), `${change.status}`);
  await rita.leave();
});

test("who has signed out is signed out, also in a panel that was open", async () => {
  const first = await ana.open("Invoices", FIRST_INVOICE);
  await first.is("not-synced");
  const other = await ana.context.newPage();
  await other.goto(`${stack.crmUrl}/Invoices/${FIRST_INVOICE}`);
  const second = new Panel(other, "xero-panel");
  await second.at("sign-out").click();
  await second.is("signed-out");
  await other.close();

  await first.press("Send to Xero");
  await first.is("signed-out");
  assert.match(await first.text("notice"), /session has ended/i);
  await first.look("signed-out-session-ended");
  assert.equal((await stack.control.xero("Invoices")).filter((one) => one.InvoiceNumber === "INV-0001").length, 0);
});

test("whoever has chosen German is told in German what they may not do", async () => {
  const rita = await person(stack, { email: "rita@bluegum.example", locale: "de-DE" });
  const files = [];
  rita.page.on("request", (request) => /panel-de-.*\.txt$/.test(request.url()) && files.push(request.url()));
  // Before the CRM has told its user's locale, the browser's own language counts; then that of the CRM.
  const english = await rita.open("Accounts", ACCOUNT_OF_RESTRICTED_USER);
  await rita.signIn(english, "rita-restricted");
  await english.is("in-step");
  assert.equal(await english.text("headline"), "In step with Xero");
  assert.equal(files.length, 1);

  const portal = await rita.openPortal();
  await portal.at("language").selectOption("de");
  await portal.at("portal").waitFor();

  // From now on only administrators send customers to the books.
  const record = await ana.open("Invoices", FIRST_INVOICE);
  await ana.signIn(record);
  await record.is("not-synced");
  const { settings, version } = await (await ana.api("GET", "/api/mapping?fresh=false")).json();
  settings.senders = { ...settings.senders, parties: { closed: true, profiles: {} } };
  assert.equal((await ana.api("PUT", `/api/settings?version=${version}`, settings)).status, 200);
  await stack.control.editCrm("Accounts", ACCOUNT_OF_RESTRICTED_USER, { Phone: "02 5550 4321" });

  const refused = await rita.open("Accounts", ACCOUNT_OF_RESTRICTED_USER);
  await refused.is("failed");
  assert.match(await refused.text("headline"), /^(Kann noch nicht gesendet werden|Noch nicht sendbar|.*nicht gesendet.*)$/);
  const told = await refused.text("problem");
  assert.match(told, /Sie dürfen „[^“]+“ nicht in die Bücher senden\./);
  assert.match(told, /Grund: Ein Administrator hat festgelegt/);
  assert.equal(await refused.text("primary"), "Erneut prüfen");
  assert.equal(await refused.frame.locator("html").getAttribute("lang"), "de");
  assert.doesNotMatch(await refused.text("panel"), /\b(Check again|Sign out|History|Nothing to sync|Warning)\b/);
  await refused.look("refused-in-german");
  // The API tells whoever asks for German; ana's own browser asks for English.
  const path = `/api/records/Accounts/${ACCOUNT_OF_RESTRICTED_USER}`;
  const [inGerman, inEnglish] = [await (await rita.api("GET", path)).json(), await (await ana.api("GET", path)).json()];
  assert.match(inGerman.preview.problems[0].what, /nicht in die Bücher senden/);
  assert.ok(inEnglish.preview.problems.every((problem) => !/Bücher/.test(problem.what)));
  await rita.leave();
});

test("no page had an error", () => {
  assert.deepEqual(ana.errors, []);
});
