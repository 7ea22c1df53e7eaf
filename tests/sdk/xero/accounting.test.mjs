// Xero's official Node SDK reads and writes the stand-in Xero: the sandbox is good enough when it does not complain.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import xero from "xero-node";
import { connect, startSandbox, token } from "./sandbox.mjs";

const { AccountingApi, CreditNote, Invoice, LineAmountTypes, Payment, Phone, Address, XeroClient } = xero;
const ZERO = "00000000-0000-0000-0000-000000000000";

let sandbox;
let tokens;
let tenant;
let api;

before(async () => {
  sandbox = await startSandbox();
  tokens = await connect(sandbox.url, "Blue Gum Trading Pty Ltd");
  const response = await fetch(`${sandbox.url}/xero/api/connections`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  [{ tenantId: tenant }] = await response.json();
  api = new AccountingApi(`${sandbox.url}/xero/api/api.xro/2.0`);
  api.accessToken = tokens.access_token;
});
after(() => sandbox?.stop());

/** A new minute for each test: 60 calls a minute are all that Xero takes. */
beforeEach(async () => {
  const response = await fetch(`${sandbox.url}/control/clock`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ advance_seconds: 60 }),
  });
  assert.ok(response.ok, await response.text());
});

/** The SDK rejects with a text; this is what the API said. */
async function refusal(promise) {
  const error = await promise.then(
    () => assert.fail("the call must be refused"),
    (reason) => JSON.parse(reason),
  );
  return error.response;
}

let counter = 0;
/** A name that no other test uses. */
const unique = (name) => `${name} ${process.pid} ${(counter += 1)}`;

async function contact() {
  const { body } = await api.createContacts(tenant, { contacts: [{ name: unique("Customer") }] });
  return body.contacts[0];
}

const line = (more = {}) => ({
  description: "Work",
  quantity: 2,
  unitAmount: 10.5,
  accountCode: "200",
  taxType: "OUTPUT",
  ...more,
});

async function invoice(more = {}) {
  const { contactID } = await contact();
  const { body } = await api.createInvoices(tenant, {
    invoices: [
      {
        type: Invoice.TypeEnum.ACCREC,
        contact: { contactID },
        date: "2026-11-20",
        dueDate: "2026-12-20",
        lineAmountTypes: LineAmountTypes.Exclusive,
        status: Invoice.StatusEnum.AUTHORISED,
        lineItems: [line()],
        ...more,
      },
    ],
  });
  return body.invoices[0];
}

async function pay(invoiceID, amount) {
  const accounts = await api.getAccounts(tenant, undefined, 'Type=="BANK" AND Code=="090"');
  const { accountID } = accounts.body.accounts[0];
  const { body } = await api.createPayment(tenant, {
    invoice: { invoiceID },
    account: { accountID },
    date: "2026-11-21",
    amount,
    reference: "by bank",
  });
  return body.payments[0];
}

const isDate = (value, day) => {
  assert.ok(value instanceof Date, `a Date, not ${value}`);
  assert.equal(value.toISOString().slice(0, 10), day);
};

test("the SDK takes the tokens, and a refresh rotates them", async () => {
  const client = new XeroClient();
  client.setTokenSet(tokens);
  assert.equal(client.readTokenSet().expired(), false);
  const claims = JSON.parse(Buffer.from(tokens.access_token.split(".")[1], "base64url"));
  assert.ok(claims.authentication_event_id && claims.xero_userid);
  const response = await token(sandbox.url, { grant_type: "refresh_token", refresh_token: tokens.refresh_token });
  const renewed = await response.json();
  assert.notEqual(renewed.refresh_token, tokens.refresh_token);
  tokens = renewed;
  api.accessToken = tokens.access_token;
  await api.getOrganisations(tenant);
});

test("contacts are created, read in four ways, updated and archived", async () => {
  const name = unique("Acme");
  const contactNumber = unique("zcrm:a:");
  const { body } = await api.createContacts(tenant, {
    contacts: [
      {
        name,
        contactNumber,
        emailAddress: "office@acme.example",
        phones: [{ phoneType: Phone.PhoneTypeEnum.MOBILE, phoneNumber: "5551234", phoneAreaCode: "02" }],
        addresses: [{ addressType: Address.AddressTypeEnum.POBOX, city: "Sydney", country: "Australia" }],
        contactPersons: [{ firstName: "Ann", lastName: "Lee", emailAddress: "ann@acme.example", includeInEmails: true }],
        paymentTerms: { sales: { day: 30, type: "DAYSAFTERBILLDATE" } },
      },
    ],
  });
  const made = body.contacts[0];
  assert.equal(made.phones.length, 4);
  assert.equal(made.addresses.length, 2);
  isDate(made.updatedDateUTC, made.updatedDateUTC.toISOString().slice(0, 10));

  const read = (await api.getContact(tenant, made.contactID)).body.contacts[0];
  assert.equal(read.contactPersons[0].firstName, "Ann");
  assert.equal(read.paymentTerms.sales.day, 30);
  assert.equal((await api.getContactByContactNumber(tenant, contactNumber)).body.contacts[0].contactID, made.contactID);
  const found = await api.getContacts(tenant, undefined, `Name=="${name.toUpperCase()}"`, "Name ASC");
  assert.equal(found.body.contacts[0].contactID, made.contactID);
  const paged = await api.getContacts(tenant, undefined, undefined, undefined, [made.contactID], 1, true, false, undefined, 10);
  assert.deepEqual(
    [paged.body.pagination.page, paged.body.pagination.pageSize, paged.body.pagination.itemCount],
    [1, 10, 1],
  );
  const none = await api.getContacts(tenant, new Date(Date.UTC(2099, 0, 1)));
  assert.equal(none.body.contacts.length, 0);

  const updated = await api.updateContact(tenant, made.contactID, { contacts: [{ taxNumber: "12 345" }] });
  assert.equal(updated.body.contacts[0].emailAddress, "office@acme.example");
  const upserted = await api.updateOrCreateContacts(tenant, { contacts: [{ name, accountNumber: "A-7" }] });
  assert.equal(upserted.body.contacts[0].contactID, made.contactID);
  await api.updateContact(tenant, made.contactID, { contacts: [{ contactStatus: "ARCHIVED" }] });
  const error = await refusal(api.updateContact(tenant, made.contactID, { contacts: [{ taxNumber: "9" }] }));
  assert.equal(error.statusCode, 400);
  assert.match(error.body.Elements[0].ValidationErrors[0].Message, /matched an archived contact/);
});

test("a batch is refused whole with summarizeErrors and row by row without", async () => {
  const { name } = await contact();
  const batch = () => ({ contacts: [{ name }, { name: unique("Good") }] });
  const error = await refusal(api.createContacts(tenant, batch(), true));
  assert.equal(error.statusCode, 400);
  assert.equal(error.body.Type, "ValidationException");
  const { body } = await api.createContacts(tenant, batch(), false);
  assert.equal(body.contacts[0].contactID, ZERO);
  assert.equal(body.contacts[0].hasValidationErrors, true);
  assert.match(body.contacts[0].validationErrors[0].message, /is already assigned to another contact/);
  assert.equal(body.contacts[1].statusAttributeString, "OK");
});

test("an idempotency key replays the answer and refuses another request", async () => {
  const key = unique("key");
  const contacts = { contacts: [{ name: unique("Once") }] };
  const first = await api.createContacts(tenant, contacts, true, key);
  const second = await api.createContacts(tenant, contacts, true, key);
  assert.equal(first.body.contacts[0].contactID, second.body.contacts[0].contactID);
  const error = await refusal(api.createContacts(tenant, { contacts: [{ name: unique("Twice") }] }, true, key));
  assert.match(JSON.stringify(error.body), /is used with a different request/);
});

test("items are created, read, updated and deleted", async () => {
  const code = unique("FW").replaceAll(" ", "-");
  const item = {
    code,
    name: "Firewall",
    description: "A firewall",
    salesDetails: { unitPrice: 10.1234, accountCode: "200", taxType: "OUTPUT" },
    purchaseDetails: { unitPrice: 7.5, accountCode: "300", taxType: "INPUT" },
  };
  const { body } = await api.createItems(tenant, { items: [item] }, true, 4);
  const { itemID } = body.items[0];
  assert.equal((await api.getItem(tenant, itemID, 4)).body.items[0].salesDetails.unitPrice, 10.1234);
  assert.equal((await api.getItem(tenant, itemID)).body.items[0].salesDetails.unitPrice, 10.12);
  const updated = await api.updateItem(tenant, itemID, { items: [{ code, name: "Better" }] });
  assert.equal(updated.body.items[0].name, "Better");
  assert.ok(updated.body.items[0].updatedDateUTC instanceof Date);
  assert.equal((await api.updateOrCreateItems(tenant, { items: [{ code }] }, false)).body.items[0].itemID, itemID);
  const found = await api.getItems(tenant, undefined, `Code=="${code}" AND IsSold==true`, "Code ASC", 4);
  assert.equal(found.body.items.length, 1);
  assert.equal((await api.deleteItem(tenant, itemID)).response.status, 204);
  assert.equal((await refusal(api.getItem(tenant, itemID))).statusCode, 404);
});

test("sales invoices and bills are created, read, listed, updated and voided", async () => {
  const sale = await invoice({ lineItems: [line({ discountRate: 10 })], reference: "zcrm:1", url: "https://crm.example/1" });
  assert.deepEqual([sale.subTotal, sale.totalTax, sale.total], [18.9, 1.89, 20.79]);
  assert.equal(sale.lineAmountTypes, "Exclusive");
  isDate(sale.date, "2026-11-20");
  isDate(sale.dueDate, "2026-12-20");
  const read = (await api.getInvoice(tenant, sale.invoiceID, 4)).body.invoices[0];
  assert.equal(read.lineItems[0].discountRate, 10);
  assert.equal(read.amountDue, 20.79);
  const bill = await invoice({
    type: Invoice.TypeEnum.ACCPAY,
    invoiceNumber: "PO-1",
    lineAmountTypes: LineAmountTypes.Inclusive,
    lineItems: [line({ accountCode: "429", taxType: "INPUT", tracking: [{ name: "Region", option: "North" }] })],
  });
  assert.deepEqual([bill.subTotal, bill.totalTax, bill.total], [19.09, 1.91, 21]);
  assert.equal(bill.lineItems[0].tracking[0].option, "North");

  const ids = [sale.invoiceID, bill.invoiceID];
  const unpaged = await api.getInvoices(tenant, undefined, undefined, undefined, ids);
  assert.deepEqual(unpaged.body.invoices.map((row) => row.lineItems.length), [0, 0]);
  const paged = await api.getInvoices(tenant, undefined, 'Type=="ACCPAY"', "UpdatedDateUTC DESC", ids, undefined, undefined, ["AUTHORISED"], 1);
  assert.deepEqual(paged.body.invoices.map((row) => [row.invoiceID, row.lineItems.length]), [[bill.invoiceID, 1]]);

  const [kept] = sale.lineItems;
  const updated = await api.updateInvoice(tenant, sale.invoiceID, {
    invoices: [{ lineItems: [{ lineItemID: kept.lineItemID, quantity: 1 }, line({ description: "More" })] }],
  });
  assert.equal(updated.body.invoices[0].lineItems[0].lineItemID, kept.lineItemID);
  assert.equal(updated.body.invoices[0].lineItems.length, 2);
  const online = await api.getOnlineInvoice(tenant, sale.invoiceID);
  assert.match(online.body.onlineInvoices[0].onlineInvoiceUrl, /^https:\/\/in\.xero\.com\//);

  const wrong = { invoices: [{ invoiceID: sale.invoiceID, status: Invoice.StatusEnum.DELETED }] };
  const row = (await api.updateOrCreateInvoices(tenant, wrong, false)).body.invoices[0];
  assert.equal(row.statusAttributeString, "ERROR");
  assert.equal(row.validationErrors[0].message, "Invoice not of valid status for modification");
  const voided = await api.updateInvoice(tenant, sale.invoiceID, { invoices: [{ status: Invoice.StatusEnum.VOIDED }] });
  assert.equal(voided.body.invoices[0].status, "VOIDED");
});

test("what the SDK reads it can write back", async () => {
  const made = await invoice();
  const { body } = await api.getInvoice(tenant, made.invoiceID, 4);
  const [document] = body.invoices;
  document.reference = "round trip";
  const written = await api.updateInvoice(tenant, made.invoiceID, { invoices: [document] }, 4);
  assert.equal(written.body.invoices[0].reference, "round trip");
  assert.equal(written.body.invoices[0].lineItems[0].lineItemID, made.lineItems[0].lineItemID);
  assert.equal(written.body.invoices[0].total, made.total);
});

test("payments are made, listed and deleted, and the invoice follows", async () => {
  const sale = await invoice();
  const payment = await pay(sale.invoiceID, 23.1);
  assert.equal(payment.paymentType, Payment.PaymentTypeEnum.ACCRECPAYMENT);
  isDate(payment.date, "2026-11-21");
  const paid = (await api.getInvoice(tenant, sale.invoiceID)).body.invoices[0];
  assert.deepEqual([paid.status, paid.amountDue, paid.amountPaid, paid.payments.length], ["PAID", 0, 23.1, 1]);
  isDate(paid.fullyPaidOnDate, "2026-11-21");
  const listed = await api.getPayments(tenant, undefined, `Invoice.InvoiceID==Guid("${sale.invoiceID}")`, undefined, 1);
  assert.equal(listed.body.payments[0].paymentID, payment.paymentID);
  const batch = { payments: [{ invoice: { invoiceID: sale.invoiceID }, account: { code: "090" }, amount: 1, date: "2026-11-21" }] };
  const refused = await refusal(api.createPayments(tenant, batch, true));
  assert.match(JSON.stringify(refused.body), /exceeds the amount outstanding/);
  await api.deletePayment(tenant, payment.paymentID, { status: "DELETED" });
  assert.equal((await api.getPayment(tenant, payment.paymentID)).body.payments[0].status, "DELETED");
  assert.equal((await api.getInvoice(tenant, sale.invoiceID)).body.invoices[0].status, "AUTHORISED");
});

test("credit notes are created, allocated and freed", async () => {
  const sale = await invoice();
  const { body } = await api.createCreditNotes(tenant, {
    creditNotes: [
      {
        type: CreditNote.TypeEnum.ACCRECCREDIT,
        contact: { contactID: sale.contact.contactID },
        date: "2026-11-21",
        status: CreditNote.StatusEnum.AUTHORISED,
        lineItems: [line({ quantity: 1, unitAmount: 5 })],
      },
    ],
  });
  const { creditNoteID } = body.creditNotes[0];
  const allocations = { allocations: [{ invoice: { invoiceID: sale.invoiceID }, amount: 5.5, date: "2026-11-21" }] };
  const allocated = await api.createCreditNoteAllocation(tenant, creditNoteID, allocations);
  const { allocationID } = allocated.body.allocations[0];
  const note = (await api.getCreditNote(tenant, creditNoteID)).body.creditNotes[0];
  assert.deepEqual([note.status, note.remainingCredit, note.allocations.length], ["PAID", 0, 1]);
  const credited = (await api.getInvoice(tenant, sale.invoiceID)).body.invoices[0];
  assert.deepEqual([credited.amountCredited, credited.amountDue], [5.5, 17.6]);
  assert.equal(credited.creditNotes[0].appliedAmount, 5.5);
  await api.deleteCreditNoteAllocations(tenant, creditNoteID, allocationID);
  const listed = await api.getCreditNotes(tenant, undefined, 'Type=="ACCRECCREDIT"', undefined, 1);
  assert.equal(listed.body.creditNotes.find((row) => row.creditNoteID === creditNoteID).remainingCredit, 5.5);
  const updated = await api.updateCreditNote(tenant, creditNoteID, { creditNotes: [{ reference: "again" }] });
  assert.equal(updated.body.creditNotes[0].reference, "again");
});

test("the settings lists are read whole and one by one", async () => {
  const { taxRates } = (await api.getTaxRates(tenant)).body;
  assert.equal(taxRates.find((rate) => rate.taxType === "OUTPUT").effectiveRate, 10);
  assert.ok(taxRates.some((rate) => rate.status === "DELETED"));
  assert.equal((await api.getTaxRateByTaxType(tenant, "INPUT")).body.taxRates[0].canApplyToExpenses, true);
  const { accounts } = (await api.getAccounts(tenant, undefined, 'Class=="REVENUE" AND Status=="ACTIVE"', "Code ASC")).body;
  assert.deepEqual(accounts.map((account) => account.code), ["200", "260"]);
  assert.equal((await api.getAccount(tenant, accounts[0].accountID)).body.accounts[0].name, "Sales");
  const { brandingThemes } = (await api.getBrandingThemes(tenant)).body;
  assert.equal(brandingThemes.length, 2);
  assert.ok(brandingThemes[0].createdDateUTC instanceof Date);
  await api.getBrandingTheme(tenant, brandingThemes[0].brandingThemeID);
  const { trackingCategories } = (await api.getTrackingCategories(tenant)).body;
  assert.deepEqual(trackingCategories.map((category) => category.name), ["Region", "Cost Centre"]);
  assert.ok(trackingCategories[0].options.length >= 4);
  await api.getTrackingCategory(tenant, trackingCategories[0].trackingCategoryID);
  const { currencies } = (await api.getCurrencies(tenant)).body;
  assert.deepEqual(currencies.map((currency) => currency.code), ["AUD", "USD"]);
  const [organisation] = (await api.getOrganisations(tenant)).body.organisations;
  assert.deepEqual([organisation.organisationID, organisation.baseCurrency], [tenant, "AUD"]);
  assert.ok(organisation.createdDateUTC instanceof Date);
  const { actions } = (await api.getOrganisationActions(tenant)).body;
  assert.ok(actions.some((action) => action.name === "UseMulticurrency" && action.status === "ALLOWED"));
});

test("the settings lists are written", async () => {
  const account = { code: unique("A").slice(-10), name: unique("Services"), type: "REVENUE", taxType: "OUTPUT" };
  const made = (await api.createAccount(tenant, account)).body.accounts[0];
  const archived = await api.updateAccount(tenant, made.accountID, { accounts: [{ status: "ARCHIVED" }] });
  assert.equal(archived.body.accounts[0].status, "ARCHIVED");
  const taxRates = [{ name: unique("City"), reportTaxType: "OUTPUT", taxComponents: [{ name: "City", rate: 2.5 }] }];
  const rate = (await api.createTaxRates(tenant, { taxRates })).body.taxRates[0];
  assert.equal(rate.effectiveRate, 2.5);
  const deleted = await api.updateTaxRate(tenant, { taxRates: [{ name: rate.name, status: "DELETED" }] });
  assert.equal(deleted.body.taxRates[0].status, "DELETED");
  await api.createCurrency(tenant, { code: "USD", description: "United States Dollar" });
  const [{ trackingCategoryID }] = (await api.getTrackingCategories(tenant)).body.trackingCategories;
  const option = await api.createTrackingOptions(tenant, trackingCategoryID, { name: unique("Centre") });
  assert.ok(option.body.options.length > 4);
});

test("notes are added to a document and read back", async () => {
  const sale = await invoice();
  const historyRecords = { historyRecords: [{ details: "Synced from the CRM" }] };
  const added = await api.createInvoiceHistory(tenant, sale.invoiceID, historyRecords);
  assert.ok(added.body.historyRecords[0].dateUTC instanceof Date);
  const read = await api.getInvoiceHistory(tenant, sale.invoiceID);
  assert.equal(read.body.historyRecords[0].details, "Synced from the CRM");
  const { contactID } = await contact();
  await api.createContactHistory(tenant, contactID, historyRecords);
  assert.equal((await api.getContactHistory(tenant, contactID)).body.historyRecords.length, 1);
});

test("errors reach the SDK as Xero's do", async () => {
  assert.equal((await refusal(api.getInvoice(tenant, "11111111-1111-4111-8111-111111111111"))).statusCode, 404);
  const query = await refusal(api.getItems(tenant, undefined, 'IsSold=="true"'));
  assert.equal(query.body.Type, "QueryParseException");
  const stranger = await refusal(api.getOrganisations("11111111-1111-4111-8111-111111111111"));
  assert.deepEqual([stranger.statusCode, stranger.body.Detail], [403, "AuthenticationUnsuccessful"]);
});
