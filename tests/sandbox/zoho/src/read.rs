//! Lists, single records, deleted records, related lists and counts.

use crate::api::{ApiCall, Caller};
use crate::errors::{Problem, Reply};
use crate::profiles::Others;
use crate::state::{PageToken, Record, Zoho};
use crate::write::instant;
use chrono::Duration;
use serde_json::{Value, json};

/// Fields of one list.
const MOST_FIELDS: usize = 50;
/// Rows of one page.
pub(crate) const MOST_PER_PAGE: usize = 200;
/// The last row that `page` reaches; beyond it only page tokens lead.
const DISCRETE_ROWS: usize = 2_000;
/// The last row that page tokens reach.
const TOKEN_ROWS: usize = 100_000;
/// Ids of one list.
const MOST_IDS: usize = 100;

impl Zoho {
    pub(crate) fn list(&mut self, caller: &Caller, call: &ApiCall, module: &str) -> Result<Reply, Problem> {
        let fields = fields_param(call)?;
        let mut records: Vec<&Record> = self
            .records
            .get(module)
            .into_iter()
            .flat_map(|records| records.values())
            .filter(|record| self.sees(caller, module, record))
            .collect();
        if let Some(ids) = call.param("ids") {
            let ids: Vec<&str> = ids.split(',').map(str::trim).collect();
            if ids.len() > MOST_IDS {
                return Err(Problem::limit("Record count exceeded", MOST_IDS));
            }
            records.retain(|record| ids.contains(&record.id.to_string().as_str()));
        }
        let since = call.if_modified_since.as_deref().map(instant).transpose()?;
        if let Some(since) = since {
            records.retain(|record| self.is_since(record.modified, since));
        }
        let sort_by = call.param("sort_by").unwrap_or("id").to_owned();
        let sort_order = call.param("sort_order").unwrap_or("desc").to_owned();
        match sort_by.as_str() {
            "id" => records.sort_by_key(|record| record.id),
            "Created_Time" => records.sort_by_key(|record| (record.created, record.id)),
            "Modified_Time" => records.sort_by_key(|record| (record.modified, record.id)),
            _ => return Err(Problem::invalid_param("sort_by")),
        }
        match sort_order.as_str() {
            "asc" => {}
            "desc" => records.reverse(),
            _ => return Err(Problem::invalid_param("sort_order")),
        }
        let sort = Some((sort_by.as_str(), sort_order.as_str()));
        let ids: Vec<u64> = records.iter().map(|record| record.id).collect();
        self.page(caller, call, module, &ids, &fields, sort, if since.is_some() { 304 } else { 204 })
    }

    /// Cuts one page out of a list. `none` is the status when there is nothing.
    #[expect(clippy::too_many_arguments, reason = "each is one part of a list call")]
    fn page(
        &mut self,
        caller: &Caller,
        call: &ApiCall,
        module: &str,
        ids: &[u64],
        fields: &[String],
        sort: Option<(&str, &str)>,
        none: u16,
    ) -> Result<Reply, Problem> {
        let per_page = number_param(call, "per_page")?.unwrap_or(MOST_PER_PAGE);
        if per_page == 0 || per_page > MOST_PER_PAGE {
            return Err(Problem::invalid_param("per_page"));
        }
        let page = number_param(call, "page")?;
        let parameters = bound_parameters(call);
        let offset = match call.param("page_token") {
            None => {
                let page = page.unwrap_or(1).max(1);
                if page * per_page > DISCRETE_ROWS {
                    return Err(Problem::new(
                        400,
                        "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
                        "You have reached the limit of records that can be fetched with page. Please use page_token.",
                        json!({"param": "page", "limit": DISCRETE_ROWS}),
                    ));
                }
                (page - 1) * per_page
            }
            Some(_) if page.is_some() => {
                return Err(Problem::new(
                    400,
                    "AMBIGUITY_DURING_PROCESSING",
                    "Ambiguity while processing the request",
                    json!({"ambiguity_due_to": [{"param": "page"}, {"param": "page_token"}]}),
                ));
            }
            Some(token) => {
                let token = self.page_tokens.get(token).ok_or_else(|| Problem::invalid_param("page_token"))?;
                if token.expires <= self.now {
                    return Err(Problem::new(
                        400,
                        "EXPIRED_VALUE",
                        "page token expired",
                        json!({"param": "page_token"}),
                    ));
                }
                if token.user != caller.user || token.parameters != parameters {
                    return Err(Problem::new(
                        400,
                        "TOKEN_BOUND_DATA_MISMATCH",
                        "page token is bound to another user or other parameters",
                        json!({"param": "page_token"}),
                    ));
                }
                if token.offset >= TOKEN_ROWS {
                    return Err(Problem::new(
                        400,
                        "PAGINATION_LIMIT_EXCEEDED",
                        "You have reached the limit of records that can be fetched",
                        json!({"limit": TOKEN_ROWS}),
                    ));
                }
                token.offset
            }
        };
        let rows: Vec<Value> = ids
            .iter()
            .skip(offset)
            .take(per_page)
            .filter_map(|id| self.record(module, *id))
            .map(|record| self.render(caller, module, record, Some(fields), false))
            .collect();
        if rows.is_empty() {
            return Ok(Reply::empty(none));
        }
        let more = ids.len() > offset + rows.len();
        let mut info = json!({
            "per_page": per_page,
            "count": rows.len(),
            "page": offset / per_page + 1,
            "more_records": more,
            "sort_by": sort.map_or("id", |sort| sort.0),
            "sort_order": sort.map_or("desc", |sort| sort.1),
            "next_page_token": Value::Null,
            "previous_page_token": Value::Null,
            "page_token_expiry": Value::Null,
        });
        if more {
            let token = self.secret();
            let expires = self.second() + Duration::hours(24);
            info["next_page_token"] = token.clone().into();
            info["page_token_expiry"] = self.time(caller.user, expires);
            self.page_tokens
                .insert(token, PageToken { user: caller.user, parameters, offset: offset + rows.len(), expires });
        }
        if call.param("page_token").is_some() {
            info["previous_page_token"] = call.param("page_token").into();
        }
        Ok(Reply::ok(json!({"data": rows, "info": info})))
    }

    pub(crate) fn get_one(&self, caller: &Caller, call: &ApiCall, module: &str, id: &str) -> Result<Reply, Problem> {
        let definition = self.module(module).ok_or_else(|| Problem::invalid_module(module))?;
        let id = self.addressed(call, definition, id)?;
        let Some(record) = self.visible(caller, module, id) else {
            return if self.answers.unknown_id_is_error {
                Err(Problem::invalid_id("id", "$.id"))
            } else {
                Ok(Reply::empty(204))
            };
        };
        let since = call.if_modified_since.as_deref().map(instant).transpose()?;
        if since.is_some_and(|since| !self.is_since(record.modified, since)) {
            return Ok(Reply::empty(304));
        }
        let fields = call.param("fields").map(|_| fields_param(call)).transpose()?;
        let record = self.render(caller, module, record, fields.as_deref(), true);
        Ok(Reply::ok(json!({"data": [record]})))
    }

    pub(crate) fn deleted_list(&self, caller: &Caller, call: &ApiCall, module: &str) -> Result<Reply, Problem> {
        // Everything here is in the recycle bin: nobody empties it.
        let kind = call.param("type").unwrap_or("all");
        if !matches!(kind, "all" | "recycle" | "permanent") {
            return Err(Problem::invalid_param("type"));
        }
        let since = call.if_modified_since.as_deref().map(instant).transpose()?;
        let horizon = self.now - Duration::days(60);
        let per_page = number_param(call, "per_page")?.unwrap_or(MOST_PER_PAGE).clamp(1, MOST_PER_PAGE);
        let page = number_param(call, "page")?.unwrap_or(1).max(1);
        let rows: Vec<Value> = self
            .deleted
            .iter()
            .rev()
            .filter(|deleted| kind != "permanent" && deleted.module == module && deleted.deleted > horizon)
            .filter(|deleted| since.is_none_or(|since| self.is_since(deleted.deleted, since)))
            .filter(|deleted| self.shared(caller, module, deleted.owner) != Others::None)
            .map(|deleted| {
                json!({
                    "id": deleted.id.to_string(),
                    "display_name": deleted.display_name,
                    "type": "recycle",
                    "deleted_time": self.time(caller.user, deleted.deleted),
                    "deleted_by": self.user_json(deleted.deleted_by),
                    "created_by": self.user_json(deleted.created_by),
                })
            })
            .collect();
        let total = rows.len();
        let rows: Vec<Value> = rows.into_iter().skip((page - 1) * per_page).take(per_page).collect();
        if rows.is_empty() {
            return Ok(Reply::empty(if since.is_some() { 304 } else { 204 }));
        }
        let more = total > (page - 1) * per_page + rows.len();
        let info = json!({"per_page": per_page, "count": rows.len(), "page": page, "more_records": more});
        Ok(Reply::ok(json!({"data": rows, "info": info})))
    }

    /// The records of a related list: those whose lookup points at the record.
    pub(crate) fn related(
        &mut self,
        caller: &Caller,
        call: &ApiCall,
        module: &str,
        id: &str,
        related: &str,
    ) -> Result<Reply, Problem> {
        let (child, lookup) = related_lists(module)
            .iter()
            .find(|(name, ..)| name.eq_ignore_ascii_case(related))
            .map(|(_, child, lookup)| (*child, *lookup))
            .ok_or_else(|| {
                Problem::new(
                    400,
                    "INVALID_DATA",
                    "The relation name given seems to be invalid",
                    json!({"resource_path_index": 2}),
                )
            })?;
        self.allow_module(caller, child, false)?;
        self.require_module(caller, child, "READ")?;
        let definition = self.module(module).ok_or_else(|| Problem::invalid_module(module))?;
        let parent = self.addressed(call, definition, id)?;
        if self.visible(caller, module, parent).is_none() {
            return Err(Problem::invalid_id("id", "$.id"));
        }
        let fields = fields_param(call)?;
        let mut ids: Vec<u64> = self
            .records
            .get(child)
            .into_iter()
            .flat_map(|records| records.values())
            .filter(|record| self.sees(caller, child, record))
            .filter(|record| record.fields.get(lookup).and_then(crate::state::id_of) == Some(parent))
            .map(|record| record.id)
            .collect();
        ids.reverse();
        self.page(caller, call, child, &ids, &fields, None, 204)
    }

    pub(crate) fn count(&self, caller: &Caller, module: &str) -> Reply {
        let records = self.records.get(module).into_iter().flat_map(|records| records.values());
        Reply::ok(json!({"count": records.filter(|record| self.sees(caller, module, record)).count()}))
    }
}

/// The related lists of a module: name, module of the rows, the lookup that ties them.
pub(crate) fn related_lists(module: &str) -> &'static [(&'static str, &'static str, &'static str)] {
    match module {
        "Accounts" => &[
            ("Contacts", "Contacts", "Account_Name"),
            ("Deals", "Deals", "Account_Name"),
            ("Invoices", "Invoices", "Account_Name"),
            ("SalesOrders", "Sales_Orders", "Account_Name"),
            ("Child_Accounts", "Accounts", "Parent_Account"),
        ],
        "Contacts" => {
            &[("Invoices", "Invoices", "Contact_Name"), ("Purchase_Orders", "Purchase_Orders", "Contact_Name")]
        }
        "Vendors" => &[
            ("Contacts", "Contacts", "Vendor_Name"),
            ("Products", "Products", "Vendor_Name"),
            ("Purchase_Orders", "Purchase_Orders", "Vendor_Name"),
        ],
        _ => &[],
    }
}

/// The fields that a list must name.
fn fields_param(call: &ApiCall) -> Result<Vec<String>, Problem> {
    let fields: Vec<String> = call
        .param("fields")
        .ok_or_else(|| Problem::param_missing("fields"))?
        .split(',')
        .map(|field| field.trim().to_owned())
        .collect();
    if fields.len() > MOST_FIELDS {
        return Err(Problem::limit("Max field limit exceeded", MOST_FIELDS));
    }
    Ok(fields)
}

/// A whole number of the query. Larger ones than any limit here count as a million, so that sums cannot overflow.
pub(crate) fn number_param(call: &ApiCall, name: &str) -> Result<Option<usize>, Problem> {
    call.param(name)
        .map(|text| text.parse().map(|number: usize| number.min(1_000_000)).map_err(|_| Problem::invalid_param(name)))
        .transpose()
}

/// The parameters that a page token is bound to.
fn bound_parameters(call: &ApiCall) -> String {
    let mut bound: Vec<String> = call
        .query
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "page" | "page_token"))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    bound.sort();
    format!("{}?{}&{:?}", call.segments.join("/"), bound.join("&"), call.if_modified_since)
}
