// Signing in and connecting as browsers let it happen: one sign-in for many tabs, another person at the same browser,
// windows that are cut off from the page that opened them, links that somebody else opens, and the installation's key.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, person, Panel, picture } from "./support/people.mjs";
import { FIRST_ACCOUNT, FIRST_INVOICE, ordinaryInvoices } from "./support/records.mjs";
import { secrets, signIn } from "./support/session.mjs";
import { startStack } from "./support/stack.mjs";

const TABS = 20;
const BLUE_GUM = "Blue Gum Trading Pty Ltd";
const KAURI = "Kauri Imports Ltd";
/** What could be changed by a flow that nobody has claimed. */
const TABLES = ["users", "sessions", "grants", "connections", "audit"];

let stack, ana;

before(async () => {
  stack = await startStack("signing-in");
  ana = await person(stack);
  await (await ana.setUp("Invoices", FIRST_INVOICE)).is("not-synced");
});
after(async () => {
  await ana?.leave();
  await stack?.stop();
});

/** Opens a record in another tab. */
async function inAnotherTab(who, id) {
  const page = await who.context.newPage();
  page.on("pageerror", (error) => who.errors.push(`${error}`));
  await page.goto(`${stack.crmUrl}/Invoices/${id}`);
  return new Panel(page, "xero-panel");
}

/** The code that a window shows, as a person reads it. */
async function shownCode(popup) {
  const code = popup.getByTestId("code");
  await code.waitFor();
  const text = await code.innerText();
  assert.match(text, /^[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}$/);
  return text;
}

/** Types the window's code into the panel or portal that asks for it. */
async function typeCode(where, popup) {
  const code = await shownCode(popup);
  await where.at("code").fill(code.replace("-", " ").toLowerCase());
  await where.at("ask-go-on").click();
}

/** How many rows each table has. */
async function rows() {
  const counts = TABLES.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`);
  return (await stack.sql(`SELECT ${counts.join(", ")}`))[0];
}

test(`one sign-in serves ${TABS} records in ${TABS} tabs`, async () => {
  const ids = [...(await ordinaryInvoices(stack, "Created", TABS)), ...(await ordinaryInvoices(stack, "Approved", TABS))].slice(0, TABS);
  assert.equal(ids.length, TABS);
  const visitor = await person(stack);
  const before = (await rows()).sessions;
  await visitor.signIn(await visitor.open("Invoices", ids[0]));
  for (const id of ids) {
    const panel = await inAnotherTab(visitor, id);
    await panel.is("not-synced");
    await panel.page.close();
  }
  // No script can read it, and it is for this CRM's pages alone.
  const [cookie] = (await visitor.context.cookies(stack.workerUrl)).filter(({ name }) => name === "__Host-ledgerlink");
  assert.deepEqual([cookie.httpOnly, cookie.secure, cookie.sameSite], [true, true, "None"]);
  const panel = await visitor.open("Invoices", ids[0]);
  await panel.is("not-synced");
  const frame = await panel.content();
  // What a script can read is in which language the CRM speaks, and nothing else.
  const kept = await frame.evaluate(() => [document.cookie, { ...localStorage }, sessionStorage.length]);
  assert.deepEqual(kept, ["", { "ledgerlink.crm-language": "en" }, 0]);
  assert.equal((await rows()).sessions, before + 1, "all tabs have one");

  // One sign-out, too.
  const other = await inAnotherTab(visitor, ids[1]);
  await other.is("not-synced");
  await panel.at("sign-out").click();
  await panel.is("signed-out");
  await other.press();
  await other.is("signed-out");
  await visitor.leave();
});

test("a browser without cookies asks in each tab, and says why", async () => {
  const guarded = await person(stack, { cookies: false });
  const panel = await guarded.open("Invoices", FIRST_INVOICE);
  await panel.is("signed-out");
  assert.match(await panel.text("each-tab"), /^Each tab asks you to sign in: this browser keeps no cookies/);
  await panel.look("signed-out-each-tab");
  await guarded.signIn(panel);
  await panel.is("not-synced");
  assert.match(await panel.text("each-tab"), /^Each tab asks/);
  await panel.look("not-synced-each-tab");
  const other = await inAnotherTab(guarded, FIRST_INVOICE);
  await other.is("signed-out");
  // What the first tab knows it still knows.
  await panel.at("refresh").click();
  await panel.is("not-synced");
  assert.equal((await guarded.api("GET", "/api/session")).status, 401, "no cookie goes along");
  assert.deepEqual(guarded.errors, []);
  await guarded.leave();
});

test("another CRM user at the same browser is asked at once and sees nothing of the former", async () => {
  const shared = await person(stack);
  const hers = await shared.open("Invoices", FIRST_INVOICE);
  await shared.signIn(hers);
  await hers.is("not-synced");
  const answers = [];
  shared.page.on("response", (answer) => answers.push(answer));
  await shared.becomes("sam@bluegum.example");
  const panel = await shared.open("Invoices", FIRST_INVOICE);
  await panel.is("signed-out");
  const told = /This browser is signed in as Ana Admin, but the CRM says that you are Sam Sales\./;
  await panel.at("notice").getByText(told).waitFor();
  for (const name of ["summary", "facts", "changes", "history", "user"]) assert.equal(await panel.at(name).count(), 0, name);
  await panel.look("signed-out-other-user");
  const read = () => answers.filter((answer) => /\/api\/(records|runs|entries|log|status)/.test(answer.url()) && answer.ok());
  assert.deepEqual(read().map((answer) => answer.url()), []);

  const portal = await shared.openPortal("#/log");
  await portal.at("front").getByText(told).waitFor();
  assert.equal(await portal.at("rail").count(), 0);
  await portal.look("other-user");
  assert.deepEqual(read().map((answer) => answer.url()), []);

  // Whoever signs in as the former user again is told again.
  await shared.signInAt(portal, "ana-admin");
  await portal.at("front").getByText(told).waitFor();
  await shared.signInAt(portal, "sam-sales");
  await portal.is("log");
  assert.equal(await portal.text("user"), "Sam Sales");
  const his = await shared.open("Invoices", FIRST_INVOICE);
  await his.is("not-synced");
  assert.equal(await his.text("user"), "Sam Sales");
  assert.deepEqual(shared.errors, []);
  await shared.leave();
});

test("a CRM that tells its user late takes away what was shown to the wrong one", async () => {
  const shared = await person(stack);
  await shared.signIn(await shared.open("Invoices", FIRST_INVOICE));
  await shared.becomes("sam@bluegum.example");
  // The page's answer about its user is held back until the panel has gone on without, and the test lets it through.
  await shared.page.addInitScript(() => {
    if (window === window.top) return;
    const held = [];
    window.letThrough = () => held.splice(0).forEach((tell) => tell());
    const hear = window.addEventListener.bind(window);
    window.addEventListener = (type, listener, options) =>
      hear(type, type !== "message" ? listener : (event) => {
        const data = typeof event.data === "string" ? event.data : JSON.stringify(event.data);
        const late = data.includes('"users"') && data.includes("EVENT_RESPONSE");
        if (late) held.push(() => listener(event));
        else listener(event);
      }, options);
  });
  const panel = await shared.open("Invoices", FIRST_INVOICE);
  await panel.is("not-synced");
  await (await panel.content()).evaluate(() => window.letThrough());
  await panel.is("signed-out");
  await panel.at("notice").getByText(/Ana Admin, but the CRM says that you are Sam Sales/).waitFor();
  assert.equal(await panel.at("summary").count(), 0);
  await shared.leave();
});

/** Ways in which pages can be cut off from each other. */
const CUTS = {
  "the login pages": { cut_off: { zoho: true, xero: true, crm: false }, sandboxed: false },
  "the CRM's page": { cut_off: { zoho: false, xero: false, crm: true }, sandboxed: false },
  "all of them": { cut_off: { zoho: true, xero: true, crm: true }, sandboxed: false },
  "a frame with a sandbox": { cut_off: { zoho: false, xero: false, crm: false }, sandboxed: true },
  "a sandbox and all pages": { cut_off: { zoho: true, xero: true, crm: true }, sandboxed: true },
};
const USUAL = { cut_off: { zoho: false, xero: false, crm: false }, sandboxed: false };

for (const [name, pages] of Object.entries(CUTS)) {
  const typed = Object.values(pages.cut_off).some(Boolean);
  test(`${typed ? "cut off by" : "in"} ${name}: sign-in, both connections and the choice end well`, async () => {
    await stack.control.put("pages", pages);
    const visitor = await person(stack);
    const slug = name.replace(/[^a-z]+/g, "-");
    try {
      // The panel: signing in.
      const panel = await visitor.open("Invoices", FIRST_INVOICE);
      await panel.is("signed-out");
      let popup = await visitor.window(() => panel.press());
      await visitor.consentAtZoho(popup);
      if (typed) {
        await panel.at("code").waitFor();
        await panel.look(`signed-out-code-${slug}`);
        await picture(popup, `window-code-${slug}`);
        const told = (await popup.locator("main").innerText()).replace(/\s+/g, " ");
        assert.match(told, /signed in to Ledgerlink as Ana Admin of Blue Gum Trading Pty Ltd/);
        assert.match(told, /only into the panel or portal that you opened yourself.* in your name.* [2-9A-Z]{4}-[2-9A-Z]{4} /);
        assert.deepEqual(await axe(popup.mainFrame()), []);
        await typeCode(panel, popup);
      }
      await panel.is("not-synced");

      // The portal: the CRM again.
      const portal = await visitor.openPortal("#/setup/connection");
      await portal.at("crm-side").getByTestId("side-name").waitFor();
      const before = await stack.sql("SELECT connected_at FROM connections");
      popup = await visitor.window(() => portal.at("connect-crm").click());
      await visitor.consentAtZoho(popup);
      if (typed) {
        await portal.at("window-dialog").waitFor();
        await portal.look(`window-code-${slug}`);
        await typeCode(portal, popup);
      }
      await portal.at("window-dialog").waitFor({ state: "detached" });
      await portal.at("connect-crm").filter({ hasText: "Reconnect Zoho CRM" }).waitFor();
      assert.notDeepEqual(await stack.sql("SELECT connected_at FROM connections"), before);

      // Xero, where the same person has two connections: one has to be chosen. The other consent is never claimed.
      const { verifier, challenge } = secrets();
      const { url } = await (await visitor.api("POST", "/api/connection/xero", { challenge })).json();
      const unclaimed = await visitor.context.newPage();
      await unclaimed.goto(url);
      await visitor.consentAtXero(unclaimed, KAURI);
      await shownCode(unclaimed);
      await unclaimed.close();
      assert.ok(verifier);
      popup = await visitor.window(() => portal.at("connect-xero").click());
      await visitor.consentAtXero(popup, BLUE_GUM);
      if (typed) await typeCode(portal, popup);
      await portal.at("choice").waitFor();
      await portal.look(`window-choice-${slug}`);
      const offered = (await portal.at("tenant").allInnerTexts()).map((name) => name.replace(" (connected now)", ""));
      assert.deepEqual(offered, [BLUE_GUM, KAURI]);
      await portal.at("tenant").filter({ hasText: BLUE_GUM }).click();
      await portal.at("window-dialog").waitFor({ state: "detached" });
      const session = await (await visitor.api("GET", "/api/session")).json();
      assert.deepEqual([session.connection, session.xero_organisation], ["connected", BLUE_GUM]);
      assert.deepEqual(visitor.errors, []);
    } finally {
      await stack.control.put("pages", USUAL);
      await visitor.leave();
    }
  });
}

test("three wrong codes end it, and one that can be none costs no try", async () => {
  await stack.control.put("pages", CUTS["the login pages"]);
  const visitor = await person(stack);
  const panel = await visitor.open("Invoices", FIRST_INVOICE);
  await panel.is("signed-out");
  const popup = await visitor.window(() => panel.press());
  await visitor.consentAtZoho(popup);
  await panel.at("code").waitFor();
  const right = (await shownCode(popup)).replace("-", "");
  const wrong = `${right.slice(0, 7)}${right.endsWith("2") ? "3" : "2"}`;
  await panel.at("code").fill("1234");
  await panel.at("ask-go-on").click();
  await panel.at("ask-error").getByText(/A code has eight letters and digits/).waitFor();
  for (const left of [2, 1]) {
    await panel.at("code").fill(wrong);
    await panel.at("code").press("Enter");
    await panel.at("ask-error").getByText(`Tries left: ${left}`).waitFor();
    assert.equal(await panel.at("ask-hint").count(), 0, "what a code is has been said");
    if (left === 2) await panel.look("signed-out-code-wrong");
  }
  await panel.at("code").fill(wrong);
  await panel.at("code").press("Enter");
  await panel.at("notice").getByText(/This is not the code that the window shows/).waitFor();
  await panel.is("signed-out");
  assert.equal(await panel.at("code").count(), 0);
  await stack.control.put("pages", USUAL);
  await visitor.leave();
});

test("a window that is closed can be opened again, and then ends well", async () => {
  const visitor = await person(stack);
  const panel = await visitor.open("Invoices", FIRST_INVOICE);
  await panel.is("signed-out");
  await visitor.shut(await visitor.window(() => panel.press()));
  await panel.at("window-closed").waitFor();
  await visitor.agreeAtZoho(await visitor.window(() => panel.at("window-again").click()));
  await panel.is("not-synced");
  await visitor.leave();
});

test("a link opened by somebody else says who asks, and gives the one who made it nothing", async () => {
  const before = await rows();
  const sent = await stack.control.mark();
  const { verifier, challenge } = secrets();
  const mallory = async (path, body) =>
    fetch(stack.workerUrl + path, {
      method: "POST",
      headers: { "content-type": "application/json", origin: stack.workerUrl, "x-ledgerlink": "1" },
      body: JSON.stringify(body),
    });
  const { url } = await (await mallory("/api/sign-in", { challenge, connect: true })).json();

  // The victim, an administrator, opens it from a letter: it does not go on by itself, and says what it is.
  const victim = await person(stack);
  await victim.page.goto(url);
  assert.match(await victim.page.locator("h1").innerText(), /Somebody wants to connect a Zoho CRM to Ledgerlink/);
  assert.deepEqual(await axe(victim.page.mainFrame()), []);
  await picture(victim.page, "window-first-page");
  await victim.consentAtZoho(victim.page);
  await shownCode(victim.page);
  await picture(victim.page, "window-last-page");

  // The verifier alone is worth nothing.
  assert.equal((await (await mallory("/api/flows/state", { verifier })).json()).state, "done");
  for (const code of ["", "AAAAAAAA", "BBBBBBBB"]) {
    const refused = await mallory("/api/session", { code, verifier });
    assert.ok(refused.status >= 400, `${refused.status}`);
    assert.match((await refused.json()).problem.code, /^flow-/);
  }
  assert.equal((await mallory("/api/session", { code: await shownCode(victim.page), verifier })).status >= 400, true);
  assert.deepEqual(await rows(), before);
  const made = (await stack.control.changes(sent)).filter((line) => line.startsWith("zoho"));
  assert.deepEqual(made, [], "nothing was written into the CRM");
  await victim.leave();
});

test("where the installation belongs to nobody, its key is asked for once", async () => {
  const closed = await startStack("installation-key", { INSTALLATION_KEY: "open-sesame-and-more" });
  try {
    const owner = await person(closed);
    const portal = await owner.openPortal();
    await portal.at("connect-zoho").click();
    await portal.at("key").waitFor();
    await portal.look("window-key");
    await portal.at("key").fill("open-nothing");
    await portal.at("key").press("Enter");
    await portal.at("ask-error").getByText("This is not the installation’s key.").waitFor();
    await portal.glance("window-key-wrong");
    await portal.at("key").fill("open-sesame-and-more");
    await owner.agreeAtZoho(await owner.window(() => portal.at("ask-go-on").click()));
    await portal.is("setup");

    // Now it belongs to somebody: the others of that organisation just sign in.
    const sam = await person(closed, { email: "sam@bluegum.example" });
    const panel = await sam.open("Accounts", FIRST_ACCOUNT);
    await sam.signIn(panel, "sam-sales");
    await panel.is("xero-missing");

    // The owner sees who may use it, and invites.
    await portal.go("#/access");
    await (await portal.is("access")).settled();
    await portal.at("invitations").waitFor();
    await portal.look("access");
    await portal.at("invite-org").fill("60001");
    await portal.at("invite").click();
    await portal.at("invitations").getByText("Write the data centre, a dot and the number").waitFor();
    await portal.at("invite-org").fill("eu.60002");
    await portal.at("invite").click();
    await portal.at("invitation").filter({ hasText: "eu.60002" }).waitFor();
    await portal.look("access-invited");

    // Of one that has connected much is erased: nobody does that without its id. The name is put in here.
    const list = "**/api/invitations";
    await portal.page.route(list, async (route) => {
      const answer = await route.fetch();
      const told = await answer.json();
      told.invitations[0].name = KAURI;
      await route.fulfill({ response: answer, json: told });
    });
    await portal.go("#/health");
    await portal.is("health");
    await portal.go("#/access");
    await portal.at("invitation").filter({ hasText: KAURI }).waitFor();
    await portal.page.unroute(list);
    await portal.at("uninvite").click();
    assert.match(await portal.text("uninvite-dialog"), new RegExp(`^Remove ${KAURI} \\(eu\\.60002\\)\\?`));
    await portal.at("uninvite-org").fill("eu.60001");
    await portal.at("dialog-confirm").click();
    await portal.at("uninvite-dialog").getByText("This is another id").waitFor();
    await portal.glance("access-uninvite-connected");
    await portal.at("dialog-cancel").click();
    await portal.at("uninvite-dialog").waitFor({ state: "detached" });
    await portal.at("invitation").waitFor();

    // Of one that never has nothing is.
    await portal.go("#/health");
    await portal.is("health");
    await portal.go("#/access");
    await portal.at("invitation").filter({ hasText: "Not connected yet" }).waitFor();
    await portal.at("uninvite").click();
    assert.match(await portal.text("uninvite-dialog"), /^Remove eu\.60002\? It has not connected, so nothing is synced/);
    await portal.glance("access-uninvite");
    await portal.at("dialog-confirm").click();
    await portal.at("nobody-invited").waitFor();

    // Sam's session is ended from there.
    await portal.at("session").filter({ hasText: "Sam Sales" }).getByTestId("end-session").click();
    await portal.at("session").filter({ hasText: "Sam Sales" }).waitFor({ state: "detached" });
    await panel.press("Check again");
    await panel.is("signed-out");
    assert.match(await panel.text("notice"), /session has ended/);
    assert.deepEqual([...owner.errors, ...sam.errors], []);
  } finally {
    await closed.stop();
  }
});

test("who is no administrator finds the own sessions alone", async () => {
  const sam = await person(stack, { email: "sam@bluegum.example" });
  const portal = await sam.openPortal("#/access");
  await sam.signInAt(portal, "sam-sales");
  await (await portal.is("access")).settled();
  assert.equal(await portal.at("administrators").count(), 0);
  const names = await portal.at("session").allInnerTexts();
  assert.ok(names.length > 0 && names.every((text) => !/Ana/.test(text)), names.join(" | "));
  await portal.look("access-own");
  await portal.at("sign-out-here").click();
  await portal.at("sign-in").waitFor();
  await sam.leave();
});

test("who has signed in elsewhere is found when the page comes into sight", async () => {
  const visitor = await person(stack);
  const panel = await visitor.open("Invoices", FIRST_INVOICE);
  await panel.is("signed-out");
  const other = await inAnotherTab(visitor, FIRST_INVOICE);
  await other.is("signed-out");
  await visitor.agreeAtZoho(await visitor.window(() => other.press()));
  await other.is("not-synced");
  const frame = await panel.content();
  await frame.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await panel.is("not-synced");
  await visitor.leave();
});

test("nobody is signed in by what the API is told beside a cookie", async () => {
  // A session of an API client is a bearer's.
  const session = await signIn(stack);
  const answer = await fetch(`${stack.workerUrl}/api/session`, { headers: { cookie: `__Host-ledgerlink=${session.token}x` } });
  assert.equal(answer.status, 401);
  const other = await fetch(`${stack.workerUrl}/api/log`, {
    headers: { authorization: `Bearer ${session.token}`, "x-crm-user": "1" },
  });
  assert.equal(other.status, 401, "another user than the session's");
});

test("no page had an error", () => {
  assert.deepEqual(ana.errors, []);
});
