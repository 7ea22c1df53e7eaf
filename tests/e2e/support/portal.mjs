// The portal in the CRM's web tab, or alone in a tab of the browser, by its stable names.

import assert from "node:assert/strict";
import { axe, picture } from "./look.mjs";

/** Phone, tablet, laptop, large screen. */
const SIZES = [
  { width: 360, height: 800 },
  { width: 768, height: 1024 },
  { width: 1280, height: 900 },
  { width: 1920, height: 1080 },
];

export class Portal {
  /** The portal in the frame of this name; without a name it is the page itself. */
  constructor(page, frame) {
    this.page = page;
    this.element = frame && page.getByTestId(frame);
    this.root = frame ? page.frameLocator(`[data-testid="${frame}"]`) : page;
  }

  /** Anything in the portal by its name. */
  at(name) {
    return this.root.getByTestId(name);
  }

  /** The text of what has this name, as a person sees it, on one line. */
  async text(name) {
    return (await this.at(name).first().innerText()).replace(/\s+/g, " ").trim();
  }

  /** The real frame, for what a locator can't do. */
  async content() {
    return this.element ? (await this.element.elementHandle()).contentFrame() : this.page.mainFrame();
  }

  /** Waits until this screen is shown to somebody who is signed in. */
  async is(screen) {
    const main = this.root.locator(`[data-stage="ready"] main[data-testid="portal"][data-screen="${screen}"]`);
    try {
      await main.waitFor();
    } catch (error) {
      const shown = await this.at("portal").innerText({ timeout: 1_000 }).catch(() => `${error}`);
      assert.fail(`the portal should be at ${screen}, but shows:\n${shown}`);
    }
    return this;
  }

  /** Goes to a screen by the rail. */
  async open(screen) {
    await this.at(`rail-${screen}`).click();
    return this.is(screen);
  }

  /** Goes to an address of the portal, such as `#/log?outcome=failed`, as a link would. */
  async go(hash) {
    const frame = await this.content();
    await frame.evaluate((hash) => (location.hash = hash), hash);
    return this;
  }

  /** The address that the portal shows: what stands behind the `#`, with it. */
  async hash() {
    return (await this.content()).evaluate(() => location.hash);
  }

  /** Waits until nothing is on its way any more. */
  async settled() {
    const frame = await this.content();
    await frame.waitForFunction(() => document.querySelector(".skeleton, .bone, [aria-busy=true]") === null);
    return this;
  }

  /** The steps of the set-up and how they stand: `{ crm: "done", … }`. */
  async steps() {
    const steps = await this.at("step").evaluateAll((all) => all.map((step) => [step.dataset.step, step.dataset.standing]));
    return Object.fromEntries(steps);
  }

  /** Waits until a step of the set-up stands like this. */
  async step(name, standing) {
    await this.root.locator(`[data-testid="step"][data-step="${name}"][data-standing="${standing}"]`).waitFor();
  }

  /** How much wider than the window the portal is, as a finding; nothing where it fits. */
  async tooWide(frame) {
    const overflow = await frame.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    return overflow > 0 ? [`${overflow} px too wide`] : [];
  }

  /** Takes one picture of the portal as it is now, and asks axe and a ruler about it. */
  async glance(name) {
    await this.settled();
    const frame = await this.content();
    const findings = [...(await this.tooWide(frame)), ...(await axe(frame))];
    await picture(this.element ?? this.page, `portal-${name}`);
    assert.deepEqual(findings, [], `${name}: what axe and a ruler find`);
  }

  /**
   * Opens something while every answer of the Worker is held back until an outline is shown: `outlines` are those that
   * come one after the other. Answers how far things then moved by themselves, as the browser's layout shift has it.
   */
  async moved(open, outlines) {
    let held = [];
    const hold = async (route) => {
      if (held) await new Promise((then) => held.push(then));
      await route.continue();
    };
    await this.page.route("**/api/**", hold);
    await open();
    for (const outline of outlines) {
      await this.root.locator(outline).first().waitFor();
      const releases = held;
      held = outline === outlines.at(-1) ? null : [];
      for (const release of releases) release();
    }
    await this.settled();
    await this.page.unroute("**/api/**", hold);
    const frame = await this.content();
    return frame.evaluate(async () => {
      // What has come is laid out after two frames.
      await new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)));
      // A frame may be laid out before its style sheet has come; what is not painted yet moves for nobody.
      const [{ startTime: painted }] = performance.getEntriesByName("first-paint");
      const seen = globalThis.shifts.splice(0).filter((shift) => shift.startTime >= painted);
      return seen.reduce((sum, shift) => sum + shift.value, 0);
    });
  }

  /** From the next page on the browser notes what moves without anybody's doing. */
  async watchShifts() {
    await this.page.addInitScript(() => {
      globalThis.shifts = [];
      const note = (list) => globalThis.shifts.push(...list.getEntries().filter((shift) => !shift.hadRecentInput));
      new PerformanceObserver(note).observe({ type: "layout-shift", buffered: true });
    });
  }

  /**
   * Takes the portal's picture in both themes at each size, and asks axe and a ruler about it: `name` is the screen's and
   * the state's. The window stays as it was.
   */
  async look(name) {
    await this.settled();
    const frame = await this.content();
    const size = this.page.viewportSize();
    const theme = await frame.evaluate(() => document.documentElement.dataset.theme);
    const findings = [];
    for (const shade of ["light", "dark"]) {
      await frame.evaluate((shade) => (document.documentElement.dataset.theme = shade), shade);
      for (const { width, height } of SIZES) {
        await this.page.setViewportSize({ width, height });
        await frame.waitForFunction((width) => innerWidth === width, width);
        // What follows the size has followed it after two frames.
        await frame.evaluate(() => new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then))));
        for (const finding of await this.tooWide(frame)) findings.push(`${shade} ${width}: ${finding}`);
        // Narrow and light, wide and dark: each rule meets both layouts and both sets of colours.
        if ((shade === "light" && width <= 768) || (shade === "dark" && width >= 1280)) {
          for (const finding of await axe(frame)) findings.push(`${shade} ${width}: ${finding}`);
        }
        await picture(this.element ?? this.page, `portal-${name}-${shade}-${width}`);
      }
    }
    await frame.evaluate((theme) => {
      if (theme === undefined) delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = theme;
    }, theme);
    await this.page.setViewportSize(size);
    assert.deepEqual(findings, [], `${name}: what axe and a ruler find`);
  }
}
