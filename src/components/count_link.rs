//! A count that leads to the list behind it.

use couplet_engine::coupling::JobId;
use couplet_engine::{MappingName, Side};
use leptos::prelude::*;
use leptos_router::components::A;
use uuid::Uuid;

use crate::components::number::formatted;
use crate::i18n::*;
use crate::state::previews::SidePreview;

/// Which count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Records in the filter.
    InFilter,
    /// Records outside it.
    Excluded,
}

/// The count of one side of a mapping as a link; a dash while nothing is known.
#[component]
pub fn CountLink(
    /// The mapping.
    name: MappingName,
    /// The side's preview.
    preview: SidePreview,
    /// Which count.
    counted: Counted,
) -> impl IntoView {
    let i18n = use_i18n();
    let href = mapping_list_path(&name, preview.side, counted);
    let count = move || {
        preview.counts().map(|(n_in, n_out)| match counted {
            Counted::InFilter => n_in,
            Counted::Excluded => n_out,
        })
    };
    let label = move |count: usize| {
        let count = formatted(i18n, count);
        match counted {
            Counted::InFilter => t_string!(i18n, count.in_filter_of, count = count, name = name.to_string()),
            Counted::Excluded => t_string!(i18n, count.excluded_of, count = count, name = name.to_string()),
        }
    };
    move || match count() {
        Some(count) => {
            let text = formatted(i18n, count);
            view! { <A href=href.clone() attr:aria-label=label(count)>{text}</A> }.into_any()
        }
        None => view! { <span class="quiet">"–"</span> }.into_any(),
    }
}

/// Address of the list behind a count.
pub fn mapping_list_path(name: &MappingName, side: Side, counted: Counted) -> String {
    let show = match counted {
        Counted::InFilter => "in",
        Counted::Excluded => "out",
    };
    format!("{}?{}-show={show}", mapping_path(name), side_code(side))
}

/// Address of a mapping's page.
pub fn mapping_path(name: &MappingName) -> String {
    let name = crate::browser::page::encode(name.as_str());
    format!("/mappings/{name}")
}

/// Address of the page of one record of a mapping.
pub fn record_path(name: &MappingName, side: Side, id: Uuid) -> String {
    let side = side_code(side);
    format!("{}/record/{side}/{id}", mapping_path(name))
}

/// How a side is called in addresses.
pub fn side_code(side: Side) -> &'static str {
    match side {
        Side::BusinessCentral => "bc",
        Side::Dataverse => "dv",
    }
}

/// The side of that name.
pub fn side_of_code(code: &str) -> Option<Side> {
    [Side::BusinessCentral, Side::Dataverse].into_iter().find(|side| side_code(*side) == code)
}

/// Address of the run of a mapping.
pub fn run_path(name: &MappingName) -> String {
    format!("{}/run", mapping_path(name))
}

/// Address of what records of a mapping need first.
pub fn needs_path(name: &MappingName) -> String {
    format!("{}/needs", mapping_path(name))
}

/// Address of a job.
pub fn job_path(job: JobId) -> String {
    format!("/jobs/{}", job.0)
}
