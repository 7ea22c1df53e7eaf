// The operator's log after a whole test file: it may name codes and ids, but no customer's words or values.

/** What wrangler writes by itself: in production nobody logs addresses (`invocation_logs` in wrangler.toml). */
const REQUEST = /^.*\[wrangler:[a-z]+\] (GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) .*$/gm;
/** An e-mail that the local simulation has taken: it stands for a letter that has left, and is no line of ours. */
const LETTER = /MessageBuilder:\s*From: .*\s+To: .*\s+Subject: .*\s+Text: \S+\s+HTML: \S+/g;
/** The domain of the stand-in's people. */
const PEOPLE = /[\w.+-]+@[\w-]+\.example/g;

/** Fields whose values are a customer's. */
const FIELDS = {
  Accounts: ["Account_Name", "Phone", "Website", "Billing_Street", "Billing_City"],
  Contacts: ["Full_Name", "Email", "Phone", "Mobile"],
  Vendors: ["Vendor_Name", "Email", "Phone", "Street"],
  Products: ["Product_Name"],
  Invoices: ["Subject"],
  Purchase_Orders: ["Subject"],
};

/** The customers' values that the CRM has. Short ones and single words stand in ordinary lines, too. */
export async function customersValues(control) {
  const values = new Set();
  for (const [module, fields] of Object.entries(FIELDS)) {
    for (const record of await control.get(`crm/us/${module}`)) {
      for (const value of fields.map((field) => record[field])) {
        if (typeof value === "string" && value.length >= 6 && /[\s@.\d]/.test(value)) values.add(value);
      }
    }
  }
  return values;
}

/** The values that stand in a log, and people's addresses, each with its line. */
export function leaks(log, values) {
  const own = log.replace(/\x1b\[[\d;]*m/g, "").replace(LETTER, "").replace(REQUEST, "");
  const found = [];
  for (const line of own.split("\n")) {
    const told = [...values].filter((value) => line.includes(value)).concat(line.match(PEOPLE) ?? []);
    if (told.length > 0) found.push(`${JSON.stringify(told)} in: ${line.slice(0, 300)}`);
  }
  return found;
}
