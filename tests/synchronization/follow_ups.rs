//! What a run brings about in other records, over the wire: foreseen with its plan, and carried out after it.

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::job::JobKind;
use couplet_engine::planning::{Following, InitialSynchronization, Run};
use couplet_engine::{
    Direction, FilterCondition, FilteredTemplate, MappingFilter, OwnershipModel, Side, Template,
};
use couplet_synchronization::Goal;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value as Json;

use super::office::{Office, finish};
use super::plain::{self, NAME, chosen_rows, id};

/// An office with everything that customers point to in Dataverse, and the customers themselves.
fn office_with_customers() -> Office {
    let office = Office::new(40, OwnershipModel::Team);
    for name in ["CURRENCY", "PAYMENT TERMS", "SHIPMENT METHOD", "SHIPPING AGENT", "CUSTOMER"] {
        office.synchronize_fully(name);
    }
    office
}

fn contacts(office: &Office) -> Vec<Json> {
    office.rows(Side::BusinessCentral, &office.companion("contacts"))
}

/// S6.17: accounts that were created before their primary contact get it when the contact is created.
#[test]
fn s6_17_accounts_get_their_primary_contacts() {
    let office = office_with_customers();
    let numbers: FxHashMap<String, SystemId> = contacts(&office)
        .iter()
        .map(|it| (it["no"].as_str().unwrap().to_owned(), SystemId(id(it, "systemId"))))
        .collect();
    let couplings = office.state("CUSTOMER").couplings;
    // Customers with a primary contact whose account has none.
    let lacking: Vec<(SystemId, RowId)> = office
        .customers()
        .iter()
        .filter_map(|it| {
            let contact = *numbers.get(it["primaryContactNo"].as_str()?)?;
            let account = couplings.row_of(SystemId(id(it, "systemId")))?;
            let empty = office.account(account)["_primarycontactid_value"].is_null();
            empty.then_some((contact, account))
        })
        .collect();
    let run = Run::full(office.mapping("CONTACT"));
    let foreseen = office.foreseen("CONTACT", run);
    let (_, job) = office.synchronize_fully("CONTACT");
    let jobs = office.follow_up("CONTACT", &job);
    let people = office.state("CONTACT").couplings;
    let mut n_completed = 0;
    for (contact, account) in lacking {
        let Some(row) = people.row_of(contact) else { continue };
        assert_eq!(office.account(account)["_primarycontactid_value"], row.0.to_string());
        n_completed += 1;
    }
    assert!(n_completed > 0, "the demo data has such customers");
    let told: usize =
        foreseen.iter().filter(|it| it.why == Following::PrimaryContact).map(|it| it.names.len()).sum();
    let done: usize = jobs.iter().flat_map(|it| &it.passes).map(|it| it.counters.modified).sum();
    assert_eq!((told, done), (done, n_completed), "{foreseen:?} {jobs:?}");
    assert!(
        jobs.iter().all(|it| it.kind == JobKind::FollowUp { of: job.id } && it.mapping.as_str() != "CONTACT")
    );
    // The accounts are not taken for changed.
    assert!(office.synchronize("CUSTOMER").0.is_empty());
    assert!(office.follow_up("CONTACT", &job).is_empty(), "only what is empty is filled");
}

/// S6.15: an account that becomes a customer becomes this company's.
#[test]
fn s6_15_the_account_of_a_new_customer_becomes_this_companys() {
    let office = plain::office();
    let row = plain::account(&office, 1, "Nouveau Compte");
    assert!(office.account(row)["_bcbi_companyid_value"].is_null());
    let run = Run::create_new(Direction::FromIntegrationTable, chosen_rows([row]));
    let foreseen = office.foreseen(NAME, run.clone());
    let (_, job) = finish(office.run(NAME, run, JobKind::Chosen)).unwrap().unwrap();
    let jobs = office.follow_up(NAME, &job);
    assert_eq!(
        foreseen.iter().map(|it| (it.why, it.names.len())).collect::<Vec<_>>(),
        [(Following::NewCompany, 1)]
    );
    assert_eq!(jobs.len(), 1);
    let company = office.session.systems().dataverse.company.clone().unwrap();
    assert_eq!(office.account(row)["_bcbi_companyid_value"], company.id.to_string());
    assert!(office.synchronize(NAME).0.is_empty(), "nothing is left to do");
}

/// S3.48: with a customer its persons are uncoupled, as far as their rows belong to its account.
#[test]
fn s3_48_persons_are_uncoupled_with_their_customer() {
    let office = office_with_customers();
    office.synchronize_fully("CONTACT");
    let customers = office.state("CUSTOMER").couplings;
    let rows = office.rows(Side::Dataverse, "/api/data/v9.2/contacts");
    let people = office.state("CONTACT").couplings;
    let parents: FxHashMap<RowId, RowId> = rows
        .iter()
        .filter_map(|it| {
            let parent = it["_parentcustomerid_value"].as_str()?.parse().ok()?;
            Some((RowId(id(it, "contactid")), RowId(parent)))
        })
        .collect();
    let account_of = |person: SystemId| parents.get(&people.row_of(person)?).copied();
    let (customer, account) = people
        .iter()
        .find_map(|it| {
            let account = account_of(it.record_end()?.id())?;
            Some((customers.record_of(account)?, account))
        })
        .expect("a coupled person of a coupled customer");
    let persons: FxHashSet<SystemId> = people
        .iter()
        .filter_map(|it| Some(it.record_end()?.id()))
        .filter(|person| account_of(*person) == Some(account))
        .collect();
    let goal = Goal::Uncouple { records: FxHashSet::from_iter([customer]) };
    let (_, job) = finish(office.reach("CUSTOMER", &goal, JobKind::Uncoupling)).unwrap().unwrap();
    let jobs = office.follow_up("CUSTOMER", &job);
    assert_eq!(
        jobs.iter().flat_map(|it| &it.passes).map(|it| it.counters.uncoupled).sum::<usize>(),
        persons.len()
    );
    let left = office.state("CONTACT").couplings;
    assert!(persons.iter().all(|person| left.row_of(*person).is_none()));
    assert_eq!(left.len(), people.len() - persons.len(), "nobody else is uncoupled");
}

/// S1.18, S4.55: the first template by priority whose filter the source passes.
#[test]
fn s4_55_new_records_get_the_template_of_their_filter() {
    let mut office = plain::office();
    let template = |priority: u32, filter: Option<&str>, fax: &str| FilteredTemplate {
        side: Side::Dataverse,
        priority,
        filter: MappingFilter {
            conditions: filter
                .map(|text| FilterCondition { field: "Name".to_owned(), text: text.to_owned() })
                .into_iter()
                .collect(),
        },
        template: Template {
            code: format!("T{priority}"),
            description: String::new(),
            values: vec![("description".to_owned(), fax.to_owned())],
        },
    };
    office.mapping_mut(NAME).templates =
        vec![template(20, None, "others"), template(10, Some("Alpes*"), "from the Alps")];
    let records = ["Alpes Vins", "Nord Bois"].map(|name| plain::customer(&office, name));
    plain::create(&office, Direction::ToIntegrationTable, plain::chosen(records));
    let couplings = office.state(NAME).couplings;
    let described = records.map(|it| office.account(couplings.row_of(it).unwrap())["description"].clone());
    assert_eq!(described, ["from the Alps", "others"]);
}

/// S6.21: the first synchronization of a person finds the account of its company.
#[test]
fn a_coupled_person_is_synchronized_with_its_company() {
    let office = office_with_customers();
    office.synchronize_fully("CONTACT");
    let people = office.state("CONTACT").couplings;
    let state = people.iter().next().unwrap();
    let pair = (state.record_end().unwrap().id(), state.coupling.row.id());
    let goal = Goal::Couple { pairs: vec![pair], first: InitialSynchronization::ToIntegrationTable };
    let (_, job) = finish(office.reach("CONTACT", &goal, JobKind::Coupling)).unwrap().unwrap();
    assert_eq!(job.passes.iter().map(|it| it.counters.failed).sum::<usize>(), 0, "{:?}", office.causes());
}
