//! The six documented steps (S7.41), each with what shows how far it is, where that can be seen from here.

use couplet_engine::upgrade::missing;
use couplet_engine::{OwnershipModel, Side};
use leptos::prelude::*;
use leptos_router::components::A;

use super::Upgrade;
use crate::browser::page;
use crate::i18n::*;
use crate::pages::history::words;
use crate::state::connections::Connections;
use crate::text::I18n;
use couplet_workspace::versions::Cause;

/// Where this browser keeps that the solution was redeployed: nothing that is read here tells it.
const REDEPLOYED: &str = "couplet.upgrade.redeployed";

/// A step, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Turn the Sales connection off.
    DisableSales,
    /// Connect to Dataverse with ownership model Person.
    Dataverse,
    /// Redeploy the integration solution.
    Redeploy,
    /// Turn the Sales connection on.
    EnableSales,
    /// Use Default Synchronization Setup.
    DefaultSetup,
    /// Put the kept customizations back.
    PutBack,
}

const STEPS: [Step; 6] = [
    Step::DisableSales,
    Step::Dataverse,
    Step::Redeploy,
    Step::EnableSales,
    Step::DefaultSetup,
    Step::PutBack,
];

/// What the steps are judged by.
#[derive(Clone, Copy)]
struct Facts {
    upgrade: Upgrade,
    connections: Connections,
    /// Whether a person says that the solution was redeployed.
    redeployed: RwSignal<bool>,
    /// Whether the default setup was applied after the backup.
    is_applied: Memo<bool>,
}

impl Facts {
    fn of(upgrade: Upgrade) -> Self {
        let is_applied = Memo::new(move |_| {
            let backup = upgrade.backup.get();
            upgrade.store.history.with(|history| {
                let mut since = history.iter().filter(|it| backup.is_some_and(|backup| it.seq > backup));
                since.any(|it| matches!(it.cause, Cause::DefaultSetup { .. }))
            })
        });
        Facts {
            upgrade,
            connections: Connections::expect(),
            redeployed: RwSignal::new(page::preference(REDEPLOYED).is_some_and(|it| it == "yes")),
            is_applied,
        }
    }

    fn is_done(self, step: Step) -> bool {
        let configuration = self.upgrade.store.configuration;
        let sales_enabled = move || configuration.with(|it| it.sales.enabled);
        match step {
            Step::DisableSales => !sales_enabled() || self.redeployed.get(),
            Step::Dataverse => {
                let is_person = configuration.with(|it| it.ownership_model == OwnershipModel::Person);
                is_person && self.connections.is_ready(Side::Dataverse)
            }
            Step::Redeploy => self.redeployed.get(),
            Step::EnableSales => sales_enabled() && self.redeployed.get(),
            Step::DefaultSetup => self.is_applied.get(),
            Step::PutBack => {
                let found = self.upgrade.found();
                let nothing_missing = |before| {
                    configuration.with(|current| missing(current, &before, found.as_ref()).is_empty())
                };
                self.is_applied.get() && self.upgrade.before().is_some_and(nothing_missing)
            }
        }
    }

    fn keep_redeployed(self, yes: bool) {
        self.redeployed.set(yes);
        page::set_preference(REDEPLOYED, if yes { "yes" } else { "no" });
    }
}

/// The steps.
#[component]
pub(super) fn Steps(
    /// The page.
    upgrade: Upgrade,
) -> impl IntoView {
    let i18n = use_i18n();
    let facts = Facts::of(upgrade);
    let items = STEPS.into_iter().map(|step| view! { <StepItem facts step /> }).collect_view();
    view! {
        <section class="card find__part" aria-labelledby="upgrade-steps">
            <header><h2 id="upgrade-steps">{words(i18n, |i18n| t_string!(i18n, upgrade.steps))}</h2></header>
            <ol class="setup-guide">{items}</ol>
        </section>
    }
}

#[component]
fn StepItem(facts: Facts, step: Step) -> impl IntoView {
    let i18n = use_i18n();
    let done = Memo::new(move |_| facts.is_done(step));
    let state = move || match done.get() {
        true => ("verdict verdict--in", t_string!(i18n, setup_guide.done)),
        false => ("verdict verdict--plain", t_string!(i18n, setup_guide.open)),
    };
    let way = match step {
        Step::Redeploy => view! {
            <label class="form__check">
                <input
                    type="checkbox"
                    prop:checked=move || facts.redeployed.get()
                    on:change:target=move |event| facts.keep_redeployed(event.target().checked())
                />
                {words(i18n, |i18n| t_string!(i18n, upgrade.redeployed))}
            </label>
        }
        .into_any(),
        step => link(i18n, step),
    };
    view! {
        <li class="setup-guide__step">
            <div class="setup-guide__about">
                <h3>{move || title(i18n, step)}</h3>
                <p class="quiet">{move || explanation(i18n, step)}</p>
            </div>
            <span class=move || state().0>{move || state().1}</span>
            <div class="setup-guide__ways">{way}</div>
        </li>
    }
}

fn link(i18n: I18n, step: Step) -> AnyView {
    let (path, caption): (&'static str, fn(I18n) -> &'static str) = match step {
        Step::DisableSales | Step::EnableSales => {
            ("/connections/settings", |i18n| t_string!(i18n, sales.title))
        }
        Step::Dataverse => ("/setup", |i18n| t_string!(i18n, setup_guide.title)),
        Step::DefaultSetup => ("/default-setup", |i18n| t_string!(i18n, setup_guide.to_default_setup)),
        Step::PutBack | Step::Redeploy => return ().into_any(),
    };
    view! { <A href=path attr:class="button">{words(i18n, caption)}</A> }.into_any()
}

fn title(i18n: I18n, step: Step) -> &'static str {
    match step {
        Step::DisableSales => t_string!(i18n, upgrade.disable_sales),
        Step::Dataverse => t_string!(i18n, upgrade.connect),
        Step::Redeploy => t_string!(i18n, upgrade.redeploy),
        Step::EnableSales => t_string!(i18n, upgrade.enable_sales),
        Step::DefaultSetup => t_string!(i18n, upgrade.default_setup),
        Step::PutBack => t_string!(i18n, upgrade.put_back),
    }
}

fn explanation(i18n: I18n, step: Step) -> &'static str {
    match step {
        Step::DisableSales => t_string!(i18n, upgrade.disable_sales_text),
        Step::Dataverse => t_string!(i18n, upgrade.connect_text),
        Step::Redeploy => t_string!(i18n, upgrade.redeploy_text),
        Step::EnableSales => t_string!(i18n, upgrade.enable_sales_text),
        Step::DefaultSetup => t_string!(i18n, upgrade.default_setup_text),
        Step::PutBack => t_string!(i18n, upgrade.put_back_step_text),
    }
}
