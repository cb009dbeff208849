//! Sentences in English and French, with `~` for a space that does not break.

use couplet_filter::{
    ConditionKind, Context, FieldForm, FieldType, FilterValue, FormCondition, OptionMember, SentenceLanguage,
    TextComparison, sentence, sentence_with_names,
};
use expect_test::{Expect, expect};

fn context() -> Context {
    let zone = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
    let mut context = Context::new("2026-03-15T12:00:00Z".parse().unwrap(), zone);
    context.user_id = "MARIA".to_owned();
    context.my_customers = vec!["10000".to_owned(), "20000".to_owned(), "C 3".to_owned()];
    context
}

fn said(language: SentenceLanguage, conditions: &[FormCondition<'_>]) -> String {
    let text = match sentence(language, conditions, &context()) {
        Ok(text) => text,
        Err(error) => format!("{}: {error}", error.error.code()),
    };
    text.replace(['\u{a0}', '\u{202f}'], "~")
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    DataverseText,
    Code,
    Integer,
    Decimal,
    Boolean,
    Option,
    Date,
    DateTime,
    Time,
    Duration,
    Guid,
}

impl Kind {
    fn field_type(self) -> FieldType {
        let members = [(0, " "), (1, "Ship"), (2, "Invoice"), (3, "All")]
            .map(|(ordinal, name)| OptionMember { ordinal, name: name.to_owned(), captions: Vec::new() });
        match self {
            Kind::Text | Kind::DataverseText => FieldType::Text { max_length: Some(100) },
            Kind::Code => FieldType::Code { max_length: Some(20) },
            Kind::Integer => FieldType::Integer,
            Kind::Decimal => FieldType::Decimal,
            Kind::Boolean => FieldType::Boolean,
            Kind::Option => FieldType::Option(members.into()),
            Kind::Date => FieldType::Date,
            Kind::DateTime => FieldType::DateTime,
            Kind::Time => FieldType::Time,
            Kind::Duration => FieldType::Duration,
            Kind::Guid => FieldType::Guid,
        }
    }

    fn comparison(self) -> TextComparison {
        match self {
            Kind::DataverseText => TextComparison::Dataverse,
            _ => TextComparison::BusinessCentral,
        }
    }
}

/// Filters, each with its two sentences.
#[track_caller]
fn check_all(filters: &[(Kind, &str)], expected: &Expect) {
    let french = [(1, "Livraison".to_owned()), (2, "Facture".to_owned()), (3, "Tous".to_owned())];
    let in_language = |kind: Kind, text, language, caption, option_captions: &[(i32, String)]| {
        let field_type = kind.field_type();
        let field = FieldForm {
            caption,
            property: "field",
            field_type: &field_type,
            comparison: kind.comparison(),
            option_captions,
        };
        said(language, &[FormCondition { field, kind: ConditionKind::Filter, text }])
    };
    let lines = filters.iter().map(|(kind, text)| {
        let english = in_language(*kind, text, SentenceLanguage::English, "Field", &[]);
        format!(
            "{text}: {english} / {}",
            in_language(*kind, text, SentenceLanguage::French, "Champ", &french)
        )
    });
    expected.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

/// A view of several text fields.
#[track_caller]
fn check_view(conditions: &[(Kind, &str, ConditionKind)], expected: &Expect) {
    let types: Vec<_> = conditions.iter().map(|(kind, ..)| kind.field_type()).collect();
    let captions = ["Name", "City", "Amount", "Blocked"];
    let forms: Vec<_> = conditions
        .iter()
        .zip(&types)
        .zip(captions)
        .map(|(((kind, text, condition), field_type), caption)| FormCondition {
            field: FieldForm {
                caption,
                property: "field",
                field_type,
                comparison: kind.comparison(),
                option_captions: &[],
            },
            kind: *condition,
            text,
        })
        .collect();
    let (english, french) = (SentenceLanguage::English, SentenceLanguage::French);
    expected.assert_eq(&format!("{}\n{}", said(english, &forms), said(french, &forms)));
}

#[test]
fn single_texts() {
    check_all(
        &[
            (Kind::Text, "A"),
            (Kind::Text, "=Contoso"),
            (Kind::Text, "<>A"),
            (Kind::Text, "''"),
            (Kind::Text, "<>''"),
            (Kind::Text, "Contoso Ltd."),
            (Kind::Text, "small"),
            (Kind::Text, "Empty|Vide|No"),
            (Kind::Text, "'it''s'"),
            (Kind::Code, "abc"),
        ],
        &expect![[r#"
            A: Field is A / Champ est A
            =Contoso: Field is Contoso / Champ est Contoso
            <>A: Field is not A / Champ n’est pas A
            '': Field is empty / Champ est vide
            <>'': Field is not empty / Champ n’est pas vide
            Contoso Ltd.: Field is “Contoso Ltd.” / Champ est «~Contoso Ltd.~»
            small: Field is “small” / Champ est «~small~»
            Empty|Vide|No: Field is one of “Empty”, “Vide” or “No” / Champ est «~Empty~», «~Vide~» ou «~No~»
            'it''s': Field is “it's” / Champ est «~it's~»
            abc: Field is ABC / Champ est ABC"#]],
    );
}

#[test]
fn wildcards() {
    check_all(
        &[
            (Kind::Text, "Co*"),
            (Kind::Text, "*Co"),
            (Kind::Text, "*Co*"),
            (Kind::Text, "A*C"),
            (Kind::Text, "A?C*"),
            (Kind::Text, "*"),
            (Kind::Text, "?*"),
            (Kind::Text, "<>Co*"),
            (Kind::Text, "<>*Co"),
            (Kind::Text, "<>*Co*"),
            (Kind::Text, "<>A?C"),
            (Kind::Text, "<>*"),
            (Kind::Text, "<>?*"),
        ],
        &expect![[r#"
            Co*: Field begins with Co / Champ commence par Co
            *Co: Field ends with Co / Champ se termine par Co
            *Co*: Field contains Co / Champ contient Co
            A*C: Field matches the pattern “A*C” / Champ correspond au modèle «~A*C~»
            A?C*: Field matches the pattern “A?C*” / Champ correspond au modèle «~A?C*~»
            *: Field has any value / Champ a n’importe quelle valeur
            ?*: Field is not empty / Champ n’est pas vide
            <>Co*: Field does not begin with Co / Champ ne commence pas par Co
            <>*Co: Field does not end with Co / Champ ne se termine pas par Co
            <>*Co*: Field does not contain Co / Champ ne contient pas Co
            <>A?C: Field does not match the pattern “A?C” / Champ ne correspond pas au modèle «~A?C~»
            <>*: Field has no value at all (which is never the case) / Champ n’a aucune valeur (ce qui n’arrive jamais)
            <>?*: Field is empty / Champ est vide"#]],
    );
}

#[test]
fn case() {
    check_all(
        &[
            (Kind::Text, "@A*"),
            (Kind::Text, "@123"),
            (Kind::Text, "@A|B"),
            (Kind::Text, "@A|@Contoso|B*"),
            (Kind::Text, "@A*|123"),
            (Kind::DataverseText, "Contoso|Co*"),
            (Kind::DataverseText, "<>12"),
            (Kind::Code, "@a"),
        ],
        &expect![[r#"
            @A*: Field begins with A, ignoring case / Champ commence par A, sans tenir compte de la casse
            @123: Field is 123 / Champ est 123
            @A|B: Field is A (ignoring case) or is B / Champ est A (sans tenir compte de la casse) ou est B
            @A|@Contoso|B*: Field is A or Contoso (ignoring case), or begins with B / Champ est A ou Contoso (sans tenir compte de la casse), ou commence par B
            @A*|123: Field begins with A or is 123, ignoring case / Champ commence par A ou est 123, sans tenir compte de la casse
            Contoso|Co*: Field is Contoso or begins with Co, ignoring case / Champ est Contoso ou commence par Co, sans tenir compte de la casse
            <>12: Field is not 12 / Champ n’est pas 12
            @a: Field is A / Champ est A"#]],
    );
}

#[test]
fn lists() {
    check_all(
        &[
            (Kind::Text, "A|B"),
            (Kind::Text, "A|B|C"),
            (Kind::Text, "A|B*|C|D*"),
            (Kind::Text, "A|''"),
            (Kind::Text, "A|B|C|''"),
            (Kind::Text, "<>A&<>B"),
            (Kind::Text, "<>A&<>B&<>C"),
            (Kind::Text, "<>A*&<>B*"),
            (Kind::Text, "<>*A&<>*B&<>*C"),
            (Kind::Text, "<>*A*&<>*B*"),
            (Kind::Text, "<>A?&<>B?"),
            (Kind::Text, "A*&<>AB&<>AC"),
            (Kind::Text, "<>A|<>B"),
            (Kind::Code, "%mycustomers"),
            (Kind::Code, "<>%mycust"),
        ],
        &expect![[r#"
            A|B: Field is A or B / Champ est A ou B
            A|B|C: Field is one of A, B or C / Champ est A, B ou C
            A|B*|C|D*: Field is A or C, or begins with B or D / Champ est A ou C, ou commence par B ou D
            A|'': Field is A or is empty / Champ est A ou est vide
            A|B|C|'': Field is one of A, B or C, or is empty / Champ est A, B ou C, ou est vide
            <>A&<>B: Field is neither A nor B / Champ n’est ni A ni B
            <>A&<>B&<>C: Field is neither A, nor B, nor C / Champ n’est ni A, ni B, ni C
            <>A*&<>B*: Field begins with neither A nor B / Champ ne commence ni par A ni par B
            <>*A&<>*B&<>*C: Field ends with neither A, nor B, nor C / Champ ne se termine ni par A, ni par B, ni par C
            <>*A*&<>*B*: Field contains neither A nor B / Champ ne contient ni A ni B
            <>A?&<>B?: Field matches neither the pattern “A?” nor the pattern “B?” / Champ ne correspond ni au modèle «~A?~» ni au modèle «~B?~»
            A*&<>AB&<>AC: Field begins with A, and is neither AB nor AC / Champ commence par A, et n’est ni AB ni AC
            <>A|<>B: Field is not A or is not B / Champ n’est pas A ou n’est pas B
            %mycustomers: Field is one of 10000, 20000 or “C 3” (%mycustomers) / Champ est 10000, 20000 ou «~C 3~» (%mycustomers)
            <>%mycust: Field is neither 10000, nor 20000, nor “C 3” (%mycust) / Champ n’est ni 10000, ni 20000, ni «~C 3~» (%mycust)"#]],
    );
}

#[test]
fn nested() {
    check_all(
        &[
            (Kind::Integer, "30|>=10&<=20"),
            (Kind::Integer, "(30|>=10)&<=20"),
            (Kind::Text, "(A|B)&<>''"),
            (Kind::Text, "(A|B|C)&<>D*"),
            (Kind::Text, "(A*|B*)&*C"),
            (Kind::Integer, "1|(2..5&<>3&(<>4|>9))"),
            (Kind::Integer, "(1|(2..5&<>3))&(<7|>9)"),
            (Kind::Integer, "1|2|3|5..7|>=10&<20"),
            (Kind::Integer, "1..5|7..9"),
        ],
        &expect![[r#"
            30|>=10&<=20: Field is 30, or is at least 10 and is at most 20 / Champ vaut 30, ou vaut au moins 10 et vaut au plus 20
            (30|>=10)&<=20: Field either is 30 or is at least 10, and is at most 20 / Champ soit vaut 30, soit vaut au moins 10, et vaut au plus 20
            (A|B)&<>'': Field is either A or B, and is not empty / Champ est soit A, soit B, et n’est pas vide
            (A|B|C)&<>D*: Field is either A, B or C, and does not begin with D / Champ est soit A, soit B, soit C, et ne commence pas par D
            (A*|B*)&*C: Field either begins with A or begins with B, and ends with C / Champ soit commence par A, soit commence par B, et se termine par C
            1|(2..5&<>3&(<>4|>9)): Field is 1 or (is between 2 and 5, is not 3 and (is not 4 or is greater than 9)) / Champ vaut 1 ou (est entre 2 et 5, ne vaut pas 3 et (ne vaut pas 4 ou dépasse 9))
            (1|(2..5&<>3))&(<7|>9): Field either is 1 or (is between 2 and 5 and is not 3), and either is less than 7 or is greater than 9 / Champ soit vaut 1, soit (est entre 2 et 5 et ne vaut pas 3), et soit est en dessous de 7, soit dépasse 9
            1|2|3|5..7|>=10&<20: Field is one of 1, 2 or 3, is between 5 and 7, or is at least 10 and is less than 20 / Champ vaut 1, 2 ou 3, est entre 5 et 7, ou vaut au moins 10 et est en dessous de 20
            1..5|7..9: Field is between 1 and 5 or is between 7 and 9 / Champ est entre 1 et 5 ou est entre 7 et 9"#]],
    );
}

#[test]
fn numbers() {
    check_all(
        &[
            (Kind::Integer, "1000000"),
            (Kind::Decimal, ">-1234.50"),
            (Kind::Decimal, ">=0.5"),
            (Kind::Decimal, "<1000"),
            (Kind::Decimal, "<=100"),
            (Kind::Integer, "10..20"),
            (Kind::Integer, "..20"),
            (Kind::Integer, "10.."),
            (Kind::Integer, "20..10"),
            (Kind::Integer, "<>0"),
            (Kind::Integer, "1|2|3"),
            (Kind::Duration, ">2d 6h 30m|<=-5"),
            (Kind::Duration, "0|<60000|>=1h"),
        ],
        &expect![[r#"
            1000000: Field is 1,000,000 / Champ vaut 1~000~000
            >-1234.50: Field is greater than -1,234.5 / Champ dépasse -1~234,5
            >=0.5: Field is at least 0.5 / Champ vaut au moins 0,5
            <1000: Field is less than 1,000 / Champ est en dessous de 1~000
            <=100: Field is at most 100 / Champ vaut au plus 100
            10..20: Field is between 10 and 20 / Champ est entre 10 et 20
            ..20: Field is at most 20 / Champ vaut au plus 20
            10..: Field is at least 10 / Champ vaut au moins 10
            20..10: Field is between 20 and 10 (which is never the case) / Champ est entre 20 et 10 (ce qui n’arrive jamais)
            <>0: Field is not 0 / Champ ne vaut pas 0
            1|2|3: Field is one of 1, 2 or 3 / Champ vaut 1, 2 ou 3
            >2d 6h 30m|<=-5: Field is longer than 2~d 6~h 30~min or is at most -5~ms / Champ dure plus de 2~j 6~h 30~min ou dure au plus -5~ms
            0|<60000|>=1h: Field is 0~s, is shorter than 1~min or is at least 1~h / Champ dure 0~s, dure moins de 1~min ou dure au moins 1~h"#]],
    );
}

#[test]
fn texts_in_order() {
    check_all(
        &[
            (Kind::Text, "A..B"),
            (Kind::Text, "B..A"),
            (Kind::Text, ">B"),
            (Kind::Text, ">=@B"),
            (Kind::Text, "..B"),
            (Kind::Text, "<B&<>''"),
            (Kind::Text, ">''"),
            (Kind::Text, "''..B"),
        ],
        &expect![[r#"
            A..B: Field lies between A and B in alphabetical order / Champ se place entre A et B dans l’ordre alphabétique
            B..A: Field lies between B and A in alphabetical order (which is never the case) / Champ se place entre B et A dans l’ordre alphabétique (ce qui n’arrive jamais)
            >B: Field comes after B in alphabetical order / Champ vient après B dans l’ordre alphabétique
            >=@B: Field does not come before B in alphabetical order, ignoring case / Champ ne vient pas avant B dans l’ordre alphabétique, sans tenir compte de la casse
            ..B: Field does not come after B in alphabetical order or is empty / Champ ne vient pas après B dans l’ordre alphabétique ou est vide
            <B&<>'': Field comes before B in alphabetical order and is not empty / Champ vient avant B dans l’ordre alphabétique et n’est pas vide
            >'': Field is not empty / Champ n’est pas vide
            ''..B: Field does not come after B in alphabetical order or is empty / Champ ne vient pas après B dans l’ordre alphabétique ou est vide"#]],
    );
}

#[test]
fn booleans_options_and_ids() {
    check_all(
        &[
            (Kind::Boolean, "true"),
            (Kind::Boolean, "<>yes"),
            (Kind::Option, "' '"),
            (Kind::Option, "<>' '"),
            (Kind::Option, "Ship|Invoice"),
            (Kind::Option, "' '|Ship|Invoice|All"),
            (Kind::Option, "1..2"),
            (Kind::Option, ">Ship"),
            (Kind::Option, "9"),
            (Kind::Guid, "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}|{00000000-0000-0000-0000-000000000000}"),
        ],
        &expect![[r#"
            true: Field is yes / Champ vaut oui
            <>yes: Field is not yes / Champ ne vaut pas oui
            ' ': Field is empty / Champ est vide
            <>' ': Field is not empty / Champ n’est pas vide
            Ship|Invoice: Field is Ship or Invoice / Champ est Livraison ou Facture
            ' '|Ship|Invoice|All: Field is empty, or is one of Ship, Invoice or All / Champ est vide, ou est Livraison, Facture ou Tous
            1..2: Field lies between Ship and Invoice in the order of the options / Champ se place entre Livraison et Facture dans l’ordre des options
            >Ship: Field comes after Ship in the order of the options / Champ vient après Livraison dans l’ordre des options
            9: Field is 9 / Champ est 9
            {3F2504E0-4F89-11D3-9A0C-0305E82C3301}|{00000000-0000-0000-0000-000000000000}: Field is {3f2504e0-4f89-11d3-9a0c-0305e82c3301} or is empty / Champ est {3f2504e0-4f89-11d3-9a0c-0305e82c3301} ou est vide"#]],
    );
}

#[test]
fn dates() {
    check_all(
        &[
            (Kind::Date, "2026-03-01"),
            (Kind::Date, "<>2026-03-15"),
            (Kind::Date, "2026-03-15|2026-04-01|2026-04-02"),
            (Kind::Date, "2026-03-01..2026-03-31"),
            (Kind::Date, "..2026-03-31"),
            (Kind::Date, "<>''&..2026-03-31"),
            (Kind::Date, "<2026-03-31"),
            (Kind::Date, ">2026-03-31"),
            (Kind::Date, "2026-03-31.."),
            (Kind::Date, "''"),
            (Kind::Date, "<>''"),
            (Kind::Date, "C2026-12-31"),
            (Kind::Date, "..C2026-12-31"),
            (Kind::Date, "''..2026-12-31"),
        ],
        &expect![[r#"
            2026-03-01: Field is March 1, 2026 / Champ est le 1er mars 2026
            <>2026-03-15: Field is not March 15, 2026 / Champ n’est pas le 15 mars 2026
            2026-03-15|2026-04-01|2026-04-02: Field is one of March 15, 2026; April 1, 2026; or April 2, 2026 / Champ est le 15 mars 2026, le 1er avril 2026 ou le 2 avril 2026
            2026-03-01..2026-03-31: Field is between March 1, 2026 and March 31, 2026 / Champ est entre le 1er mars 2026 et le 31 mars 2026
            ..2026-03-31: Field is no later than March 31, 2026 or is empty / Champ est au plus tard le 31 mars 2026 ou est vide
            <>''&..2026-03-31: Field is not empty and is no later than March 31, 2026 / Champ n’est pas vide et est au plus tard le 31 mars 2026
            <2026-03-31: Field is before March 31, 2026 or is empty / Champ est avant le 31 mars 2026 ou est vide
            >2026-03-31: Field is after March 31, 2026 / Champ est après le 31 mars 2026
            2026-03-31..: Field is no earlier than March 31, 2026 / Champ est au plus tôt le 31 mars 2026
            '': Field is empty / Champ est vide
            <>'': Field is not empty / Champ n’est pas vide
            C2026-12-31: Field is the closing date of December 31, 2026 / Champ est le 31 décembre 2026 (date de clôture)
            ..C2026-12-31: Field is no later than the closing date of December 31, 2026 or is empty / Champ est au plus tard le 31 décembre 2026 (date de clôture) ou est vide
            ''..2026-12-31: Field is no later than December 31, 2026 or is empty / Champ est au plus tard le 31 décembre 2026 ou est vide"#]],
    );
}

#[test]
fn words() {
    check_all(
        &[
            (Kind::Date, "today"),
            (Kind::Date, "week"),
            (Kind::Date, "<>week"),
            (Kind::Date, "yesterday..tomorrow"),
            (Kind::Date, ">=-CM"),
            (Kind::Text, "%me|MAX"),
            (Kind::DateTime, "today"),
        ],
        &expect![[r#"
            today: Field is March 15, 2026 (today) / Champ est le 15 mars 2026 (today)
            week: Field is between March 9, 2026 and March 15, 2026 (week) / Champ est entre le 9 mars 2026 et le 15 mars 2026 (week)
            <>week: Field is not between March 9, 2026 and March 15, 2026 (week) / Champ n’est pas entre le 9 mars 2026 et le 15 mars 2026 (week)
            yesterday..tomorrow: Field is between March 14, 2026 and March 16, 2026 (yesterday..tomorrow) / Champ est entre le 14 mars 2026 et le 16 mars 2026 (yesterday..tomorrow)
            >=-CM: Field is no earlier than March 1, 2026 (-CM) / Champ est au plus tôt le 1er mars 2026 (-CM)
            %me|MAX: Field is MARIA (%me) or MAX / Champ est MARIA (%me) ou MAX
            today: Field falls on March 15, 2026 (today) / Champ tombe le 15 mars 2026 (today)"#]],
    );
}

#[test]
fn moments() {
    check_all(
        &[
            (Kind::DateTime, "2026-03-15"),
            (Kind::DateTime, "<>2026-03-15"),
            (Kind::DateTime, ">=2026-03-15"),
            (Kind::DateTime, ">2026-03-15"),
            (Kind::DateTime, "<2026-03-15"),
            (Kind::DateTime, "2026-03-01..2026-03-31"),
            (Kind::DateTime, "2026-03-15T10:00:00.5Z"),
            (Kind::DateTime, "..2026-07-15T10:00:00Z"),
            (Kind::Time, "10:30"),
            (Kind::Time, "10:30..12"),
            (Kind::Time, ">12"),
            (Kind::Time, ">=12"),
            (Kind::Time, "..12"),
        ],
        &expect![[r#"
            2026-03-15: Field falls on March 15, 2026 / Champ tombe le 15 mars 2026
            <>2026-03-15: Field does not fall on March 15, 2026 / Champ ne tombe pas le 15 mars 2026
            >=2026-03-15: Field is no earlier than March 15, 2026 / Champ est au plus tôt le 15 mars 2026
            >2026-03-15: Field is after March 15, 2026 / Champ est après le 15 mars 2026
            <2026-03-15: Field is before March 15, 2026 or is empty / Champ est avant le 15 mars 2026 ou est vide
            2026-03-01..2026-03-31: Field is between March 1, 2026 and March 31, 2026 / Champ est entre le 1er mars 2026 et le 31 mars 2026
            2026-03-15T10:00:00.5Z: Field is March 15, 2026 at 11:00:00.500 (UTC+01:00) / Champ est le 15 mars 2026 à 11:00:00,500 (UTC+01:00)
            ..2026-07-15T10:00:00Z: Field is no later than July 15, 2026 at 12:00:00 (UTC+02:00) or is empty / Champ est au plus tard le 15 juillet 2026 à 12:00:00 (UTC+02:00) ou est vide
            10:30: Field is 10:30:00 / Champ est 10:30:00
            10:30..12: Field is between 10:30:00 and 12:00:00 / Champ est entre 10:30:00 et 12:00:00
            >12: Field is after 12:00:00 / Champ est après 12:00:00
            >=12: Field is no earlier than 12:00:00 / Champ est au plus tôt à 12:00:00
            ..12: Field is no later than 12:00:00 or is empty / Champ est au plus tard à 12:00:00 ou est vide"#]],
    );
}

#[test]
fn views() {
    const FILTER: ConditionKind = ConditionKind::Filter;
    check_view(
        &[],
        &expect![[r#"
        every record passes
        tous les enregistrements passent"#]],
    );
    check_view(
        &[(Kind::Text, "", FILTER)],
        &expect![[r#"
        every record passes
        tous les enregistrements passent"#]],
    );
    check_view(
        &[(Kind::Text, "''", FILTER), (Kind::Text, "@A*", FILTER)],
        &expect![[r#"
        Name is empty and City begins with A, ignoring case
        Name est vide et City commence par A, sans tenir compte de la casse"#]],
    );
    check_view(
        &[(Kind::Text, "@A*", FILTER), (Kind::Text, "''", FILTER)],
        &expect![[r#"
        Name begins with A, ignoring case; and City is empty
        Name commence par A, sans tenir compte de la casse~; et City est vide"#]],
    );
    check_view(
        &[(Kind::Text, "A*", FILTER), (Kind::Text, "B", FILTER), (Kind::Integer, ">5", FILTER)],
        &expect![[r#"
            Name begins with A, City is B and Amount is greater than 5
            Name commence par A, City est B et Amount dépasse 5"#]],
    );
    check_view(
        &[(Kind::Text, "A|B|C", FILTER), (Kind::Text, "D", FILTER)],
        &expect![[r#"
        Name is one of A, B or C, and City is D
        Name est A, B ou C, et City est D"#]],
    );
    check_view(
        &[(Kind::Text, "A|B*&<>*C", FILTER), (Kind::Text, "D", FILTER), (Kind::Integer, "1", FILTER)],
        &expect![[r#"
            Name is A, or begins with B and does not end with C; City is D; and Amount is 1
            Name est A, ou commence par B et ne se termine pas par C~; City est D~; et Amount vaut 1"#]],
    );
    check_view(
        &[(Kind::Text, "A*|'B'", ConditionKind::Const), (Kind::Integer, "5", ConditionKind::Const)],
        &expect![[r#"
            Name is “A*|'B'” and City is 5
            Name est «~A*|'B'~» et City vaut 5"#]],
    );
}

#[test]
fn refusals() {
    check_all(
        &[(Kind::Integer, "1|x")],
        &expect![
            "1|x: filter.value-of-wrong-type: condition 1: expected a whole number from -2147483648 to 2147483647, found `x` / filter.value-of-wrong-type: condition 1: expected a whole number from -2147483648 to 2147483647, found `x`"
        ],
    );
    check_view(
        &[(Kind::Text, "A", ConditionKind::Filter), (Kind::Text, "(A", ConditionKind::Filter)],
        &expect![[r#"
        filter.unclosed-parenthesis: condition 2: expected a matching `)`, found end of filter
        filter.unclosed-parenthesis: condition 2: expected a matching `)`, found end of filter"#]],
    );
}

/// A value with a name is told by it, and what has none as it stands; negation, lists and blank values stay as they are.
#[test]
fn names_of_records() {
    const KNOWN: &str = "1f0a3c52-0000-4c11-8a00-00000000c001";
    let names = |condition: usize, value: &FilterValue| match value {
        FilterValue::Guid(id) if id.to_string() == KNOWN => Some("Cronus France".to_owned()),
        FilterValue::Text { text, .. } if condition == 1 && text == "JO" => Some("Jim Olive".to_owned()),
        _ => None,
    };
    let told = |language, guid: &str, code: &str| {
        let types = [Kind::Guid.field_type(), Kind::Code.field_type()];
        let condition = |caption, field_type, text| FormCondition {
            field: FieldForm {
                caption,
                property: "field",
                field_type,
                comparison: TextComparison::BusinessCentral,
                option_captions: &[],
            },
            kind: ConditionKind::Filter,
            text,
        };
        let conditions = [condition("Company", &types[0], guid), condition("Salesperson", &types[1], code)];
        let text = sentence_with_names(language, &conditions, &context(), &names).unwrap();
        text.replace('\u{a0}', "~")
    };
    let unknown = "2f0a3c52-0000-4c11-8a00-00000000c001";
    let blank = "00000000-0000-0000-0000-000000000000";
    let cases = [
        (format!("{KNOWN}|{blank}"), "JO|XX|YY"),
        (format!("<>{KNOWN}"), "<>JO&<>XX"),
        (unknown.to_owned(), "J*"),
    ];
    let lines: Vec<String> = cases
        .iter()
        .flat_map(|(guid, code)| {
            [SentenceLanguage::English, SentenceLanguage::French].map(|it| told(it, guid, code))
        })
        .collect();
    expect![[r#"
        Company is “Cronus France” or is empty, and Salesperson is one of JO (Jim Olive), XX or YY
        Company est «~Cronus France~» ou est vide, et Salesperson est JO (Jim Olive), XX ou YY
        Company is not “Cronus France”, and Salesperson is neither JO (Jim Olive) nor XX
        Company n’est pas «~Cronus France~», et Salesperson n’est ni JO (Jim Olive) ni XX
        Company is {2f0a3c52-0000-4c11-8a00-00000000c001} and Salesperson begins with J
        Company est {2f0a3c52-0000-4c11-8a00-00000000c001} et Salesperson commence par J"#]]
    .assert_eq(&lines.join("\n"));
}
