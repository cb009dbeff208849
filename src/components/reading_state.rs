//! How far the reading of a table has come: a line with stop, go on, and the time of the last page.

use leptos::prelude::*;

use crate::browser::intl;
use crate::components::number::formatted;
use crate::failure::Failure;
use crate::i18n::*;
use crate::queries::{read_table, schema};
use crate::state::load::Load;
use crate::state::tables::{Reading, TableHandle};
use crate::text;

/// One line for one table.
#[component]
pub fn ReadingState(
    /// The table.
    handle: TableHandle,
) -> impl IntoView {
    let i18n = use_i18n();
    let n_rows = move || formatted(i18n, handle.n_rows());
    let stop = move || {
        view! {
            <button type="button" class="button--small" on:click=move |_| read_table::stop(handle)>
                {t!(i18n, reading.stop)}
            </button>
        }
    };
    let again = move || {
        view! {
            <button type="button" class="button--small" on:click=move |_| read_table::resume(handle)>
                {t!(i18n, reading.go_on)}
            </button>
        }
    };
    let rows = move || match handle.reading.get() {
        Reading::Idle => view! { <span>{t!(i18n, reading.waiting_to_start)}</span> }.into_any(),
        Reading::Running { total } => {
            let n_rows = move || match total {
                Some(total) => t_string!(
                    i18n,
                    reading.running_of,
                    count = n_rows(),
                    total = formatted(i18n, usize::try_from(total).unwrap_or(usize::MAX))
                ),
                None => t_string!(i18n, reading.running, count = n_rows()),
            };
            let progress = move || {
                total.map(|total| {
                    view! { <progress max=total.to_string() value=move || handle.n_rows().to_string() aria-hidden="true"></progress> }
                })
            };
            view! { {progress} <span>{n_rows}</span> {stop()} }.into_any()
        }
        Reading::Waiting { seconds } => {
            let words = move || t_string!(i18n, reading.throttled, seconds = seconds.to_string());
            view! { <span class="verdict verdict--warn">{words}</span> {stop()} }.into_any()
        }
        Reading::Done { at_ms } => {
            let at = move || intl::time(i18n.get_locale().as_str(), at_ms);
            let words = move || t_string!(i18n, reading.done, count = n_rows(), time = at());
            view! { <span>{words}</span> }.into_any()
        }
        Reading::Failed(Failure::Cancelled) => {
            let words = move || t_string!(i18n, reading.stopped, count = n_rows());
            view! { <span class="verdict verdict--warn">{words}</span> {again()} }.into_any()
        }
        Reading::Failed(failure) => {
            let words = move || text::failure(i18n, &failure);
            let kept = move || t_string!(i18n, reading.kept, count = n_rows());
            view! { <span class="verdict verdict--out" role="alert">{words}</span> <span>{kept}</span> {again()} }.into_any()
        }
    };
    let line = move || match handle.access.get() {
        Load::Idle | Load::Loading => view! { <span>{t!(i18n, reading.schema)}</span> }.into_any(),
        Load::Failed(failure) => {
            let words = move || text::failure(i18n, &failure);
            view! {
                <span class="verdict verdict--out" role="alert">{words}</span>
                <button type="button" class="button--small" on:click=move |_| schema::load(handle)>
                    {t!(i18n, action.retry)}
                </button>
            }
            .into_any()
        }
        Load::Ready(_) => rows().into_any(),
    };
    view! { <span class="reading">{line}</span> }
}
