//! The coupling of a record: its partner, what the last runs came to, and what can be done about it.

use couplet_engine::Side;
use couplet_engine::coupling::{LastRun, RowId, Skipped, SynchResult, SystemId};
use couplet_engine::parity::ParityClass;
use couplet_engine::planning::{CouplingState, DeletedPartners, Pass, Pending};
use couplet_synchronization::Goal;
use jiff::Timestamp;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::components::A;
use leptos_router::hooks::use_navigate;
use uuid::Uuid;

use super::{RecordModel, standing};
use crate::browser::intl;
use crate::components::count_link::{mapping_path, record_path, run_path};
use crate::components::dialog::ConfirmDialog;
use crate::i18n::*;
use crate::pages::mapping::parity_reasons::{name_of, other};
use crate::queries::read_table;
use crate::state::runs::Runs;
use crate::state::synchronization::Synchronization;
use crate::tasks::couple::uncouple;
use crate::tasks::run::Runner;
use crate::text::{self, I18n};

/// The card.
#[component]
pub(super) fn CouplingCard(
    /// The record.
    model: RecordModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let standing = move || {
        standing(model, i18n).map(|(words, class)| {
            view! {
                <p>
                    <i class=format!("parity__mark parity__part--{class}") aria-hidden="true"></i>
                    {words}
                </p>
            }
        })
    };
    let content = move || match coupling(model) {
        Some(state) => view! { <Coupled model=model state=state /> }.into_any(),
        None => view! { <NotCoupled model=model /> }.into_any(),
    };
    view! {
        <article class="card record__coupling">
            <header><h2>{t!(i18n, record.coupling)}</h2></header>
            <div class="card__body">{standing} {content}</div>
        </article>
    }
}

fn coupling(model: RecordModel) -> Option<CouplingState> {
    let ground = model.parity.ground.get()?;
    ground.with(|input| match model.side {
        Side::BusinessCentral => input.state.couplings.get(SystemId(model.id)).cloned(),
        Side::Dataverse => input.state.couplings.of_row(RowId(model.id)).cloned(),
    })
}

#[component]
fn NotCoupled(
    /// The record.
    model: RecordModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let path = move || {
        let name = model.parity.ground.get()?.mapping.name.clone();
        let asked = match model.side {
            Side::BusinessCentral => "record",
            Side::Dataverse => "row",
        };
        Some(format!("{}/couple?way=manual&{asked}={}", mapping_path(&name), model.id))
    };
    view! {
        <p>{t!(i18n, record.not_coupled)}</p>
        {move || path().map(|path| view! { <A href=path attr:class="button">{t!(i18n, record.find_partner)}</A> })}
    }
}

#[component]
fn Coupled(
    /// The record.
    model: RecordModel,
    /// Its coupling.
    state: CouplingState,
) -> impl IntoView {
    let i18n = use_i18n();
    let record = state.record_end().map(|end| end.id());
    let skipped = (state.coupling.skipped == Skipped::Yes).then(|| {
        view! {
            <p>
                <span class="verdict verdict--warn">{t!(i18n, record.skipped)}</span> " "
                <RetryButton model=model record=record />
            </p>
        }
    });
    let pending = (state.pending != Pending::None)
        .then(|| view! { <p><span class="verdict verdict--warn">{t!(i18n, record.pending)}</span></p> });
    let to = run_words(i18n, &state, Pass::ToIntegrationTable);
    let from = run_words(i18n, &state, Pass::FromIntegrationTable);
    let seen = |side: Side| moment(i18n, state.modified_at(side));
    let (seen_left, seen_right) = (seen(Side::BusinessCentral), seen(Side::Dataverse));
    view! {
        {partner(i18n, model, &state)}
        {skipped}
        {pending}
        <dl class="facts">
            <div><dt>{t!(i18n, record.last_to)}</dt><dd>{to}</dd></div>
            <div><dt>{t!(i18n, record.last_from)}</dt><dd>{from}</dd></div>
            <div><dt>{t!(i18n, record.seen_bc)}</dt><dd>{seen_left}</dd></div>
            <div><dt>{t!(i18n, record.seen_dv)}</dt><dd>{seen_right}</dd></div>
        </dl>
        <MendButton model=model record=record />
        <UncoupleButton model=model record=record />
    }
}

/// The way to the dry run that mends the coupling, where it is broken.
#[component]
fn MendButton(
    /// The record.
    model: RecordModel,
    /// The Business Central record of the coupling.
    record: Option<SystemId>,
) -> impl IntoView {
    let i18n = use_i18n();
    let (runs, navigate) = (StoredValue::new(Runs::expect()), StoredValue::new_local(use_navigate()));
    let is_broken = move || {
        let judged = model.judged();
        judged.and_then(|(judged, row)| judged.parity.class(model.side, row)) == Some(ParityClass::Broken)
    };
    let mend = move |_| {
        let ground = model.parity.ground.get_untracked();
        let (Some(record), Some(ground)) = (record, ground) else { return };
        let chosen = Some([record].into_iter().collect());
        let goal = Goal::Mend { chosen, deleted: DeletedPartners::default() };
        let name = &ground.mapping.name;
        runs.with_value(|runs| runs.of(name)).aim(ground.mapping.direction, goal);
        let path = run_path(name);
        navigate.with_value(|navigate| navigate(&path, NavigateOptions::default()));
    };
    view! {
        <Show when=is_broken>
            <button type="button" on:click=mend>{t!(i18n, record.mend)}</button>
            " "
        </Show>
    }
}

/// The partner, as a link to its page where it is there.
fn partner(i18n: I18n, model: RecordModel, state: &CouplingState) -> AnyView {
    let id: Option<Uuid> = match model.side {
        Side::BusinessCentral => Some(state.coupling.row.id().0),
        Side::Dataverse => state.record_end().map(|end| end.id().0),
    };
    let Some(id) = id else { return ().into_any() };
    let side = other(model.side);
    let named = model.judged().and_then(|(judged, row)| {
        let partner = judged.parity.partner(model.side, row)?;
        Some((judged.ground.mapping.name.clone(), name_of(i18n, &judged, side, partner)))
    });
    match named {
        Some((mapping, name)) => {
            let words = t_string!(i18n, record.coupled_with, partner = name);
            let path = record_path(&mapping, side, id);
            view! { <p><A href=path><span class=text::side_class(side)>{words}</span></A></p> }.into_any()
        }
        None => {
            let words = t_string!(i18n, parity.partner_gone, id = id.to_string());
            view! { <p><span class="verdict verdict--out">{words}</span></p> }.into_any()
        }
    }
}

fn run_words(i18n: I18n, state: &CouplingState, pass: Pass) -> String {
    let last: Option<LastRun> = match pass {
        Pass::ToIntegrationTable => state.coupling.row.last_run(),
        Pass::FromIntegrationTable => state.record_end().and_then(|end| end.last_run()),
    };
    match (last.map(|run| run.result), state.failed(pass)) {
        (None, _) => t_string!(i18n, record.never).to_owned(),
        (Some(SynchResult::Success), _) => t_string!(i18n, record.succeeded).to_owned(),
        (Some(SynchResult::Failure), None) => t_string!(i18n, record.failed).to_owned(),
        (Some(SynchResult::Failure), Some(reason)) => {
            t_string!(i18n, record.failed_why, reason = reason.to_owned())
        }
    }
}

fn moment(i18n: I18n, moment: Option<Timestamp>) -> String {
    let locale = i18n.get_locale();
    match moment {
        Some(moment) => intl::day_and_time(locale.as_str(), moment.as_millisecond()),
        None => t_string!(i18n, record.never).to_owned(),
    }
}

#[component]
fn RetryButton(
    /// The record.
    model: RecordModel,
    /// The Business Central record of the coupling.
    record: Option<SystemId>,
) -> impl IntoView {
    let i18n = use_i18n();
    let store = Synchronization::expect();
    let failed = RwSignal::new(None::<String>);
    let retry = move |_| {
        let ground = model.parity.ground.get_untracked();
        let (Some(record), Some(ground)) = (record, ground) else { return };
        spawn_local(async move {
            if let Err(error) = store.retry(&ground.mapping.name, &[record]).await {
                failed.set(Some(text::store_error(i18n, &error)));
            }
        });
    };
    view! {
        <button type="button" class="button--small" on:click=retry>{t!(i18n, record.retry)}</button>
        {move || failed.get().map(|words| view! { <span role="alert" class="verdict verdict--out">{words}</span> })}
    }
}

#[component]
fn UncoupleButton(
    /// The record.
    model: RecordModel,
    /// The Business Central record of the coupling.
    record: Option<SystemId>,
) -> impl IntoView {
    let i18n = use_i18n();
    let runner = Runner::expect();
    let open = RwSignal::new(false);
    let failed = RwSignal::new(None::<String>);
    let title = Signal::derive(move || t_string!(i18n, couple.uncouple_title_one).to_owned());
    let text = Signal::derive(move || {
        let by_job = model.parity.ground.with(|it| it.as_ref().is_some_and(|it| it.mapping.uncouple_by_job));
        match by_job {
            true => t_string!(i18n, couple.uncouple_text_job).to_owned(),
            false => t_string!(i18n, couple.uncouple_text_local).to_owned(),
        }
    });
    let confirm = Signal::derive(move || t_string!(i18n, couple.uncouple).to_owned());
    let go = move |()| {
        let ground = model.parity.ground.get_untracked();
        let (Some(record), Some(ground)) = (record, ground) else { return };
        spawn_local(async move {
            let records = [record].into_iter().collect();
            match uncouple(runner, &ground.mapping, records).await {
                Ok(_) => read_table::restart(ground.handle(Side::Dataverse)),
                Err(error) => failed.set(Some(text::run_problem(i18n, &error))),
            }
        });
    };
    view! {
        <button type="button" on:click=move |_| open.set(true)>{t!(i18n, record.uncouple)}</button>
        {move || failed.get().map(|words| view! { <span role="alert" class="verdict verdict--out">{words}</span> })}
        <ConfirmDialog open=open title=title text=text confirm=confirm on_confirm=go />
    }
}
