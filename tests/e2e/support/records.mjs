// The records of the sandbox's seed that the tests use, by what they are.

export const FIRST_ACCOUNT = "572500000001000001";
export const ACCOUNT_TWO_CONTACTS = "572500000001000002";
export const FIRST_PRODUCT = "572500000004000001";
export const FIRST_INVOICE = "572500000005000001";
export const INVOICE_HYBRID = "572500000005000002";
export const INVOICE_UNMAPPED_TAX = "572500000005000010";
export const INVOICE_BLANK_STATUS = "572500000005000012";
/** The pairs, in the order in which a run takes them. */
export const MODULES = ["Accounts", "Contacts", "Vendors", "Products", "Invoices", "Purchase_Orders"];
/** An account of the user who sees only her own. */
export const ACCOUNT_OF_RESTRICTED_USER = "572500000001000022";

/** From here on the seed's invoices have nothing awkward. */
const FIRST_ORDINARY = 572500000005000041n;

/** Ids of ordinary invoices in the CRM's own status and in the organisation's own currency. */
export async function ordinaryInvoices(stack, status, count) {
  const all = await stack.control.get("crm/us/Invoices");
  const fit = all.filter((one) => BigInt(one.id) >= FIRST_ORDINARY && one.Status === status && one.Currency === "AUD");
  return fit.slice(0, count).map((one) => one.id);
}

/** Two rates in Xero that the CRM's "Luxury Car Tax" could be: somebody has to choose. */
export async function addLuxuryTaxes(stack) {
  for (const name of ["LCT on cars", "LCT on boats"]) {
    const components = [{ Name: name, Rate: 33 }];
    await stack.control.addToXero("TaxRates", { Name: name, TaxComponents: components, ReportTaxType: "OUTPUT" });
  }
}
