//! How long it takes to find out where customers and accounts stand: `cargo run --release -p couplet-engine --example
//! parity -- 100000`. Nine of ten are coupled, one of ten of these differs; the others have partners by their name.

#![expect(clippy::print_stdout, reason = "a program for the command line")]

use std::error::Error;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use couplet_engine::coupling::{RowId, SystemId};
use couplet_engine::default_setup::build;
use couplet_engine::parity::{Assessment, ParityClass};
use couplet_engine::planning::{Input, MappingState, Records, References, Run, Settings};
use couplet_engine::{
    ColumnTable, FieldAccess, FieldSchema, IntegrationTableMapping, Labels, MappingName, OwnershipModel,
    Side, TableSchema,
};
use couplet_filter::{Bitmap, FieldType, FieldValue};
use jiff::Timestamp;
use uuid::Uuid;

fn schema(side: Side, key: &str, names: impl Iterator<Item = String>) -> TableSchema {
    let field = |name: String, field_type: FieldType| FieldSchema {
        property: Some(name.clone()),
        labels: Labels::same(name.clone()),
        name,
        number: None,
        field_type,
        access: FieldAccess::Full,
        options: Vec::new(),
        targets: Vec::new(),
    };
    let mut fields = vec![field(key.to_owned(), FieldType::Guid)];
    fields.extend(names.map(|name| field(name, FieldType::Text { max_length: Some(100) })));
    let name = key.to_owned();
    TableSchema {
        side,
        labels: Labels::same(name.clone()),
        name,
        number: None,
        key_field: key.to_owned(),
        primary_name_field: None,
        fields,
    }
}

fn table(schema: &TableSchema, n: usize, side: u128) -> Result<ColumnTable, Box<dyn Error>> {
    let fields = schema.fields.iter().map(|field| (field.name.clone(), field.field_type.clone()));
    let mut table = ColumnTable::new(fields);
    for row in 0..n {
        table.push(0, FieldValue::Guid(id(row, side)))?;
        for column in 1..schema.fields.len() {
            let edited = side == 1 && column == 4 && row % 10 == 3;
            let text = match column {
                column if column < 6 => {
                    format!("value {column} of {row}{}", if edited { " edited" } else { "" })
                }
                _ => format!("value {column} of {}", row % 50),
            };
            table.push(column, FieldValue::Text(&text))?;
        }
        table.end_row();
    }
    Ok(table)
}

fn id(row: usize, side: u128) -> Uuid {
    Uuid::from_u128((row as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) << 1 | side)
}

/// The text fields of the standard mapping: what most of its fields are.
fn mapping() -> Option<IntegrationTableMapping> {
    let setup = build(OwnershipModel::Team, None);
    let mut mapping = setup.mapping(&MappingName::new("CUSTOMER").ok()?)?.clone();
    mapping.field_mappings.retain(|it| {
        let column = it.column.as_deref().unwrap_or_default();
        it.field.is_some() && !column.ends_with("id") && !column.ends_with("code")
    });
    Some(mapping)
}

fn main() -> Result<(), Box<dyn Error>> {
    let n: usize = std::env::args().nth(1).map_or(Ok(100_000), |n| n.parse())?;
    let mapping = mapping().ok_or("there is no such mapping")?;
    let fields = &mapping.field_mappings;
    let left = schema(Side::BusinessCentral, "SystemId", fields.iter().filter_map(|it| it.field.clone()));
    let right = schema(Side::Dataverse, "accountid", fields.iter().filter_map(|it| it.column.clone()));
    let (records, rows) = (table(&left, n, 0)?, table(&right, n, 1)?);
    let mut state = MappingState::default();
    let number = NonZeroU32::new(18).ok_or("no number")?;
    for row in (0..n).filter(|row| row % 10 != 9) {
        state.couplings.couple(number, SystemId(id(row, 0)), RowId(id(row, 1)))?;
    }
    let in_filter = Bitmap::filled(n, true);
    let side = |schema, rows, modified_field| Records {
        schema,
        rows,
        in_filter: &in_filter,
        ignored: None,
        modified_field,
        modified_by_field: None,
    };
    let run = Run::scheduled(&mapping);
    let input = Input {
        mapping: &mapping,
        run: &run,
        settings: &Settings::default(),
        business_central: side(&left, &records, "SystemModifiedAt"),
        dataverse: side(&right, &rows, "modifiedon"),
        state: &state,
        references: &References::default(),
        now: Timestamp::UNIX_EPOCH,
    };
    let (start, mut longest, mut n_steps) = (Instant::now(), Duration::ZERO, 0);
    let mut assessment = Assessment::default();
    let parity = loop {
        let step = Instant::now();
        let done = assessment.step(input)?;
        longest = longest.max(step.elapsed());
        n_steps += 1;
        if let Some(parity) = done {
            break parity;
        }
    };
    println!(
        "{n} x {n}, {} fields: {:?} in {n_steps} steps, the longest {longest:?}",
        fields.len(),
        start.elapsed()
    );
    for class in ParityClass::ALL {
        let counts = [Side::BusinessCentral, Side::Dataverse].map(|side| parity.count(side, class));
        println!("{:>10} {:>8} {:>8}", class.code(), counts[0], counts[1]);
    }
    Ok(())
}
