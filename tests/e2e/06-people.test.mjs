// The panel for everybody: dark mode as the CRM says, by keyboard alone, and for a screen reader.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, person, picture } from "./support/people.mjs";
import { FIRST_ACCOUNT, FIRST_INVOICE } from "./support/records.mjs";
import { startStack } from "./support/stack.mjs";

let stack, ana;

before(async () => {
  stack = await startStack("people");
  ana = await person(stack);
  await (await ana.setUp("Invoices", FIRST_INVOICE)).is("not-synced");
});
after(async () => {
  await ana?.leave();
  await stack?.stop();
});

test("the panel is dark when the CRM is, whatever the system says", async () => {
  const paper = (frame) => frame.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  let panel = await ana.open("Invoices", FIRST_INVOICE, "?theme=night");
  await panel.is("not-synced");
  let frame = await panel.content();
  await frame.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  const dark = await paper(frame);
  await ana.page.evaluate(() => scrollTo(0, 0));
  await picture(ana.page, "record-page-dark");

  await ana.page.emulateMedia({ colorScheme: "dark" });
  panel = await ana.open("Invoices", FIRST_INVOICE, "?theme=day");
  await panel.is("not-synced");
  frame = await panel.content();
  await frame.waitForFunction(() => document.documentElement.dataset.theme === "light");
  assert.notEqual(await paper(frame), dark);
  await ana.page.emulateMedia({ colorScheme: "light" });
});

test("by keyboard: everything in reading order, Enter sends, the focus stays where it was", async () => {
  const panel = await ana.open("Accounts", FIRST_ACCOUNT);
  await panel.is("not-synced");
  const { page } = ana;
  const frame = await panel.content();
  const focused = () => frame.evaluate(() => (document.hasFocus() ? (document.activeElement.dataset.testid ?? document.activeElement.tagName) : null));
  const visible = () =>
    frame.evaluate(() => {
      const style = getComputedStyle(document.activeElement);
      return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    });
  await page.getByTestId("sync-button").focus();
  const order = [];
  for (let name = "first"; name; ) {
    await page.keyboard.press("Tab");
    name = await focused();
    if (name && name !== "BODY") {
      order.push(name);
      assert.ok(await visible(), `the focus on ${name} is seen`);
    }
    if (order.length > 20) break;
  }
  assert.deepEqual(order.slice(0, 2), ["refresh", "primary"], order.join(" "));
  assert.equal(order.at(-1), "sign-out");
  assert.equal(new Set(order).size, order.length, `no trap: ${order.join(" ")}`);

  await panel.at("primary").focus();
  await page.keyboard.press("Enter");
  await panel.is("done");
  assert.equal(await focused(), "primary");
  assert.ok(await visible());
  assert.match(await panel.at("announcement").textContent(), /^Sent to Xero/);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  assert.notEqual(await focused(), "primary");
});

test("an entry of the history opens by keyboard and tells its calls", async () => {
  const panel = await ana.open("Accounts", FIRST_ACCOUNT);
  await panel.is("in-step");
  await panel.at("entry").first().focus();
  await ana.page.keyboard.press("Enter");
  await panel.at("entry-details").waitFor();
  assert.match(await panel.text("entry-details"), /Contacts/);
  await panel.look("history-open");
});

test("the page around the panel, and the windows that it opens, are readable, too", async () => {
  const page = await ana.context.newPage();
  await page.goto(`${stack.workerUrl}/auth/zoho/callback?state=unknown&error=access_denied`);
  assert.deepEqual(await axe(page.mainFrame()), []);
  await picture(page, "window-failed");
  await page.close();
});

test("with the text spacing that some readers need nothing is cut off", async () => {
  const panel = await ana.open("Invoices", FIRST_INVOICE);
  await panel.is("not-synced");
  const frame = await panel.content();
  await frame.evaluate(() => {
    // WCAG 2.2, 1.4.12.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }");
    document.adoptedStyleSheets = [sheet];
  });
  for (const width of [320, 1100]) {
    await panel.widen(frame, width);
    const cut = await frame.evaluate(() =>
      // What only a screen reader gets is one pixel wide.
      [...document.querySelectorAll("main *")]
        .filter((element) => element.clientWidth > 1 && getComputedStyle(element).overflowX !== "visible")
        .filter((element) => element.scrollWidth > element.clientWidth)
        .map((element) => element.outerHTML.slice(0, 120)),
    );
    const overflow = await frame.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.deepEqual({ cut, overflow: Math.max(overflow, 0) }, { cut: [], overflow: 0 }, `${width} px`);
  }
});

test("no page had an error", () => {
  assert.deepEqual(ana.errors, []);
});
