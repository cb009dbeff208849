//! The form of the Sales connection: saved without being enabled, one version of the configuration each time.

use couplet_engine::settings::{Setting, SettingValue, configuration_value, write_configuration};
use couplet_engine::{Configuration, SalesOrderIntegration, SalesSettings, Side};
use couplet_systems::pasted::web_client_address;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::Outcome;
use super::fields::{Control, FIELDS, SalesField, help, locked};
use crate::i18n::*;
use crate::pages::history::words;
use crate::state::configuration::ConfigurationStore;
use crate::state::connections::Connections;
use crate::tasks::edit_settings::save_sales;
use crate::text::settings::{setting_label, setting_value};

/// Ways to integrate sales orders.
const INTEGRATIONS: [SalesOrderIntegration; 3] =
    [SalesOrderIntegration::Off, SalesOrderIntegration::Legacy, SalesOrderIntegration::Bidirectional];

/// What is entered; of the configuration only the settings of the Sales connection count.
#[derive(Debug, Clone, Copy)]
struct Draft(RwSignal<Configuration>);

impl Draft {
    fn of(sales: SalesSettings) -> Self {
        Draft(RwSignal::new(Configuration { sales, ..Configuration::default() }))
    }

    fn value(self, setting: Setting) -> SettingValue {
        self.0.with(|it| configuration_value(it, setting))
    }

    fn set(self, setting: Setting, value: &SettingValue) {
        self.0.update(|it| match value {
            SettingValue::SalesOrderIntegration(integration) => {
                it.sales.choose_order_integration(*integration)
            }
            value => {
                let written = write_configuration(it, setting, value);
                debug_assert!(written.is_ok(), "each control gives values of its setting");
            }
        });
    }

    fn sales(self) -> SalesSettings {
        self.0.with(|it| it.sales.clone())
    }

    /// Whether the address is none that a browser may be sent to.
    fn has_bad_address(self) -> bool {
        self.0.with(|it| {
            let address = it.sales.web_client_address.trim();
            !address.is_empty() && address.strip_prefix("https://").is_none_or(str::is_empty)
        })
    }
}

/// The card with the form.
#[component]
pub(super) fn SalesCard(
    /// What became of the last action.
    outcome: RwSignal<Option<Outcome>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let store = ConfigurationStore::expect();
    let shown = RwSignal::new(store.configuration.with_untracked(|it| it.sales.clone()));
    let draft = Draft::of(shown.get_untracked());
    follow(store, draft, shown);
    let is_same = Memo::new(move |_| draft.sales() == shown.get());
    let cannot_save = move || is_same.get() || store.saving.get() || draft.has_bad_address();
    let save = move || {
        if untrack(cannot_save) {
            return;
        }
        let (before, edited) = (shown.get_untracked(), untrack(|| draft.sales()));
        spawn_local(async move {
            let done = save_sales(store, &before, &edited).await;
            if done.is_ok() {
                shown.set(edited);
            }
            outcome.set(Some(done.map_or_else(Outcome::NotSaved, |()| Outcome::Saved)));
        });
    };
    let back = move |_| {
        let saved = store.configuration.with_untracked(|it| it.sales.clone());
        shown.set(saved.clone());
        draft.0.update(|it| it.sales = saved);
    };
    view! {
        <section class="card find__part" aria-labelledby="settings-sales">
            <header><h2 id="settings-sales">{words(i18n, |i18n| t_string!(i18n, sales.sales))}</h2></header>
            <form
                class="card__body find__form"
                on:submit=move |event| {
                    event.prevent_default();
                    save();
                }
            >
                <p class="quiet">{words(i18n, |i18n| t_string!(i18n, sales.governs))}</p>
                {FIELDS.into_iter().map(|field| view! { <Field draft field /> }).collect_view()}
                <div class="workspace__actions">
                    <button type="submit" class="button--primary" disabled=cannot_save>
                        {words(i18n, |i18n| t_string!(i18n, action.save))}
                    </button>
                    <button type="button" disabled=move || is_same.get() on:click=back>
                        {words(i18n, |i18n| t_string!(i18n, action.cancel))}
                    </button>
                </div>
            </form>
        </section>
    }
}

/// Shows what another page or tab saved, unless something is being edited here.
fn follow(store: ConfigurationStore, draft: Draft, shown: RwSignal<SalesSettings>) {
    Effect::new(move |_| {
        let saved = store.configuration.with(|it| it.sales.clone());
        let was_edited = untrack(|| draft.sales()) != shown.get_untracked();
        if !was_edited {
            shown.set(saved.clone());
            draft.0.update(|it| it.sales = saved);
        }
    });
}

/// One field with what it governs and why it cannot be changed.
#[component]
fn Field(draft: Draft, field: SalesField) -> impl IntoView {
    let i18n = use_i18n();
    let connections = Connections::expect();
    let SalesField { setting, control, .. } = field;
    let id = setting.code().replace('.', "-");
    let help_id = format!("{id}-help");
    let label = move || setting_label(i18n, setting);
    // Dataverse comes first (S7.20); what is enabled can always be disabled.
    let waits = Memo::new(move |_| {
        let is_off = draft.value(setting) == SettingValue::Flag(false);
        setting == Setting::SalesEnabled && is_off && !connections.is_ready(Side::Dataverse)
    });
    let lock = Memo::new(move |_| draft.0.with(|it| (field.locked)(&it.sales)));
    let is_locked = move || waits.get() || lock.get().is_some();
    let reason = move || match lock.get() {
        Some(why) => locked(i18n, why),
        None if waits.get() => t_string!(i18n, sales.dataverse_first),
        None => "",
    };
    let control = match control {
        Control::Flag => view! {
            <label class="form__check">
                <input
                    type="checkbox"
                    id=id.clone()
                    aria-describedby=help_id.clone()
                    disabled=is_locked
                    prop:checked=move || draft.value(setting) == SettingValue::Flag(true)
                    on:change:target=move |event| draft.set(setting, &SettingValue::Flag(event.target().checked()))
                />
                {label}
            </label>
        }
        .into_any(),
        Control::OrderIntegration => {
            view! { <OrderChoice draft setting id=id.clone() help_id=help_id.clone() /> }.into_any()
        }
        Control::Address => view! { <Address draft setting id=id.clone() help_id=help_id.clone() /> }.into_any(),
    };
    view! {
        <div class="form__row">
            {control}
            <p class="form__help" id=help_id>
                {move || help(i18n, setting)} " " <strong>{reason}</strong>
            </p>
        </div>
    }
}

/// How sales orders are integrated.
#[component]
fn OrderChoice(draft: Draft, setting: Setting, id: String, help_id: String) -> impl IntoView {
    let i18n = use_i18n();
    let option = move |(idx, integration): (usize, SalesOrderIntegration)| {
        let value = SettingValue::SalesOrderIntegration(integration);
        let caption = value.clone();
        view! {
            <option value=idx.to_string() prop:selected=move || draft.value(setting) == value>
                {move || setting_value(i18n, setting, &caption)}
            </option>
        }
    };
    let choose = move |text: String| {
        if let Some(chosen) = text.parse().ok().and_then(|idx: usize| INTEGRATIONS.get(idx)) {
            draft.set(setting, &SettingValue::SalesOrderIntegration(*chosen));
        }
    };
    view! {
        <label class="form__label" for=id.clone()>{move || setting_label(i18n, setting)}</label>
        <select id=id aria-describedby=help_id on:change:target=move |event| choose(event.target().value())>
            {INTEGRATIONS.into_iter().enumerate().map(option).collect_view()}
        </select>
    }
}

/// The web client's address, with the one that follows from the connection.
#[component]
fn Address(draft: Draft, setting: Setting, id: String, help_id: String) -> impl IntoView {
    let i18n = use_i18n();
    let connections = Connections::expect();
    let standard = Memo::new(move |_| {
        connections.business_central.with(|load| {
            let place = load.ready()?;
            web_client_address(&place.connection.base_url, &place.company.name)
        })
    });
    let text = move || match draft.value(setting) {
        SettingValue::Text(text) => text,
        _ => String::new(),
    };
    let set = move |text: String| draft.set(setting, &SettingValue::Text(text));
    let is_standard = move || standard.get().is_none_or(|standard| standard == text());
    let problem_id = format!("{id}-problem");
    view! {
        <label class="form__label" for=id.clone()>{move || setting_label(i18n, setting)}</label>
        <input
            type="text"
            inputmode="url"
            id=id
            spellcheck="false"
            aria-describedby=format!("{help_id} {problem_id}")
            aria-invalid=move || draft.has_bad_address().to_string()
            prop:value=text
            on:input:target=move |event| set(event.target().value())
        />
        <button type="button" disabled=is_standard on:click=move |_| standard.get_untracked().into_iter().for_each(set)>
            {words(i18n, |i18n| t_string!(i18n, sales.reset_address))}
        </button>
        <p class="form__problem--error" id=problem_id role="alert">
            {move || draft.has_bad_address().then(|| t_string!(i18n, connection_problem.not_https))}
        </p>
    }
}
