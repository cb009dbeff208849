//! The settings of a mapping that equal the standard, item by item: shown on demand, nothing to choose.

use couplet_engine::comparison::MappingComparison;
use couplet_engine::settings::{Item, Setting, SettingRow, Version};
use leptos::prelude::*;

use super::draft::SetupDraft;
use crate::i18n::*;
use crate::text::settings::{item_label, setting_label, setting_value};

/// One row for each item: "Direction Bidirectional · Status Enabled · …".
#[component]
pub fn EqualSettings(
    /// The page's state.
    draft: SetupDraft,
    /// The mapping.
    mapping: MappingComparison,
) -> impl IntoView {
    let i18n = use_i18n();
    let items = draft.compared.with_untracked(move |current| {
        let version = Version { mapping: current.mapping(&mapping.name), job: current.job(&mapping.name) };
        equal_items(version.rows(), &mapping)
    });
    let draw = |(item, rows): (Item, Vec<SettingRow>)| {
        let settings = move || {
            let texts = rows.iter().map(|row| {
                format!(
                    "{} {}",
                    setting_label(i18n, row.setting),
                    setting_value(i18n, row.setting, &row.value)
                )
            });
            texts.collect::<Vec<_>>().join(" · ")
        };
        view! {
            <tr class="comparison__equal">
                <td><span class="quiet">{t!(i18n, default_setup.kind_equal)}</span></td>
                <td colspan="5">
                    {move || item_label(i18n, &item)} " "
                    <span class="quiet">{settings}</span>
                </td>
            </tr>
        }
    };
    items.into_iter().map(draw).collect_view()
}

/// What is not among the differences, put together by item.
fn equal_items(rows: Vec<SettingRow>, mapping: &MappingComparison) -> Vec<(Item, Vec<SettingRow>)> {
    let differs = |row: &SettingRow| {
        let of_item = |setting| mapping.rows.iter().any(|it| it.item == row.item && it.setting == setting);
        of_item(row.setting) || of_item(Setting::Presence)
    };
    let mut items: Vec<(Item, Vec<SettingRow>)> = Vec::new();
    for row in rows.into_iter().filter(|row| row.setting != Setting::Presence && !differs(row)) {
        match items.last_mut() {
            Some((item, rows)) if *item == row.item => rows.push(row),
            _ => items.push((row.item.clone(), vec![row])),
        }
    }
    items
}
