//! A text field with a list of choices below it, after the WAI-ARIA pattern of a combobox with a list: the focus stays in
//! the field, and the arrow keys walk through the list. What is searched, and how, is the caller's part.

use leptos::ev::{Event, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;

use crate::i18n::*;

/// One thing to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is given back when it is chosen.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// What tells it from others of the same name.
    pub detail: String,
}

/// What the list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    /// In their order.
    pub items: Vec<Choice>,
    /// What is said of them, or why there are none; also said to screen readers.
    pub note: String,
    /// What can be done where they could not be had.
    pub remedy: Remedy,
}

/// What a person can do about a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Remedy {
    /// Nothing needs to be done.
    #[default]
    None,
    /// Search again: a button, or Enter.
    SearchAgain,
}

/// When a search is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// While a person types: more may follow.
    Typing,
    /// At once.
    Now,
}

#[derive(Clone, Copy)]
struct Model {
    text: RwSignal<String>,
    choices: Memo<Choices>,
    on_search: Callback<Wanted>,
    on_choose: Callback<String>,
    is_open: RwSignal<bool>,
    active: RwSignal<Option<usize>>,
    list: NodeRef<html::Ul>,
}

impl Model {
    fn search(self, wanted: Wanted) {
        self.active.set(None);
        self.is_open.set(true);
        self.on_search.run(wanted);
    }

    fn choose(self, idx: usize) {
        let key = self.choices.with_untracked(|choices| choices.items.get(idx).map(|it| it.key.clone()));
        let Some(key) = key else { return };
        self.is_open.set(false);
        self.active.set(None);
        self.text.set(String::new());
        self.on_choose.run(key);
    }

    /// Goes to the next choice or the one before it, round the ends.
    fn walk(self, step: isize) {
        if !self.is_open.get_untracked() {
            return self.search(Wanted::Now);
        }
        let n_items = self.choices.with_untracked(|choices| choices.items.len());
        let from = match self.active.get_untracked() {
            Some(idx) => idx.checked_add_signed(step),
            None if step > 0 => Some(0),
            None => None,
        };
        let next =
            from.filter(|idx| *idx < n_items).or(if step > 0 { Some(0) } else { n_items.checked_sub(1) });
        self.active.set(next.filter(|_| n_items > 0));
        self.keep_in_sight();
    }

    /// Scrolls the list, whose rows have one height, until the active choice is in sight.
    fn keep_in_sight(self) {
        let (Some(list), Some(active)) = (self.list.get_untracked(), self.active.get_untracked()) else {
            return;
        };
        let n_items = self.choices.with_untracked(|choices| choices.items.len()).max(1);
        let to_pixels = |rows: usize| {
            let height = i64::from(list.scroll_height()) * rows as i64 / n_items as i64;
            i32::try_from(height).unwrap_or(i32::MAX)
        };
        let (top, bottom) = (to_pixels(active), to_pixels(active + 1));
        if top < list.scroll_top() {
            list.set_scroll_top(top);
        } else if bottom > list.scroll_top() + list.client_height() {
            list.set_scroll_top(bottom - list.client_height());
        }
    }

    fn press(self, event: &KeyboardEvent) {
        let is_open = self.is_open.get_untracked();
        match event.key().as_str() {
            "ArrowDown" => self.walk(1),
            "ArrowUp" => self.walk(-1),
            "Enter" => match self.active.get_untracked() {
                Some(idx) if is_open => self.choose(idx),
                _ => self.search(Wanted::Now),
            },
            "Escape" if is_open => self.is_open.set(false),
            "Escape" => self.text.set(String::new()),
            _ => return,
        }
        // Enter would send the form, and Escape close what is around it.
        event.prevent_default();
        event.stop_propagation();
    }
}

/// The field with its list.
#[component]
pub fn Combobox(
    /// Id of the field; those of its parts begin with it.
    id: String,
    /// Name of the field and of its list.
    #[prop(into)]
    label: Signal<String>,
    /// What is typed.
    text: RwSignal<String>,
    /// What can be chosen.
    choices: Memo<Choices>,
    /// The field, for a caller that moves the focus there.
    field: NodeRef<html::Input>,
    /// Wants the choices for what is typed.
    on_search: Callback<Wanted>,
    /// Takes the key of what was chosen.
    on_choose: Callback<String>,
) -> impl IntoView {
    let (is_open, active) = (RwSignal::new(false), RwSignal::new(None));
    let model = Model { text, choices, on_search, on_choose, is_open, active, list: NodeRef::new() };
    let list_id = StoredValue::new(format!("{id}-list"));
    let has_list = Memo::new(move |_| is_open.get() && choices.with(|choices| !choices.items.is_empty()));
    let active_id = move || {
        let idx = active.get().filter(|_| has_list.get())?;
        Some(list_id.with_value(|list| format!("{list}-{idx}")))
    };
    let typed = move |event: Event| {
        text.set(event_target_value(&event));
        model.search(Wanted::Typing);
    };
    let opened = move |_| {
        if !is_open.get_untracked() {
            model.search(Wanted::Now);
        }
    };
    let note = move || choices.with(|choices| choices.note.clone());
    view! {
        <div class="combobox">
            <input
                type="text"
                id=id
                class="combobox__field"
                role="combobox"
                autocomplete="off"
                spellcheck="false"
                aria-label=label
                placeholder=label
                aria-autocomplete="list"
                aria-expanded=move || has_list.get().to_string()
                aria-controls=move || has_list.get().then(|| list_id.get_value())
                aria-activedescendant=active_id
                node_ref=field
                prop:value=move || text.get()
                on:input=typed
                on:click=opened
                on:keydown=move |event| model.press(&event)
                on:blur=move |_| is_open.set(false)
            />
            <p class="visually-hidden" role="status">{move || is_open.get().then(note)}</p>
            {popup(model, label, list_id, has_list)}
        </div>
    }
}

/// The list with what is said of it. A press on it must not take the focus away from the field.
fn popup(
    model: Model,
    label: Signal<String>,
    list_id: StoredValue<String>,
    has_list: Memo<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    let note = move || model.choices.with(|choices| choices.note.clone());
    let can_retry = move || model.choices.with(|choices| choices.remedy == Remedy::SearchAgain);
    view! {
        <div
            class="combobox__popup"
            hidden=move || !model.is_open.get()
            on:mousedown=|event| event.prevent_default()
        >
            <Show when=move || has_list.get()>
                <ul role="listbox" id=list_id.get_value() aria-label=label node_ref=model.list>
                    {move || options(model, &list_id.get_value())}
                </ul>
            </Show>
            <p class="combobox__note" aria-hidden="true">{note}</p>
            <Show when=can_retry>
                <button type="button" tabindex="-1" on:click=move |_| model.search(Wanted::Now)>
                    {t!(i18n, action.retry)}
                </button>
            </Show>
        </div>
    }
}

fn options(model: Model, list_id: &str) -> impl IntoView + use<> {
    let items = model.choices.with(|choices| choices.items.clone());
    let option = |(idx, choice): (usize, Choice)| {
        let is_active = move || model.active.get() == Some(idx);
        view! {
            <li
                role="option"
                id=format!("{list_id}-{idx}")
                class="combobox__choice"
                aria-selected=move || is_active().to_string()
                on:click=move |_| model.choose(idx)
            >
                <span class="combobox__label">{choice.label}</span>
                <span class="combobox__detail">{choice.detail}</span>
            </li>
        }
    };
    items.into_iter().enumerate().map(option).collect_view()
}
