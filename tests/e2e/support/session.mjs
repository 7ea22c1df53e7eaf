// A signed-in user without a browser: for tests of the API itself. The vendors' pages are filled in as a person would.

import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

/** How long a run may take on a busy machine, in milliseconds. */
const PATIENCE = Number(process.env.RUN_PATIENCE ?? 240_000);
/** How often somebody looks at a run: a session may ask five times a second for long. */
const LOOK_EVERY = 250;
const ENDED = ["done", "cancelled", "failed"];

const ENTITIES = { lt: "<", gt: ">", quot: '"', amp: "&", "#39": "'" };
/** What a page or a letter says where HTML has to write it in another way. */
export const plain = (html) => html.replace(/&(lt|gt|quot|amp|#39);/g, (_, name) => ENTITIES[name]);

/** The fields that a consent page's form sends by itself. */
function hidden(html) {
  const fields = html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g);
  return new URLSearchParams([...fields].map(([, name, value]) => [plain(name), plain(value)]));
}

/** Sends a consent page's form; answers the message of the popup's last page. */
async function agree(to, fields) {
  const answer = await fetch(to, { method: "POST", body: fields });
  const html = await answer.text();
  const message = /postMessage\((\{.*?\}), window\.location\.origin\)/.exec(html)?.[1];
  assert.ok(message, `the popup ended with ${answer.status}: ${html.slice(0, 400)}`);
  const { code, problem } = JSON.parse(message);
  assert.equal(problem, null, JSON.stringify(problem));
  return code;
}

/** The address to which a window's first page leads on. That page is ours. */
async function firstPage(url) {
  const html = await (await fetch(url)).text();
  const on = /href="([^"]*)" data-testid="go-on"/.exec(html)?.[1];
  assert.ok(on, `the window's first page leads nowhere: ${html.slice(0, 400)}`);
  return plain(on);
}

/** A verifier and its challenge. */
export function secrets() {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

/** Signs in as a user of the CRM; with `connect` an administrator connects the CRM in the same go. */
export async function signIn(stack, { user = "ana-admin", connect = false } = {}) {
  const nobody = new Session(stack, null);
  const { verifier, challenge } = secrets();
  const { url } = await nobody.json("POST", "/api/sign-in", { challenge, connect });
  const page = await (await fetch(await firstPage(url))).text();
  const fields = hidden(page);
  const id = new RegExp(`value="([^"]*)" id="user-${user}"`).exec(page)?.[1];
  assert.ok(id, `Zoho's page has no user ${user}: ${page.slice(0, 400)}`);
  fields.set("user", id);
  fields.set("decision", "accept");
  const code = await agree(plain(/action="([^"]*)"/.exec(page)[1]), fields);
  // Whoever keeps no cookie gets a token.
  const { token } = await nobody.json("POST", "/api/session", { code, verifier });
  assert.ok(token, "no token, although no cookie was kept");
  return new Session(stack, token);
}

/** The administrator of an organisation in another data centre, which uses the same installation with books of its own. */
export async function stranger(stack) {
  const nobody = new Session(stack, null);
  const { verifier, challenge } = secrets();
  const { url } = await nobody.json("POST", "/api/sign-in", { challenge, connect: true });
  // Zoho's page of the first data centre sends them to their own.
  const chooses = (page, user) => {
    const fields = hidden(page);
    fields.set("user", new RegExp(`value="([^"]*)" id="user-${user}"`).exec(page)[1]);
    fields.set("decision", "accept");
    return [plain(/action="([^"]*)"/.exec(page)[1]), fields];
  };
  const first = await (await fetch(await firstPage(url))).text();
  const [there, body] = chooses(first, "dc-eu");
  const second = await (await fetch(there, { method: "POST", body })).text();
  const code = await agree(...chooses(second, "elke-europe"));
  const { token } = await nobody.json("POST", "/api/session", { code, verifier });
  return withXero(new Session(stack, token), "Kauri Imports Ltd");
}

/** An administrator of a new installation, with both sides connected. */
export async function connected(stack) {
  return withXero(await signIn(stack, { connect: true }), "Blue Gum Trading Pty Ltd");
}

/** Connects a Xero organisation, which Xero's page calls by this name. */
async function withXero(session, name) {
  const { verifier, challenge } = secrets();
  const { url } = await session.json("POST", "/api/connection/xero", { challenge });
  const consent = await firstPage(url);
  const page = await (await fetch(consent)).text();
  const fields = hidden(page);
  const tenant = new RegExp(`value="([^"]*)"[^>]*> ${name}<`).exec(page)?.[1];
  assert.ok(tenant, `Xero's page has no such organisation: ${page.slice(0, 400)}`);
  fields.set("tenant", tenant);
  fields.set("decision", "allow");
  const code = await agree(consent, fields);
  const { connected } = await session.json("POST", "/api/connection/xero/claim", { code, verifier });
  assert.equal(connected?.name, name);
  return session;
}

/** A session and what can be asked with it. */
class Session {
  constructor(stack, token) {
    Object.assign(this, { stack, token });
  }

  /** The same installation with another token; none: without a session. */
  of(token) {
    return new Session(this.stack, token);
  }

  /** One call of the API, as a page of ours makes it. */
  api(method, path, body) {
    const headers = { "content-type": "application/json" };
    // As from a page of the installation.
    if (method !== "GET") Object.assign(headers, { origin: this.stack.workerUrl, "x-ledgerlink": "1" });
    if (this.token) headers.authorization = `Bearer ${this.token}`;
    // What starts or changes something names itself: here each call is another one.
    if (method === "POST") headers["idempotency-key"] = randomUUID();
    const wanted = body === undefined && method !== "GET" ? {} : body;
    return fetch(this.stack.workerUrl + path, { method, headers, body: wanted && JSON.stringify(wanted) });
  }

  /** The JSON of a call that has to end with this status. */
  async json(method, path, body, status = 200) {
    const answer = await this.api(method, path, body);
    const text = await answer.text();
    assert.equal(answer.status, status, `${method} ${path}: ${text}`);
    return text === "" ? null : JSON.parse(text);
  }

  /** Begins a run. */
  startRun(request) {
    return this.json("POST", "/api/runs", request, 201);
  }

  /** Looks at a run until it fits. */
  async runWhere(id, what, fits) {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const run = await this.json("GET", `/api/runs/${id}`);
      if (fits(run)) return run;
      const lost = ENDED.includes(run.state) || Date.now() > deadline;
      assert.ok(!lost, `the run should be ${what}, but is ${JSON.stringify(run)}`);
      await pause(LOOK_EVERY);
    }
  }

  /** Looks at a run until it has ended well. */
  runDone(id) {
    return this.runWhere(id, "done", (run) => run.state === "done");
  }

  /** All entries that fit a query, read page by page. */
  async entries(query, limit = 50) {
    const found = [];
    for (let more = true; more; ) {
      const before = found.length > 0 ? `&before=${found.at(-1).id}` : "";
      const page = await this.json("GET", `/api/entries?${query}&limit=${limit}${before}`);
      assert.ok(page.entries.length <= limit && (page.entries.length === limit || !page.more), "pages are full");
      found.push(...page.entries);
      more = page.more;
    }
    return found;
  }

  /** What a run tells while it lasts: its views in order, up to the end of the stream. */
  async follow(id) {
    const headers = { authorization: `Bearer ${this.token}` };
    const answer = await fetch(`${this.stack.workerUrl}/api/runs/${id}/events`, { headers });
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-type"), /^text\/event-stream/);
    const views = [];
    let rest = "";
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      const events = (rest + chunk).split("\n\n");
      rest = events.pop();
      for (const event of events) {
        const lines = event.split("\n");
        if (!lines.includes("event: run")) continue;
        const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
        views.push(JSON.parse(data.join("\n")));
      }
    }
    return views;
  }
}

/** Whether the record counts of a run and of each of its pairs add up, and together. */
export function addsUp(run) {
  const parts = ["created", "updated", "unchanged", "skipped", "failed", "deferred", "undecided"];
  const sums = Object.fromEntries([...parts, "candidates"].map((part) => [part, 0]));
  for (const { module, counts } of run.pairs) {
    const sum = parts.reduce((sum, part) => sum + counts[part], 0);
    assert.equal(counts.candidates, sum, `${module}: ${JSON.stringify(counts)}`);
    for (const part of Object.keys(sums)) sums[part] += counts[part];
  }
  assert.deepEqual(run.counts, sums, "all pairs together");
}
