//! Modules, layouts and related lists as metadata.

use crate::api::{ApiCall, Caller};
use crate::errors::{Problem, Reply};
use crate::read::related_lists;
use crate::schema::Module;
use crate::state::Zoho;
use crate::write::instant;
use serde_json::{Value, json};

impl Zoho {
    pub(crate) fn module_list(&self, caller: &Caller, call: &ApiCall) -> Reply {
        // Modules are never changed here: anyone who asks for changes since some time hears that there are none.
        if call.if_modified_since.as_deref().is_some_and(|since| instant(since).is_ok()) {
            return Reply::empty(304);
        }
        let modules: Vec<Value> =
            self.modules.iter().enumerate().map(|(index, module)| self.module_json(caller, index, module)).collect();
        Reply::ok(json!({"modules": modules}))
    }

    pub(crate) fn one_module(&self, caller: &Caller, name: &str) -> Result<Reply, Problem> {
        let found = self
            .modules
            .iter()
            .enumerate()
            .find(|(_, module)| module.api_name.eq_ignore_ascii_case(name) || module.id.to_string() == name);
        let (index, module) = found.ok_or_else(|| Problem::invalid_module(name))?;
        Ok(Reply::ok(json!({"modules": [self.module_json(caller, index, module)]})))
    }

    /// The module that a metadata call names with `module=`.
    pub(crate) fn module_param(&self, call: &ApiCall) -> Result<&Module, Problem> {
        let name = call.param("module").ok_or_else(|| Problem::param_missing("module"))?;
        self.module(name).ok_or_else(|| Problem::invalid_module(name))
    }

    fn module_json(&self, caller: &Caller, index: usize, module: &Module) -> Value {
        let name = module.api_name.as_str();
        let open = self.allow_module(caller, name, false).is_ok();
        let writable = self.allow_module(caller, name, true).is_ok();
        let subform = module.parent.is_some();
        let parent = module.parent.as_deref().and_then(|parent| self.module(parent));
        let profiles: Vec<Value> = self
            .profiles
            .iter()
            .filter(|profile| profile.opens(name))
            .map(|profile| json!({"name": profile.name, "id": profile.id.to_string()}))
            .collect();
        // In two halves: one literal of this size is more than the macro takes.
        let mut out = json!({
            "id": module.id.to_string(),
            "api_name": name,
            "module_name": module.plural,
            "singular_label": module.singular,
            "plural_label": module.plural,
            "generated_type": if subform { "subform" } else { "default" },
            "parent_module": parent.map_or_else(
                || json!({}),
                |parent| json!({"api_name": parent.api_name, "id": parent.id.to_string()}),
            ),
            "api_supported": true,
            "visible": open,
            "viewable": open,
            "creatable": writable && !subform,
            "editable": writable,
            "deletable": writable && !subform,
            "convertable": false,
            "quick_create": !subform,
            "show_as_tab": !subform,
            "sequence_number": index + 1,
            "visibility": 1,
            "status": "visible",
            "profiles": profiles,
            "profile_count": profiles.len(),
            "has_more_profiles": false,
            "sub_menu_available": false,
            "modified_by": Value::Null,
            "modified_time": Value::Null,
            "description": Value::Null,
        });
        let rest = json!({
            "global_search_supported": !subform,
            "recycle_bin_on_delete": true,
            "inventory_template_supported": module.lines_field().is_some(),
            "presence_sub_menu": false,
            "triggers_supported": true,
            "chart_view": false,
            "chart_view_supported": true,
            "isBlueprintSupported": !subform,
            "emailTemplate_support": !subform,
            "email_parser_supported": false,
            "filter_supported": true,
            "web_link": Value::Null,
            "feeds_required": false,
            "scoring_supported": false,
            "webform_supported": false,
            "arguments": [],
            "business_card_field_limit": 5,
            "track_current_data": false,
            "activity_badge": Value::Null,
        });
        if let (Some(out), Value::Object(rest)) = (out.as_object_mut(), rest) {
            out.extend(rest);
        }
        out
    }

    pub(crate) fn layout_list(&self, caller: &Caller, call: &ApiCall) -> Result<Reply, Problem> {
        let module = self.module_param(call)?;
        let sections = vec![json!({
            "display_label": format!("{} Information", module.singular),
            "sequence_number": 1,
            "isSubformSection": false,
            "tab_traversal": "left_to_right",
            "api_name": format!("{}_Information", module.singular.replace(' ', "_")),
            "column_count": 2,
            "name": format!("{} Information", module.singular),
            "generated_type": "system",
            "id": (module.layout_id + 1_000_000).to_string(),
            "type": "used",
            "properties": Value::Null,
            "fields": module
                .fields
                .iter()
                .enumerate()
                .map(|(index, field)| {
                    let mut out = self.field_json(caller, module, index, field);
                    out["required"] = Value::Bool(field.mandatory || field.layout_mandatory);
                    out["validation_rule"] = Value::Null;
                    out["section_id"] = json!(1);
                    out
                })
                .collect::<Vec<_>>(),
        })];
        let profiles: Vec<Value> = self
            .profiles
            .iter()
            .map(|profile| json!({"default": true, "name": profile.name, "id": profile.id.to_string(), "_default_view": Value::Null}))
            .collect();
        let layout = json!({
            "id": module.layout_id.to_string(),
            "name": "Standard",
            "api_name": "Standard",
            "display_label": "Standard",
            "generated_type": "system",
            "has_more_profiles": false,
            "created_time": Value::Null,
            "modified_time": Value::Null,
            "visible": true,
            "source": "crm",
            "mode": "view",
            "status": "active",
            "show_business_card": true,
            "subform_properties": Value::Null,
            "created_for": Value::Null,
            "created_by": self.user_json(self.administrator()),
            "modified_by": self.user_json(self.administrator()),
            "convert_mapping": Value::Null,
            "profiles": profiles,
            "sections": sections,
            "actions_allowed": {
                "edit": true, "rename": true, "clone": true, "downgrade": false,
                "delete": false, "deactivate": false, "set_layout_permissions": true,
            },
        });
        Ok(Reply::ok(json!({"layouts": [layout]})))
    }

    pub(crate) fn related_list_list(&self, caller: &Caller, call: &ApiCall) -> Result<Reply, Problem> {
        let module = self.module_param(call)?;
        self.allow_module(caller, &module.api_name, false)?;
        let lists: Vec<Value> = related_lists(&module.api_name)
            .iter()
            .enumerate()
            .filter_map(|(index, (name, child, _))| {
                let child = self.module(child)?;
                Some(json!({
                    "id": (module.id + 60_000_000 + index as u64).to_string(),
                    "sequence_number": (index + 1).to_string(),
                    "display_label": child.plural,
                    "api_name": name,
                    "module": {"api_name": child.api_name, "id": child.id.to_string()},
                    "name": name,
                    "action": Value::Null,
                    "href": format!("{}/{{ENTITYID}}/{name}", module.api_name),
                    "type": "default",
                    "customize_sort": true,
                    "customize_fields": true,
                    "customize_display_label": true,
                    "sort_by": {"api_name": Value::Null, "id": Value::Null},
                    "visible": true,
                    "sort_order": Value::Null,
                    "fields": [],
                    "status": "visible",
                }))
            })
            .collect();
        if lists.is_empty() { Ok(Reply::empty(204)) } else { Ok(Reply::ok(json!({"related_lists": lists}))) }
    }
}
