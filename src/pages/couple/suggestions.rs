//! Suggestions: pairs that resemble each other, best first, above a confidence that the admin sets.

use std::cell::RefCell;
use std::sync::Arc;

use couplet_engine::matching::{Suggester, Suggestion, roles};
use couplet_engine::planning::InitialSynchronization;
use couplet_synchronization::Goal;
use leptos::prelude::*;

use super::first::FirstTime;
use super::model::{CoupleModel, Pair, PairReason};
use super::pairs::PairList;
use crate::browser::page;
use crate::components::dialog::ConfirmDialog;
use crate::components::number::formatted;
use crate::components::status::Loading;
use crate::i18n::*;
use crate::queries::slices::in_slices;

/// Where this browser keeps the least confidence.
const PREFERENCE: &str = "couple-threshold";
/// The least confidence before anybody set one.
const THRESHOLD: u32 = 70;

/// The suggestions.
#[component]
pub(super) fn Suggestions(
    /// The workbench.
    model: CoupleModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let kept = page::preference(PREFERENCE).and_then(|text| text.parse().ok());
    let threshold = RwSignal::new(kept.unwrap_or(THRESHOLD));
    let suggestions = suggestions(model);
    let pairs = Memo::new(move |_| {
        let all = suggestions.get().unwrap_or_default();
        let shown = all.iter().filter(|it| it.confidence >= threshold.get()).map(pair_of);
        Arc::new(shown.collect::<Vec<Pair>>())
    });
    let is_here = Memo::new(move |_| suggestions.with(Option::is_some));
    let label = Signal::derive(move || t_string!(i18n, couple.suggestions).to_owned());
    let working = Signal::derive(move || t_string!(i18n, couple.working).to_owned());
    let set_threshold = move |text: String| {
        if let Ok(value) = text.parse::<u32>() {
            let value = value.min(100);
            threshold.set(value);
            page::set_preference(PREFERENCE, &value.to_string());
        }
    };
    view! {
        <section class="card couple">
            <header>
                <h2>{t!(i18n, couple.suggestions)}</h2>
                <label class="couple__threshold">
                    {t!(i18n, couple.threshold)}
                    <input
                        type="number"
                        min="30"
                        max="100"
                        step="5"
                        prop:value=move || threshold.get().to_string()
                        on:change:target=move |event| set_threshold(event.target().value())
                    /> " %"
                </label>
            </header>
            <Show when=move || is_here.get() fallback=move || view! { <Loading label=working /> }>
                <div class="couple__actions">
                    <button type="button" on:click=move |_| choose_sure(model, pairs)>{t!(i18n, couple.choose_all)}</button>
                    <button type="button" on:click=move |_| model.forget_choice()>{t!(i18n, couple.choose_none)}</button>
                    <CoupleChosen model=model />
                </div>
                <PairList model=model label=label pairs=pairs />
                <Show when=move || pairs.with(|pairs| pairs.is_empty())>
                    <p class="status status--empty">{t!(i18n, couple.none)}</p>
                </Show>
            </Show>
        </section>
    }
}

/// Chooses every pair that has no rival.
fn choose_sure(model: CoupleModel, pairs: Memo<Arc<Vec<Pair>>>) {
    let unrivaled = pairs.with_untracked(|pairs| {
        let sure = pairs.iter().filter(|it| matches!(it.reason, PairReason::Suggested { n_rivals: 0, .. }));
        sure.filter_map(|pair| Some((pair.record, pair.row?))).collect::<Vec<_>>()
    });
    model.chosen.update(|chosen| chosen.extend(unrivaled));
}

fn pair_of(suggestion: &Suggestion) -> Pair {
    Pair {
        record: suggestion.record,
        row: Some(suggestion.row),
        confidence: Some(suggestion.confidence),
        reason: PairReason::Suggested {
            evidence: suggestion.evidence.clone(),
            n_rivals: suggestion.n_rivals,
        },
    }
}

/// Worked out again when rows or couplings change.
pub(super) fn suggestions(model: CoupleModel) -> ReadSignal<Option<Arc<Vec<Suggestion>>>> {
    let prepare = move || {
        let ground = model.ground.get()?;
        let roles = roles(&ground.mapping);
        Some((ground, roles, RefCell::new(Suggester::default())))
    };
    in_slices(prepare, |(ground, roles, suggester)| {
        ground.with(|input| {
            let couplings = &input.state.couplings;
            suggester
                .borrow_mut()
                .step(roles, input.business_central, input.dataverse, couplings)
                .map(Arc::new)
        })
    })
}

/// The button that couples what is chosen, after a question.
#[component]
pub(super) fn CoupleChosen(
    /// The workbench.
    model: CoupleModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(false);
    let count = move || formatted(i18n, model.n_chosen());
    let title = Signal::derive(move || t_string!(i18n, couple.confirm_title, count = count()));
    let text = Signal::derive(move || t_string!(i18n, couple.confirm_text).to_owned());
    let caption = move || t_string!(i18n, couple.couple_chosen, count = count());
    let first = RwSignal::new(InitialSynchronization::DoNotSynchronize);
    let pairs = move || {
        let mut pairs: Vec<_> = model.chosen.with_untracked(|chosen| chosen.iter().copied().collect());
        pairs.sort_unstable();
        pairs
    };
    let go = move |()| model.couple(i18n, pairs(), || {});
    // What only couples is asked about; what also writes is shown as a plan before.
    let ask = move |_| match first.get_untracked() {
        InitialSynchronization::DoNotSynchronize => open.set(true),
        first => model.plan(Goal::Couple { pairs: pairs(), first }),
    };
    view! {
        <button
            type="button"
            class="button--primary"
            disabled=move || model.n_chosen() == 0 || model.is_busy.get()
            on:click=ask
        >
            {caption}
        </button>
        <FirstTime model=model first=first />
        <ConfirmDialog open=open title=title text=text confirm=Signal::derive(caption) on_confirm=go />
    }
}
