//! Lists: filters, order, pages and `If-Modified-Since`.

use chrono::{DateTime, Utc};
use sandbox_kernel::Request;
use serde_json::{Value, json};

use crate::filter::{self, Fields, Filter};
use crate::json::Fault;
use crate::{dates, guids};

const PAGE_SIZE: usize = 100;
const MAX_PAGE_SIZE: usize = 1_000;

/// A record that can stand in a list.
pub(crate) trait Listed {
    fn id(&self) -> &str;
    fn updated(&self) -> DateTime<Utc>;
}

/// One page of a list.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) rows: Vec<Value>,
    /// Absent when the list is not paged.
    pub(crate) pagination: Option<Value>,
}

/// What a list request says about rows, besides the resource's own filters.
#[derive(Debug)]
pub(crate) struct Query {
    filter: Option<Filter>,
    order: Option<String>,
    since: Option<DateTime<Utc>>,
    page: Option<usize>,
    size: usize,
    fields: Fields,
}

/// The comma list of a query parameter, without blanks.
pub(crate) fn comma_list(request: &Request, name: &str) -> Option<Vec<String>> {
    request
        .query(name)
        .map(|text| {
            text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect::<Vec<_>>()
        })
        .filter(|list| !list.is_empty())
}

/// The comma list of GUIDs of a query parameter.
///
/// # Errors
/// A text that is no GUID.
pub(crate) fn guid_list(request: &Request, name: &str) -> Result<Option<Vec<String>>, Fault> {
    let Some(list) = comma_list(request, name) else { return Ok(None) };
    if list.iter().all(|id| guids::is_guid(id)) {
        Ok(Some(list.iter().map(|id| id.to_ascii_lowercase()).collect()))
    } else {
        Err(Fault::PostData("Unrecognised GUID Format".to_owned()))
    }
}

/// A query parameter that is `true`.
pub(crate) fn flag(request: &Request, name: &str) -> bool {
    request.query(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// True when prices have four decimals in this request's answer and body.
pub(crate) fn four_decimals(request: &Request) -> bool {
    request.query("unitdp") == Some("4")
}

impl Query {
    /// Reads the request. `paged` forces pages even when none is asked for.
    ///
    /// # Errors
    /// [`Fault::Query`] for a `where` or a `page` that cannot be read.
    pub(crate) fn read(request: &Request, resource: &'static str, fields: Fields, paged: bool) -> Result<Self, Fault> {
        let count = |name: &str| match request.query(name) {
            None | Some("") => Ok(None),
            Some(text) => text
                .parse::<usize>()
                .ok()
                .filter(|number| *number > 0)
                .map(Some)
                .ok_or_else(|| Fault::Query(format!("'{text}' is not a valid value for {name}"))),
        };
        let filter = match request.query("where").filter(|text| !text.trim().is_empty()) {
            Some(text) => Some(filter::parse(text, resource, fields)?),
            None => None,
        };
        let size = count("pageSize")?;
        Ok(Self {
            filter,
            order: request.query("order").filter(|text| !text.trim().is_empty()).map(str::to_owned),
            // A header that is not a date is ignored.
            since: request.header("if-modified-since").and_then(dates::parse_since),
            page: count("page")?.or((paged || size.is_some()).then_some(1)),
            size: size.unwrap_or(PAGE_SIZE).min(MAX_PAGE_SIZE),
            fields,
        })
    }

    /// True when the answer comes in pages.
    pub(crate) fn is_paged(&self) -> bool {
        self.page.is_some()
    }

    /// Filters, orders and cuts, and renders what is left. Without an order: by `UpdatedDateUTC`, then id.
    /// `field` gives the value of one of the resource's fields, as a rendered record has it.
    ///
    /// # Errors
    /// [`Fault::Query`] for an order by an unknown field.
    pub(crate) fn run<T: Listed>(
        &self,
        mut rows: Vec<&T>,
        field: impl Fn(&T, &str) -> Value,
        render: impl Fn(&T) -> Value,
    ) -> Result<Page, Fault> {
        rows.retain(|row| {
            self.since.is_none_or(|since| row.updated() >= since)
                && self.filter.as_ref().is_none_or(|filter| filter.passes(&|path| field(row, path)))
        });
        rows.sort_by(|left, right| (left.updated(), left.id()).cmp(&(right.updated(), right.id())));
        if let Some(order) = &self.order {
            filter::order(order, self.fields, &mut rows, |row, path| field(row, path))?;
        }
        let Some(page) = self.page else {
            return Ok(Page { rows: rows.into_iter().map(render).collect(), pagination: None });
        };
        let count = rows.len();
        let pagination = json!({
            "page": page,
            "pageSize": self.size,
            "pageCount": count.div_ceil(self.size),
            "itemCount": count,
        });
        let rows = rows.into_iter().skip((page - 1).saturating_mul(self.size)).take(self.size).map(render).collect();
        Ok(Page { rows, pagination: Some(pagination) })
    }
}
