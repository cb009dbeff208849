//! Every reason for which the standard setup excludes a record, or holds one back, occurs in the demo data.

use couplet_engine::default_setup::build;
use couplet_engine::preview::{OwnerOutlook, RuleEffect, RuleOutcome, RuleSubject, Seen};
use couplet_engine::{OwnershipModel, Side};
use rustc_hash::FxHashSet;

use crate::driver::Connected;
use crate::previews::SidePreview;

/// Mapping, side, rule: what excludes.
const REASONS: [(&str, Side, &str); 18] = [
    ("SALESPEOPLE", Side::Dataverse, "isdisabled"),
    ("SALESPEOPLE", Side::Dataverse, "islicensed"),
    ("SALESPEOPLE", Side::Dataverse, "isintegrationuser"),
    ("CUSTOMER", Side::BusinessCentral, "Blocked"),
    ("CUSTOMER", Side::Dataverse, "statecode"),
    ("CUSTOMER", Side::Dataverse, "customertypecode"),
    ("CUSTOMER", Side::Dataverse, "bcbi_companyid"),
    ("VENDOR", Side::BusinessCentral, "Blocked"),
    ("VENDOR", Side::Dataverse, "statecode"),
    ("VENDOR", Side::Dataverse, "customertypecode"),
    ("VENDOR", Side::Dataverse, "bcbi_companyid"),
    ("CONTACT", Side::BusinessCentral, "Type"),
    ("CONTACT", Side::BusinessCentral, "Company No."),
    ("CONTACT", Side::BusinessCentral, "behind the filter"),
    ("CONTACT", Side::Dataverse, "parentcustomerid"),
    ("CONTACT", Side::Dataverse, "parentcustomeridtype"),
    ("CONTACT", Side::Dataverse, "statecode"),
    ("CONTACT", Side::Dataverse, "bcbi_companyid"),
];

#[test]
fn every_exclusion_reason_occurs_and_no_other() {
    let connected = Connected::shared();
    let setup = build(OwnershipModel::Person, connected.company.as_ref());
    let mut seen: FxHashSet<(String, Side, String)> = FxHashSet::default();
    for mapping in &setup.mappings {
        for side in [Side::BusinessCentral, Side::Dataverse] {
            if side == Side::Dataverse && mapping.is_option_mapping() {
                continue;
            }
            let preview = SidePreview::new(connected, mapping, OwnershipModel::Person, side);
            for row in (0..preview.rows.n_rows()).filter(|&row| !preview.verdicts.in_filter.get(row)) {
                let names = excluding(&preview, row);
                assert!(!names.is_empty(), "{} {side:?}: excluded without a reason", mapping.name);
                seen.extend(names.into_iter().map(|name| (mapping.name.to_string(), side, name)));
            }
        }
    }
    let expected: FxHashSet<(String, Side, String)> =
        REASONS.iter().map(|&(mapping, side, rule)| (mapping.to_owned(), side, rule.to_owned())).collect();
    assert_eq!(seen, expected);
}

/// Every rule that excludes the record.
fn excluding(preview: &SidePreview<'_>, row: usize) -> Vec<String> {
    let verdicts = preview.rules.explain(&preview.rows, row, &preview.related);
    let failing = verdicts.iter().filter(|verdict| {
        verdict.outcome == RuleOutcome::Fails && verdict.rule.effect == RuleEffect::Excludes
    });
    let name = |subject: &RuleSubject| match subject {
        RuleSubject::Clause { field, .. } => field.name.clone(),
        RuleSubject::PostFilter(_) => "behind the filter".to_owned(),
        other => panic!("{other:?} excludes nothing"),
    };
    failing.map(|verdict| name(&verdict.rule.subject)).collect()
}

#[test]
fn every_outlook_on_an_owner_occurs() {
    let connected = Connected::shared();
    let setup = build(OwnershipModel::Person, connected.company.as_ref());
    let customer = setup.mappings.iter().find(|mapping| mapping.name.as_str() == "CUSTOMER").unwrap();
    let preview = SidePreview::new(connected, customer, OwnershipModel::Person, Side::BusinessCentral);
    let (mut n_users, mut n_without, mut n_blank) = (0, 0, 0);
    for row in 0..preview.rows.n_rows() {
        for verdict in preview.rules.explain(&preview.rows, row, &preview.related) {
            let Seen::Owner { outlook, .. } = verdict.seen else { continue };
            assert_eq!(verdict.rule.effect, RuleEffect::Informs);
            match outlook {
                Some(OwnerOutlook::User { .. }) => n_users += 1,
                Some(OwnerOutlook::NoUser { .. }) => n_without += 1,
                None => n_blank += 1,
            }
        }
    }
    assert!(n_users > 0 && n_without > 0 && n_blank > 0, "{n_users} {n_without} {n_blank}");
    assert_eq!(n_users + n_without + n_blank, preview.rows.n_rows());
}

#[test]
fn records_are_held_back_because_nothing_is_coupled() {
    let connected = Connected::shared();
    let setup = build(OwnershipModel::Team, connected.company.as_ref());
    let customer = setup.mappings.iter().find(|mapping| mapping.name.as_str() == "CUSTOMER").unwrap();
    for side in [Side::BusinessCentral, Side::Dataverse] {
        let preview = SidePreview::new(connected, customer, OwnershipModel::Team, side);
        let held = preview.rules.rules.iter().position(|rule| rule.effect == RuleEffect::HoldsBack).unwrap();
        assert_eq!(preview.verdicts.n_failing(held), preview.rows.n_rows());
        assert!(preview.verdicts.n_in > 0, "held back is not excluded");
    }
}
