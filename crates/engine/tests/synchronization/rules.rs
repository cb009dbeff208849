//! Small rules of single tables, templates and choices, each by its number.

use couplet_engine::coupling::{
    CouplingEnd, JobId, LastRun, OptionCoupling, RowId, Skipped, SynchResult, SystemId,
};
use couplet_engine::planning::{
    ActionKind, Choice, Companies, Counters, CreatedContact, Following, LastSynchronized, OptionMatrixInput,
    Outcome, Pass, Plan, PlanError, Reason, Run, new_companies, option_matrix, primary_contacts,
    retry_options, settle,
};
use couplet_engine::{
    ColumnTable, Direction, FilterCondition, FilteredTemplate, MappingFilter, OwnershipModel, Side, Template,
    Value,
};
use couplet_filter::FieldType;
use jiff::Timestamp;
use uuid::Uuid;

use crate::scenarios::{BC, DV, contacts, creating, dataverse_contact, parent};
use crate::world::{View, World, company, options, records, text};

#[test]
fn s6_3_salespeople_get_the_next_codes() {
    let mut world = creating(World::new("SALESPEOPLE", OwnershipModel::Person));
    let user = |world: &mut World, name: &str| {
        let values = [
            ("fullname", text(name)),
            ("isdisabled", Value::Boolean(false)),
            ("islicensed", Value::Boolean(true)),
            ("isintegrationuser", Value::Boolean(false)),
        ];
        world.add(DV, &values)
    };
    let codes = |world: &World| {
        let ids = world.business_central.rows.keys();
        let mut codes: Vec<Value> = ids.map(|id| world.business_central.get(*id, "Code")).collect();
        codes.sort_by_key(|code| format!("{code:?}"));
        codes
    };
    user(&mut world, "Ann");
    user(&mut world, "Bob");
    assert_eq!(world.run(&Run::full(&world.mapping)).unwrap().from.inserted, 2);
    assert_eq!(codes(&world), [text("SP NO. 00001"), text("SP NO. 00002")]);
    world.add(BC, &[("Code", text("SP NO. 00041"))]);
    world.add(BC, &[("Code", text("JR"))]);
    user(&mut world, "Cid");
    world.synchronize();
    assert!(codes(&world).contains(&text("SP NO. 00042")), "{:?}", codes(&world));
    assert!(world.synchronize().plan.actions.iter().all(|it| !it.writes()));
}

#[test]
fn s4_55_the_first_template_whose_filter_the_source_passes() {
    let mut world = creating(World::customers());
    let template = |code: &str| Template {
        code: code.to_owned(),
        description: String::new(),
        values: vec![("Location Code".to_owned(), code.to_owned())],
    };
    let (german, big, other) = (world.account("german"), world.account("big"), world.account("other"));
    let rule = |priority: u32, code: &str, name: Option<&str>| FilteredTemplate {
        side: Side::BusinessCentral,
        priority,
        template: template(code),
        filter: MappingFilter {
            conditions: name
                .iter()
                .map(|text| FilterCondition { field: "name".to_owned(), text: (*text).to_owned() })
                .collect(),
        },
    };
    world.mapping.table_template = Some(template("OWN"));
    world.mapping.templates = vec![
        rule(20, "BIG", Some("big|german")),
        rule(10, "GERMAN", Some("german")),
        // For accounts, not for customers.
        FilteredTemplate { side: Side::Dataverse, ..rule(1, "DV", None) },
    ];
    world.synchronize();
    let code = |world: &World, account: Uuid| {
        let customer = world.state.couplings.record_of(RowId(account)).unwrap().0;
        world.business_central.get(customer, "Location Code")
    };
    assert_eq!([german, big, other].map(|it| code(&world, it)), ["GERMAN", "BIG", "OWN"].map(text));
    // A rule without a filter is for everybody the rules before it leave.
    world.mapping.templates.push(rule(30, "REST", None));
    let last = world.account("last");
    world.synchronize();
    assert_eq!(code(&world, last), text("REST"));
    // A filter that cannot be read stops the run before anything is written.
    world.mapping.templates.push(rule(1, "WRONG", Some("..")));
    let refused = world.run(&Run::scheduled(&world.mapping)).err();
    assert_eq!(refused, Some(PlanError::TemplateFilter { side: Side::Dataverse }));
}

fn companies<'a>(world: &'a World, views: &'a (View, View)) -> Companies<'a> {
    Companies {
        mapping: &world.mapping,
        business_central: records(&views.0, "SystemModifiedAt", None),
        dataverse: records(&views.1, "modifiedon", None),
        couplings: &world.state.couplings,
    }
}

/// A plan beside the runs, carried out without trouble.
fn carry_out(world: &mut World, plan: &Plan) {
    for action in &plan.actions {
        world.clock += 1_000;
        let side = action.pass.destination();
        let at = world.time(side);
        let id = if side == BC { action.record.unwrap().0 } else { action.row.unwrap().0 };
        let row = world.table(side).rows.get_mut(&id).unwrap();
        row.values.extend(action.values().map(|(name, value)| (name.to_string(), value.clone())));
        row.modified_at = at;
        let mut last = LastSynchronized::default();
        action.values().for_each(|(name, value)| last.set(side, name, value.clone()));
        let outcome = Outcome::Done {
            record: action.record,
            row: action.row,
            destination_modified_at: Some(Timestamp::from_millisecond(at).unwrap()),
            last,
        };
        let (table, job) = (world.table_number(), JobId(Uuid::from_u128(5)));
        settle(&mut world.state, table, job, action, &outcome, &mut Counters::default());
    }
}

fn contact(pass: Pass) -> CreatedContact {
    let row = RowId(Uuid::from_u128(0xC0A));
    CreatedContact { pass, number: "CT0007".into(), person: Some("Ann".into()), row }
}

#[test]
fn s6_17_an_account_gets_the_primary_contact_it_was_created_without() {
    let mut world = World::customers();
    let (customer, account) = world.pair("A");
    let (taken, other) = world.pair("B");
    for id in [customer, taken] {
        world.edit(BC, id, &[("Primary Contact No.", text("CT0007"))]);
    }
    world.edit(DV, other, &[("primarycontactid", Value::Guid(Uuid::from_u128(3)))]);
    world.couple_settled(customer, account);
    let views = world.views();
    let created = contact(Pass::ToIntegrationTable);
    let plan = primary_contacts(std::slice::from_ref(&created), companies(&world, &views)).unwrap();
    let [action] = &plan.actions[..] else { panic!("{:?}", plan.actions) };
    assert_eq!((action.kind, action.row), (ActionKind::Update, Some(RowId(account))));
    assert_eq!(
        (&action.reason, action.reason.rule()),
        (&Reason::Follows(Following::PrimaryContact), "S6.17")
    );
    carry_out(&mut world, &plan);
    assert_eq!(world.dataverse.get(account, "primarycontactid"), Value::Guid(created.row.0));
    // It was not changed before, so it is not taken for changed now.
    let looked_at =
        |it: &&couplet_engine::planning::Action| it.row == Some(RowId(account)) && !it.is_settled();
    assert_eq!(world.synchronize().plan.actions.iter().filter(looked_at).count(), 0);
}

#[test]
fn s6_17_a_customer_gets_it_where_the_field_comes_from_dataverse() {
    let mut world = World::customers();
    let (customer, account) = world.pair("A");
    let created = contact(Pass::FromIntegrationTable);
    world.edit(DV, account, &[("primarycontactid", Value::Guid(created.row.0))]);
    let plan = |world: &World| {
        let views = world.views();
        primary_contacts(std::slice::from_ref(&created), companies(world, &views)).unwrap()
    };
    let mut one_way = world.clone();
    one_way.field_mapping("primarycontactid").direction = Direction::ToIntegrationTable;
    assert_eq!(plan(&one_way).actions, []);
    let made = plan(&world);
    carry_out(&mut world, &made);
    assert_eq!(world.business_central.get(customer, "Primary Contact No."), text("CT0007"));
    assert_eq!(world.business_central.get(customer, "Contact"), text("Ann"));
    assert_eq!(plan(&world).actions, []);
}

#[test]
fn s6_15_a_new_customers_account_is_this_companys_and_its_contacts_are_looked_at() {
    let mut world = World::customers();
    let accounts = [world.pair("A").1, world.pair("B").1];
    world.edit(DV, accounts[0], &[("bcbi_companyid", Value::Guid(Uuid::nil()))]);
    let mut people = contacts();
    let account = RowId(accounts[0]);
    let coupled = dataverse_contact(&mut people, account);
    dataverse_contact(&mut people, account);
    let (elsewhere, foreign) =
        (dataverse_contact(&mut people, parent()), dataverse_contact(&mut people, account));
    people.edit(DV, foreign, &[("bcbi_companyid", Value::Guid(Uuid::nil()))]);
    for (number, row) in [coupled, elsewhere, foreign].into_iter().enumerate() {
        people.couple(Uuid::from_u128(number as u128 + 900), row);
    }
    let (views, contact_views) = (world.views(), people.views());
    let contacts = (records(&contact_views.1, "modifiedon", None), &people.state.couplings);
    let created = accounts.map(RowId).into_iter().collect();
    let new = new_companies(&created, companies(&world, &views), &company(), contacts).unwrap();
    assert_eq!(new.contacts.into_iter().collect::<Vec<_>>(), [RowId(coupled)]);
    assert_eq!(new.plan.actions.iter().map(|it| it.row).collect::<Vec<_>>(), [Some(account)]);
    carry_out(&mut world, &new.plan);
    assert_eq!(world.dataverse.get(accounts[0], "bcbi_companyid"), Value::Guid(company().id));
}

fn option_coupling(record: u128, value: i32, skipped: Skipped) -> OptionCoupling {
    let run = LastRun { result: SynchResult::Failure, job: JobId(Uuid::from_u128(1)) };
    OptionCoupling {
        table: 3,
        record: CouplingEnd::new(SystemId(Uuid::from_u128(record))),
        integration_table: "account".to_owned(),
        column: "paymenttermscode".to_owned(),
        value,
        label: String::new(),
        last_run_to_integration: Some(run),
        skipped,
    }
}

fn column(name: &str, field_type: FieldType, cells: &[Value]) -> ColumnTable {
    let mut table = ColumnTable::new([(name.to_owned(), field_type)]);
    for cell in cells {
        table.push(0, cell.as_field_value()).unwrap();
        table.end_row();
    }
    table
}

#[test]
fn s1_16_an_option_matrix_counts_who_uses_each_code_and_value() {
    let codes = [(1, "COD"), (2, "14 DAYS"), (3, "30 DAYS")]
        .map(|(id, code)| (SystemId(Uuid::from_u128(id)), Box::from(code)));
    let choices = [(1, "14 days"), (2, "Net 60"), (3, "30 days")]
        .map(|(value, label)| Choice { value, label: label.into() });
    let couplings = [
        option_coupling(2, 1, Skipped::No),
        // Its value is gone.
        option_coupling(3, 9, Skipped::No),
        // Its record is gone.
        option_coupling(8, 3, Skipped::Yes),
    ];
    let code = FieldType::Code { max_length: Some(10) };
    let customers = column("Terms", code.clone(), &["COD", "COD", "14 DAYS", ""].map(text));
    let vendors = column("Terms", code, &["COD", "OLD"].map(text));
    let values = [Value::Option(1), Value::Option(3), Value::Null, Value::Option(3)];
    let accounts = column("terms", options(&[" "]), &values);
    let lines = option_matrix(OptionMatrixInput {
        codes: &codes,
        choices: &choices,
        couplings: &couplings,
        used_codes: &[(&customers, "Terms"), (&vendors, "Terms")],
        used_values: &[(&accounts, "terms")],
    });
    let told: Vec<_> = lines
        .iter()
        .map(|it| (it.code.as_ref(), it.value, it.label.as_deref(), it.n_records, it.n_rows, it.skipped))
        .collect();
    assert_eq!(
        told,
        [
            ("14 DAYS", Some(1), Some("14 days"), 1, 1, Skipped::No),
            ("30 DAYS", Some(9), None, 0, 0, Skipped::No),
            ("COD", None, None, 3, 0, Skipped::No),
            ("", Some(2), Some("Net 60"), 0, 0, Skipped::No),
            ("", Some(3), Some("30 days"), 0, 2, Skipped::Yes),
        ]
    );
}

#[test]
fn s3_54_shelved_options_take_part_again() {
    let mut couplings = [
        option_coupling(1, 1, Skipped::Yes),
        option_coupling(2, 2, Skipped::No),
        option_coupling(3, 3, Skipped::Yes),
    ];
    assert_eq!(retry_options(&mut couplings), 2);
    assert!(couplings.iter().all(|coupling| coupling.skipped == Skipped::No));
}
