//! Why the chosen record is in or out, and what would bring it in.

use couplet_engine::preview::Remedy;
use couplet_filter::FieldValue;
use leptos::prelude::*;
use leptos_router::components::A;

use crate::components::count_link::record_path;
use crate::components::number::formatted;
use crate::i18n::*;
use crate::pages::mapping::preview::model::SideModel;
use crate::pages::mapping::preview::rules::RulesTable;
use crate::text;

/// The panels of the chosen records, one a side.
#[component]
pub(super) fn WhyPanel(
    /// Both sides.
    sides: [SideModel; 2],
) -> impl IntoView {
    sides
        .map(|model| move || model.selected.get().map(|row| view! { <Why model=model row=row as usize /> }))
        .collect_view()
}

#[component]
fn Why(
    /// The side.
    model: SideModel,
    /// The record.
    row: usize,
) -> impl IntoView {
    let i18n = use_i18n();
    let name = move || record_name(model, row);
    let is_in = move || {
        model.preview.verdicts.with(|verdicts| {
            verdicts
                .as_ref()
                .is_some_and(|verdicts| row < verdicts.in_filter.len() && verdicts.in_filter.get(row))
        })
    };
    let title = move || {
        if is_in() {
            t_string!(i18n, why.in_title, record = name())
        } else {
            t_string!(i18n, why.out_title, record = name())
        }
    };
    let remedies = move || {
        let (Some(rules), Some(handle), Some(verdicts)) =
            (model.preview.rules.get().ready(), model.preview.handle(), model.preview.verdicts.get())
        else {
            return Vec::new();
        };
        let related = model.preview.related.get();
        handle.rows.with(|rows| rules.remedies(rows, row, &related, &verdicts))
    };
    let side = model.preview.side;
    let class = format!("card why card--{}", text::side_class(side));
    view! {
        <section class=class aria-live="polite">
            <header>
                <h2>{title}</h2>
                <span class="why__actions">
                    {move || record_link(model, row).map(|path| view! { <A href=path>{t!(i18n, parity.open_record)}</A> })}
                    <button type="button" on:click=move |_| model.selected.set(None)>{t!(i18n, action.close)}</button>
                </span>
            </header>
            <div class="why__grid">
                <RulesTable preview=model.preview row=row />
                <aside class="why__remedies">
                    {move || {
                        let remedies = remedies();
                        (!is_in() && !remedies.is_empty()).then(|| view! { <Remedies model=model remedies=remedies /> })
                    }}
                </aside>
            </div>
        </section>
    }
}

/// What would bring the record in, as steps.
#[component]
fn Remedies(
    /// The side.
    model: SideModel,
    /// Wider clauses.
    remedies: Vec<Remedy>,
) -> impl IntoView {
    let i18n = use_i18n();
    let system = text::side(i18n, model.preview.side);
    let rules = model.preview.rules.get_untracked().ready();
    let steps = remedies
        .into_iter()
        .filter_map(|remedy| {
            let rule = rules.as_ref()?.rules.get(remedy.rule_idx)?;
            let subject = text::rule_subject(i18n, &rule.subject);
            let count = formatted(i18n, remedy.n_enter);
            let system = system.clone();
            let filter = remedy.text.clone();
            let try_it = move |_| try_remedy(model, &remedy);
            Some(view! {
                <li>
                    {t_string!(i18n, why.change_value, field = subject.clone(), system = system)}
                    <br />
                    {t_string!(i18n, why.or_filter, field = subject)} " " <code>{filter}</code> " "
                    {t_string!(i18n, why.n_enter, count = count)} " "
                    <button type="button" class="link" on:click=try_it>{t!(i18n, why.try_it)}</button>
                </li>
            })
        })
        .collect_view();
    view! { <h3>{t!(i18n, why.bring_in)}</h3> <ol>{steps}</ol> }
}

/// Opens the editor with the wider clause; nothing is saved.
fn try_remedy(model: SideModel, remedy: &Remedy) {
    let filter = model
        .preview
        .mapping
        .with_untracked(|mapping| mapping.as_ref().map(|mapping| mapping.filter(model.preview.side).clone()));
    let Some(mut filter) = filter else { return };
    if let Some(condition) = filter.conditions.get_mut(remedy.rule_idx) {
        condition.text.clone_from(&remedy.text);
        model.draft.set(Some(filter));
    }
}

/// Address of the record's own page.
fn record_link(model: SideModel, row: usize) -> Option<String> {
    let handle = model.preview.handle()?;
    let schema = handle.schema()?;
    let id = handle.rows.with(|rows| match rows.column(&schema.key_field)?.get(row) {
        FieldValue::Guid(id) => Some(id),
        _ => None,
    })?;
    Some(record_path(&model.name.get_value(), schema.side, id))
}

fn record_name(model: SideModel, row: usize) -> String {
    let i18n = use_i18n();
    let named = model.preview.handle().and_then(|handle| {
        let schema = handle.schema()?;
        Some(handle.rows.with(|rows| text::record_name(i18n, &schema, rows, row)))
    });
    named.unwrap_or_default()
}
