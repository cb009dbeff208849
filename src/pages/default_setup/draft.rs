//! What is being compared on the page, and what was chosen so far. Choices are kept as they were made and made again
//! on every new comparison, so that neither another ownership model nor another tab's change loses them.

use couplet_engine::comparison::{Choice, Scope, SetupComparison, compare};
use couplet_engine::default_setup::{StandardSetup, build};
use couplet_engine::settings::{Item, Setting};
use couplet_engine::{Company, Configuration, MappingName, OwnershipModel};
use leptos::prelude::*;

use crate::state::configuration::{ConfigurationStore, OtherTab};

/// One choice of a person.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// For everything.
    All(Choice),
    /// For one mapping.
    Mapping(MappingName, Choice),
    /// For one difference.
    Row(MappingName, Item, Setting, Choice),
}

/// The page's state.
#[derive(Clone, Copy)]
pub struct SetupDraft {
    /// The configuration that is compared: the one of the moment the comparison was asked for.
    pub compared: RwSignal<Configuration>,
    /// Which mappings.
    pub scope: Signal<Scope>,
    /// The ownership model for the new default.
    pub ownership: Memo<OwnershipModel>,
    /// The new default.
    pub standard: Memo<StandardSetup>,
    /// The differences with the preset choices.
    pub preset: Memo<SetupComparison>,
    /// The differences with the choices made here.
    pub comparison: Memo<SetupComparison>,
    chosen_ownership: RwSignal<Option<OwnershipModel>>,
    decisions: RwSignal<Vec<Decision>>,
    store: ConfigurationStore,
}

impl SetupDraft {
    /// Compares the current configuration with the default for `company`.
    pub fn new(store: ConfigurationStore, scope: Signal<Scope>, company: Signal<Option<Company>>) -> Self {
        let compared = RwSignal::new(store.configuration.get_untracked());
        let chosen_ownership = RwSignal::new(None);
        let decisions = RwSignal::new(Vec::new());
        let ownership = Memo::new(move |_| {
            chosen_ownership
                .get()
                .unwrap_or_else(|| compared.with(|configuration| configuration.ownership_model))
        });
        let standard = Memo::new(move |_| build(ownership.get(), company.get().as_ref()));
        let preset = Memo::new(move |_| {
            compared.with(|current| {
                standard.with(|standard| scope.with(|scope| compare(current, standard, scope)))
            })
        });
        let comparison = Memo::new(move |_| {
            let mut comparison = preset.get();
            decisions.with(|decisions| decisions.iter().for_each(|it| decide(&mut comparison, it)));
            comparison
        });
        SetupDraft {
            compared,
            scope,
            ownership,
            standard,
            preset,
            comparison,
            chosen_ownership,
            decisions,
            store,
        }
    }

    /// Compares with another ownership model.
    pub fn choose_ownership(self, ownership: OwnershipModel) {
        self.chosen_ownership.set(Some(ownership));
    }

    /// Makes a choice.
    pub fn decide(self, decision: Decision) {
        self.decisions.update(|decisions| {
            if matches!(decision, Decision::All(_)) {
                decisions.clear();
            }
            decisions.push(decision);
        });
    }

    /// Compares the configuration as it is now; the choices stay.
    pub fn compare_again(self) {
        self.compared.set(self.store.configuration.get_untracked());
    }

    /// Forgets the choices and compares the configuration as it is now: after it was applied or undone.
    pub fn start_over(self) {
        self.decisions.set(Vec::new());
        self.chosen_ownership.set(None);
        self.compare_again();
    }

    /// Whether the configuration was changed since the comparison was made, here or in another tab.
    pub fn is_stale(self) -> bool {
        let elsewhere = self.store.other_tab.with(|other| matches!(other, Some(OtherTab::Saved { .. })));
        elsewhere || self.store.configuration.with(|now| self.compared.with(|compared| now != compared))
    }

    /// Whether nothing is mapped yet.
    pub fn is_first_run(self) -> bool {
        self.compared.with(|configuration| configuration.mappings.is_empty())
    }

    /// Whether applying would change anything.
    pub fn changes_anything(self) -> bool {
        let other_model =
            self.compared.with(|configuration| configuration.ownership_model) != self.ownership.get();
        other_model || self.comparison.with(|comparison| comparison.n_chosen() > 0)
    }

    /// The choice for one difference.
    pub fn choice(self, name: &MappingName, item: &Item, setting: Setting) -> Option<Choice> {
        self.comparison.with(|comparison| {
            let mut rows = comparison.rows();
            let row = rows.find(|(of, row)| *of == name && row.item == *item && row.setting == setting);
            row.map(|(_, row)| row.choice)
        })
    }

    /// The choice that all differences of a mapping share; none when they do not.
    pub fn choice_of_mapping(self, name: &MappingName) -> Option<Choice> {
        self.comparison.with(|comparison| {
            let mapping = comparison.mappings.iter().find(|mapping| mapping.name == *name)?;
            let first = mapping.rows.first()?.choice;
            mapping.rows.iter().all(|row| row.choice == first).then_some(first)
        })
    }
}

fn decide(comparison: &mut SetupComparison, decision: &Decision) {
    match decision {
        Decision::All(choice) => comparison.choose_all(*choice),
        Decision::Mapping(name, choice) => comparison.choose_mapping(name, *choice),
        Decision::Row(name, item, setting, choice) => comparison.choose(name, (item, *setting), *choice),
    }
}
