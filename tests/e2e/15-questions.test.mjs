// What only a person can know about a record is asked in its panel, and nothing is linked or written before the answer.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { person } from "./support/people.mjs";
import { FIRST_ACCOUNT } from "./support/records.mjs";
import { startStack } from "./support/stack.mjs";

let stack, ana, name, contact;

before(async () => {
  stack = await startStack("questions");
  ana = await person(stack);
  await (await ana.setUp("Accounts", FIRST_ACCOUNT)).is("not-synced");
  name = (await stack.control.crm("Accounts", FIRST_ACCOUNT)).Account_Name;
  // Somebody else of the same name: another address, another number.
  contact = await stack.control.addToXero("Contacts", {
    Name: name,
    EmailAddress: "office@elsewhere.example",
    Phones: [{ PhoneType: "DEFAULT", PhoneNumber: "5550 7777", PhoneAreaCode: "07", PhoneCountryCode: "61" }],
  });
});
after(async () => {
  await ana?.leave();
  await stack?.stop();
});

const account = () => stack.control.crm("Accounts", FIRST_ACCOUNT);

test("a contact of the same name that may be somebody else's is asked about, with both sides' values", async () => {
  const mark = await stack.control.mark();
  const panel = await ana.open("Accounts", FIRST_ACCOUNT);
  await panel.is("failed");
  assert.equal(await panel.text("headline"), "Needs a decision");
  assert.deepEqual(await panel.problems(), ["contact-in-doubt"]);
  const asked = await panel.text("question");
  assert.ok(asked.includes("office@elsewhere.example"), asked);
  await panel.look("question-contact");
  assert.deepEqual(await stack.control.changes(mark), [], "nothing was written");
  assert.equal((await account()).Xero_ID ?? null, null);
});

test("who may not answer is told that something is asked, and nothing of the other record", async () => {
  const sam = await person(stack, { email: "sam@bluegum.example" });
  const panel = await sam.open("Accounts", FIRST_ACCOUNT);
  await sam.signIn(panel, "sam-sales");
  await panel.is("failed");
  await panel.at("ask-administrator").waitFor();
  assert.doesNotMatch(await panel.root.innerText(), /elsewhere|5550 7777/);
  await panel.look("question-for-others");
  await sam.leave();
});

test("the answer is what happens: they are the same, and each side keeps its values", async () => {
  const panel = await ana.open("Accounts", FIRST_ACCOUNT);
  await panel.is("failed");
  await panel.at("remedy").selectOption({ index: 1 });
  await panel.at("remedy-save").click();
  await panel.is("not-synced");
  assert.match(await panel.text("headline"), /not linked yet/);
  await panel.look("question-answered");
  await panel.at("primary").click();
  await panel.is("done");
  const named = (await stack.control.xero("Contacts")).filter((one) => one.Name === name);
  assert.equal(named.length, 1, "no second contact was made");
  assert.equal(named[0].EmailAddress, "office@elsewhere.example");
  assert.equal((await account()).Xero_ID, named[0].ContactID);
});

test("no page had an error", () => assert.deepEqual(ana.errors, []));
