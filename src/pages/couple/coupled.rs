//! What is coupled, and uncoupling it, with what that will do (S3.45 to S3.47).

use std::sync::Arc;

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::planning::{RowCompany, uncouple};
use leptos::prelude::*;

use super::model::{CoupleModel, Pair, PairReason};
use super::pairs::PairList;
use crate::components::dialog::ConfirmDialog;
use crate::components::number::formatted;
use crate::i18n::*;
use crate::state::connections::Connections;

/// The coupled pairs.
#[component]
pub(super) fn CoupledPairs(
    /// The workbench.
    model: CoupleModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let pairs = Memo::new(move |_| {
        let pairs = model.ground.with(|ground| {
            let ground = ground.as_ref()?;
            let mut pairs: Vec<(SystemId, RowId)> = ground.with(|input| {
                let couplings = input.state.couplings.iter();
                couplings.filter_map(|it| Some((it.record_end()?.id(), it.coupling.row.id()))).collect()
            });
            pairs.sort_unstable();
            Some(pairs)
        });
        let pair = |(record, row): (SystemId, RowId)| Pair {
            record,
            row: Some(row),
            confidence: None,
            reason: PairReason::Coupled,
        };
        Arc::new(pairs.unwrap_or_default().into_iter().map(pair).collect::<Vec<Pair>>())
    });
    let label = Signal::derive(move || t_string!(i18n, couple.coupled).to_owned());
    view! {
        <section class="card couple">
            <header><h2>{t!(i18n, couple.coupled)}</h2></header>
            <div class="couple__actions">
                <button type="button" on:click=move |_| model.forget_choice()>{t!(i18n, couple.choose_none)}</button>
                <UncoupleChosen model=model />
            </div>
            <PairList model=model label=label pairs=pairs />
            <Show when=move || pairs.with(|pairs| pairs.is_empty())>
                <p class="status status--empty">{t!(i18n, couple.none_coupled)}</p>
            </Show>
        </section>
    }
}

/// The button that uncouples what is chosen, after saying what it will do.
#[component]
pub(super) fn UncoupleChosen(
    /// The workbench.
    model: CoupleModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let company = Connections::expect();
    let open = RwSignal::new(false);
    let count = move || formatted(i18n, model.n_chosen());
    let title = Signal::derive(move || t_string!(i18n, couple.uncouple_title, count = count()));
    let n_of_company = Memo::new(move |_| {
        if !open.get() {
            return 0;
        }
        let chosen = model.chosen.with(|chosen| chosen.iter().map(|(record, _)| *record).collect());
        let uncouplings = model.ground.with(|ground| {
            ground.as_ref().map(|ground| {
                ground.with(|input| {
                    let company = company.company();
                    uncouple(
                        input.mapping,
                        company.as_ref(),
                        &input.state.couplings,
                        input.dataverse,
                        &chosen,
                    )
                })
            })
        });
        let uncouplings = uncouplings.unwrap_or_default();
        uncouplings.iter().filter(|it| it.company == RowCompany::Cleared).count()
    });
    let text = Signal::derive(move || match n_of_company.get() {
        0 => t_string!(i18n, couple.uncouple_text_local).to_owned(),
        count => t_string!(i18n, couple.uncouple_text, count = formatted(i18n, count)),
    });
    let confirm = Signal::derive(move || t_string!(i18n, couple.uncouple).to_owned());
    view! {
        <button
            type="button"
            disabled=move || model.n_chosen() == 0 || model.is_busy.get()
            on:click=move |_| open.set(true)
        >
            {move || t_string!(i18n, couple.uncouple_chosen, count = count())}
        </button>
        <ConfirmDialog open=open title=title text=text confirm=confirm on_confirm=move |()| model.uncouple(i18n) />
    }
}
