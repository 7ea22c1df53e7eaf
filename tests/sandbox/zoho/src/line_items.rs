//! Line items and the totals that the CRM computes when a document is saved.

use crate::answers::{Coins, DiscountOnWhole};
use crate::api::Caller;
use crate::errors::Problem;
use crate::schema::Module;
use crate::state::{Discount, Line, LineTax, Record, TaxMode, Zoho, decimal, id_of, number};
use crate::validate::fits;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};

/// Lines of a document.
const MOST_LINES: usize = 200;

impl Zoho {
    /// Applies the line rows of a write: rows without an id are appended, rows with one changed,
    /// `_delete` removes, and an empty list removes all.
    pub(crate) fn apply_lines(
        &mut self,
        caller: &Caller,
        module: &Module,
        record: &mut Record,
        row: &Map<String, Value>,
        at: &str,
        creating: bool,
    ) -> Result<(), Problem> {
        let Some(field) = module.lines_field() else { return Ok(()) };
        let lines_module =
            field.target.as_deref().and_then(|target| self.module(target)).cloned().ok_or_else(Problem::unknown_url)?;
        if self.tax_mode == TaxMode::Total
            && let Some(taxes) = row.get("$line_tax")
        {
            record.document_tax = self.taxes_of(taxes, "$line_tax", &format!("{at}.$line_tax"))?;
        }
        let name = field.api_name.as_str();
        let Some(rows) = row.get(name) else { return Ok(()) };
        let path = format!("{at}.{name}");
        let rows = rows.as_array().ok_or_else(|| Problem::wrong_type(name, &path, "jsonarray"))?;
        if rows.is_empty() {
            if creating {
                return Err(Problem::mandatory(name, &path));
            }
            record.lines.clear();
            return Ok(());
        }
        for (index, sent) in rows.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let sent = sent.as_object().ok_or_else(|| Problem::wrong_type(name, &path, "jsonobject"))?;
            let Some(id) = sent.get("id").filter(|id| !id.is_null()) else {
                let line = self.new_line(caller, &lines_module, sent, &path)?;
                record.lines.push(line);
                continue;
            };
            let position = id_of(id)
                .and_then(|id| record.lines.iter().position(|line| line.id == id))
                .ok_or_else(|| Problem::invalid_id("id", &format!("{path}.id")))?;
            if sent.contains_key("_delete") {
                record.lines.remove(position);
                continue;
            }
            let mut line = record.lines[position].clone();
            self.change_line(caller, &lines_module, &mut line, sent, &path)?;
            line.modified = self.second();
            record.lines[position] = line;
        }
        if record.lines.len() > MOST_LINES {
            return Err(Problem::too_long(name, &path, MOST_LINES));
        }
        Ok(())
    }

    fn new_line(
        &mut self,
        caller: &Caller,
        module: &Module,
        sent: &Map<String, Value>,
        path: &str,
    ) -> Result<Line, Problem> {
        let product_path = format!("{path}.Product_Name");
        let product = match sent.get("Product_Name") {
            None | Some(Value::Null) => return Err(Problem::mandatory("Product_Name", &product_path)),
            Some(product) => {
                id_of(product).ok_or_else(|| Problem::wrong_type("Product_Name", &product_path, "jsonobject"))?
            }
        };
        let list_price = self
            .record("Products", product)
            .and_then(|product| product.fields.get("Unit_Price"))
            .and_then(decimal)
            .unwrap_or_default();
        let mut line = Line {
            id: self.id(),
            product,
            description: None,
            quantity: Decimal::ONE,
            list_price,
            discount: Discount::Amount(Decimal::ZERO),
            taxes: Vec::new(),
            price_book: None,
            created: self.second(),
            modified: self.second(),
            extra: Map::new(),
            total: Decimal::ZERO,
            total_after_discount: Decimal::ZERO,
            tax: Decimal::ZERO,
            net_total: Decimal::ZERO,
        };
        self.change_line(caller, module, &mut line, sent, path)?;
        Ok(line)
    }

    fn change_line(
        &self,
        caller: &Caller,
        module: &Module,
        line: &mut Line,
        sent: &Map<String, Value>,
        path: &str,
    ) -> Result<(), Problem> {
        for field in &module.fields {
            let Some(value) = sent.get(&field.api_name) else { continue };
            let name = field.api_name.as_str();
            let path = format!("{path}.{name}");
            if !self.takes(caller, module, field, &path)? {
                continue;
            }
            match name {
                "Line_Tax" => {
                    if self.tax_mode == TaxMode::Item {
                        line.taxes = self.taxes_of(value, name, &path)?;
                    }
                }
                "Discount" => line.discount = discount_of(value).ok_or_else(|| Problem::invalid(name, &path))?,
                _ => {
                    let stored = self.checked(field, value, &path)?;
                    match name {
                        "Product_Name" => {
                            line.product = id_of(&stored).ok_or_else(|| Problem::mandatory(name, &path))?;
                        }
                        "Description" => line.description = stored.as_str().map(str::to_owned),
                        "Quantity" => line.quantity = decimal(&stored).unwrap_or_default(),
                        "List_Price" => line.list_price = decimal(&stored).unwrap_or_default(),
                        "Price_Book_Name" => line.price_book = id_of(&stored),
                        _ => {
                            line.extra.insert(name.to_owned(), stored);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn taxes_of(&self, value: &Value, name: &str, path: &str) -> Result<Vec<LineTax>, Problem> {
        if value.is_null() {
            return Ok(Vec::new());
        }
        let rows = value.as_array().ok_or_else(|| Problem::wrong_type(name, path, "jsonarray"))?;
        let mut taxes = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let id = row.get("id").and_then(id_of);
            let label = row.get("name").and_then(Value::as_str);
            let tax = self
                .taxes
                .iter()
                .find(|tax| id == Some(tax.id) || (id.is_none() && label == Some(tax.name.as_str())))
                .ok_or_else(|| Problem::invalid(name, &format!("{path}[{index}]")))?;
            let percentage = row.get("percentage").and_then(decimal).unwrap_or(tax.percentage);
            if percentage < Decimal::ZERO || percentage > Decimal::ONE_HUNDRED {
                return Err(Problem::invalid(name, &format!("{path}[{index}].percentage")));
            }
            taxes.push(LineTax { id: Some(tax.id), name: tax.name.clone(), percentage, value: Decimal::ZERO });
        }
        Ok(taxes)
    }

    /// Computes every total of a document. Sent totals never count.
    ///
    /// # Errors
    /// The position of a line whose total has more digits than a number may have.
    pub(crate) fn compute_totals(&self, record: &mut Record) -> Result<(), usize> {
        let decimals = self.coin_of(record);
        let cents = |amount: Decimal| amount.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
        for (index, line) in record.lines.iter_mut().enumerate() {
            let total = line.quantity.checked_mul(line.list_price).map(cents);
            line.total = total.filter(|total| fits(*total)).ok_or(index)?;
            let discount = match line.discount {
                Discount::Amount(amount) => amount,
                Discount::Percent(percent) => cents(line.total * percent / Decimal::ONE_HUNDRED),
            };
            line.total_after_discount = line.total - discount;
            for tax in &mut line.taxes {
                tax.value = cents(line.total_after_discount * tax.percentage / Decimal::ONE_HUNDRED);
            }
            // In a document with total tax the lines carry none that counts.
            line.tax = match self.tax_mode {
                TaxMode::Item => line.taxes.iter().map(|tax| tax.value).sum(),
                TaxMode::Total => Decimal::ZERO,
            };
            line.net_total = line.total_after_discount + line.tax;
        }
        let amount = |name: &str| record.fields.get(name).and_then(decimal).unwrap_or_default();
        let (discount, adjustment) = (amount("Discount"), amount("Adjustment"));
        let sub_total: Decimal = record.lines.iter().map(|line| line.total_after_discount).sum();
        let other_way = self.answers.discount == DiscountOnWhole::TheOtherWay;
        let tax = match self.tax_mode {
            TaxMode::Item => {
                let tax: Decimal = record.lines.iter().map(|line| line.tax).sum();
                match other_way && !sub_total.is_zero() {
                    true => cents(tax * (sub_total - discount) / sub_total),
                    false => tax,
                }
            }
            TaxMode::Total => {
                let taxed = if other_way { sub_total } else { sub_total - discount };
                for tax in &mut record.document_tax {
                    tax.value = cents(taxed * tax.percentage / Decimal::ONE_HUNDRED);
                }
                record.document_tax.iter().map(|tax| tax.value).sum::<Decimal>()
            }
        };
        let totals = [
            ("Sub_Total", sub_total),
            ("Discount", discount),
            ("Tax", tax),
            ("Adjustment", adjustment),
            ("Grand_Total", sub_total - discount + tax + adjustment),
        ];
        for (name, total) in totals {
            record.fields.insert(name.into(), number(total));
        }
        Ok(())
    }

    /// The decimals of a document's currency.
    fn coin_of(&self, record: &Record) -> u32 {
        let code = record.fields.get("Currency").and_then(Value::as_str).unwrap_or(&self.org.iso_code);
        match self.answers.coins {
            Coins::Cents => 2,
            Coins::OfTheCurrency => {
                self.currencies.iter().find(|known| known.iso_code == code).map_or(2, |known| known.decimals)
            }
        }
    }

    /// Switches between item tax and total tax and computes every document again.
    pub fn set_tax_mode(&mut self, mode: TaxMode) {
        self.tax_mode = mode;
        let mut records = std::mem::take(&mut self.records);
        for module in ["Invoices", "Purchase_Orders"] {
            for record in records.get_mut(module).into_iter().flat_map(|records| records.values_mut()) {
                // The lines are unchanged, so none of their totals can have become too long.
                let _ = self.compute_totals(record);
            }
        }
        self.records = records;
    }

    /// Adds a tax to the organisation and returns its id.
    pub fn add_tax(&mut self, name: &str, percentage: Decimal) -> String {
        let id = self.id();
        self.taxes.push(crate::state::Tax { id, name: name.to_owned(), percentage });
        id.to_string()
    }

    /// The organisation's taxes as JSON, as `GET /org/taxes` gives them.
    pub(crate) fn taxes_json(&self) -> Value {
        let taxes = self.taxes.iter().enumerate().map(|(index, tax)| {
            json!({
                "id": tax.id.to_string(),
                "name": tax.name,
                "display_label": tax.name,
                "value": number(tax.percentage),
                "sequence_number": index + 1,
            })
        });
        taxes.collect()
    }
}

/// An amount, an amount in text, or a percentage such as `"5%"`.
fn discount_of(value: &Value) -> Option<Discount> {
    if value.is_null() {
        return Some(Discount::Amount(Decimal::ZERO));
    }
    if let Some(percent) = value.as_str().and_then(|text| text.trim().strip_suffix('%')) {
        let percent: Decimal = percent.trim().parse().ok()?;
        return (percent >= Decimal::ZERO && percent <= Decimal::ONE_HUNDRED).then_some(Discount::Percent(percent));
    }
    decimal(value).filter(|amount| fits(*amount)).map(Discount::Amount)
}
