//! The fields of the Sales connection as descriptions: which there are, what each governs, and when it can be changed.

use couplet_engine::SalesSettings;
use couplet_engine::sales_settings::Locked;
use couplet_engine::settings::Setting;

use crate::i18n::*;
use crate::text::I18n;

/// How a setting is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    /// Yes or no.
    Flag,
    /// One of the ways to integrate sales orders.
    OrderIntegration,
    /// An address.
    Address,
}

/// One field.
#[derive(Debug, Clone, Copy)]
pub(super) struct SalesField {
    pub(super) setting: Setting,
    pub(super) control: Control,
    /// Why it cannot be changed with these settings.
    pub(super) locked: fn(&SalesSettings) -> Option<Locked>,
}

const fn field(
    setting: Setting,
    control: Control,
    locked: fn(&SalesSettings) -> Option<Locked>,
) -> SalesField {
    SalesField { setting, control, locked }
}

fn never(_: &SalesSettings) -> Option<Locked> {
    None
}

/// All fields, in the order of the reference's page.
pub(super) const FIELDS: [SalesField; 9] = [
    field(Setting::SalesEnabled, Control::Flag, never),
    field(Setting::SalesOrderIntegration, Control::OrderIntegration, never),
    field(Setting::CreateSalesOrders, Control::Flag, SalesSettings::create_orders_locked),
    field(Setting::ProcessSalesQuotes, Control::Flag, never),
    field(Setting::ItemAvailability, Control::Flag, SalesSettings::advanced_locked),
    field(Setting::OpenInSalesHub, Control::Flag, SalesSettings::advanced_locked),
    field(Setting::UnitGroupMapping, Control::Flag, SalesSettings::unit_group_mapping_locked),
    field(Setting::WebClientAddress, Control::Address, never),
    field(Setting::UsersMustMap, Control::Flag, never),
];

/// What a setting governs.
pub(super) fn help(i18n: I18n, setting: Setting) -> &'static str {
    match setting {
        Setting::SalesEnabled => t_string!(i18n, sales.enabled_help),
        Setting::SalesOrderIntegration => t_string!(i18n, sales.order_integration_help),
        Setting::CreateSalesOrders => t_string!(i18n, sales.create_orders_help),
        Setting::ProcessSalesQuotes => t_string!(i18n, sales.process_quotes_help),
        Setting::ItemAvailability => t_string!(i18n, sales.item_availability_help),
        Setting::OpenInSalesHub => t_string!(i18n, sales.open_in_sales_hub_help),
        Setting::UnitGroupMapping => t_string!(i18n, sales.unit_group_mapping_help),
        Setting::WebClientAddress => t_string!(i18n, sales.web_client_address_help),
        Setting::UsersMustMap => t_string!(i18n, sales.users_must_map_help),
        _ => "",
    }
}

/// Why a setting cannot be changed now.
pub(super) fn locked(i18n: I18n, locked: Locked) -> &'static str {
    match locked {
        Locked::WhileDisabled => t_string!(i18n, sales.while_disabled),
        Locked::WhileEnabled => t_string!(i18n, sales.while_enabled),
        Locked::WithoutLegacy => t_string!(i18n, sales.without_legacy),
    }
}
