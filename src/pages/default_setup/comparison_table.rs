//! The three-way comparison: what was last applied, what is now, what is standard, and a choice for each difference.

use couplet_engine::MappingName;
use couplet_engine::comparison::{Choice, ComparisonRow, MappingComparison, MappingPresence, RowKind};
use couplet_engine::settings::{Item, Setting, SettingValue};
use leptos::prelude::*;

use super::draft::{Decision, SetupDraft};
use super::equal_settings::EqualSettings;
use crate::components::number::formatted;
use crate::components::plural::is_single;
use crate::components::segmented::Segmented;
use crate::i18n::*;
use crate::text::settings::{item_label, setting_label, setting_value};

/// What the two choices are called: what comes of them differs for what one of the two setups lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wording {
    /// Both have it.
    Settle,
    /// Only the standard has it.
    Add,
    /// The standard does not have it.
    Remove,
}

impl Wording {
    fn of_mapping(presence: MappingPresence) -> Self {
        match presence {
            MappingPresence::Added => Wording::Add,
            MappingPresence::Removed | MappingPresence::Custom => Wording::Remove,
            MappingPresence::Kept => Wording::Settle,
        }
    }

    fn of_row(row: &ComparisonRow) -> Self {
        match (row.setting, &row.current, &row.standard) {
            (Setting::Presence, SettingValue::Absent, _) => Wording::Add,
            (Setting::Presence, _, SettingValue::Absent) => Wording::Remove,
            _ => Wording::Settle,
        }
    }
}

/// All mappings of the comparison with their differences.
#[component]
pub fn ComparisonTable(
    /// The page's state.
    draft: SetupDraft,
) -> impl IntoView {
    let i18n = use_i18n();
    let groups = move || {
        draft.preset.with(|preset| {
            preset
                .mappings
                .iter()
                .map(|mapping| view! { <Group draft mapping=mapping.clone() /> })
                .collect_view()
        })
    };
    view! {
        <div class="scroll-x" tabindex="0" role="region" aria-label=move || t_string!(i18n, default_setup.comparison)>
            <table class="comparison">
                <thead>
                    <tr>
                        <th scope="col">{t!(i18n, default_setup.column_kind)}</th>
                        <th scope="col">{t!(i18n, default_setup.column_setting)}</th>
                        <th scope="col">{t!(i18n, default_setup.column_applied)}</th>
                        <th scope="col">{t!(i18n, default_setup.column_now)}</th>
                        <th scope="col">{t!(i18n, default_setup.column_standard)}</th>
                        <th scope="col">{t!(i18n, default_setup.column_choice)}</th>
                    </tr>
                </thead>
                {groups}
            </table>
        </div>
    }
}

/// One mapping: its head, its differences, and what is equal on demand.
#[component]
fn Group(draft: SetupDraft, mapping: MappingComparison) -> impl IntoView {
    let presence = mapping.presence;
    let name = mapping.name.clone();
    // What is added as a whole is listed on demand; what someone changed is in sight.
    let shows_rows = RwSignal::new(presence != MappingPresence::Added);
    let shows_equal = RwSignal::new(false);
    let mapping = StoredValue::new(mapping);
    let rows = {
        let name = name.clone();
        move || {
            let rows = mapping.with_value(|mapping| mapping.rows.clone());
            let draw = |row| view! { <Row draft name=name.clone() presence row /> };
            rows.into_iter().map(draw).collect_view()
        }
    };
    view! {
        <tbody class="comparison__group">
            <GroupHead draft mapping shows_rows shows_equal />
            {move || shows_rows.get().then(&rows)}
            {move || {
                shows_equal
                    .get()
                    .then(|| view! { <EqualSettings draft mapping=mapping.get_value() /> })
            }}
        </tbody>
    }
}

#[component]
fn GroupHead(
    draft: SetupDraft,
    mapping: StoredValue<MappingComparison>,
    shows_rows: RwSignal<bool>,
    shows_equal: RwSignal<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    let MappingComparison { name, presence, n_settings, rows } = mapping.get_value();
    let n_rows = rows.len();
    let has_equal = presence == MappingPresence::Kept && n_rows < n_settings;
    view! {
        <tr class="comparison__head">
            <th colspan="5" scope="rowgroup">
                <div class="comparison__head-line">
                    <strong>{name.to_string()}</strong>
                    <span class="quiet">
                        {move || mapping.with_value(|mapping| summary(i18n, mapping))}
                    </span>
                    {(presence == MappingPresence::Added)
                        .then(|| {
                            view! {
                                <Toggle
                                    open=shows_rows
                                    caption=Signal::derive(move || {
                                        t_string!(i18n, default_setup.show_added).to_owned()
                                    })
                                />
                            }
                        })}
                    {has_equal
                        .then(|| {
                            view! {
                                <Toggle
                                    open=shows_equal
                                    caption=Signal::derive(move || {
                                        let n = formatted(i18n, n_settings.saturating_sub(n_rows));
                                        t_string!(i18n, default_setup.show_equal, n = n)
                                    })
                                />
                            }
                        })}
                </div>
            </th>
            <td class="comparison__choice">
                {(n_rows > 1).then(|| view! { <MappingChoice draft name presence /> })}
            </td>
        </tr>
    }
}

/// One choice for all differences of a mapping.
#[component]
fn MappingChoice(draft: SetupDraft, name: MappingName, presence: MappingPresence) -> impl IntoView {
    let of = name.clone();
    let chosen = Signal::derive(move || draft.choice_of_mapping(&of));
    let subject = name.to_string();
    let on_choose = move |choice| draft.decide(Decision::Mapping(name.clone(), choice));
    view! { <ChoiceButtons subject wording=Wording::of_mapping(presence) chosen on_choose /> }
}

/// A button that unfolds rows of the table.
#[component]
fn Toggle(open: RwSignal<bool>, caption: Signal<String>) -> impl IntoView {
    view! {
        <button
            type="button"
            class="comparison__toggle"
            aria-expanded=move || open.get().to_string()
            on:click=move |_| open.update(|open| *open = !*open)
        >
            <span aria-hidden="true">{move || if open.get() { "▾" } else { "▸" }}</span>
            {caption}
        </button>
    }
}

/// One difference.
#[component]
fn Row(draft: SetupDraft, name: MappingName, presence: MappingPresence, row: ComparisonRow) -> impl IntoView {
    let i18n = use_i18n();
    let chosen = {
        let (name, item, setting) = (name.clone(), row.item.clone(), row.setting);
        Memo::new(move |_| draft.choice(&name, &item, setting))
    };
    let on_choose = {
        let (item, setting) = (row.item.clone(), row.setting);
        move |choice| draft.decide(Decision::Row(name.clone(), item.clone(), setting, choice))
    };
    let (kind, item, setting) = (row.kind, row.item.clone(), row.setting);
    let wording = Wording::of_row(&row);
    let label = move || row_label(i18n, &item, setting);
    let subject = Signal::derive(label.clone());
    let class_when = move |choice| move || if chosen.get() == Some(choice) { "comparison__kept" } else { "" };
    let applied = row.applied.clone();
    view! {
        <tr>
            <td>
                <span class=kind_class(kind, presence)>{move || kind_text(i18n, kind, presence)}</span>
            </td>
            <td>{label}</td>
            <td>
                {match applied {
                    Some(value) => view! { <Value value setting /> }.into_any(),
                    None => view! { <span class="quiet">{t!(i18n, default_setup.not_recorded)}</span> }.into_any(),
                }}
            </td>
            <td class=class_when(Choice::KeepMine)>
                <Value value=row.current setting />
            </td>
            <td class=class_when(Choice::Standard)>
                <Value value=row.standard setting />
            </td>
            <td class="comparison__choice">
                <ChoiceButtons subject wording chosen on_choose />
            </td>
        </tr>
    }
}

/// A value as people read it; filters as code.
#[component]
pub fn Value(
    /// The value.
    value: SettingValue,
    /// What it is a value of.
    setting: Setting,
) -> impl IntoView {
    let i18n = use_i18n();
    let is_code = matches!(value, SettingValue::Filter(_));
    let text = move || setting_value(i18n, setting, &value);
    if is_code { view! { <code>{text}</code> }.into_any() } else { view! { <span>{text}</span> }.into_any() }
}

#[component]
fn ChoiceButtons(
    /// What is chosen about.
    #[prop(into)]
    subject: Signal<String>,
    wording: Wording,
    #[prop(into)] chosen: Signal<Option<Choice>>,
    #[prop(into)] on_choose: Callback<Choice>,
) -> impl IntoView {
    let i18n = use_i18n();
    let label = move || t_string!(i18n, default_setup.choice_for, subject = subject.get());
    let keep = move || match wording {
        Wording::Settle | Wording::Remove => t_string!(i18n, default_setup.keep_mine).to_owned(),
        Wording::Add => t_string!(i18n, default_setup.leave_out).to_owned(),
    };
    let standard = move || match wording {
        Wording::Settle => t_string!(i18n, default_setup.standard).to_owned(),
        Wording::Add => t_string!(i18n, default_setup.add).to_owned(),
        Wording::Remove => t_string!(i18n, default_setup.remove).to_owned(),
    };
    let options =
        vec![(Choice::KeepMine, Signal::derive(keep)), (Choice::Standard, Signal::derive(standard))];
    view! { <Segmented label=Signal::derive(label) options value=chosen on_choose /> }
}

/// What a difference is about.
fn row_label(i18n: leptos_i18n::I18nContext<Locale>, item: &Item, setting: Setting) -> String {
    match (item, setting) {
        (Item::Configuration | Item::Mapping, setting) if setting != Setting::Presence => {
            setting_label(i18n, setting)
        }
        (item, Setting::Presence) => item_label(i18n, item),
        (item, setting) => format!("{} · {}", item_label(i18n, item), setting_label(i18n, setting)),
    }
}

/// How a mapping stands to the new default: "2 of 47 settings differ".
fn summary(i18n: leptos_i18n::I18nContext<Locale>, mapping: &MappingComparison) -> String {
    match mapping.presence {
        MappingPresence::Added => {
            let n_fields = mapping.rows.iter().filter(|row| matches!(row.item, Item::Field(_))).count();
            let fields = formatted(i18n, n_fields);
            if is_single(i18n, n_fields) {
                t_string!(i18n, default_setup.summary_added_single, fields = fields)
            } else {
                t_string!(i18n, default_setup.summary_added_several, fields = fields)
            }
        }
        MappingPresence::Removed => t_string!(i18n, default_setup.summary_removed).to_owned(),
        MappingPresence::Custom => t_string!(i18n, default_setup.summary_custom).to_owned(),
        MappingPresence::Kept if mapping.rows.is_empty() => {
            t_string!(i18n, default_setup.summary_equal, total = formatted(i18n, mapping.n_settings))
        }
        MappingPresence::Kept => {
            let (n, total) = (formatted(i18n, mapping.rows.len()), formatted(i18n, mapping.n_settings));
            if is_single(i18n, mapping.rows.len()) {
                t_string!(i18n, default_setup.summary_single, n = n, total = total)
            } else {
                t_string!(i18n, default_setup.summary_several, n = n, total = total)
            }
        }
    }
}

fn kind_text(i18n: leptos_i18n::I18nContext<Locale>, kind: RowKind, presence: MappingPresence) -> String {
    match (presence, kind) {
        (MappingPresence::Removed, RowKind::StandardChanged) => t_string!(i18n, default_setup.kind_removed),
        (_, RowKind::New) => t_string!(i18n, default_setup.kind_new),
        (_, RowKind::Custom) => t_string!(i18n, default_setup.kind_custom),
        (_, RowKind::Yours) => t_string!(i18n, default_setup.kind_yours),
        (_, RowKind::StandardChanged) => t_string!(i18n, default_setup.kind_standard_changed),
        (_, RowKind::BothChanged) => t_string!(i18n, default_setup.kind_both_changed),
    }
    .to_owned()
}

fn kind_class(kind: RowKind, presence: MappingPresence) -> &'static str {
    match (presence, kind) {
        (MappingPresence::Removed, RowKind::StandardChanged) | (_, RowKind::BothChanged) => {
            "verdict verdict--out"
        }
        (_, RowKind::New) => "verdict verdict--in",
        (_, RowKind::Yours) => "verdict verdict--warn",
        (_, RowKind::Custom | RowKind::StandardChanged) => "verdict verdict--plain",
    }
}
