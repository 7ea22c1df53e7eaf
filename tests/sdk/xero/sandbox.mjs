// Starts the sandbox (or uses a running one) and goes through Xero's consent pages by plain fetch:
// the SDK's own sign-in cannot be pointed at another host, its API classes can.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const CLIENT = { id: "SANDBOXXEROCLIENT", secret: "sandbox-xero-secret" };
const CALLBACK = "http://localhost:8787/auth/xero/callback";
export const SCOPES =
  "openid profile email offline_access accounting.contacts accounting.invoices accounting.payments accounting.settings";

/** `SANDBOX_URL` is a running sandbox; otherwise `SANDBOX_BIN` is started on a free port with no data. */
export async function startSandbox() {
  if (process.env.SANDBOX_URL) return { url: process.env.SANDBOX_URL.replace(/\/$/, ""), stop: async () => {} };
  const binary = process.env.SANDBOX_BIN;
  assert.ok(binary, "set SANDBOX_BIN to the sandbox program, or SANDBOX_URL to a running one");
  const child = spawn(binary, ["--port", "0", "--seed", "empty", "--until-stdin-closes"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const stop = async () => {
    if (child.exitCode !== null) return;
    child.kill();
    await once(child, "exit");
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/localhost:\d+/.exec(line)?.[0];
    if (url) return { url, stop };
  }
  throw new Error("the sandbox ended before it was ready");
}

function form(fields) {
  return { method: "POST", body: new URLSearchParams(fields), redirect: "manual" };
}

/** Opens the consent page, chooses the organisation by its name, clicks Allow; gives the callback's code. */
export async function consent(base, organisation, scope = SCOPES) {
  const asked = { response_type: "code", client_id: CLIENT.id, redirect_uri: CALLBACK, scope, state: "the state" };
  const page = await fetch(`${base}/xero/login/identity/connect/authorize?${new URLSearchParams(asked)}`);
  assert.equal(page.status, 200);
  assert.equal(page.headers.get("content-security-policy"), "frame-ancestors 'none'");
  const html = await page.text();
  const tenant = new RegExp(`value="([^"]+)"[^>]*> ${organisation}<`).exec(html)?.[1];
  assert.ok(tenant, `the page offers ${organisation}`);
  const answer = await fetch(
    `${base}/xero/login/identity/connect/authorize`,
    form({ ...asked, tenant, decision: "allow" }),
  );
  assert.equal(answer.status, 302);
  const target = new URL(answer.headers.get("location"));
  assert.equal(target.origin + target.pathname, CALLBACK);
  assert.equal(target.searchParams.get("state"), "the state");
  return target.searchParams.get("code");
}

/** A call of the token endpoint. */
export async function token(base, fields) {
  const request = form(fields);
  request.headers = { authorization: `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString("base64")}` };
  return fetch(`${base}/xero/identity/connect/token`, request);
}

/** Consent and code exchange: the token set as Xero gives it. */
export async function connect(base, organisation, scope) {
  const code = await consent(base, organisation, scope);
  const response = await token(base, { grant_type: "authorization_code", code, redirect_uri: CALLBACK });
  assert.equal(response.status, 200);
  return response.json();
}
