// A person at a browser: opens the CRM's pages and uses the panel in its frame, by the stable names of both, and the
// portal in the web tab or alone.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chromium } from "playwright-core";
import { axe, picture } from "./look.mjs";
import { Portal } from "./portal.mjs";

export { axe, picture };

const WIDTHS = [320, 480, 1100];
/** How long a state may take to come: on a busy machine, and where a person's share of Xero's minute is used up first. */
const PATIENCE = Number(process.env.E2E_PATIENCE ?? 100_000);
/** The states in which an answer is on its way. */
const PASSING = ["loading", "working"];
/** How often a limit is waited for. */
const MOST_TRIES = 2;

const CHROMIUM = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

/**
 * What Chromium has by default and Debian's has not: frames of other sites may keep data, apart for each site. Whoever
 * has forbidden our cookies has none of ours.
 */
const preferences = (cookies) => ({
  profile: {
    cookie_controls_mode: 0,
    ...(!cookies && { content_settings: { exceptions: { cookies: { "localhost,*": { setting: 2 } } } } }),
  },
});

/**
 * A person of the CRM at a browser of their own. With `strict` it lets frames of other sites keep nothing but cookies
 * that are theirs alone there, and without `cookies` none of ours.
 */
export async function person(stack, { email = "ana@bluegum.example", strict = false, cookies = true, ...options } = {}) {
  const wishes = {
    locale: "en-AU",
    timezoneId: "Australia/Sydney",
    viewport: { width: 1240, height: 900 },
    reducedMotion: "reduce",
    ...options,
  };
  const profile = mkdtempSync(join(tmpdir(), "e2e-profile-"));
  if (!strict) {
    mkdirSync(join(profile, "Default"));
    writeFileSync(join(profile, "Default/Preferences"), JSON.stringify(preferences(cookies)));
  }
  const context = await chromium.launchPersistentContext(profile, { ...CHROMIUM, ...wishes });
  context.setDefaultTimeout(PATIENCE);
  const host = new URL(stack.crmUrl).hostname;
  await context.addCookies([{ name: "crm_user", value: email, domain: host, path: "/" }]);
  const page = context.pages()[0];
  const errors = [];
  page.on("pageerror", (error) => errors.push(`${error}`));
  const leave = async () => {
    stack.guests.delete(leave);
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  stack.guests.add(leave);
  return new Person(stack, context, page, errors, leave);
}

class Person {
  constructor(stack, context, page, errors, leave) {
    Object.assign(this, { stack, context, page, errors, leave });
  }

  /** Opens a record's page; answers its panel. */
  async open(module, id, query = "") {
    await this.page.goto(`${this.stack.crmUrl}/${module}/${id}${query}`);
    return new Panel(this.page, "xero-panel");
  }

  /** Presses "Sync to Xero" of the record's page; answers the popup's panel. */
  async pressButton() {
    await this.page.getByTestId("sync-button").click();
    return new Panel(this.page, "xero-popup");
  }

  /** Selects records of a list and presses its "Sync to Xero"; answers the popup's panel. */
  async pressListButton(module, ids) {
    await this.page.goto(`${this.stack.crmUrl}/${module}`);
    for (const id of ids) await this.page.getByTestId(`select-${id}`).check();
    await this.page.getByTestId("list-sync-button").click();
    return new Panel(this.page, "xero-popup");
  }

  /** Opens the CRM's web tab; answers its portal, at an address such as `#/log` where one is given. */
  async openPortal(hash) {
    await this.page.goto(`${this.stack.crmUrl}/tab/xero`);
    const portal = new Portal(this.page, "xero-portal");
    await portal.at("portal").waitFor();
    return hash ? portal.go(hash) : portal;
  }

  /** Opens the portal in a tab of its own, as a link in a letter does. */
  async openPortalAlone(hash = "") {
    const page = await this.context.newPage();
    page.on("pageerror", (error) => this.errors.push(`${error}`));
    await page.goto(`${this.stack.workerUrl}/portal${hash}`);
    const portal = new Portal(page);
    await portal.at("portal").waitFor();
    return portal;
  }

  /** Does something that opens a window; answers the window, even one that is cut off from the page. */
  async window(open) {
    const [popup] = await Promise.all([this.context.waitForEvent("page"), open()]);
    return popup;
  }

  /** Goes on from a window's first page, which is ours; one that our own panel has opened to sign in goes on by itself. */
  async goOn(popup, there) {
    const ours = popup.getByTestId("go-on");
    await ours.or(there).first().waitFor();
    // It may go on by itself at this very moment.
    if (await ours.isVisible()) await ours.click({ timeout: 5_000 }).catch(() => {});
    await there.waitFor();
  }

  /** Closes a window without an answer. Where it is on its way from our page to the vendor's, Chromium can lose that. */
  async shut(popup) {
    await this.goOn(popup, popup.getByTestId("accept"));
    await popup.close();
  }

  /** Agrees on Zoho's page as this user. The window then stays for whoever has to read its code. */
  async consentAtZoho(popup, user = "ana-admin") {
    const choice = popup.getByTestId(`user-${user}`);
    await this.goOn(popup, choice);
    await choice.check();
    await popup.getByTestId("accept").click();
  }

  /** Agrees on Xero's page for the organisations of these names; likewise. */
  async consentAtXero(popup, ...organisations) {
    const choices = organisations.map((name) => popup.getByLabel(name));
    await this.goOn(popup, choices[0]);
    for (const choice of choices) await choice.check();
    await popup.getByTestId("allow").click();
  }

  /** Agrees on Zoho's page as this user and waits until the window has closed itself. */
  async agreeAtZoho(popup, user) {
    await closing(popup, () => this.consentAtZoho(popup, user));
  }

  /** Agrees on Xero's page for the organisation of this name. */
  async agreeAtXero(popup, organisation = "Blue Gum Trading Pty Ltd") {
    await closing(popup, () => this.consentAtXero(popup, organisation));
  }

  /** Is somebody else of the CRM from now on. */
  async becomes(email) {
    const host = new URL(this.stack.crmUrl).hostname;
    await this.context.addCookies([{ name: "crm_user", value: email, domain: host, path: "/" }]);
  }

  /** Signs in at a portal that asks for it. */
  async signInAt(portal, user) {
    await this.agreeAtZoho(await this.window(() => portal.at("sign-in").click()), user);
    return portal;
  }

  /** Signs in from a panel that asks for it. */
  async signIn(panel, user) {
    await panel.is("signed-out");
    const popup = await this.window(() => panel.press());
    await this.agreeAtZoho(popup, user);
  }

  /** Everything from the first sign-in to both connections, as an administrator who opens a record does it. */
  async setUp(module, id) {
    const panel = await this.open(module, id);
    await this.signIn(panel);
    await panel.is("zoho-missing");
    await this.agreeAtZoho(await this.window(() => panel.press()));
    await panel.is("xero-missing");
    await this.agreeAtXero(await this.window(() => panel.press()));
    return panel;
  }

  /** The call that the panel would make, made by hand in its frame: no script reads the cookie that goes along. */
  async api(method, path, body) {
    const frame = this.page.frames().find((candidate) => candidate.url().startsWith(this.stack.workerUrl));
    const [status, headers, text] = await frame.evaluate(
      async ([method, path, body]) => {
        const headers = { "x-ledgerlink": "1", ...(body && { "content-type": "application/json" }) };
        // What starts or changes something names itself: here each call is another one.
        if (method === "POST") headers["idempotency-key"] = crypto.randomUUID();
        const answer = await fetch(path, { method, headers, body });
        return [answer.status, [...answer.headers], await answer.text()];
      },
      [method, path, body && JSON.stringify(body)],
    );
    return new Response(text === "" ? null : text, { status, headers });
  }
}

/** Does what lets a window close itself, and waits until it has. */
async function closing(popup, act) {
  await Promise.all([popup.isClosed() || popup.waitForEvent("close"), act().catch((error) => popup.isClosed() || Promise.reject(error))]);
}

/** The panel in one of the page's frames. */
export class Panel {
  constructor(page, frame) {
    this.page = page;
    this.element = page.getByTestId(frame);
    this.frame = page.frameLocator(`[data-testid="${frame}"]`);
    this.root = this.frame.getByTestId("panel");
  }

  /** Anything in the panel by its name. */
  at(name) {
    return this.frame.getByTestId(name);
  }

  /** The text of what has this name, as a person sees it, on one line. */
  async text(name) {
    return (await this.at(name).first().innerText()).replace(/\s+/g, " ").trim();
  }

  /**
   * Waits until the panel is in this state, with its answer there. A test is faster than a person and uses up one person's
   * share of Xero's minute; then it does what the panel says: wait so long, and try again.
   */
  async is(state) {
    const main = (state) => `main[data-testid="panel"][data-state="${state}"]`;
    const answered = '[aria-busy="false"]';
    const wanted = main(state) + (PASSING.includes(state) ? "" : answered);
    for (let tries = 0; ; tries += 1) {
      const limited = state === "limited" || tries === MOST_TRIES ? "" : `, ${main("limited")}${answered}`;
      try {
        await this.frame.locator(wanted + limited).first().waitFor();
      } catch (error) {
        const now = await this.root.getAttribute("data-state", { timeout: 1_000 }).catch(() => "no panel");
        const shown = await this.root.innerText({ timeout: 1_000 }).catch(() => `${error}`);
        assert.fail(`the panel should be ${state}, but is ${now}:\n${shown}`);
      }
      if ((await this.root.getAttribute("data-state")) !== "limited" || state === "limited") return this;
      const told = /Wait (\d+) seconds?, then try again/.exec(await this.root.innerText());
      assert.ok(told, `the panel should be ${state}, but is limited:\n${await this.root.innerText()}`);
      await pause(Number(told[1]) * 1_000);
      // Something else may have come meanwhile.
      if ((await this.root.getAttribute("data-state")) === "limited") await this.press("Try again");
      await this.frame.locator(`${main("limited")}${answered}`).waitFor({ state: "detached" }).catch(() => {});
    }
  }

  /** Presses the primary button, whose label has to be this one. */
  async press(label) {
    const primary = this.at("primary");
    if (label) assert.equal(await primary.innerText(), label);
    await primary.click();
  }

  /** Makes the choice that settles a problem, by its words, and saves it. */
  async choose(words) {
    const labels = await this.at("remedy").locator("option").allInnerTexts();
    const label = labels.find((one) => words.test(one));
    assert.ok(label, `no choice is ${words} among: ${labels.join(" | ")}`);
    await this.at("remedy").selectOption({ label });
    await this.at("remedy-save").click();
  }

  /** The table of changes: field, then its cells. */
  async changes() {
    const rows = this.at("changes").locator("tbody tr");
    const texts = await rows.evaluateAll((all) =>
      all.map((row) => [...row.cells].map((cell) => cell.innerText.replace(/\s+/g, " ").trim())),
    );
    return Object.fromEntries(texts.map(([field, ...cells]) => [field, cells]));
  }

  /** The codes of the problems on show. */
  async problems() {
    return this.at("problem").evaluateAll((all) => all.map((problem) => problem.dataset.code));
  }

  /** The real frame, for what a locator can't do. */
  async content() {
    return (await this.element.elementHandle()).contentFrame();
  }

  /**
   * Takes the panel's picture in both themes at each width, and asks axe and a ruler about it. `name` is the state's.
   * A popup has the one width that it asks for.
   */
  async look(name) {
    const frame = await this.content();
    const before = await this.element.getAttribute("style");
    const size = this.page.viewportSize();
    const theme = await frame.evaluate(() => document.documentElement.dataset.theme);
    const popup = (await this.element.getAttribute("id")) === "xero-popup";
    const widths = popup ? [await frame.evaluate(() => innerWidth)] : WIDTHS;
    const findings = [];
    for (const shade of ["light", "dark"]) {
      await frame.evaluate((shade) => (document.documentElement.dataset.theme = shade), shade);
      for (const width of widths) {
        if (!popup) await this.widen(frame, width);
        const overflow = await frame.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (overflow > 0) findings.push(`${shade} ${width}: ${overflow} px too wide`);
        if (width === (shade === "light" ? widths[0] : widths.at(-1))) {
          for (const finding of await axe(frame)) findings.push(`${shade} ${width}: ${finding}`);
        }
        await picture(this.element, `${name}-${shade}-${width}`);
      }
    }
    await frame.evaluate((theme) => {
      if (theme === undefined) delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = theme;
    }, theme);
    if (!popup) {
      await this.page.setViewportSize(size);
      await this.element.evaluate((element, style) => element.setAttribute("style", style ?? ""), before);
      // A picture of the page shows the frame as wide as it was until both have been drawn anew.
      const width = await this.element.evaluate((element) => element.clientWidth);
      await frame.waitForFunction((width) => innerWidth === width, width);
      const drawn = () => new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)));
      await frame.evaluate(drawn);
      await this.page.evaluate(drawn);
    }
    assert.deepEqual(findings, [], `${name}: what axe and a ruler find`);
  }

  /** Makes the frame so wide and waits until the page has made it as high as its content, all of it on the screen. */
  async widen(frame, width) {
    await this.page.setViewportSize({ width: width + 140, height: 3_000 });
    await this.element.evaluate((element, width) => (element.style.width = `${width}px`), width);
    await frame.waitForFunction((width) => {
      const content = Math.ceil(document.querySelector("main").getBoundingClientRect().height);
      return innerWidth === width && innerHeight === Math.max(content, 96);
    }, width);
  }
}
