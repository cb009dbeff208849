//! Measures how long texts of a megabyte take to be read, bound, said and written: the slowest first.
//! Run it with `cargo run --release -p couplet-filter --example long`; a number after `--` is another length in bytes.

use std::time::{Duration, Instant};

use couplet_filter::odata;
use couplet_filter::{
    ConditionKind, Context, FieldForm, FieldType, FormCondition, SentenceLanguage, TextComparison, compile,
    parse_lenient, parse_view, sentence,
};

#[path = "../tests/texts.rs"]
mod texts;

struct Measured {
    step: &'static str,
    text: String,
    time: Duration,
}

#[expect(clippy::print_stdout, reason = "a command-line tool")]
fn main() {
    let context = Context::new(jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC);
    let n_bytes = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let long = texts::Long { n_bytes };
    let mut all = Vec::new();
    for (text, field_type) in long.filters() {
        measure_filter(&text, &field_type, &context, &mut all);
    }
    for text in long.wrong_filters() {
        measure(&mut all, "read leniently", &text, || parse_lenient(&text).1.len());
    }
    for text in long.values() {
        for field_type in [FieldType::Decimal, FieldType::Date, FieldType::DateTime, FieldType::Duration] {
            let bind = || compile(&text, &field_type, TextComparison::default(), &context).is_ok().into();
            measure(&mut all, "bind a long value", &text, bind);
        }
    }
    for text in long.views() {
        measure(&mut all, "read a view", &text, || parse_view(&text).is_ok().into());
    }
    let text_type = FieldType::Text { max_length: None };
    for text in long.expressions() {
        let read = || odata::read_view(&text, |_| Some(form(&text_type)), &context).is_ok().into();
        measure(&mut all, "read OData", &text, read);
    }
    all.sort_by_key(|measured| std::cmp::Reverse(measured.time));
    for Measured { step, text, time } in all.iter().take(15) {
        println!("{:>6.1} ms  {step:<18} {text}", time.as_secs_f64() * 1_000.0);
    }
    println!("{} measured", all.len());
}

fn form(field_type: &FieldType) -> FieldForm<'_> {
    let comparison = TextComparison::default();
    FieldForm { caption: "Field", property: "a", field_type, comparison, option_captions: &[] }
}

fn measure_filter(text: &str, field_type: &FieldType, context: &Context, all: &mut Vec<Measured>) {
    let condition = FormCondition { field: form(field_type), kind: ConditionKind::Filter, text };
    let comparison = TextComparison::default();
    measure(all, "read and bind", text, || compile(text, field_type, comparison, context).is_ok().into());
    let say = || sentence(SentenceLanguage::English, &[condition], context).map_or(0, |said| said.len());
    measure(all, "say", text, say);
    let write = || {
        odata::write(&[condition], context)
            .map_or(0, |it| it.map_or(0, |expression| expression.to_string().len()))
    };
    measure(all, "write OData", text, write);
}

fn measure(all: &mut Vec<Measured>, step: &'static str, text: &str, run: impl FnOnce() -> usize) {
    let start = Instant::now();
    std::hint::black_box(run());
    let time = start.elapsed();
    all.push(Measured { step, text: text.chars().take(30).collect(), time });
}
