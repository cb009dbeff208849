//! Job queue entries: one synchronization job for each mapping of the default setups.

use super::Scale;
use super::sales::{Cell, add};
use crate::store::{Guid, format_millis, mix};
use crate::world::World;

/// Mapping and the system it synchronizes with.
const JOBS: [(&str, &str); 10] = [
    ("SALESPEOPLE", "Dataverse"),
    ("CUSTOMER", "Dataverse"),
    ("VENDOR", "Dataverse"),
    ("CONTACT", "Dataverse"),
    ("CURRENCY", "Dataverse"),
    ("ITEM-PRODUCT", "Dynamics 365 Sales"),
    ("RESOURCE-PRODUCT", "Dynamics 365 Sales"),
    ("PLHEADER-PRICE", "Dynamics 365 Sales"),
    ("POSTEDSALESINV-INV", "Dynamics 365 Sales"),
    ("OPPORTUNITY", "Dynamics 365 Sales"),
];

/// Fields of the days on which a job runs.
const DAYS: [&str; 7] = [
    "Run on Mondays",
    "Run on Tuesdays",
    "Run on Wednesdays",
    "Run on Thursdays",
    "Run on Fridays",
    "Run on Saturdays",
    "Run on Sundays",
];

/// `On Hold with Inactivity Timeout`.
const SLEEPING: u32 = 5;

/// Fills the tables.
pub(super) fn fill(world: &mut World, scale: &Scale) {
    use Cell::{Number, Text};
    for (number, (mapping, system)) in (0_u32..).zip(JOBS) {
        let id = Guid::of_row(mix(scale.seed ^ 472), number).to_string();
        let description = format!("{mapping} - {system} synchronization job.");
        let start = format_millis(scale.now_ms - i64::from(number) * 60_000);
        // Every third is ready; the others sleep because nothing changed for a long time.
        let status = if number % 3 == 0 { 0 } else { SLEEPING };
        let mut fields = vec![
            ("ID", Text(&id)),
            ("User ID", Text("DEMO")),
            ("Object Type to Run", Number(5)),
            ("Object ID to Run", Number(5_339)),
            ("Object Caption to Run", Text("Integration Synch. Job Runner")),
            ("Status", Number(status)),
            ("Recurring Job", Number(1)),
            ("No. of Minutes between Runs", Number(30)),
            ("Maximum No. of Attempts to Run", Number(10)),
            ("Rerun Delay (sec.)", Number(30)),
            ("Description", Text(&description)),
            ("Earliest Start Date/Time", Text(&start)),
            ("Priority Within Category", Number(2_000)),
        ];
        fields.extend(DAYS.map(|day| (day, Number(1))));
        add(world, scale, 472, &fields);
        let log = [
            ("Entry No.", Number(number + 1)),
            ("ID", Text(&id)),
            ("Description", Text(&description)),
            ("Object Type to Run", Number(5)),
            ("Object ID to Run", Number(5_339)),
            ("Start Date/Time", Text(&start)),
            ("End Date/Time", Text(&start)),
        ];
        add(world, scale, 474, &log);
    }
}
