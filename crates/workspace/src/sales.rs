//! The settings of the Sales connection as they are kept, from version 3 of the workspace file and version 4 of the
//! browser's database on. Where nothing is kept they are as the reference presets them.

use couplet_engine as engine;
use serde::{Deserialize, Serialize};

use super::configuration::SalesOrderIntegration;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StoredSales {
    enabled: bool,
    order_integration: SalesOrderIntegration,
    create_orders: bool,
    process_quotes: bool,
    item_availability: bool,
    unit_group_mapping: bool,
    open_in_sales_hub: bool,
    web_client_address: String,
    users_must_map: bool,
}

impl StoredSales {
    /// Whether nothing of it was changed by a person.
    pub(crate) fn is_preset(&self) -> bool {
        *self == StoredSales::default()
    }
}

impl Default for StoredSales {
    fn default() -> Self {
        StoredSales::from(&engine::SalesSettings::default())
    }
}

impl From<&engine::SalesSettings> for StoredSales {
    fn from(value: &engine::SalesSettings) -> Self {
        StoredSales {
            enabled: value.enabled,
            order_integration: value.order_integration.into(),
            create_orders: value.create_orders,
            process_quotes: value.process_quotes,
            item_availability: value.item_availability,
            unit_group_mapping: value.unit_group_mapping,
            open_in_sales_hub: value.open_in_sales_hub,
            web_client_address: value.web_client_address.clone(),
            users_must_map: value.users_must_map,
        }
    }
}

impl From<StoredSales> for engine::SalesSettings {
    fn from(value: StoredSales) -> Self {
        engine::SalesSettings {
            enabled: value.enabled,
            order_integration: value.order_integration.into(),
            create_orders: value.create_orders,
            process_quotes: value.process_quotes,
            item_availability: value.item_availability,
            unit_group_mapping: value.unit_group_mapping,
            open_in_sales_hub: value.open_in_sales_hub,
            web_client_address: value.web_client_address,
            users_must_map: value.users_must_map,
        }
    }
}
