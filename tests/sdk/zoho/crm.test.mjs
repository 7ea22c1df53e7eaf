// Zoho's official Node SDK reads and writes the stand-in CRM: the sandbox is good enough when it does not complain.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Choice, HeaderMap, ParameterMap } from "@zohocrm/nodejs-sdk-8.0";
import { consent, initializeSdk, startSandbox } from "./sandbox.mjs";

const api = (path) => import(`@zohocrm/nodejs-sdk-8.0/lib/core/com/zoho/crm/api/${path}.js`);
const operations = await api("record/record_operations");
const { RecordOperations, GetRecordsParam, GetDeletedRecordsParam, SearchRecordsParam } = operations;
const { Record } = await api("record/record");
const { BodyWrapper } = await api("record/body_wrapper");
const { LineItemProduct } = await api("record/line_item_product");
const { LineTax } = await api("record/line_tax");
const { Tax } = await api("record/tax");

let sandbox;
before(async () => {
  sandbox = await startSandbox();
  await initializeSdk(sandbox.url);
});
after(() => sandbox?.stop());

/** A record of the SDK with these values. */
function record(values, id) {
  const out = new Record();
  if (id) out.setId(BigInt(id));
  for (const [name, value] of Object.entries(values)) out.addKeyValue(name, value);
  return out;
}

function lookup(id) {
  const out = new Record();
  out.setId(BigInt(id));
  return out;
}

function body(records, duplicateCheckFields) {
  const out = new BodyWrapper();
  out.setData(records);
  out.setTrigger([]);
  if (duplicateCheckFields) out.setDuplicateCheckFields(duplicateCheckFields);
  return out;
}

/** The one row of a write, which must have succeeded: the SDK's object for it. */
function succeeded(response, status, message) {
  assert.equal(response.getStatusCode(), status);
  const wrapper = response.getObject();
  assert.equal(wrapper.constructor.name, "ActionWrapper", JSON.stringify(wrapper));
  const [row] = wrapper.getData();
  assert.equal(row.constructor.name, "SuccessResponse", JSON.stringify(row, (_, v) => (typeof v === "bigint" ? `${v}` : v)));
  assert.equal(row.getMessage().getValue(), message);
  return row;
}

async function create(module, values) {
  const response = await new RecordOperations(module).createRecords(body([record(values)]), new HeaderMap());
  const id = succeeded(response, 201, "record added").getDetails().get("id");
  assert.match(String(id), /^\d{18,19}$/);
  return String(id);
}

async function get(module, id) {
  const response = await new RecordOperations(module).getRecord(BigInt(id), new ParameterMap(), new HeaderMap());
  assert.equal(response.getStatusCode(), 200);
  assert.equal(response.getObject().constructor.name, "ResponseWrapper");
  const [found] = response.getObject().getData();
  assert.equal(found.getId(), BigInt(id));
  return found;
}

async function update(module, id, values) {
  const response = await new RecordOperations(module).updateRecord(BigInt(id), body([record(values)]), new HeaderMap());
  succeeded(response, 200, "record updated");
}

async function list(module, fields) {
  const parameters = new ParameterMap();
  await parameters.add(GetRecordsParam.FIELDS, fields.join(","));
  await parameters.add(GetRecordsParam.PER_PAGE, 200);
  await parameters.add(GetRecordsParam.SORT_BY, "Modified_Time");
  await parameters.add(GetRecordsParam.SORT_ORDER, "asc");
  const response = await new RecordOperations(module).getRecords(parameters, new HeaderMap());
  assert.equal(response.getStatusCode(), 200);
  const wrapper = response.getObject();
  assert.equal(wrapper.constructor.name, "ResponseWrapper");
  assert.equal(wrapper.getInfo().getMoreRecords(), false);
  assert.equal(wrapper.getInfo().getCount(), wrapper.getData().length);
  return wrapper.getData();
}

/** A record as the list of its module gives it. */
async function listed(module, fields, id) {
  const found = (await list(module, fields)).find((row) => row.getId() === BigInt(id));
  assert.ok(found, `${module} ${id} is not in the list`);
  return found;
}

async function remove(module, id) {
  const response = await new RecordOperations(module).deleteRecord(BigInt(id), new ParameterMap(), new HeaderMap());
  succeeded(response, 200, "record deleted");
  const gone = await new RecordOperations(module).getRecord(BigInt(id), new ParameterMap(), new HeaderMap());
  assert.equal(gone.getStatusCode(), 204);
  const deleted = await new RecordOperations(module).getDeletedRecords(new ParameterMap(), new HeaderMap());
  assert.equal(deleted.getObject().constructor.name, "DeletedRecordsWrapper");
  assert.ok(deleted.getObject().getData().some((row) => row.getId() === BigInt(id)));
}

async function taxes() {
  const { TaxesOperations } = await api("taxes/taxes_operations");
  const response = await new TaxesOperations().getTaxes();
  assert.equal(response.getObject().constructor.name, "ResponseWrapper");
  return response.getObject().getOrgTaxes().getTaxes();
}

function line(product, quantity, price, discount, tax) {
  const out = new Record();
  const item = new LineItemProduct();
  item.setId(BigInt(product));
  out.addKeyValue("Product_Name", item);
  out.addKeyValue("Quantity", quantity);
  out.addKeyValue("List_Price", price);
  if (discount) out.addKeyValue("Discount", discount);
  if (tax) {
    const lineTax = new LineTax();
    lineTax.setName(tax);
    lineTax.setPercentage(10);
    out.addKeyValue("Line_Tax", [lineTax]);
  }
  return out;
}

test("Accounts", async () => {
  const id = await create("Accounts", {
    Account_Name: "Koala Räder Pty Ltd",
    Account_Number: 1234567890123n,
    Phone: "+61 2 5550 1234",
    Account_Type: new Choice("Customer"),
    Employees: 12,
    Annual_Revenue: 250000.5,
    Billing_City: "Sydney",
    Billing_Code: "2000",
  });
  const account = await get("Accounts", id);
  assert.equal(account.getKeyValue("Account_Name"), "Koala Räder Pty Ltd");
  assert.equal(account.getKeyValue("Account_Number"), 1234567890123n);
  assert.equal(account.getKeyValue("Account_Type").getValue(), "Customer");
  assert.equal(account.getKeyValue("Annual_Revenue"), 250000.5);
  assert.equal(account.getKeyValue("Owner").getEmail(), "ana@bluegum.example");
  assert.ok(account.getCreatedTime() instanceof Date);
  await update("Accounts", id, { Billing_City: "Perth" });
  assert.equal((await get("Accounts", id)).getKeyValue("Billing_City"), "Perth");
  const row = await listed("Accounts", ["Account_Name", "Modified_Time"], id);
  assert.equal(row.getKeyValue("Account_Name"), "Koala Räder Pty Ltd");
  await remove("Accounts", id);
});

test("Contacts, with upsert by e-mail", async () => {
  const account = await create("Accounts", { Account_Name: "Wombat Works" });
  const person = { First_Name: "Wendy", Last_Name: "Wombat", Email: "wendy@wombat.example", Account_Name: lookup(account) };
  const upsert = (values) =>
    new RecordOperations("Contacts").upsertRecords(body([record(values)], ["Email"]), new HeaderMap());
  const first = succeeded(await upsert(person), 201, "record added");
  assert.equal(first.getAction().getValue(), "insert");
  const second = succeeded(await upsert({ ...person, Title: "Owner" }), 200, "record updated");
  assert.equal(second.getAction().getValue(), "update");
  assert.equal(second.getDuplicateField(), "Email");
  const id = String(second.getDetails().get("id"));
  assert.equal(id, String(first.getDetails().get("id")));
  const contact = await get("Contacts", id);
  assert.equal(contact.getKeyValue("Full_Name"), "Wendy Wombat");
  assert.equal(contact.getKeyValue("Account_Name").getId(), BigInt(account));
  assert.equal(contact.getKeyValue("Title"), "Owner");
  await update("Contacts", id, { Mobile: "0400 000 001" });
  const row = await listed("Contacts", ["Full_Name", "Email", "Account_Name"], id);
  assert.equal(row.getKeyValue("Account_Name").getKeyValue("name"), "Wombat Works");
  await remove("Contacts", id);
});

test("Vendors", async () => {
  const id = await create("Vendors", { Vendor_Name: "Emu Supplies", Email: "sales@emu.example", City: "Hobart" });
  await update("Vendors", id, { Zip_Code: "7000" });
  const vendor = await get("Vendors", id);
  assert.equal(vendor.getKeyValue("Zip_Code"), "7000");
  assert.equal((await listed("Vendors", ["Vendor_Name"], id)).getKeyValue("Vendor_Name"), "Emu Supplies");
  await remove("Vendors", id);
});

test("Products, with their taxes", async () => {
  const [gst] = await taxes();
  const tax = new Tax();
  tax.setId(gst.getId());
  tax.setValue(`${gst.getName()} - ${gst.getValue()} %`);
  const id = await create("Products", {
    Product_Name: "Boomerang",
    Product_Code: "BOOM-1",
    Unit_Price: 49.9,
    Taxable: true,
    Product_Active: true,
    Tax: [tax],
  });
  const product = await get("Products", id);
  assert.equal(product.getKeyValue("Unit_Price"), 49.9);
  assert.equal(product.getKeyValue("Tax")[0].getValue(), "GST - 10 %");
  await update("Products", id, { Unit_Price: 51.25 });
  assert.equal((await listed("Products", ["Product_Name", "Unit_Price"], id)).getKeyValue("Unit_Price"), 51.25);
  await remove("Products", id);
});

test("Invoices with lines", async () => {
  const account = await create("Accounts", { Account_Name: "Lyrebird Lyrics" });
  const product = await create("Products", { Product_Name: "Didgeridoo", Product_Code: "DIDG", Unit_Price: 200 });
  const id = await create("Invoices", {
    Subject: "First invoice",
    Account_Name: lookup(account),
    Invoice_Date: new Date("2026-11-02T00:00:00Z"),
    Status: new Choice("Created"),
    Adjustment: -1.5,
    Invoiced_Items: [line(product, 2, 100.5, "10%", "GST"), line(product, 1, 40, "5")],
  });
  let invoice = await get("Invoices", id);
  const lines = invoice.getKeyValue("Invoiced_Items");
  assert.equal(lines.length, 2);
  assert.equal(lines[0].getKeyValue("Product_Name").getProductCode(), "DIDG");
  assert.equal(lines[0].getKeyValue("Total"), 201);
  assert.equal(lines[0].getKeyValue("Discount"), "10%");
  assert.equal(lines[0].getKeyValue("Total_After_Discount"), 180.9);
  assert.equal(lines[0].getKeyValue("Tax"), 18.09);
  assert.equal(lines[0].getKeyValue("Line_Tax")[0].getValue(), 18.09);
  assert.equal(invoice.getKeyValue("Sub_Total"), 215.9);
  assert.equal(invoice.getKeyValue("Grand_Total"), 232.49);
  assert.match(invoice.getKeyValue("Invoice_Number"), /\d/);
  // A line with its id is changed, one without is added, nothing else moves.
  const changed = new Record();
  changed.setId(lines[1].getId());
  changed.addKeyValue("Quantity", 3);
  await update("Invoices", id, { Invoiced_Items: [changed, line(product, 1, 10)] });
  invoice = await get("Invoices", id);
  assert.deepEqual(invoice.getKeyValue("Invoiced_Items").map((row) => row.getKeyValue("Quantity")), [2, 3, 1]);
  const row = await listed("Invoices", ["Subject", "Grand_Total", "Status", "Invoiced_Items"], id);
  assert.equal(row.getKeyValue("Subject"), "First invoice");
  assert.equal(row.getKeyValue("Invoiced_Items"), null, "lists carry no lines");
  await remove("Invoices", id);
});

test("Purchase orders with lines", async () => {
  const vendor = await create("Vendors", { Vendor_Name: "Dingo Distribution" });
  const product = await create("Products", { Product_Name: "Crate", Unit_Price: 12 });
  const id = await create("Purchase_Orders", {
    Subject: "Crates",
    PO_Number: "PO-77",
    Vendor_Name: lookup(vendor),
    Purchase_Items: [line(product, 4, 12.25, null, "GST")],
  });
  await update("Purchase_Orders", id, { Status: new Choice("Approved") });
  const order = await get("Purchase_Orders", id);
  assert.equal(order.getKeyValue("PO_Number"), "PO-77");
  assert.equal(order.getKeyValue("Vendor_Name").getId(), BigInt(vendor));
  assert.equal(order.getKeyValue("Purchase_Items").length, 1);
  assert.equal(order.getKeyValue("Grand_Total"), 53.9);
  assert.equal((await listed("Purchase_Orders", ["Subject"], id)).getKeyValue("Subject"), "Crates");
  await remove("Purchase_Orders", id);
});

test("COQL sees a record at once, search finds none after a moment", async () => {
  await create("Accounts", { Account_Name: "Quokka Quality" });
  const { CoqlOperations } = await api("coql/coql_operations");
  const { BodyWrapper: Query } = await api("coql/body_wrapper");
  const query = new Query();
  query.setSelectQuery("select Account_Name, Owner from Accounts where Account_Name = 'Quokka Quality' limit 0, 10");
  const response = await new CoqlOperations().getRecords(query);
  assert.equal(response.getObject().constructor.name, "ResponseWrapper");
  assert.equal(response.getObject().getData()[0].getKeyValue("Account_Name"), "Quokka Quality");
  const parameters = new ParameterMap();
  await parameters.add(SearchRecordsParam.CRITERIA, "(Account_Name:equals:Quokka Nowhere)");
  const none = await new RecordOperations("Accounts").searchRecords(parameters, new HeaderMap());
  assert.equal(none.getStatusCode(), 204);
});

test("A refused row comes back as the SDK's own exception", async () => {
  const response = await new RecordOperations("Contacts").createRecords(
    body([record({ Last_Name: "Lim", Email: "not an address" })]),
    new HeaderMap(),
  );
  const [row] = response.getObject().getData();
  assert.equal(row.constructor.name, "APIException");
  assert.equal(row.getCode().getValue(), "INVALID_DATA");
  assert.equal(row.getDetails().get("api_name"), "Email");
});

test("Fields metadata", async () => {
  const { FieldsOperations, GetFieldsParam } = await api("fields/fields_operations");
  for (const [module, name, type] of [
    ["Accounts", "Account_Name", "text"],
    ["Contacts", "Account_Name", "lookup"],
    ["Vendors", "GL_Account", "picklist"],
    ["Products", "Unit_Price", "currency"],
    ["Invoices", "Invoiced_Items", "subform"],
    ["Purchase_Orders", "Grand_Total", "formula"],
    ["Invoiced_Items", "Line_Tax", "linetax"],
  ]) {
    const parameters = new ParameterMap();
    await parameters.add(GetFieldsParam.MODULE, module);
    const response = await new FieldsOperations().getFields(parameters);
    assert.equal(response.getObject().constructor.name, "ResponseWrapper");
    const field = response.getObject().getFields().find((candidate) => candidate.getAPIName() === name);
    assert.equal(field.getDataType(), type, `${module}.${name}`);
  }
});

test("Modules, organisation, taxes, currencies and users", async () => {
  const { ModulesOperations } = await api("modules/modules_operations");
  const modules = (await new ModulesOperations().getModules(new ParameterMap(), new HeaderMap())).getObject().getModules();
  const lines = modules.find((module) => module.getAPIName() === "Purchase_Items");
  assert.equal(lines.getGeneratedType().getValue(), "subform");
  assert.equal(lines.getParentModule().getAPIName(), "Purchase_Orders");

  const { OrgOperations } = await api("org/org_operations");
  const [org] = (await new OrgOperations().getOrganization()).getObject().getOrg();
  assert.equal(org.getCompanyName(), "Blue Gum Trading Pty Ltd");
  assert.equal(org.getIsoCode(), "AUD");

  assert.deepEqual((await taxes()).map((tax) => [tax.getName(), tax.getValue()]).slice(0, 2), [["GST", 10], ["GST Free", 0]]);

  const { CurrenciesOperations } = await api("currencies/currencies_operations");
  const currencies = (await new CurrenciesOperations().getCurrencies()).getObject().getCurrencies();
  assert.ok(currencies.some((currency) => currency.getIsoCode() === "USD"));

  const { UsersOperations, GetUsersParam } = await api("users/users_operations");
  const parameters = new ParameterMap();
  await parameters.add(GetUsersParam.TYPE, new Choice("CurrentUser"));
  const [me] = (await new UsersOperations().getUsers(parameters, new HeaderMap())).getObject().getUsers();
  assert.equal(me.getEmail(), "ana@bluegum.example");
  assert.equal(me.getProfile().getName(), "Administrator");
});

test("The consent page sends a European user to the European data centre", async () => {
  const answer = await consent(sandbox.url, "user-dc-eu");
  assert.equal(answer.pathname, "/zoho-eu/accounts/oauth/v2/auth");
  assert.equal(answer.searchParams.get("client_id"), "1000.SANDBOXCLIENT");
  assert.equal(answer.searchParams.get("state"), "the-state");
});
