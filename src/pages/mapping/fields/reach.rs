//! Whether both systems let a field mapping be read and written, through which binding, and what would help where they
//! do not.

use couplet_engine::checks::MappingProblemKind;
use couplet_engine::{FieldAccess, FieldMapping, IntegrationTableMapping, MappingName, Side};
use couplet_systems::{BindingKind, Remedy};
use leptos::prelude::*;

use crate::i18n::*;
use crate::state::checks;
use crate::state::configuration::ConfigurationStore;
use crate::text;

/// Whether a problem is one of reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AboutReach {
    /// It is.
    Yes,
    /// It is something else.
    No,
}

/// Sorts out the problems that the column "Reach" says already.
pub fn is_about_reach(kind: &MappingProblemKind) -> AboutReach {
    match kind {
        MappingProblemKind::OutOfReach { .. } | MappingProblemKind::NotWritable { .. } => AboutReach::Yes,
        _ => AboutReach::No,
    }
}

/// One line for each side that has a field.
#[component]
pub fn Reach(
    /// The table mapping.
    name: Memo<MappingName>,
    /// The field mapping.
    field: Memo<Option<FieldMapping>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    move || {
        let mapping = store.configuration.with(|it| name.with(|name| it.mapping(name).cloned()))?;
        let field = field.get()?;
        let bc = field.field.as_deref().and_then(|field| business_central(i18n, &mapping, field));
        let dv = field.column.as_deref().and_then(|column| dataverse(i18n, &mapping, column));
        Some(bc.into_iter().chain(dv).map(draw).collect_view())
    }
}

/// What is said of one side, and how good it is.
struct Line {
    side: Side,
    class: &'static str,
    text: String,
}

fn draw(line: Line) -> impl IntoView {
    let class = format!("field-list__reach {}", text::side_class(line.side));
    view! { <div class=class><span class=line.class>{line.text}</span></div> }
}

fn business_central(i18n: text::I18n, mapping: &IntegrationTableMapping, name: &str) -> Option<Line> {
    let handle = checks::described_table(mapping, Side::BusinessCentral);
    let access = handle.access.with(|access| access.ready().cloned())?;
    let known = access.schema.field(name)?;
    let side = Side::BusinessCentral;
    if known.access != FieldAccess::OutOfReach {
        let way = access.binding.as_ref().map(|binding| binding_name(i18n, binding.kind)).unwrap_or_default();
        return Some(reached(i18n, side, known.access, way));
    }
    let fields = access.binding.iter().flat_map(|binding| &binding.out_of_reach);
    let remedy =
        fields.filter(|field| field.field.eq_ignore_ascii_case(name)).map(|field| field.remedy).next();
    let text = match remedy {
        Some(Remedy::InstallCompanion) => t_string!(i18n, reach.install_companion),
        Some(Remedy::ExtendCompanion) => t_string!(i18n, reach.extend_companion),
        None => t_string!(i18n, reach.out_of_reach),
    };
    Some(Line { side, class: "verdict verdict--warn", text: text.to_owned() })
}

fn dataverse(i18n: text::I18n, mapping: &IntegrationTableMapping, name: &str) -> Option<Line> {
    let schema = checks::described_fields(mapping, Side::Dataverse)?;
    let known = schema.field(name)?;
    let way = t_string!(i18n, reach.web_api).to_owned();
    Some(reached(i18n, Side::Dataverse, known.access, way))
}

fn reached(i18n: text::I18n, side: Side, access: FieldAccess, way: String) -> Line {
    let text = match access {
        FieldAccess::Full => t_string!(i18n, reach.full, way = way),
        FieldAccess::Insert => t_string!(i18n, reach.insert, way = way),
        FieldAccess::Modify => t_string!(i18n, reach.modify, way = way),
        FieldAccess::Read => t_string!(i18n, reach.read, way = way),
        FieldAccess::OutOfReach => t_string!(i18n, reach.out_of_reach).to_owned(),
    };
    Line { side, class: "", text }
}

fn binding_name(i18n: text::I18n, kind: BindingKind) -> String {
    match kind {
        BindingKind::Companion => t_string!(i18n, reach.companion),
        BindingKind::ApiV2 => t_string!(i18n, reach.api_v2),
        BindingKind::PageService => t_string!(i18n, reach.page_service),
        BindingKind::None => t_string!(i18n, reach.no_way),
    }
    .to_owned()
}
