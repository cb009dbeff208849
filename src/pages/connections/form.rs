//! The form of a connection. A secret lives in it only until it is sent or the form is closed.

use couplet_engine::Side;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::draft::{Draft, Field};
use super::{Outcome, Page};
use crate::browser::connections::{CALLBACK_PATH, Refusal, system_name};
use crate::browser::http::{Cloud, Kind, SignInMethod};
use crate::browser::page as browser_page;
use crate::components::dialog::Dialog;
use crate::i18n::*;
use crate::pages::history::words;
use crate::tasks::connection::{NotSaved, enable, save};
use crate::text::{self, I18n, connection as connection_text};

/// Clouds that can be chosen; the sandbox's goes with its address.
const CLOUDS: [Option<Cloud>; 5] =
    [None, Some(Cloud::Global), Some(Cloud::UsGovernment), Some(Cloud::China), Some(Cloud::Custom)];

/// The form's signals.
#[derive(Debug, Clone, Copy)]
struct Form {
    page: Page,
    refusal: RwSignal<Option<Refusal>>,
}

/// The form in its dialog.
#[component]
pub(super) fn ConnectionForm(
    /// The page.
    page: Page,
) -> impl IntoView {
    let i18n = page.i18n;
    let form = Form { page, refusal: RwSignal::new(None) };
    let title = Signal::derive(move || {
        page.draft.with(|draft| match &draft.id {
            None => {
                t_string!(i18n, connections.add_title, system = text::side(i18n, draft.settings.side))
            }
            Some(_) => t_string!(i18n, connections.edit_title, name = draft.settings.name.clone()),
        })
    });
    Effect::new(move |_| {
        form.refusal.set(None);
        if !page.form_open.get() {
            page.draft.update(|draft| draft.secret.clear());
        }
    });
    view! {
        <Dialog open=page.form_open title>
            <form
                novalidate=true
                autocomplete="off"
                on:submit=move |event| {
                    event.prevent_default();
                    send(form);
                }
            >
                <Fields form />
                <RefusalLine form />
                <div class="dialog__actions">
                    <button type="button" on:click=move |_| page.form_open.set(false)>{t!(i18n, action.cancel)}</button>
                    <button type="submit" class="button--primary" disabled=page.is_busy>
                        {words(i18n, |i18n| t_string!(i18n, connections.save))}
                    </button>
                </div>
            </form>
        </Dialog>
    }
}

/// Saves what is entered; what is refused is said at its field or below.
fn send(form: Form) {
    let page = form.page;
    page.draft.update(Draft::repair_address);
    if page.is_busy.get_untracked() || page.draft.with_untracked(|it| it.address_problem.is_some()) {
        return;
    }
    page.is_busy.set(true);
    form.refusal.set(None);
    let Draft { id, settings, secret, .. } = page.draft.get_untracked();
    let is_enabled = page.enabled(settings.side).is_some_and(|it| Some(it.id) == id);
    spawn_local(async move {
        let saved = save(id.as_deref(), &settings, &secret).await;
        page.read().await;
        page.is_busy.set(false);
        match saved {
            Ok(connection) if is_enabled => enable(settings.side, Some(&connection.id)),
            Ok(connection) => {
                page.form_open.set(false);
                page.outcome.set(Some(Outcome::Saved { connection: Box::new(connection) }));
            }
            Err(NotSaved { saved, refusal }) => {
                if let Some(saved) = saved {
                    page.draft.update(|draft| draft.id = Some(saved.id));
                }
                form.refusal.set(Some(refusal));
            }
        }
    });
}

#[component]
fn Fields(form: Form) -> impl IntoView {
    let i18n = form.page.i18n;
    let draft = form.page.draft;
    let is_new = Memo::new(move |_| draft.with(|it| it.id.is_none()));
    let is_oauth = Memo::new(move |_| draft.with(Draft::is_oauth));
    let is_person = Memo::new(move |_| draft.with(|it| it.settings.method == SignInMethod::User));
    let is_sandbox = Memo::new(move |_| draft.with(|it| it.settings.kind == Kind::Sandbox));
    let has_secret = Memo::new(move |_| draft.with(|it| it.settings.method != SignInMethod::None));
    let redirect = format!("{}{CALLBACK_PATH}", browser_page::origin());
    let [name, rest @ ..] = Field::ALL;
    let field = move |field| view! { <TextField form field /> };
    view! {
        {field(name)}
        <Show when=move || is_new.get()><KindChoice form /></Show>
        {rest.into_iter().take(3).map(field).collect_view()}
        <MethodChoice form />
        {rest.into_iter().skip(3).map(field).collect_view()}
        <Show when=move || has_secret.get()><SecretField form /></Show>
        <Show when=move || is_person.get()>
            <div class="form__row">
                <span class="form__label">{words(i18n, |i18n| t_string!(i18n, connections.redirect_uri))}</span>
                <code>{redirect.clone()}</code>
                <p class="form__help">{words(i18n, |i18n| t_string!(i18n, connections.redirect_uri_help))}</p>
            </div>
        </Show>
        <Show when=move || is_oauth.get() && !is_sandbox.get()><CloudChoice form /></Show>
        <Show when=move || !is_new.get()>
            <p class="form__help">{words(i18n, |i18n| t_string!(i18n, connections.forgets))}</p>
        </Show>
    }
}

/// One field of text with its help and what is wrong with it.
#[component]
fn TextField(form: Form, field: Field) -> impl IntoView {
    let i18n = form.page.i18n;
    let draft = form.page.draft;
    let is_visible = Memo::new(move |_| draft.with(|it| it.has(field)));
    let id = format!("connection-{}", field.key());
    let (help_id, problem_id) = (format!("{id}-help"), format!("{id}-problem"));
    let ids = StoredValue::new((id, help_id, problem_id));
    let problem = Memo::new(move |_| problem_of(form, field));
    let entered = move |text| draft.update(|it| it.set_text(field, text));
    let left = move |_| match field {
        Field::Address => draft.update(Draft::repair_address),
        Field::Tenant | Field::Environment => draft.update(Draft::compose_address),
        Field::Name | Field::ClientId | Field::UserName => {}
    };
    view! {
        <Show when=move || is_visible.get()>
            {move || {
                let (id, help_id, problem_id) = ids.get_value();
                view! {
                    <div class="form__row">
                        <label class="form__label" for=id.clone()>{move || label(i18n, field)}</label>
                        <input
                            type="text"
                            id=id
                            spellcheck="false"
                            aria-describedby=format!("{help_id} {problem_id}")
                            aria-invalid=move || problem.with(Option::is_some).to_string()
                            prop:value=move || draft.with(|it| it.text(field).to_owned())
                            on:input:target=move |event| entered(event.target().value())
                            on:change=left
                        />
                        <p class="form__help" id=help_id>{move || draft.with(|it| help(i18n, it, field))}</p>
                        {(field == Field::Address).then(|| view! { <Repairs form /> })}
                        <p class="form__problem--error" id=problem_id role="alert">{move || problem.get()}</p>
                    </div>
                }
            }}
        </Show>
    }
}

fn problem_of(form: Form, field: Field) -> Option<String> {
    let i18n = form.page.i18n;
    let pasted = form.page.draft.with(|it| it.address_problem);
    if let (Field::Address, Some(problem)) = (field, pasted) {
        return Some(connection_text::pasted_problem(i18n, problem).to_owned());
    }
    form.refusal.with(|refusal| match refusal {
        Some(it @ Refusal::Code { code, .. }) if field.is_meant(code) => {
            Some(connection_text::refusal(i18n, it))
        }
        _ => None,
    })
}

/// What was changed in the address that was pasted.
#[component]
fn Repairs(form: Form) -> impl IntoView {
    let i18n = form.page.i18n;
    let repairs = Memo::new(move |_| form.page.draft.with(|it| it.repairs.clone()));
    let items = move || {
        let words = |it| connection_text::repair(i18n, it);
        repairs.get().into_iter().map(words).collect::<Vec<_>>().join(", ")
    };
    view! {
        <p class="connections__repairs" role="status">
            <Show when=move || !repairs.with(Vec::is_empty)>
                {words(i18n, |i18n| t_string!(i18n, connections.repaired))} " " {items} "."
            </Show>
        </p>
    }
}

/// What was refused and belongs to no field.
#[component]
fn RefusalLine(form: Form) -> impl IntoView {
    let i18n = form.page.i18n;
    let sentence = move || {
        let at_field = Field::ALL.iter().any(|field| problem_of(form, *field).is_some());
        form.refusal.with(|refusal| {
            refusal.as_ref().filter(|_| !at_field).map(|it| connection_text::refusal(i18n, it))
        })
    };
    view! { <p class="form__problem--error" role="alert">{sentence}</p> }
}

fn label(i18n: I18n, field: Field) -> &'static str {
    match field {
        Field::Name => t_string!(i18n, connections.name),
        Field::Address => t_string!(i18n, connections.address),
        Field::Environment => t_string!(i18n, connections.environment),
        Field::Tenant => t_string!(i18n, connections.tenant),
        Field::ClientId => t_string!(i18n, connections.client_id),
        Field::UserName => t_string!(i18n, connections.user_name),
    }
}

fn help(i18n: I18n, draft: &Draft, field: Field) -> &'static str {
    match (field, draft.settings.side, draft.settings.kind) {
        (Field::Name, ..) => t_string!(i18n, connections.name_help),
        (Field::Address, Side::Dataverse, _) => t_string!(i18n, connections.address_dataverse_help),
        (Field::Address, _, Kind::OnPremises) => t_string!(i18n, connections.address_on_premises_help),
        (Field::Address, ..) => t_string!(i18n, connections.address_bc_help),
        (Field::Environment, ..) => t_string!(i18n, connections.environment_help),
        (Field::Tenant, ..) => t_string!(i18n, connections.tenant_help),
        (Field::ClientId, ..) => t_string!(i18n, connections.client_id_help),
        (Field::UserName, ..) => t_string!(i18n, connections.user_name_help),
    }
}

/// Where the system runs; the sandbox only where the proxy hosts it.
#[component]
fn KindChoice(form: Form) -> impl IntoView {
    let i18n = form.page.i18n;
    let draft = form.page.draft;
    let side = draft.with_untracked(|it| it.settings.side);
    let stand_in = form.page.list.with_untracked(|list| {
        let all = list.ready().map(Vec::as_slice).unwrap_or_default();
        let stand_in = all.iter().find(|it| it.demo && it.system == system_name(side));
        stand_in.map(|it| it.base_url.clone())
    });
    let kinds: Vec<Kind> = [Kind::Online, Kind::OnPremises, Kind::Sandbox]
        .into_iter()
        .filter(|kind| match kind {
            Kind::Online => true,
            Kind::OnPremises => side == Side::BusinessCentral,
            Kind::Sandbox => stand_in.is_some(),
        })
        .collect();
    let captions = kinds.clone();
    let choose = move |idx: usize| {
        if let Some(kind) = kinds.get(idx) {
            draft.update(|it| it.choose_kind(*kind, stand_in.as_deref()));
        }
    };
    let help = match side {
        Side::BusinessCentral => words(i18n, |i18n| t_string!(i18n, connections.kind_help)),
        Side::Dataverse => words(i18n, |i18n| t_string!(i18n, connections.kind_dataverse_help)),
    };
    let current = Memo::new(move |_| draft.with(|it| it.settings.kind));
    let options = Options {
        id: "connection-kind",
        label: words(i18n, |i18n| t_string!(i18n, connections.kind)),
        help,
        captions: Signal::derive(move || {
            captions.iter().map(|it| (connection_text::kind(i18n, *it), *it == current.get())).collect()
        }),
    };
    view! { <Choice options on_choose=choose /> }
}

#[component]
fn MethodChoice(form: Form) -> impl IntoView {
    let i18n = form.page.i18n;
    let draft = form.page.draft;
    let methods = Memo::new(move |_| draft.with(Draft::methods));
    let current = Memo::new(move |_| draft.with(|it| it.settings.method));
    let choose = move |idx: usize| {
        if let Some(method) = methods.with_untracked(|all| all.get(idx).copied()) {
            // What was entered as one kind of secret is none of another kind.
            draft.update(|it| {
                it.settings.method = method;
                it.secret.clear();
            });
        }
    };
    let options = Options {
        id: "connection-method",
        label: words(i18n, |i18n| t_string!(i18n, connections.method)),
        help: Signal::derive(move || connection_text::method_help(i18n, current.get()).to_owned()),
        captions: Signal::derive(move || {
            let caption = |it: &SignInMethod| (connection_text::method(i18n, *it), *it == current.get());
            methods.with(|all| all.iter().map(caption).collect())
        }),
    };
    view! { <Choice options on_choose=choose /> }
}

#[component]
fn CloudChoice(form: Form) -> impl IntoView {
    let i18n = form.page.i18n;
    let draft = form.page.draft;
    let current = Memo::new(move |_| draft.with(|it| it.settings.cloud));
    let choose = move |idx: usize| {
        if let Some(cloud) = CLOUDS.get(idx) {
            draft.update(|it| it.settings.cloud = *cloud);
        }
    };
    let options = Options {
        id: "connection-cloud",
        label: words(i18n, |i18n| t_string!(i18n, connections.cloud)),
        help: words(i18n, |i18n| t_string!(i18n, connections.cloud_help)),
        captions: Signal::derive(move || {
            CLOUDS.iter().map(|it| (connection_text::cloud(i18n, *it), *it == current.get())).collect()
        }),
    };
    view! { <Choice options on_choose=choose /> }
}

/// A choice among a few: captions, and which of them holds.
struct Options {
    id: &'static str,
    label: Signal<String>,
    help: Signal<String>,
    captions: Signal<Vec<(&'static str, bool)>>,
}

#[component]
fn Choice(options: Options, #[prop(into)] on_choose: Callback<usize>) -> impl IntoView {
    let Options { id, label, help, captions } = options;
    let help_id = format!("{id}-help");
    let option = |(idx, (caption, is_current)): (usize, (&'static str, bool))| {
        view! { <option value=idx.to_string() prop:selected=is_current>{caption}</option> }
    };
    view! {
        <div class="form__row">
            <label class="form__label" for=id>{label}</label>
            <select
                id=id
                aria-describedby=help_id.clone()
                on:change:target=move |event| {
                    if let Ok(idx) = event.target().value().parse() {
                        on_choose.run(idx);
                    }
                }
            >
                {move || captions.get().into_iter().enumerate().map(option).collect_view()}
            </select>
            <p class="form__help" id=help_id>{help}</p>
        </div>
    }
}

/// The secret: it can be entered and replaced, never read back.
#[component]
fn SecretField(form: Form) -> impl IntoView {
    let i18n = form.page.i18n;
    let draft = form.page.draft;
    let method = Memo::new(move |_| draft.with(|it| it.settings.method));
    let is_kept = form.page.list.with_untracked(|list| {
        let all = list.ready().map(Vec::as_slice).unwrap_or_default();
        let id = draft.with_untracked(|it| it.id.clone());
        all.iter().any(|it| Some(&it.id) == id.as_ref() && it.sign_in.has_secret)
    });
    let label = move || match method.get() {
        SignInMethod::ClientCertificate => t_string!(i18n, connections.secret_certificate),
        SignInMethod::Basic => t_string!(i18n, connections.secret_password),
        _ => t_string!(i18n, connections.secret_client),
    };
    let help = move || match method.get() {
        _ if is_kept => t_string!(i18n, connections.secret_kept),
        SignInMethod::User => t_string!(i18n, connections.secret_optional),
        _ => t_string!(i18n, connections.secret_help),
    };
    let entered = move |text: String| draft.update(|it| it.secret = text);
    let input = move || {
        if method.get() == SignInMethod::ClientCertificate {
            return view! {
                <textarea
                    id="connection-secret"
                    class="connections__certificate"
                    rows="5"
                    spellcheck="false"
                    autocomplete="off"
                    aria-describedby="connection-secret-help"
                    prop:value=move || draft.with(|it| it.secret.clone())
                    on:input:target=move |event| entered(event.target().value())
                ></textarea>
            }
            .into_any();
        }
        view! {
            <input
                type="password"
                id="connection-secret"
                autocomplete="new-password"
                aria-describedby="connection-secret-help"
                prop:value=move || draft.with(|it| it.secret.clone())
                on:input:target=move |event| entered(event.target().value())
            />
        }
        .into_any()
    };
    view! {
        <div class="form__row">
            <label class="form__label" for="connection-secret">{label}</label>
            {input}
            <p class="form__help" id="connection-secret-help">{help}</p>
        </div>
    }
}
