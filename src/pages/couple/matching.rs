//! Match-based coupling: the criteria, what they would couple, and why the others find nobody (S3.30 to S3.38).

use std::cell::RefCell;
use std::sync::Arc;

use couplet_engine::FieldMapping;
use couplet_engine::matching::{MatchError, MatchOutcome, Matcher, Question, WhyUnmatched};
use couplet_synchronization::Goal;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::model::{CoupleModel, Pair, PairReason};
use super::pairs::PairList;
use super::suggestions::CoupleChosen;
use crate::components::notice::Tone;
use crate::components::number::formatted;
use crate::components::status::Loading;
use crate::i18n::*;
use crate::pages::compared_fields::captions;
use crate::queries::slices::in_slices;
use crate::state::configuration::ConfigurationStore;
use crate::tasks::edit_mapping::save_field;
use crate::text;

/// Which lines are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Matched,
    NoHit,
    Several,
    Taken,
    Blank,
}

impl Outcome {
    const ALL: [Outcome; 5] =
        [Outcome::Matched, Outcome::NoHit, Outcome::Several, Outcome::Taken, Outcome::Blank];

    fn of(why: WhyUnmatched) -> Self {
        match why {
            WhyUnmatched::Blank => Outcome::Blank,
            WhyUnmatched::NoHit => Outcome::NoHit,
            WhyUnmatched::HitIsCoupled { .. } => Outcome::Taken,
            WhyUnmatched::Ambiguous { .. } => Outcome::Several,
        }
    }

    fn label(self, i18n: text::I18n) -> &'static str {
        match self {
            Outcome::Matched => t_string!(i18n, couple.n_matched),
            Outcome::NoHit => t_string!(i18n, couple.n_none),
            Outcome::Several => t_string!(i18n, couple.n_several),
            Outcome::Taken => t_string!(i18n, couple.n_taken),
            Outcome::Blank => t_string!(i18n, couple.n_blank),
        }
    }
}

/// What the criteria come to.
type Found = Result<Arc<MatchOutcome>, MatchError>;

/// Criteria and what they come to.
#[component]
pub(super) fn ByCriteria(
    /// The workbench.
    model: CoupleModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let found = found(model);
    let working = Signal::derive(move || t_string!(i18n, couple.working).to_owned());
    let content = move || match found.get() {
        None => view! { <Loading label=working /> }.into_any(),
        Some(Err(MatchError::NoCriterion)) => {
            view! { <p class="status status--empty">{t!(i18n, couple.no_criteria)}</p> }.into_any()
        }
        Some(Err(error)) => {
            view! { <p class="status status--failed" role="alert">{text::match_error(i18n, &error)}</p> }
                .into_any()
        }
        Some(Ok(outcome)) => view! { <Outcomes model=model outcome=outcome /> }.into_any(),
    };
    view! {
        <section class="card couple">
            <header><h2>{t!(i18n, couple.matching)}</h2></header>
            <Criteria model=model />
            {content}
        </section>
    }
}

/// Worked out again when criteria, rows or couplings change.
fn found(model: CoupleModel) -> ReadSignal<Option<Found>> {
    let prepare = move || Some((model.ground.get()?, RefCell::new(Matcher::default())));
    in_slices(prepare, |(ground, matcher)| {
        let step = ground.with(|input| {
            matcher.borrow_mut().step(Question {
                mapping: input.mapping,
                business_central: input.business_central,
                dataverse: input.dataverse,
                couplings: &input.state.couplings,
                chosen: None,
            })
        });
        step.map(|outcome| outcome.map(Arc::new)).transpose()
    })
}

/// The fields that must be equal, kept with the mapping.
#[component]
fn Criteria(
    /// The workbench.
    model: CoupleModel,
) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let save = move |shown: FieldMapping| {
        let edited = FieldMapping {
            use_for_match_based_coupling: !shown.use_for_match_based_coupling,
            ..shown.clone()
        };
        spawn_local(async move {
            let name = model.name.get_value();
            if let Err(error) = save_field(store, &name, Some(&shown), edited).await {
                let reason = text::save_error(i18n, &error);
                model.said.set(Some((Tone::Warning, t_string!(i18n, couple.failed, reason = reason))));
            }
        });
    };
    let boxes = move || {
        let Some(ground) = model.ground.get() else { return Vec::new() };
        let captions = captions(&ground);
        let both =
            ground.mapping.field_mappings.iter().filter(|it| it.field.is_some() && it.column.is_some());
        let line = |field: &FieldMapping| {
            let caption = captions.of(i18n, field.field.as_deref().unwrap_or_default());
            let (shown, is_used) = (field.clone(), field.use_for_match_based_coupling);
            view! {
                <label>
                    <input type="checkbox" prop:checked=is_used on:change=move |_| save(shown.clone()) />
                    {caption}
                </label>
            }
        };
        both.map(line).collect::<Vec<_>>()
    };
    view! {
        <fieldset class="couple__criteria">
            <legend>{t!(i18n, couple.criteria)}</legend>
            <div class="couple__boxes">{boxes}</div>
            <p class="quiet">{t!(i18n, couple.criteria_help)}</p>
        </fieldset>
    }
}

#[component]
fn Outcomes(
    /// The workbench.
    model: CoupleModel,
    /// What the criteria come to.
    outcome: Arc<MatchOutcome>,
) -> impl IntoView {
    let i18n = use_i18n();
    let shown = RwSignal::new(Outcome::Matched);
    let outcome = StoredValue::new(outcome);
    let count = move |of: Outcome| {
        outcome.with_value(|outcome| match of {
            Outcome::Matched => outcome.matched.len(),
            of => outcome.unmatched.iter().filter(|it| Outcome::of(it.why) == of).count(),
        })
    };
    let numbers = Outcome::ALL.map(|of| {
        view! {
            <button
                type="button"
                class="balance__number"
                aria-pressed=move || (shown.get() == of).to_string()
                on:click=move |_| shown.set(of)
            >
                <span class="balance__big">{formatted(i18n, count(of))}</span> " " {of.label(i18n)}
            </button>
        }
    });
    let pairs = Memo::new(move |_| outcome.with_value(|outcome| Arc::new(pairs_of(outcome, shown.get()))));
    let choose_all = move |_| {
        let all =
            outcome.with_value(|it| it.matched.iter().map(|it| (it.record, it.row)).collect::<Vec<_>>());
        model.chosen.update(|chosen| chosen.extend(all));
    };
    let label = Signal::derive(move || t_string!(i18n, couple.matching).to_owned());
    view! {
        <div class="balance"><div class="balance__numbers">{numbers.into_iter().collect_view()}</div></div>
        <div class="couple__actions">
            <button type="button" on:click=choose_all>{t!(i18n, couple.choose_all_matched)}</button>
            <button type="button" on:click=move |_| model.forget_choice()>{t!(i18n, couple.choose_none)}</button>
            <CoupleChosen model=model />
        </div>
        <div class="couple__actions">
            <button type="button" on:click=move |_| model.plan(Goal::Match { chosen: None })>
                {t!(i18n, couple.plan_match)}
            </button>
            <p class="quiet">{move || after_match(i18n, model)}</p>
        </div>
        <PairList model=model label=label pairs=pairs />
    }
}

/// What the mapping wants after its criteria have coupled (S3.38, S3.39).
fn after_match(i18n: text::I18n, model: CoupleModel) -> &'static str {
    let wants = model.mapping().map(|it| (it.synch_after_bulk_coupling, it.create_new_in_case_of_no_match));
    match wants.unwrap_or_default() {
        (false, false) => t_string!(i18n, couple.plan_match_only),
        (true, false) => t_string!(i18n, couple.plan_match_synchronize),
        (false, true) => t_string!(i18n, couple.plan_match_create),
        (true, true) => t_string!(i18n, couple.plan_match_both),
    }
}

/// The lines of an outcome.
fn pairs_of(outcome: &MatchOutcome, shown: Outcome) -> Vec<Pair> {
    let matched = outcome.matched.iter().filter(|_| shown == Outcome::Matched).map(|it| Pair {
        record: it.record,
        row: Some(it.row),
        confidence: None,
        reason: PairReason::Matched { priority: it.priority },
    });
    let unmatched = outcome.unmatched.iter().filter(|it| Outcome::of(it.why) == shown);
    let unmatched = unmatched.map(|it| Pair {
        record: it.record,
        row: None,
        confidence: None,
        reason: PairReason::Unmatched(it.why),
    });
    matched.chain(unmatched).collect()
}
