//! Recognises the error codes of Zoho CRM. An unknown code is shown whole.

use super::row::Where;
use super::{Code, Context, Problem, Severity, of};
use serde_json::Value;

/// Turns an error of Zoho CRM (of a call or of one row) into a problem.
///
/// `details` is the error's `details` object, which may name the field. Codes that the CRM gives for several errors at
/// once are told by the first of them, with all of them in `said`.
#[must_use]
pub fn from_zoho(code: &str, message: &str, details: &Value, context: &Context<'_>) -> Problem {
    let problem = one(code, message, details, context);
    let mut words = [code, message].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(": ");
    let empty = details.is_null() || details.as_object().is_some_and(serde_json::Map::is_empty);
    if !empty {
        words.push_str(&format!(" {details}"));
    }
    problem.said(&words)
}

fn one(code: &str, message: &str, details: &Value, context: &Context<'_>) -> Problem {
    if let Some(first) = first_of_several(code, details) {
        let text = |key: &str| first.get(key).and_then(Value::as_str).unwrap_or_default();
        return one(text("code"), text("message"), first.get("details").unwrap_or(&Value::Null), context);
    }
    let known = classify(code, message);
    let mut facts = vec![("name", context.name.to_owned())];
    if let Some(field) = field(details, context) {
        facts.push(("field", field));
    }
    if known == Code::CrmModuleUnavailable && code == "INVALID_MODULE" {
        facts.extend(context.module.map(|module| ("module", module.api_name().replace('_', " "))));
    }
    // What the CRM refuses is put right in the CRM, or nowhere.
    let place = context.crm_place().filter(|_| known.place() != Where::Nowhere);
    let mut problem = of(known, &facts).at(place);
    if problem.severity == Severity::Warning {
        problem.severity = Severity::Error;
    }
    problem
}

/// The first error inside `MULTIPLE_OR_MULTI_ERRORS`, which the CRM gives as `details.errors`.
fn first_of_several<'a>(code: &str, details: &'a Value) -> Option<&'a Value> {
    (code == "MULTIPLE_OR_MULTI_ERRORS").then(|| details.get("errors")?.as_array()?.first()).flatten()
}

fn classify(code: &str, message: &str) -> Code {
    match code {
        "MANDATORY_NOT_FOUND" => Code::CrmMandatoryField,
        "INVALID_DATA" if message.to_lowercase().contains("the id given seems to be invalid") => Code::CrmRecordGone,
        "INVALID_DATA"
        | "PATTERN_NOT_MATCHED"
        | "DEPENDENT_MISMATCH"
        | "DEPENDENT_FIELD_MISSING"
        | "MAPPING_MISMATCH" => Code::CrmInvalidValue,
        "LIMIT_EXCEEDED" => Code::CrmInvalidValue,
        "DUPLICATE_DATA" => Code::CrmDuplicate,
        "RECORD_LOCKED" => Code::CrmRecordLocked,
        "RECORD_IN_BLUEPRINT" => Code::CrmInBlueprint,
        "NOT_APPROVED" => Code::CrmInApproval,
        "ALREADY_MODIFIED" => Code::CrmAlreadyModified,
        "STORAGE_SPACE_EXCEEDED" => Code::CrmStorageFull,
        "INVALID_MODULE" | "FEATURE_NOT_SUPPORTED" => Code::CrmModuleUnavailable,
        "NO_PERMISSION" | "AUTHORIZATION_FAILED" => Code::CrmNoPermission,
        "OAUTH_SCOPE_MISMATCH" => Code::ZohoScopeMissing,
        "INVALID_TOKEN" | "AUTHENTICATION_FAILURE" | "invalid_code" | "invalid_client" => Code::ZohoDisconnected,
        "Access Denied" => Code::ZohoTokenLimit,
        "TOO_MANY_REQUESTS" | "LIMIT_REACHED" => Code::ZohoLimit,
        "INTERNAL_ERROR" | "AMBIGUITY_DURING_PROCESSING" => Code::ZohoUnavailable,
        "REQUIRED_PARAM_MISSING"
        | "EXPECTED_FIELD_MISSING"
        | "INVALID_URL_PATTERN"
        | "INVALID_REQUEST_METHOD"
        | "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
        | "PAGINATION_LIMIT_EXCEEDED"
        | "EXPIRED_VALUE"
        | "TOKEN_BOUND_DATA_MISMATCH"
        | "SYNTAX_ERROR"
        | "INVALID_QUERY"
        | "INVALID_ALIAS"
        | "invalid_redirect_uri" => Code::ZohoRequestMalformed,
        _ => Code::CrmRefused,
    }
}

/// The field that the error is about, as people know it.
fn field(details: &Value, context: &Context<'_>) -> Option<String> {
    let api_name = details.get("api_name").and_then(Value::as_str)?;
    let label = context
        .crm_organisation
        .and_then(|organisation| organisation.fields.get(&context.module?))
        .and_then(|fields| fields.iter().find(|field| field.api_name == api_name))
        .map(|field| field.label.clone());
    Some(label.unwrap_or_else(|| api_name.replace('_', " ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::id::ZohoId;
    use crate::module::Module;
    use serde_json::json;

    const CODES: &[(&str, Code)] = &[
        ("MANDATORY_NOT_FOUND", Code::CrmMandatoryField),
        ("INVALID_DATA", Code::CrmInvalidValue),
        ("DUPLICATE_DATA", Code::CrmDuplicate),
        ("MULTIPLE_OR_MULTI_ERRORS", Code::CrmRefused),
        ("LIMIT_EXCEEDED", Code::CrmInvalidValue),
        ("INVALID_MODULE", Code::CrmModuleUnavailable),
        ("NO_PERMISSION", Code::CrmNoPermission),
        ("AUTHORIZATION_FAILED", Code::CrmNoPermission),
        ("RECORD_LOCKED", Code::CrmRecordLocked),
        ("RECORD_IN_BLUEPRINT", Code::CrmInBlueprint),
        ("NOT_APPROVED", Code::CrmInApproval),
        ("DEPENDENT_FIELD_MISSING", Code::CrmInvalidValue),
        ("DEPENDENT_MISMATCH", Code::CrmInvalidValue),
        ("EXPECTED_FIELD_MISSING", Code::ZohoRequestMalformed),
        ("MAPPING_MISMATCH", Code::CrmInvalidValue),
        ("PATTERN_NOT_MATCHED", Code::CrmInvalidValue),
        ("REQUIRED_PARAM_MISSING", Code::ZohoRequestMalformed),
        ("INVALID_URL_PATTERN", Code::ZohoRequestMalformed),
        ("INVALID_REQUEST_METHOD", Code::ZohoRequestMalformed),
        ("ALREADY_MODIFIED", Code::CrmAlreadyModified),
        ("FEATURE_NOT_SUPPORTED", Code::CrmModuleUnavailable),
        ("STORAGE_SPACE_EXCEEDED", Code::CrmStorageFull),
        ("INTERNAL_ERROR", Code::ZohoUnavailable),
        ("TOO_MANY_REQUESTS", Code::ZohoLimit),
        ("LIMIT_REACHED", Code::ZohoLimit),
        ("DISCRETE_PAGINATION_LIMIT_EXCEEDED", Code::ZohoRequestMalformed),
        ("PAGINATION_LIMIT_EXCEEDED", Code::ZohoRequestMalformed),
        ("EXPIRED_VALUE", Code::ZohoRequestMalformed),
        ("TOKEN_BOUND_DATA_MISMATCH", Code::ZohoRequestMalformed),
        ("AMBIGUITY_DURING_PROCESSING", Code::ZohoUnavailable),
        ("INVALID_TOKEN", Code::ZohoDisconnected),
        ("AUTHENTICATION_FAILURE", Code::ZohoDisconnected),
        ("OAUTH_SCOPE_MISMATCH", Code::ZohoScopeMissing),
        ("SYNTAX_ERROR", Code::ZohoRequestMalformed),
        ("INVALID_QUERY", Code::ZohoRequestMalformed),
        ("INVALID_ALIAS", Code::ZohoRequestMalformed),
        ("invalid_code", Code::ZohoDisconnected),
        ("invalid_client", Code::ZohoDisconnected),
        ("Access Denied", Code::ZohoTokenLimit),
        ("SOMETHING_NEW", Code::CrmRefused),
    ];

    #[test]
    fn every_known_code_has_its_problem() {
        let crm = fixture::crm_organisation();
        let id = ZohoId::new("5725000000000001").unwrap();
        let context = Context {
            crm_organisation: Some(&crm),
            xero_organisation: None,
            module: Some(Module::Contacts),
            crm_id: Some(&id),
            name: "Ana Bell",
            xero_url: None,
        };
        for (code, wanted) in CODES {
            let problem = from_zoho(code, "its message", &json!({"api_name": "Last_Name"}), &context);
            assert_eq!(problem.code, *wanted, "{code}");
            assert_ne!(problem.severity, Severity::Warning, "{code}");
            let said = problem.said.unwrap();
            assert!(said.contains(code) && said.contains("its message") && said.contains("Last_Name"), "{said}");
        }
        let problem = from_zoho("MANDATORY_NOT_FOUND", "", &json!({"api_name": "Last_Name"}), &context);
        assert_eq!(problem.what, "The CRM needs a value in \"Last Name\".");
        assert_eq!(
            problem.place.unwrap().url.as_str(),
            "https://crm.zoho.com/crm/org123/tab/Contacts/5725000000000001"
        );
    }

    #[test]
    fn several_errors_are_told_by_the_first_and_shown_whole() {
        let id = ZohoId::new("1").unwrap();
        let context = Context {
            crm_organisation: None,
            xero_organisation: None,
            module: Some(Module::Contacts),
            crm_id: Some(&id),
            name: "",
            xero_url: None,
        };
        let details = json!({"errors": [
            {"code": "DUPLICATE_DATA", "message": "duplicate data", "details": {"api_name": "Email"}},
            {"code": "MANDATORY_NOT_FOUND", "message": "required field not found", "details": {"api_name": "Last_Name"}},
        ]});
        let problem = from_zoho("MULTIPLE_OR_MULTI_ERRORS", "several", &details, &context);
        assert_eq!(problem.code, Code::CrmDuplicate);
        assert!(problem.said.unwrap().contains("MANDATORY_NOT_FOUND"));
        let gone = from_zoho("INVALID_DATA", "the id given seems to be invalid", &json!({"id": "1"}), &context);
        assert_eq!(gone.code, Code::CrmRecordGone);
    }
}
