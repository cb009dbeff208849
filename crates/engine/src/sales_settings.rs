//! What the reference's connection pages set beyond the mappings: the connection to Dynamics 365 Sales and its documents.
//! Which of them can be changed when is decided here; whose address and secret a connection has is not known.

/// How sales orders go from one system to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SalesOrderIntegration {
    /// Not at all.
    #[default]
    Off,
    /// Legacy Sales Order Integration Enabled: submitted orders of Dataverse become orders of Business Central.
    Legacy,
    /// Bidirectional Sales Order Int.: both ways, with archived versions.
    Bidirectional,
}

/// The settings of the Sales connection (`connectionSettings` of the default setup's reference data).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SalesSettings {
    /// Enabled.
    pub enabled: bool,
    /// Sales order integration and its variants.
    pub order_integration: SalesOrderIntegration,
    /// Automatically Create Sales Orders; only with the legacy integration.
    pub create_orders: bool,
    /// Automatically Process Sales Quotes.
    pub process_quotes: bool,
    /// Automatically Synchronize Item Availability.
    pub item_availability: bool,
    /// Unit Group Mapping: unit groups with several units instead of one for each unit of measure.
    pub unit_group_mapping: bool,
    /// Open Coupled Entities in Dynamics 365 Sales Hub.
    pub open_in_sales_hub: bool,
    /// Dynamics 365 Business Central Web Client URL; empty while nobody entered one.
    pub web_client_address: String,
    /// Users must map to salespeople.
    pub users_must_map: bool,
}

impl Default for SalesSettings {
    /// As the reference presets them: only unit group mapping is on.
    fn default() -> Self {
        SalesSettings {
            enabled: false,
            order_integration: SalesOrderIntegration::Off,
            create_orders: false,
            process_quotes: false,
            item_availability: false,
            unit_group_mapping: true,
            open_in_sales_hub: false,
            web_client_address: String::new(),
            users_must_map: false,
        }
    }
}

/// Why a setting cannot be changed now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locked {
    /// The Sales connection has to be enabled first.
    WhileDisabled,
    /// The Sales connection has to be disabled first.
    WhileEnabled,
    /// It belongs to the legacy sales order integration.
    WithoutLegacy,
}

impl SalesSettings {
    /// Whether Automatically Create Sales Orders can be changed.
    pub fn create_orders_locked(&self) -> Option<Locked> {
        (self.order_integration != SalesOrderIntegration::Legacy).then_some(Locked::WithoutLegacy)
    }

    /// Whether what needs an enabled connection can be changed: item availability and Sales Hub.
    pub fn advanced_locked(&self) -> Option<Locked> {
        (!self.enabled).then_some(Locked::WhileDisabled)
    }

    /// Whether unit group mapping can be changed; it is applied when the connection is enabled (S6.42).
    pub fn unit_group_mapping_locked(&self) -> Option<Locked> {
        self.enabled.then_some(Locked::WhileEnabled)
    }

    /// Chooses how orders are integrated; another way than the legacy one ends automatic creation (S7.22).
    pub fn choose_order_integration(&mut self, integration: SalesOrderIntegration) {
        self.order_integration = integration;
        self.create_orders &= integration == SalesOrderIntegration::Legacy;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_created_automatically_by_the_legacy_integration_only() {
        let mut settings = SalesSettings::default();
        assert_eq!(settings.create_orders_locked(), Some(Locked::WithoutLegacy));
        settings.choose_order_integration(SalesOrderIntegration::Legacy);
        assert_eq!(settings.create_orders_locked(), None);
        settings.create_orders = true;
        settings.choose_order_integration(SalesOrderIntegration::Legacy);
        assert!(settings.create_orders);
        settings.choose_order_integration(SalesOrderIntegration::Bidirectional);
        assert!(!settings.create_orders, "S7.22");
    }

    #[test]
    fn enabling_turns_the_locks_around() {
        let mut settings = SalesSettings::default();
        let locks = |it: &SalesSettings| (it.advanced_locked(), it.unit_group_mapping_locked());
        assert_eq!(locks(&settings), (Some(Locked::WhileDisabled), None));
        settings.enabled = true;
        assert_eq!(locks(&settings), (None, Some(Locked::WhileEnabled)));
    }
}
