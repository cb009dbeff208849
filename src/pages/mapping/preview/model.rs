//! What a side of the preview shows: which list, in which order, which record, and the filter that is being edited.

use std::sync::Arc;

use couplet_engine::preview::{
    Listed, Lister, ListingQuery, Movement, PreviewRules, Show, Sort, Verdicts, identifying_fields,
};
use couplet_engine::{FieldSchema, IntegrationTableMapping, MappingFilter, MappingName, Side, TableSchema};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::query_signal_with_options;
use rustc_hash::FxHashSet;

use crate::components::count_link::side_code;
use crate::components::virtual_table::Marked;
use crate::pages::mapping::preview::typed::Typed;
use crate::queries::late;
use crate::queries::slices::in_slices;
use crate::state::previews::{Previews, RulesState, SidePreview};
use crate::state::tables::TableHandle;

/// State of one side; copies share it.
#[derive(Clone, Copy)]
pub(super) struct SideModel {
    pub(super) name: StoredValue<MappingName>,
    pub(super) preview: SidePreview,
    /// The filter being edited.
    pub(super) draft: RwSignal<Option<MappingFilter>>,
    /// What was typed last, where that was not filter text: the draft is what it says, or said before it broke.
    pub(super) typed: RwSignal<Option<Typed>>,
    /// The draft as it was when every condition could be read.
    pub(super) readable: Memo<Option<MappingFilter>>,
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
    /// Rows that were chosen for what is done next.
    pub(super) marked: Marked,
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
        let readable = Memo::new(move |before: Option<&Option<MappingFilter>>| match draft_rules.get()? {
            RulesState::Ready(_) => draft.get(),
            _ => before.cloned().flatten(),
        });
        let judged =
            preview.judged(move || draft_rules.with(|rules| rules.as_ref().and_then(RulesState::ready)));
        let draft_verdicts = Memo::new_with_compare(
            move |_| judged.with(|judged| judged.as_ref().map(|judged| judged.verdicts.clone())),
            |_, _| true,
        );
        let listed = listed(preview, show, search, sort, draft_verdicts);
        let name = StoredValue::new(name);
        let selected = RwSignal::new(None);
        let marked = Marked::default();
        // Rows that are read again stand elsewhere.
        Effect::new(move |_| {
            if preview.handle().is_some_and(TableHandle::is_running) {
                marked.update(FxHashSet::clear);
            }
        });
        SideModel {
            name,
            preview,
            draft,
            typed: RwSignal::new(None),
            readable,
            draft_rules,
            draft_verdicts,
            show,
            set_show,
            search,
            set_search,
            sort,
            set_sort,
            selected,
            marked,
            listed,
        }
    }

    /// The saved filter.
    pub(super) fn saved(self) -> Option<MappingFilter> {
        let side = self.preview.side;
        self.preview.mapping.with(|mapping| mapping.as_ref().map(|mapping| mapping.filter(side).clone()))
    }

    /// Begins to edit the saved filter.
    pub(super) fn edit(self) {
        self.typed.set(None);
        self.draft.set(untrack(|| self.saved()));
    }

    /// Ends the editing.
    pub(super) fn close(self) {
        self.typed.set(None);
        self.draft.set(None);
        if matches!(self.show.get_untracked(), Show::Entering | Show::Leaving) {
            self.show_list(Show::All);
        }
    }

    /// Changes the filter text that is being edited; what was typed in another form gives way to it.
    pub(super) fn change(self, change: impl FnOnce(&mut MappingFilter)) {
        self.typed.set(None);
        self.draft.update(|draft| {
            if let Some(draft) = draft {
                change(draft);
            }
        });
    }

    /// Whether records can be chosen here: values of a choice are chosen in their matrix.
    pub(super) fn can_choose(self) -> bool {
        let is_option = |mapping: &IntegrationTableMapping| mapping.is_option_mapping();
        let side = self.preview.side;
        self.preview.mapping.with(|mapping| {
            mapping.as_deref().is_some_and(|mapping| side == Side::BusinessCentral || !is_option(mapping))
        })
    }

    /// The schema of the table, once it is known.
    pub(super) fn schema(self) -> Option<Arc<TableSchema>> {
        self.preview.handle().and_then(|handle| handle.schema())
    }

    /// Whether every form of the edited filter can be read.
    pub(super) fn is_readable(self) -> bool {
        self.typed.with(|typed| typed.as_ref().is_none_or(Typed::is_whole))
            && self.draft_rules.with(|rules| matches!(rules, Some(RulesState::Ready(_))))
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
        let Some(schema) = self.schema() else { return Vec::new() };
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

/// What a list is made of.
struct Listing {
    query: ListingQuery,
    handle: TableHandle,
    rules: Arc<PreviewRules>,
    verdicts: Arc<Verdicts>,
    changed: Option<Arc<Verdicts>>,
}

/// Keeps the list in step with everything that it is made of. It does not look at the edited filter unless it is about
/// what that would change.
fn listed(
    preview: SidePreview,
    show: Memo<Show>,
    search: Memo<Option<String>>,
    sort: Memo<Option<Sort>>,
    draft_verdicts: Memo<Option<Arc<Verdicts>>>,
) -> Memo<Arc<Vec<u32>>> {
    let prepare = move || {
        let (handle, rules) = (preview.handle()?, preview.rules.get().ready()?);
        let show = show.get();
        let about_change = matches!(show, Show::Entering | Show::Leaving);
        let query = ListingQuery {
            show,
            search: search.get().unwrap_or_default(),
            search_fields: search_fields(handle),
            sort: sort.get(),
        };
        let verdicts = preview.verdicts.get()?;
        let changed = about_change.then(|| draft_verdicts.get()).flatten();
        Some(Listing { query, handle, rules, verdicts, changed })
    };
    let lister = StoredValue::new(Lister::default());
    let list = in_slices(prepare, move |listing: &Listing| {
        let Listing { query, handle, rules, verdicts, changed } = listing;
        let step = |lister: &mut Lister| {
            handle.rows.with_untracked(|table| {
                late::list(lister, query, Listed { table, rules, verdicts, changed: changed.as_deref() })
            })
        };
        lister.try_update_value(step).flatten().map(Arc::new)
    });
    Memo::new_with_compare(move |_| list.get().unwrap_or_default(), |_, _| true)
}

/// Fields that the search box looks into.
fn search_fields(handle: TableHandle) -> Vec<String> {
    let names = |schema: &TableSchema| identifying_fields(schema).into_iter().map(str::to_owned).collect();
    let fields: Option<Vec<String>> = handle.schema().map(|schema| names(&schema));
    fields.filter(|fields| !fields.is_empty()).unwrap_or_else(|| vec!["label".to_owned()])
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
