//! Generated values of everything that synchronization keeps.

use std::num::NonZeroU32;
use std::sync::Arc;

use couplet_engine::coupling::*;
use couplet_engine::executor::{End, EntryId, JournalEntry, Operation, OperationKind, Settlement};
use couplet_engine::job::{JobEnd, JobKind, PassCounters, SynchJob, SynchJobError};
use couplet_engine::planning::*;
use couplet_engine::schedule::{NextRun, Schedule};
use couplet_engine::transformation::TransformationError;
use couplet_engine::{MappingName, Side, Value};
use couplet_filter::{DateKey, DateTimeKey, TimeKey};
use couplet_synchronization::{OpenEntry, Pair, Progress};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{KeptOfMapping, KeptOfWorkspace, state_of};

pub(super) fn ids() -> impl Strategy<Value = Uuid> + Clone {
    any::<u128>().prop_map(Uuid::from_u128)
}

pub(super) fn moments() -> impl Strategy<Value = Timestamp> + Clone {
    (-60_000_000_000_i64..250_000_000_000, select(vec![0, 1, 120_000_000, 999_999_999]))
        .prop_map(|(seconds, nanoseconds)| Timestamp::new(seconds, nanoseconds).unwrap())
}

/// Texts with everything that has a meaning in the stored forms.
pub(super) fn texts() -> impl Strategy<Value = String> + Clone {
    "[a-zé0-9 \"'\\\\\t\n\r:|{}\u{0}\u{2028}]{0,12}"
}

fn words() -> impl Strategy<Value = Arc<str>> + Clone {
    texts().prop_map(Arc::from)
}

fn boxed() -> impl Strategy<Value = Box<str>> + Clone {
    texts().prop_map(String::into_boxed_str)
}

pub(super) fn names() -> impl Strategy<Value = MappingName> + Clone {
    "[A-Z:'\"\\\\]{1,20}".prop_map(|name| MappingName::new(&name).unwrap())
}

pub(super) fn values() -> impl Strategy<Value = Value> + Clone {
    let dates = (-1_000_000..3_000_000_i32, any::<bool>()).prop_map(|(days, is_closing)| {
        let day = DateKey::from_days(days);
        Value::Date(if is_closing { day.closing() } else { day })
    });
    prop_oneof![
        Just(Value::Null),
        boxed().prop_map(Value::Text),
        any::<i64>().prop_map(Value::Integer),
        (any::<i64>(), 0..28_u32).prop_map(|(digits, scale)| Value::Decimal(Decimal::new(digits, scale))),
        any::<bool>().prop_map(Value::Boolean),
        any::<i32>().prop_map(Value::Option),
        Just(Value::Date(DateKey::BLANK)),
        dates,
        Just(Value::DateTime(DateTimeKey::BLANK)),
        any::<i64>().prop_map(|it| Value::DateTime(DateTimeKey::from_milliseconds(it))),
        Just(Value::Time(TimeKey::BLANK)),
        (0..86_400_000).prop_map(|it| Value::Time(TimeKey::from_milliseconds(it).unwrap())),
        any::<i64>().prop_map(Value::Duration),
        ids().prop_map(Value::Guid),
    ]
}

pub(super) fn lasts() -> impl Strategy<Value = LastSynchronized> + Clone {
    let side = || prop::collection::vec((words(), values()), 0..6);
    (side(), side()).prop_map(|(record, row)| {
        let mut last = LastSynchronized::default();
        for (side, values) in [(Side::BusinessCentral, record), (Side::Dataverse, row)] {
            values.into_iter().for_each(|(field, value)| last.set(side, &field, value));
        }
        last
    })
}

fn runs() -> impl Strategy<Value = LastRun> + Clone {
    (any::<bool>(), ids()).prop_map(|(ok, job)| LastRun {
        result: if ok { SynchResult::Success } else { SynchResult::Failure },
        job: JobId(job),
    })
}

fn ends<Id: Copy + std::fmt::Debug>(
    of: impl Fn(Uuid) -> Id + Clone,
) -> impl Strategy<Value = CouplingEnd<Id>> {
    (ids(), prop::option::of(moments()), prop::option::of(runs())).prop_map(move |(id, modified_at, run)| {
        let end = CouplingEnd::new(of(id));
        match run {
            Some(run) => end.synchronized(modified_at, run),
            None => end.seen(modified_at),
        }
    })
}

fn skips() -> impl Strategy<Value = Skipped> {
    select(vec![Skipped::No, Skipped::Yes])
}

fn passes() -> impl Strategy<Value = Pass> + Clone {
    select(vec![Pass::ToIntegrationTable, Pass::FromIntegrationTable])
}

pub(super) fn couplings() -> impl Strategy<Value = CouplingState> {
    let tables = (1..u32::MAX).prop_map(|it| NonZeroU32::new(it).unwrap());
    let record = prop_oneof![
        (tables, ends(SystemId)).prop_map(|(table, end)| CoupledRecord::InTable { table, end }),
        ends(SystemId).prop_map(CoupledRecord::Broken),
        Just(CoupledRecord::Marker),
    ];
    let archived = select(vec![
        ArchivedSalesOrder::No,
        ArchivedSalesOrder::Archived,
        ArchivedSalesOrder::ArchivedAndSent,
    ]);
    let pending = prop_oneof![Just(Pending::None), passes().prop_map(Pending::One), Just(Pending::Both)];
    let coupling = (ends(RowId), record, skips(), any::<bool>(), archived);
    let failed = || prop::option::of(boxed());
    (coupling, prop::option::of(lasts()), failed(), failed(), pending).prop_map(
        |((row, record, skipped, statistics_uploaded, archived), last, failed_to, failed_from, pending)| {
            let coupling =
                Coupling { row, record, skipped, statistics_uploaded, archived_sales_order: archived };
            CouplingState { coupling, last, failed_to, failed_from, pending }
        },
    )
}

pub(super) fn option_couplings() -> impl Strategy<Value = OptionCoupling> {
    let place = (any::<u32>(), texts(), texts(), any::<i32>(), texts());
    (place, ends(SystemId), prop::option::of(runs()), skips()).prop_map(
        |((table, integration_table, column, value, label), record, run, skipped)| OptionCoupling {
            table,
            record,
            integration_table,
            column,
            value,
            label,
            last_run_to_integration: run,
            skipped,
        },
    )
}

pub(super) fn progresses() -> impl Strategy<Value = Progress> {
    let watermark = || prop::option::of(moments());
    let failed = || prop::collection::vec(ids(), 0..4);
    (watermark(), watermark(), failed(), failed()).prop_map(|(local, integration, records, rows)| Progress {
        local_watermark: local,
        integration_watermark: integration,
        failed_records: records.into_iter().map(SystemId).collect(),
        failed_rows: rows.into_iter().map(RowId).collect(),
    })
}

pub(super) fn jobs() -> impl Strategy<Value = SynchJob> {
    let kind = prop_oneof![
        select(vec![
            JobKind::Modified,
            JobKind::Chosen,
            JobKind::Full,
            JobKind::Coupling,
            JobKind::Uncoupling,
            JobKind::Mending
        ]),
        ids().prop_map(|of| JobKind::Undo { of: JobId(of) }),
        ids().prop_map(|of| JobKind::FollowUp { of: JobId(of) }),
    ];
    let end = prop_oneof![
        select(vec![End::Completed, End::Cancelled, End::GaveUp]).prop_map(JobEnd::Ran),
        Just(JobEnd::TooManyErrors),
        (texts(), texts()).prop_map(|(code, detail)| JobEnd::Broken { code, detail }),
    ];
    let counters = prop::collection::vec((passes(), prop::array::uniform8(0..1_000_000_usize)), 0..3);
    let what = (ids(), names(), kind, 0..1_000_000_000_u64);
    (what, moments(), prop::option::of(moments()), prop::option::of(end), counters).prop_map(
        |((id, mapping, kind, n_requests), started_at, finished_at, end, counters)| SynchJob {
            id: JobId(id),
            mapping,
            kind,
            started_at,
            finished_at,
            end,
            passes: counters.into_iter().map(counted).collect(),
            n_requests,
        },
    )
}

fn counted((pass, counts): (Pass, [usize; 8])) -> PassCounters {
    let [inserted, modified, unchanged, skipped, failed, deleted, uncoupled, coupled] = counts;
    let counters = Counters { inserted, modified, unchanged, skipped, failed, deleted, uncoupled, coupled };
    PassCounters { pass, counters }
}

pub(super) fn errors() -> impl Strategy<Value = SynchJobError> {
    let ends = (prop::option::of(ids()), prop::option::of(ids()));
    (ids(), passes(), ends, texts(), texts(), moments()).prop_map(
        |(job, pass, (record, row), cause, detail, at)| SynchJobError {
            job: JobId(job),
            pass,
            record: record.map(SystemId),
            row: row.map(RowId),
            cause,
            detail,
            at,
        },
    )
}

fn transformation_errors() -> impl Strategy<Value = TransformationError> + Clone {
    let sizes = (0..1000_usize, 0..1000_usize);
    prop_oneof![
        texts().prop_map(|code| TransformationError::UnknownRule { code }),
        texts().prop_map(|code| TransformationError::Circle { code }),
        texts().prop_map(|reason| TransformationError::Pattern { reason }),
        (texts(), texts()).prop_map(|(code, text)| TransformationError::Unreadable { code, text }),
        (texts(), texts()).prop_map(|(code, text)| TransformationError::NotFound { code, text }),
        (texts(), sizes).prop_map(|(code, (length, max_length))| TransformationError::TooLong {
            code,
            length,
            max_length
        }),
    ]
}

fn failures() -> impl Strategy<Value = Failure> + Clone {
    prop_oneof![
        Just(Failure::PartnerDeleted),
        Just(Failure::ParentNotCoupled),
        (words(), boxed(), boxed()).prop_map(|(field, value, table)| Failure::LookupNotCoupled {
            field,
            value,
            table
        }),
        (words(), boxed()).prop_map(|(field, table)| Failure::TableNotMapped { field, table }),
        (words(), boxed()).prop_map(|(field, value)| Failure::OptionNotCoupled { field, value }),
        (words(), boxed()).prop_map(|(field, value)| Failure::ValueOfWrongType { field, value }),
        boxed().prop_map(|value| Failure::OwnerNotCoupled { value }),
        boxed().prop_map(|code| Failure::LocalCurrencyMissing { code }),
        boxed().prop_map(|code| Failure::ExchangeRateMissing { code }),
        (words(), transformation_errors())
            .prop_map(|(field, error)| Failure::Transformation { field, error }),
        (boxed(), boxed()).prop_map(|(template, field)| Failure::TemplateField { template, field }),
        boxed().prop_map(|key| Failure::AmbiguousCounterpart { key }),
        boxed().prop_map(|company| Failure::CompanyWithoutRelation { company }),
    ]
}

pub(super) fn reasons() -> impl Strategy<Value = Reason> + Clone {
    prop_oneof![
        select(vec![
            Reason::Mended(Mended::TableFound),
            Reason::Mended(Mended::NeitherFound),
            Reason::Mended(Mended::PartnerDeleted),
            Reason::Mended(Mended::BelongsElsewhere { mapping: MappingName::new("VENDOR").unwrap() }),
            Reason::NotCoupled,
            Reason::CounterpartFound,
            Reason::CreatedBefore,
            Reason::SourceChanged,
            Reason::RetriedAfterFailure,
            Reason::Forced,
            Reason::ConflictWon,
            Reason::Merged,
            Reason::SourceUnchanged,
            Reason::NothingDiffers,
            Reason::Shelved,
            Reason::OnlyCoupledRecords,
            Reason::AlreadyCoupled,
            Reason::ConflictLost,
            Reason::PartnerDeleted,
            Reason::TakenBack,
            Reason::LeftAlone(LeftAlone::DeletedSince),
            Reason::LeftAlone(LeftAlone::ChangedSince),
            Reason::LeftAlone(LeftAlone::CoupledSince),
            Reason::LeftAlone(LeftAlone::Created),
            Reason::LeftAlone(LeftAlone::AsBefore),
        ]),
        words().prop_map(|field| Reason::BothChanged { field }),
        failures().prop_map(Reason::Failure),
    ]
}

fn layers() -> impl Strategy<Value = Layer> + Clone {
    prop_oneof![
        select(vec![
            Layer::Mapping,
            Layer::Constant,
            Layer::OptionMapping,
            Layer::LocalCurrency,
            Layer::Owner,
            Layer::Default,
            Layer::Journal,
        ]),
        words().prop_map(|rule| Layer::Transformation { rule }),
        names().prop_map(|mapping| Layer::Lookup { mapping }),
        words().prop_map(|code| Layer::Template { code }),
        words().prop_map(|rule| Layer::TableRule { rule }),
    ]
}

fn differences() -> impl Strategy<Value = FieldDifference> + Clone {
    let kept = select(vec![
        Kept::NotTransferable,
        Kept::NotNull,
        Kept::TeamOwns,
        Kept::OwnerIsNoUser,
        Kept::ContactNotCoupled,
        Kept::OtherSideEdited,
        Kept::Conflict,
        Kept::ChangedSince,
        Kept::NotRead,
    ]);
    let place = (prop::option::of(any::<u32>()), prop::option::of(words()), prop::option::of(words()));
    let value = || prop::option::of(values());
    let decided = select(vec![DecidedBy::Person, DecidedBy::FieldMapping, DecidedBy::TableMapping]);
    let kept = (prop::option::of(kept), prop::option::of(decided));
    (place, value(), value(), values(), values(), value(), layers(), kept).prop_map(
        |((number, field, column), last_bc, last_dv, bc, dv, write, layer, (kept, decided))| {
            FieldDifference {
                number,
                field,
                column,
                last_business_central: last_bc,
                last_dataverse: last_dv,
                business_central: bc,
                dataverse: dv,
                write,
                layer,
                kept,
                decided,
            }
        },
    )
}

fn actions() -> impl Strategy<Value = Action> + Clone {
    let kind = select(vec![
        ActionKind::Create,
        ActionKind::Restore,
        ActionKind::Update,
        ActionKind::Unchanged,
        ActionKind::Skip,
        ActionKind::Conflict,
        ActionKind::Fail,
        ActionKind::RemoveCoupling,
        ActionKind::Couple,
        ActionKind::Delete,
    ]);
    let ends = (prop::option::of(ids()), prop::option::of(ids()));
    let moments = (prop::option::of(moments()), prop::option::of(moments()));
    let fields = prop::collection::vec(differences(), 0..4);
    (passes(), kind, ends, reasons(), fields, moments, any::<bool>(), any::<bool>()).prop_map(
        |(pass, kind, (record, row), reason, fields, (source, destination), opposite_pending, shelves)| {
            Action {
                pass,
                kind,
                record: record.map(SystemId),
                row: row.map(RowId),
                reason,
                fields,
                source_modified_at: source,
                destination_modified_at: destination,
                opposite_pending,
                shelves: if shelves { Shelves::Yes } else { Shelves::No },
            }
        },
    )
}

pub(super) fn entries() -> impl Strategy<Value = OpenEntry> {
    let kind = select(vec![OperationKind::Create, OperationKind::Update, OperationKind::Delete]);
    let operation = (actions(), kind, ids(), lasts());
    let operation = operation.prop_map(|(action, kind, id, last)| Operation { action, kind, id, last });
    (ids(), names(), moments(), any::<u64>(), prop::collection::vec(operation, 0..4)).prop_map(
        |(job, mapping, stored_at, entry, operations)| OpenEntry {
            job: JobId(job),
            mapping,
            stored_at,
            entry: JournalEntry { id: EntryId(entry), operations },
        },
    )
}

pub(super) fn settlements() -> impl Strategy<Value = Vec<Settlement>> {
    let ends = (prop::option::of(ids()), prop::option::of(ids()));
    let outcome = prop_oneof![
        (ends, prop::option::of(moments()), lasts()).prop_map(|((record, row), modified_at, last)| {
            Outcome::Done {
                record: record.map(SystemId),
                row: row.map(RowId),
                destination_modified_at: modified_at,
                last,
            }
        }),
        Just(Outcome::Deferred),
        boxed().prop_map(|text| Outcome::Refused { text }),
    ];
    let settlement = (actions(), outcome).prop_map(|(action, outcome)| Settlement { action, outcome });
    prop::collection::vec(settlement, 0..4)
}

/// What a workspace keeps: each mapping, record and row once.
pub(super) fn kept() -> impl Strategy<Value = KeptOfWorkspace> {
    let state = (prop::collection::vec(couplings(), 0..4), progresses()).prop_map(|(states, progress)| {
        let mut couplings = Couplings::default();
        states.into_iter().for_each(|state| couplings.insert(state));
        state_of(progress, couplings)
    });
    let of_mapping = (state, prop::collection::vec(option_couplings(), 0..3));
    let mappings = prop::collection::btree_map(names(), of_mapping, 0..3).prop_map(|kept| {
        let kept = kept.into_iter();
        kept.map(|(mapping, (state, option_couplings))| KeptOfMapping { mapping, state, option_couplings })
            .collect()
    });
    (prop::option::of(pairs()), mappings).prop_map(|(pair, mappings)| KeptOfWorkspace { pair, mappings })
}

pub(super) fn pairs() -> impl Strategy<Value = Pair> {
    (texts(), ids(), texts(), texts()).prop_map(|(business_central, company, company_name, dataverse)| Pair {
        business_central,
        company,
        company_name,
        dataverse,
    })
}

pub(super) fn schedules() -> impl Strategy<Value = Schedule> {
    let next = prop_oneof![
        (moments(), any::<u32>()).prop_map(|(at, failed_attempts)| NextRun::Ready { at, failed_attempts }),
        prop::option::of(moments()).prop_map(|at| NextRun::OnHoldWithInactivityTimeout { at }),
        Just(NextRun::Error),
    ];
    (any::<bool>(), prop::collection::vec((names(), next), 0..4))
        .prop_map(|(is_on, next)| Schedule::new(is_on, next))
}
