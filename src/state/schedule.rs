//! The schedule of job queue entries as every tab sees it: whether it is switched on, when each entry runs next, which
//! tab runs them and what it runs now. Carrying it out is the business of `tasks::schedule`.

use couplet_engine::schedule::{Hindrance, Schedule, Standing};
use couplet_engine::{JobQueueEntry, MappingName};
use couplet_synchronization::StoreError;
use jiff::Timestamp;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::clock;
use crate::browser::tabs::Tabs;
use crate::queries::kept;
use crate::state::configuration::ConfigurationStore;
use crate::state::load::Load;
use crate::state::synchronization::into_load;

/// Where the tabs tell each other of the schedule: one of the following.
const CHANNEL: &str = "couplet-schedule";
/// It was changed: read it again.
const CHANGED: &str = "changed";
/// The mapping whose name follows is being run.
const RUNNING: &str = "running ";
/// Nothing is being run any more.
const IDLE: &str = "idle";

/// Which tab runs the job queue entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeper {
    /// Not known yet.
    Unknown,
    /// This one.
    ThisTab,
    /// Another one; this one takes over when it is closed.
    OtherTab,
    /// None: the browser has no locks, and two tabs at once would be worse than none.
    Nobody,
}

/// The schedule. One for the whole app, by context.
#[derive(Clone, Copy)]
pub struct Schedules {
    /// The schedule as it is kept.
    pub schedule: RwSignal<Load<Schedule>>,
    /// Which tab runs it.
    pub keeper: RwSignal<Keeper>,
    /// The mapping that is being run by the clock, here or in another tab.
    pub running: RwSignal<Option<MappingName>>,
    configuration: ConfigurationStore,
    tabs: StoredValue<Option<Tabs>, LocalStorage>,
}

impl Schedules {
    /// Makes the store and gives it to everything below; needs the configuration's.
    pub fn provide() {
        let schedules = Schedules {
            schedule: RwSignal::new(Load::Idle),
            keeper: RwSignal::new(Keeper::Unknown),
            running: RwSignal::new(None),
            configuration: ConfigurationStore::expect(),
            tabs: StoredValue::new_local(None),
        };
        provide_context(schedules);
        schedules.tabs.set_value(Tabs::listen(CHANNEL, move |text| schedules.on_other_tab(text)));
        // Read again with every revision: whoever deletes everything switches it off.
        Effect::new(move |_| {
            schedules.configuration.revision.track();
            if schedules.configuration.load.with(|load| load.ready().is_some()) {
                schedules.read();
            }
        });
    }

    /// The store of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// How an entry stands; none while the schedule is not here.
    pub fn standing(self, job: &JobQueueEntry) -> Option<Standing> {
        self.schedule.with(|load| load.ready().map(|schedule| schedule.standing(job)))
    }

    /// Why an entry would not run although a person lets it run at once; none while the schedule is not here.
    pub fn hindrance(self, job: &JobQueueEntry) -> Option<Hindrance> {
        self.schedule.with(|load| load.ready()?.hindrance(job))
    }

    /// When the next entry runs; none when it is switched off or none runs by itself.
    pub fn next(self) -> Option<Timestamp> {
        self.schedule.with(|load| {
            self.configuration.configuration.with(|configuration| load.ready()?.next(configuration))
        })
    }

    /// Switches it on or off.
    ///
    /// # Errors
    /// When it cannot be kept; it is as before then.
    pub async fn switch(self, on: Switch) -> Result<(), StoreError> {
        self.change(|schedule| schedule.is_on = on == Switch::On).await
    }

    /// Lets an entry run at once, also after an error.
    ///
    /// # Errors
    /// When it cannot be kept; it is as before then.
    pub async fn restart(self, mapping: &MappingName) -> Result<(), StoreError> {
        self.change(|schedule| schedule.restart(mapping, clock::now())).await
    }

    /// Changes the schedule as it is kept, whichever tab changed it last.
    pub(crate) async fn change(self, change: impl FnOnce(&mut Schedule)) -> Result<(), StoreError> {
        let none = || StoreError::Refused { detail: String::new() };
        let database = self.configuration.database().ok_or_else(none)?;
        let changed = database.change_schedule(change).await?;
        self.schedule.set(Load::Ready(changed));
        self.tell(CHANGED);
        Ok(())
    }

    /// Shows in every tab what is being run.
    pub(crate) fn show_running(self, mapping: Option<&MappingName>) {
        self.running.set(mapping.cloned());
        match mapping {
            Some(mapping) => self.tell(&format!("{RUNNING}{}", mapping.as_str())),
            None => self.tell(IDLE),
        }
    }

    fn read(self) {
        spawn_local(async move {
            self.schedule.set(into_load(kept::schedule(self.configuration.database()).await));
        });
    }

    fn tell(self, text: &str) {
        self.tabs.with_value(|tabs| {
            if let Some(tabs) = tabs {
                tabs.tell(text);
            }
        });
    }

    fn on_other_tab(self, text: &str) {
        match text {
            CHANGED => self.read(),
            IDLE => self.running.set(None),
            text => self.running.set(text.strip_prefix(RUNNING).and_then(|name| MappingName::new(name).ok())),
        }
    }
}

/// Whether the schedule is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}
