//! What the standard setup is built for: ownership model, company, scope.

use couplet_engine::comparison::Scope;
use couplet_engine::{MappingName, OwnershipModel};
use leptos::prelude::*;

use super::company::CompanyLookup;
use super::draft::SetupDraft;
use crate::i18n::*;
use crate::text::settings::ownership_model;

/// The choices above the comparison.
#[component]
pub fn SetupOptions(
    /// The page's state.
    draft: SetupDraft,
    /// What is known of the company row.
    #[prop(into)]
    company: Signal<CompanyLookup>,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <article class="card setup-options">
            <fieldset class="setup-options__group">
                <legend>{t!(i18n, default_setup.ownership_model)}</legend>
                <OwnershipChoice draft model=OwnershipModel::Team />
                <OwnershipChoice draft model=OwnershipModel::Person />
            </fieldset>
            <dl class="setup-options__facts">
                <div>
                    <dt>{t!(i18n, default_setup.company)}</dt>
                    <dd>{move || company.with(|company| company_text(i18n, company))}</dd>
                </div>
                <div>
                    <dt>{t!(i18n, default_setup.scope)}</dt>
                    <dd><ScopeText scope=draft.scope /></dd>
                </div>
            </dl>
        </article>
    }
}

#[component]
fn OwnershipChoice(draft: SetupDraft, model: OwnershipModel) -> impl IntoView {
    let i18n = use_i18n();
    let (value, consequence) = match model {
        OwnershipModel::Team => ("team", t!(i18n, default_setup.team_consequence).into_any()),
        OwnershipModel::Person => ("person", t!(i18n, default_setup.person_consequence).into_any()),
    };
    view! {
        <label class="setup-options__model">
            <input
                type="radio"
                name="ownership-model"
                value=value
                prop:checked=move || draft.ownership.get() == model
                on:change=move |_| draft.choose_ownership(model)
            />
            <span>
                <strong>{move || ownership_model(i18n, model)}</strong>
                <span class="quiet setup-options__consequence">{consequence}</span>
            </span>
        </label>
    }
}

#[component]
fn ScopeText(scope: Signal<Scope>) -> impl IntoView {
    let i18n = use_i18n();
    move || match scope.get() {
        Scope::All => t!(i18n, default_setup.scope_all).into_any(),
        Scope::Selected(names) => {
            let names = names.iter().map(MappingName::as_str).collect::<Vec<_>>().join(", ");
            view! {
                {t!(i18n, default_setup.scope_selected, names = names)} " "
                <a href="/default-setup">{t!(i18n, default_setup.scope_take_all)}</a>
            }
            .into_any()
        }
    }
}

fn company_text(i18n: leptos_i18n::I18nContext<Locale>, company: &CompanyLookup) -> String {
    match company {
        CompanyLookup::Found(company) => {
            t_string!(i18n, default_setup.company_found, name = company.name.clone())
        }
        CompanyLookup::Pending => t_string!(i18n, default_setup.company_pending).to_owned(),
        CompanyLookup::Missing => t_string!(i18n, default_setup.company_missing).to_owned(),
    }
}
