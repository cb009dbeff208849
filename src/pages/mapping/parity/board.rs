//! The numbers: classes by side, adding up to both totals, and what stands behind them.

use couplet_engine::parity::{Ambiguity, Parity, ParityClass};
use couplet_engine::planning::LeftOut;
use couplet_engine::{FieldKey, Side};
use leptos::prelude::*;

use super::ParityModel;
use crate::browser::intl;
use crate::components::count_link::{mapping_path, side_code};
use crate::components::number::formatted;
use crate::components::plural::is_single;
use crate::i18n::*;
use crate::pages::compared_fields::captions;
use crate::pages::mapping::parity_reasons::field_caption;
use crate::state::parity::Judged;
use crate::text::{self, Captions, I18n};

const SIDES: [Side; 2] = [Side::BusinessCentral, Side::Dataverse];

/// The board.
#[component]
pub(super) fn Board(
    /// The tab.
    model: ParityModel,
) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        let judged = model.judged()?;
        let parity = judged.parity.clone();
        let rows = ParityClass::ALL.map(|class| line(i18n, model, &parity, Some(class)));
        let total = line(i18n, model, &parity, None);
        let title = match parity.per_mille() {
            Some(share) => {
                let share = intl::percent(i18n.get_locale().as_str(), share as f64 / 1_000.0);
                t_string!(i18n, parity.share, share = share)
            }
            None => t_string!(i18n, parity.share_none).to_owned(),
        };
        Some(view! {
            <section class="card parity" aria-labelledby="parity-title">
                <header><h2 id="parity-title">{title}</h2></header>
                <div class="parity__bars">{SIDES.map(|side| bar(i18n, &parity, side)).collect_view()}</div>
                <div class="scroll-x">
                    <table class="rows parity__classes">
                        <thead>
                            <tr>
                                <th scope="col">{t!(i18n, parity.class_head)}</th>
                                {SIDES
                                    .map(|side| view! { <th scope="col" class=format!("number {}", text::side_class(side))>{text::side(i18n, side)}</th> })
                                    .collect_view()}
                            </tr>
                        </thead>
                        <tbody>{rows.into_iter().collect_view()}</tbody>
                        <tfoot>{total}</tfoot>
                    </table>
                </div>
                <Notes model=model judged=judged />
            </section>
        })
    }
}

/// Address of the list of a class.
fn list_path(model: ParityModel, side: Side, class: Option<ParityClass>) -> String {
    let path = model.name.with_value(mapping_path);
    let class = class.map(|class| format!("&class={}", class.code())).unwrap_or_default();
    format!("{path}?tab=parity&of={}{class}", side_code(side))
}

fn line(i18n: I18n, model: ParityModel, parity: &Parity, class: Option<ParityClass>) -> AnyView {
    let name = class.map_or_else(|| t_string!(i18n, parity.total), |class| text::parity_class(i18n, class));
    let cell = |side: Side| {
        let count = class.map_or_else(|| parity.total(side), |class| parity.count(side, class));
        let outside = class.map_or(0, |class| parity.count_outside(side, class));
        let outside = (outside > 0).then(|| {
            view! { <small>{t_string!(i18n, parity.outside, count = formatted(i18n, outside))}</small> }
        });
        let label = t_string!(
            i18n,
            parity.count_label,
            count = formatted(i18n, count),
            class = name.to_owned(),
            system = text::side(i18n, side)
        );
        let current = move || (model.side.get() == side && model.class.get() == class).then_some("true");
        view! {
            <td class="number">
                {outside} " "
                <a href=list_path(model, side, class) data-noscroll="" aria-label=label aria-current=current>
                    {formatted(i18n, count)}
                </a>
            </td>
        }
    };
    let head = match class {
        Some(class) => {
            let help = text::parity_help(i18n, class);
            view! {
                <th scope="row">
                    <i class=format!("parity__mark parity__part--{}", class.code()) aria-hidden="true"></i>
                    {name} <small>{help}</small> {mend_button(i18n, model, parity, class)}
                </th>
            }
            .into_any()
        }
        None => view! { <th scope="row">{name}</th> }.into_any(),
    };
    view! { <tr>{head} {SIDES.map(cell).collect_view()}</tr> }.into_any()
}

/// The way to the dry run that mends broken couplings, where there are some.
fn mend_button(i18n: I18n, model: ParityModel, parity: &Parity, class: ParityClass) -> Option<AnyView> {
    let n_broken = SIDES.iter().map(|side| parity.count(*side, ParityClass::Broken)).sum::<usize>();
    let direction = model.parity.ground.with(|ground| {
        let mapping = &ground.as_ref()?.mapping;
        (!mapping.is_option_mapping()).then_some(mapping.direction)
    })?;
    if class != ParityClass::Broken || n_broken + parity.lost.len() == 0 {
        return None;
    }
    let label = t_string!(i18n, parity.mend_label, name = model.name.with_value(ToString::to_string));
    let view = view! {
        <button type="button" class="button--small" aria-label=label on:click=move |_| model.mend(direction)>
            {t_string!(i18n, parity.mend)}
        </button>
    };
    Some(view.into_any())
}

fn bar(i18n: I18n, parity: &Parity, side: Side) -> AnyView {
    let total = parity.total(side).max(1) as f64;
    let counts = ParityClass::ALL.map(|class| (class, parity.count(side, class)));
    let shown: Vec<(ParityClass, usize)> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    let words: Vec<String> = shown
        .iter()
        .map(|(class, count)| format!("{} {}", formatted(i18n, *count), text::parity_class(i18n, *class)))
        .collect();
    let label = t_string!(i18n, parity.bar, system = text::side(i18n, side), parts = words.join(", "));
    let parts = shown.into_iter().map(|(class, count)| {
        let width = format!("{}%", count as f64 * 100.0 / total);
        view! { <i class=format!("parity__part--{}", class.code()) style:width=width></i> }
    });
    view! {
        <span class=text::side_class(side) aria-hidden="true">{text::side(i18n, side)}</span>
        <div class="parity__bar" role="img" aria-label=label>{parts.collect_view()}</div>
    }
    .into_any()
}

/// What the numbers do not say by themselves.
#[component]
fn Notes(
    /// The tab.
    model: ParityModel,
    /// Where both sides stand.
    judged: Judged,
) -> impl IntoView {
    let i18n = use_i18n();
    let captions = captions(&judged.ground);
    let parity = judged.parity.clone();
    let fields = parity.fields_out_of_step();
    let chips = (!fields.is_empty()).then(|| {
        let mapping = judged.ground.mapping.clone();
        let chips = fields.into_iter().take(MAX_CHIPS).map(|(number, count)| {
            let caption = field_caption(i18n, &mapping, &captions, number);
            let path = format!(
                "{}&field={number}",
                list_path(model, Side::BusinessCentral, Some(ParityClass::Different))
            );
            let current = move || (model.field.get() == Some(number)).then_some("true");
            view! {
                <li>
                    <a href=path data-noscroll="" class="parity__chip" aria-current=current>
                        {caption} " " <strong>{formatted(i18n, count)}</strong>
                    </a>
                </li>
            }
        });
        view! {
            <h3>{t!(i18n, parity.fields)}</h3>
            <ul class="parity__chips">{chips.collect_view()}</ul>
        }
    });
    let lost = (!parity.lost.is_empty()).then(|| {
        let count = formatted(i18n, parity.lost.len());
        view! { <p>{t_string!(i18n, parity.lost, count = count)}</p> }
    });
    let left_out = (!parity.left_out.is_empty()).then(|| left_out(i18n, &captions, &parity.left_out));
    view! {
        <div class="parity__notes">
            {chips} {lost}
            <p class="quiet">{ambiguity(i18n, &captions, &parity.ambiguity)}</p>
            {left_out}
        </div>
    }
}

/// Fields that are named; of more, nobody reads them all.
const MAX_CHIPS: usize = 12;

fn left_out(i18n: I18n, captions: &Captions, fields: &[LeftOut]) -> AnyView {
    let lines = fields.iter().map(|field| view! { <li>{text::left_out(i18n, field, captions)}</li> });
    let count = fields.len();
    let summary = match is_single(i18n, count) {
        true => t_string!(i18n, parity.left_out_single).to_owned(),
        false => t_string!(i18n, parity.left_out, count = formatted(i18n, count)),
    };
    view! {
        <details class="parity__left-out">
            <summary>{summary}</summary>
            <ul>{lines.collect_view()}</ul>
        </details>
    }
    .into_any()
}

fn ambiguity(i18n: I18n, captions: &Captions, ambiguity: &Ambiguity) -> String {
    let names = |keys: &[FieldKey]| {
        let name = |key: &FieldKey| key.field.as_deref().map(|field| captions.of(i18n, field));
        keys.iter().filter_map(name).collect::<Vec<_>>().join(", ")
    };
    match ambiguity {
        Ambiguity::ByCriteria(keys) => t_string!(i18n, parity.by_criteria, fields = names(keys)),
        Ambiguity::ByKey(keys) => t_string!(i18n, parity.by_key, fields = names(keys)),
        Ambiguity::NotJudged(error) => {
            t_string!(i18n, parity.not_judged, reason = text::match_error(i18n, error))
        }
    }
}
