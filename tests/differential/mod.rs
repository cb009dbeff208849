//! Four evaluations of the same filter agree on every row: value by value with reasons, a whole column at once, pushed to
//! Business Central with the rest judged here, and pushed to Dataverse with the rest judged here. The servers are the
//! sandboxes, which share no code with the product. Every clause keeps what its mark promises: exact or superset. Where
//! the description of the language settles a point, a second reading of it says the same of every value.
//!
//! `COUPLET_DIFFERENTIAL_CASES` asks for another number of cases (`cargo xtask test --long`),
//! `COUPLET_DIFFERENTIAL_SEED` for one case, and `COUPLET_DIFFERENTIAL_FILE` for a file in which the cases are written
//! for the comparison with another evaluator (`tests/odata_query`).

mod cells;
mod export;
mod generate;
mod sample;
mod second;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use couplet_engine::{FieldSchema, Side};
use couplet_filter::{Bitmap, Context, TypedFilter, compile};
use couplet_systems::{Precision, Pushed, PushedFilter, combine, push};
use jiff::tz::TimeZone;

use export::Export;
use generate::Case;
use sample::{Sample, SideOfSample};

use crate::preview_oracle::naive::Naive;

/// Cases of a run, unless the environment says otherwise.
const N_CASES: u64 = 10_000;
/// Failures after which a run stops: each is told with its seed.
const MAX_FAILURES: usize = 20;

fn sample() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(Sample::new)
}

/// What was seen of one field on one side.
#[derive(Debug, Default, Clone, Copy)]
struct Seen {
    n_exact: usize,
    n_superset: usize,
    n_not_pushed: usize,
    /// Clauses that were read a second time.
    n_second: usize,
    /// Clauses that some rows pass and others do not.
    n_dividing: usize,
}

/// Clauses by side and field.
type Coverage = BTreeMap<(&'static str, &'static str), Seen>;

/// A clause bound to its field.
struct Clause<'a> {
    field: &'a FieldSchema,
    filter: TypedFilter,
    pushed: Pushed,
    second: Option<Naive>,
}

#[test]
fn four_evaluations_agree() {
    let sample = sample();
    let number =
        |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a whole number"));
    let seeds = match number("COUPLET_DIFFERENTIAL_SEED") {
        Some(seed) => seed..seed + 1,
        None => 1..1 + number("COUPLET_DIFFERENTIAL_CASES").unwrap_or(N_CASES),
    };
    let is_run = seeds.end - seeds.start >= N_CASES;
    let mut export =
        std::env::var_os("COUPLET_DIFFERENTIAL_FILE").map(|file| Export::new(file.into(), sample));
    let (mut coverage, mut failures, mut n_unreadable) = (Coverage::new(), Vec::new(), 0);
    for seed in seeds.clone() {
        let case = Case::new(seed, &sample.fields);
        let mut n_sides = 0;
        for of in &sample.sides {
            let Some(clauses) = clauses(of, &case) else { continue };
            n_sides += 1;
            match check(sample, of, &clauses, &mut coverage) {
                Ok(expected) => {
                    if let (Some(export), [clause]) = (&mut export, clauses.as_slice()) {
                        export.add(seed, of.side, clause, &case.conditions[0].1, &expected);
                    }
                }
                Err(failure) => failures.push(told(seed, of.side, &case, &failure)),
            }
        }
        n_unreadable += u64::from(n_sides == 0);
        if failures.len() >= MAX_FAILURES {
            break;
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    if let Some(export) = export {
        export.write();
    }
    if is_run {
        assert!(n_unreadable * 5 < seeds.end - seeds.start, "{n_unreadable} cases that no side can read");
        check_coverage(&coverage);
    }
}

fn told(seed: u64, side: Side, case: &Case<'_>, failure: &str) -> String {
    let conditions: Vec<String> =
        case.conditions.iter().map(|(field, text)| format!("{}: {text}", field.name)).collect();
    let zone = &case.context.time_zone;
    format!("COUPLET_DIFFERENTIAL_SEED={seed} {side:?} {zone:?} [{}]: {failure}", conditions.join("; "))
}

/// The conditions bound to a side's fields; none when it has no such field or cannot read one.
fn clauses<'a>(of: &'a SideOfSample, case: &Case<'_>) -> Option<Vec<Clause<'a>>> {
    case.conditions.iter().map(|(field, text)| clause(of, field.name, text, &case.context)).collect()
}

fn clause<'a>(of: &'a SideOfSample, field: &str, text: &str, context: &Context) -> Option<Clause<'a>> {
    let field = of.field(field)?;
    let filter = compile(text, &field.field_type, of.side.text_comparison(), context).ok()?;
    let pushed = push(of.side, field, &filter);
    let second = second::read(of.side, &sample().field(&field.name).kind, text, context);
    Some(Clause { field, filter, pushed, second })
}

/// Compares all evaluations of one side; the rows that pass.
fn check(
    sample: &Sample,
    of: &SideOfSample,
    clauses: &[Clause<'_>],
    coverage: &mut Coverage,
) -> Result<Vec<usize>, String> {
    let mut expected = Bitmap::filled(sample.n_rows, true);
    for clause in clauses {
        let mut verdicts = in_memory(of, clause)?;
        verdicts.resize(sample.n_rows);
        note(coverage, sample, of.side, clause, &verdicts);
        let kept: Vec<usize> = verdicts.iter_ones().collect();
        let alone = combine(std::slice::from_ref(&clause.pushed));
        if alone.precision != clause.pushed.precision && alone.left_out.is_empty() {
            return Err(format!("{:?} alone is {:?}", clause.pushed, alone.precision));
        }
        pushed(sample, of, std::slice::from_ref(clause), &alone, &kept)?;
        expected.and_assign(&verdicts);
    }
    let expected: Vec<usize> = expected.iter_ones().collect();
    if clauses.len() > 1 {
        let all: Vec<Pushed> = clauses.iter().map(|clause| clause.pushed.clone()).collect();
        pushed(sample, of, clauses, &combine(&all), &expected)?;
    }
    Ok(expected)
}

/// Value by value and the column at once, over rows that exist and rows that cannot; both must agree, and a second
/// reading with them.
fn in_memory(of: &SideOfSample, clause: &Clause<'_>) -> Result<Bitmap, String> {
    let column = of.memory.column(&clause.field.name).ok_or("no column")?;
    let verdicts = clause.filter.evaluate(column.view());
    for row in 0..of.memory.n_rows() {
        let value = column.get(row);
        let (explained, of_column) = (clause.filter.explain(value), verdicts.get(row));
        if explained.passes != of_column || clause.filter.passes(value) != of_column {
            return Err(format!("row {row}, {value:?}: explained {}, column {of_column}", explained.passes));
        }
        let second = clause.second.as_ref().zip(second::cell(value));
        if second.is_some_and(|(second, cell)| second.passes(&cell) != of_column) {
            return Err(format!("row {row}, {value:?}: {of_column}, and not so by the second reading"));
        }
    }
    Ok(verdicts)
}

/// Sends what is pushed, judges the rest here, and compares with the rows that pass in memory.
fn pushed(
    sample: &Sample,
    of: &SideOfSample,
    clauses: &[Clause<'_>],
    filter: &PushedFilter,
    expected: &[usize],
) -> Result<(), String> {
    let told = || format!("{:?} {:?}", filter.precision, filter.text);
    if filter.text.is_none() {
        let passes_all = expected.len() == sample.n_rows;
        return match filter.precision {
            Precision::Exact if !passes_all => Err(format!("{} says that every row passes", told())),
            _ => Ok(()),
        };
    }
    let fields: Vec<&FieldSchema> = clauses.iter().map(|clause| clause.field).collect();
    let answer = sample.ask(of, &fields, filter).map_err(|error| format!("{}: {error}", told()))?;
    let mut sent = answer.row_idxs.clone();
    sent.sort_unstable();
    if let Some(missing) = expected.iter().find(|row| sent.binary_search(row).is_err()) {
        let values: Vec<_> =
            fields.iter().map(|it| of.rows.column(&it.name).map(|it| it.get(*missing))).collect();
        return Err(format!("{} loses row {missing} {values:?}", told()));
    }
    if filter.precision == Precision::Exact && sent != expected {
        let more = sent.iter().find(|row| !expected.contains(row));
        return Err(format!("{} is not exact: row {more:?}", told()));
    }
    let mut rest = Bitmap::filled(answer.rows.n_rows(), true);
    for clause in clauses {
        let column = answer.rows.column(&clause.field.name).ok_or("the field was not read")?;
        rest.and_assign(&clause.filter.evaluate(column.view()));
    }
    let mut kept: Vec<usize> = rest.iter_ones().map(|row| answer.row_idxs[row]).collect();
    kept.sort_unstable();
    if kept == expected { Ok(()) } else { Err(format!("{}: {kept:?} remain, not {expected:?}", told())) }
}

fn note(coverage: &mut Coverage, sample: &Sample, side: Side, clause: &Clause<'_>, verdicts: &Bitmap) {
    let seen = coverage.entry((side_name(side), sample.field(&clause.field.name).name)).or_default();
    match clause.pushed.precision {
        Precision::Exact => seen.n_exact += 1,
        Precision::Superset => seen.n_superset += 1,
        Precision::NotPushed => seen.n_not_pushed += 1,
    }
    seen.n_second += usize::from(clause.second.is_some());
    let n_passing = verdicts.count_ones();
    seen.n_dividing += usize::from(n_passing > 0 && n_passing < verdicts.len());
}

fn side_name(side: Side) -> &'static str {
    match side {
        Side::BusinessCentral => "business-central",
        Side::Dataverse => "dataverse",
    }
}

/// Every field of both sides was judged often, and every mark that its type can have was seen.
fn check_coverage(coverage: &Coverage) {
    let n_fields: usize = sample().sides.iter().map(|of| of.schema.fields.len()).sum();
    assert!(coverage.len() >= 23 && coverage.len() <= n_fields, "{coverage:#?}");
    for ((side, field), seen) in coverage {
        let told = format!("{side} {field}: {seen:?}");
        assert!(seen.n_dividing > 150, "{told}");
        assert!(seen.n_second > 300 || *field == "moment", "{told}");
        if *field == "clock" {
            assert_eq!((seen.n_exact > 0, seen.n_superset), (true, 0), "{told}");
        } else {
            assert!(seen.n_exact > 100, "{told}");
        }
    }
}

/// Every operator with every constant, one clause at a time: what is marked exact is exact, what is marked a superset
/// loses nothing. Nothing here is left to chance.
#[test]
fn every_single_clause_is_what_its_mark_says() {
    let sample = sample();
    let (context, mut coverage, mut failures) =
        (generate::context(TimeZone::UTC), Coverage::new(), Vec::new());
    for field in &sample.fields {
        let mut constants = field.constants.clone();
        if field.is_text() {
            let bare = |text: &String| text.trim_matches('\'').replace("''", "'");
            let patterns: Vec<String> = field.constants.iter().map(bare).filter(|it| it.len() < 60).collect();
            constants.extend(patterns.iter().flat_map(|text| {
                let forms = [format!("@{text}"), format!("{text}*"), format!("*{text}"), format!("*{text}*")];
                forms.into_iter().map(|form| cells::quoted(&form))
            }));
        }
        for constant in &constants {
            for operator in ["", "<>", "<", "<=", ">", ">=", ".."] {
                let text = format!("{operator}{constant}");
                for of in &sample.sides {
                    let Some(clause) = clause(of, field.name, &text, &context) else { continue };
                    if let Err(failure) = check(sample, of, std::slice::from_ref(&clause), &mut coverage) {
                        failures.push(format!("{:?} {} {text}: {failure}", of.side, field.name));
                    }
                }
            }
        }
    }
    let n_failures = failures.len();
    failures.truncate(MAX_FAILURES);
    assert!(failures.is_empty(), "{n_failures} failures:\n{}", failures.join("\n"));
    assert!(coverage.values().all(|seen| seen.n_dividing > 4), "{coverage:#?}");
}
