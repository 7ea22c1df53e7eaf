//! `/actions/watch`: channels are kept and given back; nobody is called.

use crate::api::{ApiCall, Caller};
use crate::errors::{Problem, Reply};
use crate::state::Zoho;
use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value, json};

/// Channels of one call.
const MOST_ROWS: usize = 10;
/// The longest token.
const MOST_TOKEN: usize = 50;

impl Zoho {
    pub(crate) fn watch(&mut self, caller: &Caller, call: &ApiCall) -> Result<Reply, Problem> {
        match call.method.as_str() {
            "GET" => {
                let channel = call.param("channel_id");
                let shown: Vec<&Value> = self
                    .channels
                    .iter()
                    .filter(|event| channel.is_none_or(|channel| event["channel_id"].as_str() == Some(channel)))
                    .collect();
                if shown.is_empty() {
                    return Ok(Reply::empty(204));
                }
                let info = json!({"per_page": 200, "count": shown.len(), "page": 1, "more_records": false});
                Ok(Reply::ok(json!({"watch": shown, "info": info})))
            }
            "POST" | "PUT" | "PATCH" => {
                let message = if call.method == "POST" {
                    "Successfully subscribed for actions-watch of the given module"
                } else {
                    "Successfully updated the subscribe details"
                };
                let rows = call.rows("watch", MOST_ROWS)?;
                let results = rows
                    .iter()
                    .enumerate()
                    .map(|(index, row)| {
                        let at = format!("$.watch[{index}]");
                        let row = row.as_object().ok_or_else(|| Problem::wrong_type("watch", &at, "jsonobject"))?;
                        let events = self.subscribe(caller, call.method == "PATCH", row, &at)?;
                        Ok(json!({"code": "SUCCESS", "details": {"events": events}, "message": message, "status": "success"}))
                    })
                    .collect();
                Ok(Reply::rows("watch", results, if call.method == "POST" { 201 } else { 200 }, 400))
            }
            "DELETE" => {
                let ids = call.param("channel_ids").ok_or_else(|| Problem::param_missing("channel_ids"))?;
                let results = ids
                    .split(',')
                    .map(|id| {
                        let before = self.channels.len();
                        self.channels.retain(|event| event["channel_id"].as_str() != Some(id));
                        if self.channels.len() == before {
                            return Err(Problem::new(
                                400,
                                "NOT_SUBSCRIBED",
                                "not subscribed",
                                json!({"channel_id": id}),
                            ));
                        }
                        Ok(json!({
                            "code": "SUCCESS",
                            "details": {"channel_id": id},
                            "message": "Successfully un-subscribed from actions-watch",
                            "status": "success",
                        }))
                    })
                    .collect();
                Ok(Reply::rows("watch", results, 200, 400))
            }
            _ => Err(Problem::wrong_method()),
        }
    }

    fn subscribe(
        &mut self,
        caller: &Caller,
        partly: bool,
        row: &Map<String, Value>,
        at: &str,
    ) -> Result<Vec<Value>, Problem> {
        let channel = row.get("channel_id").filter(|id| !id.is_null());
        let channel = channel.ok_or_else(|| Problem::mandatory("channel_id", &format!("{at}.channel_id")))?;
        let channel = channel.as_str().map_or_else(|| channel.to_string(), str::to_owned);
        if row.get("token").and_then(Value::as_str).is_some_and(|token| token.chars().count() > MOST_TOKEN) {
            return Err(Problem::too_long("token", &format!("{at}.token"), MOST_TOKEN));
        }
        // Missing, or more than a week away, means one hour.
        let asked =
            row.get("channel_expiry").and_then(Value::as_str).and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        let asked = asked.map(|expiry| expiry.with_timezone(&Utc));
        let expiry = asked.filter(|expiry| *expiry > self.now && *expiry <= self.now + Duration::days(7));
        let expiry = self.time(caller.user, expiry.unwrap_or(self.now + Duration::hours(1)));
        if partly {
            let mut events = Vec::new();
            for event in self.channels.iter_mut().filter(|event| event["channel_id"].as_str() == Some(&channel)) {
                event["channel_expiry"] = expiry.clone();
                events.push(event.clone());
            }
            return if events.is_empty() {
                Err(Problem::new(400, "NOT_SUBSCRIBED", "not subscribed", json!({"channel_id": channel})))
            } else {
                Ok(events)
            };
        }
        let path = format!("{at}.events");
        let names = row.get("events").and_then(Value::as_array).ok_or_else(|| Problem::mandatory("events", &path))?;
        let url = row.get("notify_url").and_then(Value::as_str);
        let url = url.ok_or_else(|| Problem::mandatory("notify_url", &format!("{at}.notify_url")))?;
        let mut events = Vec::new();
        for name in names {
            let parts = name.as_str().and_then(|name| name.split_once('.'));
            let (module, operation) = parts.ok_or_else(|| Problem::invalid("events", &path))?;
            let module = self.module(module).filter(|_| matches!(operation, "all" | "create" | "edit" | "delete"));
            let module = module.ok_or_else(|| Problem::invalid("events", &path))?;
            events.push(json!({
                "channel_id": channel,
                "channel_expiry": expiry,
                "resource_uri": format!("{}/api/crm/v8/{}", self.config.base_url, module.api_name),
                "resource_id": module.id.to_string(),
                "resource_name": module.api_name,
                "notify_url": url,
                "token": row.get("token"),
                "events": [name],
                "notification_condition": row.get("notification_condition").cloned().unwrap_or_else(|| json!([])),
            }));
        }
        self.channels.retain(|event| event["channel_id"].as_str() != Some(&channel));
        self.channels.extend(events.iter().cloned());
        Ok(events)
    }
}
