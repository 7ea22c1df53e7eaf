// Where the sandbox under test is, and a signed-in official SDK for it.
//
// SANDBOX_URL names a running sandbox; else SANDBOX_BIN is started on a free port with an empty world.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
  DataCenter,
  FileStore,
  InitializeBuilder,
  Levels,
  LogBuilder,
  OAuthBuilder,
  SDKConfigBuilder,
} from "@zohocrm/nodejs-sdk-8.0";

const CLIENT = { id: "1000.SANDBOXCLIENT", secret: "sandbox-zoho-secret" };
const REDIRECT = "http://localhost:8787/auth/zoho/callback";
export const SCOPES = [
  "ZohoCRM.modules.ALL",
  "ZohoCRM.settings.ALL",
  "ZohoCRM.org.ALL",
  "ZohoCRM.users.READ",
  "ZohoCRM.coql.READ",
  "ZohoSearch.securesearch.READ",
];

/** Finds or starts the sandbox: its base URL, and how to stop it. */
export async function startSandbox() {
  if (process.env.SANDBOX_URL) {
    return { url: process.env.SANDBOX_URL, stop: async () => {} };
  }
  if (!process.env.SANDBOX_BIN) {
    throw new Error("set SANDBOX_BIN to the sandbox's program, or SANDBOX_URL to a running sandbox");
  }
  const child = spawn(process.env.SANDBOX_BIN, ["--port", "0", "--seed", "empty", "--until-stdin-closes"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise((resolve, reject) => {
    lines.on("line", (line) => {
      const ready = /^sandbox ready on (\S+)/.exec(line);
      if (ready) resolve(ready[1]);
    });
    ended.then((code) => reject(new Error(`the sandbox ended with ${code} before it was ready`)));
  });
  return {
    url,
    stop: async () => {
      child.stdin.end();
      child.kill();
      await ended;
    },
  };
}

/** Walks through the consent page as a person would and returns the address that the browser is sent to. */
export async function consent(url, user = "user-ana-admin", scopes = SCOPES) {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: CLIENT.id,
    scope: scopes.join(","),
    redirect_uri: REDIRECT,
    access_type: "offline",
    prompt: "consent",
    state: "the-state",
  });
  const page = await (await fetch(`${url}/zoho/accounts/oauth/v2/auth?${query}`)).text();
  const form = new URLSearchParams();
  for (const [, name, value] of page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)) {
    form.set(name, value.replaceAll("&amp;", "&"));
  }
  const choice = new RegExp(`name="user" value="([^"]*)" id="${user}"`).exec(page);
  if (!choice) throw new Error(`the consent page does not offer ${user}`);
  form.set("user", choice[1]);
  form.set("decision", "accept");
  const action = /<form [^>]*action="([^"]*)"/.exec(page)[1];
  const answer = await fetch(action, { method: "POST", body: form, redirect: "manual" });
  return new URL(answer.headers.get("location"));
}

/** Points the official SDK at the sandbox and signs it in through the real consent and token flow. */
export async function initializeSdk(url) {
  const code = (await consent(url)).searchParams.get("code");
  const token = new OAuthBuilder()
    .clientId(CLIENT.id)
    .clientSecret(CLIENT.secret)
    .grantToken(code)
    .redirectURL(REDIRECT)
    .build();
  // The SDK's own way to another host: an environment of its DataCenter class.
  const environment = DataCenter.setEnvironment(`${url}/zoho/api`, `${url}/zoho/accounts/oauth/v2/token`, `${url}/zoho/api`);
  const config = new SDKConfigBuilder().autoRefreshFields(false).pickListValidation(false).build();
  // The SDK keeps its token and the fields metadata in files.
  const folder = mkdtempSync(join(tmpdir(), "zoho-sdk-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  await (await new InitializeBuilder())
    .environment(environment)
    .token(token)
    .store(new FileStore(join(folder, "tokens.txt")))
    .SDKConfig(config)
    .resourcePath(folder)
    .logger(new LogBuilder().level(Levels.OFF).filePath(join(folder, "log.txt")).build())
    .initialize();
}
