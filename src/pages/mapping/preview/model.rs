//! What a side of the preview shows: which list, in which order, which record, and the filter that is being edited.

use std::sync::Arc;

use couplet_engine::preview::{ListingQuery, Movement, Show, Sort, Verdicts, identifying_fields, list_rows};
use couplet_engine::{FieldSchema, MappingFilter, MappingName, Side};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::query_signal_with_options;

use crate::pages::mapping::preview::side_code;
use crate::state::previews::{Previews, RulesState, SidePreview};

/// State of one side; copies share it.
#[derive(Clone, Copy)]
pub(super) struct SideModel {
    pub(super) name: StoredValue<MappingName>,
    pub(super) preview: SidePreview,
    /// The filter being edited.
    pub(super) draft: RwSignal<Option<MappingFilter>>,
    /// Its rules.
    pub(super) draft_rules: Memo<Option<RulesState>>,
    /// Its verdicts over the rows in memory.
    pub(super) draft_verdicts: Memo<Option<Arc<Verdicts>>>,
    pub(super) show: Memo<Show>,
    set_show: SignalSetter<Option<String>>,
    pub(super) search: Memo<Option<String>>,
    pub(super) set_search: SignalSetter<Option<String>>,
    pub(super) sort: Memo<Option<Sort>>,
    set_sort: SignalSetter<Option<String>>,
    pub(super) selected: RwSignal<Option<u32>>,
    /// Rows to list, in order.
    pub(super) listed: Memo<Arc<Vec<u32>>>,
}

impl SideModel {
    pub(super) fn new(name: MappingName, side: Side) -> Self {
        let preview = Previews::expect().side(&name, side);
        let options = || NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        let code = side_code(side);
        let (show, set_show) = query_signal_with_options::<String>(format!("{code}-show"), options());
        let (search, set_search) = query_signal_with_options::<String>(format!("{code}-q"), options());
        let (sort, set_sort) = query_signal_with_options::<String>(format!("{code}-sort"), options());
        let show = Memo::new(move |_| show.with(|show| read_show(show.as_deref())));
        let sort = Memo::new(move |_| sort.with(|sort| sort.as_deref().map(read_sort)));
        let draft = RwSignal::new(None::<MappingFilter>);
        let draft_rules = Memo::new_with_compare(
            move |_| draft.with(|draft| draft.as_ref().map(|draft| preview.bind(draft))),
            |_, _| true,
        );
        let draft_verdicts = Memo::new_with_compare(
            move |_| draft_rules.with(|rules| rules.as_ref().and_then(|rules| preview.evaluate(rules))),
            |_, _| true,
        );
        let listed = Memo::new_with_compare(
            move |_| {
                Arc::new(list(preview, show.get(), search.get(), sort.get(), draft_verdicts.get().as_deref()))
            },
            |_, _| true,
        );
        let name = StoredValue::new(name);
        let selected = RwSignal::new(None);
        SideModel {
            name,
            preview,
            draft,
            draft_rules,
            draft_verdicts,
            show,
            set_show,
            search,
            set_search,
            sort,
            set_sort,
            selected,
            listed,
        }
    }

    /// Shows another list.
    pub(super) fn show_list(self, show: Show) {
        let text = match show {
            Show::All => None,
            Show::InFilter => Some("in".to_owned()),
            Show::Excluded => Some("out".to_owned()),
            Show::Failing(rule) => Some(format!("fails-{rule}")),
            Show::FailingOnly(rule) => Some(format!("only-{rule}")),
            Show::Entering => Some("enters".to_owned()),
            Show::Leaving => Some("leaves".to_owned()),
        };
        self.set_show.set(text);
    }

    /// Sorts by a column; once more turns the order round, a third time ends it.
    pub(super) fn sort_by(self, field: &str) {
        let next = match self.sort.get_untracked() {
            Some(sort) if sort.field == field && !sort.descending => Some(format!("-{field}")),
            Some(sort) if sort.field == field => None,
            _ => Some(field.to_owned()),
        };
        self.set_sort.set(next);
    }

    /// Columns of the table: what a person recognizes a record by, then the fields of the filter.
    pub(super) fn columns(self) -> Vec<FieldSchema> {
        let Some(schema) = self.preview.handle().and_then(|handle| handle.schema()) else {
            return Vec::new();
        };
        let mut fields: Vec<FieldSchema> =
            identifying_fields(&schema).into_iter().filter_map(|name| schema.field(name).cloned()).collect();
        fields.truncate(3);
        if fields.is_empty() {
            fields.extend(schema.fields.iter().take(3).cloned());
        }
        fields
    }

    /// What the edited filter would change.
    pub(super) fn movement(self) -> Option<Movement> {
        let now = self.preview.verdicts.get()?;
        let changed = self.draft_verdicts.get()?;
        Some(Movement::between(&now, &changed))
    }
}

fn list(
    preview: SidePreview,
    show: Show,
    search: Option<String>,
    sort: Option<Sort>,
    changed: Option<&Verdicts>,
) -> Vec<u32> {
    let (Some(handle), Some(rules), Some(verdicts)) =
        (preview.handle(), preview.rules.get().ready(), preview.verdicts.get())
    else {
        return Vec::new();
    };
    let search_fields = handle
        .schema()
        .map(|schema| identifying_fields(&schema).into_iter().map(str::to_owned).collect::<Vec<_>>());
    let query = ListingQuery {
        show,
        search: search.unwrap_or_default(),
        search_fields: search_fields
            .filter(|fields| !fields.is_empty())
            .unwrap_or_else(|| vec!["label".to_owned()]),
        sort,
    };
    handle.rows.with(|rows| list_rows(&query, rows, &rules, &verdicts, changed))
}

fn read_show(text: Option<&str>) -> Show {
    let rule =
        |prefix: &str| text.and_then(|text| text.strip_prefix(prefix)).and_then(|rule| rule.parse().ok());
    match text {
        Some("in") => Show::InFilter,
        Some("out") => Show::Excluded,
        Some("enters") => Show::Entering,
        Some("leaves") => Show::Leaving,
        _ => rule("fails-")
            .map(Show::Failing)
            .or_else(|| rule("only-").map(Show::FailingOnly))
            .unwrap_or_default(),
    }
}

fn read_sort(text: &str) -> Sort {
    match text.strip_prefix('-') {
        Some(field) => Sort { field: field.to_owned(), descending: true },
        None => Sort { field: text.to_owned(), descending: false },
    }
}
