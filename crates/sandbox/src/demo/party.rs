//! Companies and people: names, addresses, numbers.

use super::words::{self, Tongue};
use super::{Dice, Scale};
use crate::store::{TextId, TextPool};

/// A company or person with its texts already stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Party {
    pub(super) name: TextId,
    pub(super) search: TextId,
    pub(super) street: TextId,
    pub(super) street2: TextId,
    pub(super) city: TextId,
    pub(super) post_code: TextId,
    pub(super) county: TextId,
    pub(super) country: TextId,
    pub(super) phone: TextId,
    pub(super) fax: TextId,
    pub(super) mobile: TextId,
    pub(super) mail: TextId,
    pub(super) web: TextId,
}

/// A person's names.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) first: &'static str,
    pub(super) middle: &'static str,
    pub(super) last: &'static str,
}

impl Person {
    pub(super) fn full_name(&self) -> String {
        let parts = [self.first, self.middle, self.last];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }

    pub(super) fn mail(&self, domain: &str) -> String {
        format!("{}.{}@{domain}", slug(self.first), slug(self.last))
    }
}

/// A company of a kind (1 customers, 2 vendors, 3 prospects, 4 accounts of Dataverse alone).
pub(super) fn company(texts: &mut TextPool, scale: &Scale, kind: u64, number: u32) -> Party {
    let mut dice = scale.dice(kind, number);
    let Some(city) = dice.pick(&words::CITIES).copied() else { return no_party() };
    let name = company_name(&city, kind, number);
    let domain = format!("{}.example.{}", slug(&name), city.3.to_ascii_lowercase());
    let house = 1 + dice.below(180);
    let line = match city.5 {
        Tongue::French => dice.word(&words::STREETS_FR),
        Tongue::German => dice.word(&words::STREETS_DE),
        Tongue::English => dice.word(&words::STREETS_EN),
    };
    let street =
        if city.5 == Tongue::German { format!("{line} {house}") } else { format!("{house}, {line}") };
    let phone =
        format!("{} {:03} {:02} {:02}", city.4, dice.below(900) + 100, dice.below(100), dice.below(100));
    let fax = if dice.below(4) == 0 { texts.add(&format!("{phone}9")) } else { 0 };
    let country = city.4.split(' ').next().unwrap_or_default();
    let mobile = format!(
        "{country} 7{} {:03} {:02} {:02}",
        dice.below(10),
        dice.below(1_000),
        dice.below(100),
        dice.below(100)
    );
    let mobile = if dice.below(3) == 0 { texts.add(&mobile) } else { 0 };
    let mail = if dice.below(12) == 0 { 0 } else { texts.add(&format!("info@{domain}")) };
    let web = if dice.below(5) == 0 { 0 } else { texts.add(&format!("https://www.{domain}")) };
    let street2 = match dice.below(9) {
        0 => texts.intern("Bâtiment B"),
        1 => texts.intern("3. Stock"),
        2 => texts.intern("c/o Réception"),
        _ => 0,
    };
    // Every fortieth company has moved out of its city's data: no city at all.
    let homeless = dice.below(40) == 0;
    Party {
        search: texts.add(&name.to_uppercase()),
        name: texts.add(&name),
        street: texts.add(&street),
        street2,
        city: if homeless { 0 } else { texts.intern(city.0) },
        post_code: if homeless { 0 } else { texts.intern(city.1) },
        county: texts.intern(city.2),
        country: texts.intern(city.3),
        phone: texts.add(&phone),
        fax,
        mobile,
        mail,
        web,
    }
}

fn company_name(city: &words::City, kind: u64, number: u32) -> String {
    let (trades, surnames, styles): (&[&str], &[&str], &[&str]) = match city.5 {
        Tongue::French => (&words::TRADES_FR, &words::SURNAMES_FR, &words::STYLES_FR),
        Tongue::German => (&words::TRADES_DE, &words::SURNAMES_DE, &words::STYLES_DE),
        Tongue::English => (&words::TRADES_EN, &words::SURNAMES_EN, &words::STYLES_EN),
    };
    // A walk through all combinations of a language keeps names apart as long as there are any left.
    let combinations = 20 * 35 * 5;
    let offset = u32::try_from(kind).unwrap_or_default() * 811;
    let walk = (u64::from(number) * 1_291 + u64::from(offset)) % combinations;
    let at = |list: &[&'static str], index: u64| {
        usize::try_from(index).ok().and_then(|index| list.get(index)).copied().unwrap_or_default()
    };
    let (trade, surname, style) =
        (at(trades, walk % 20), at(surnames, walk / 20 % 35), at(styles, walk / 700));
    let plain = match city.5 {
        Tongue::English => format!("{surname} {trade} {style}"),
        _ => format!("{trade} {surname} {style}"),
    };
    let round = u64::from(number) / combinations;
    match round {
        0 => plain,
        1 => format!("{plain} {}", city.0),
        _ => format!("{plain} {} {round}", city.0),
    }
}

fn no_party() -> Party {
    Party {
        name: 0,
        search: 0,
        street: 0,
        street2: 0,
        city: 0,
        post_code: 0,
        county: 0,
        country: 0,
        phone: 0,
        fax: 0,
        mobile: 0,
        mail: 0,
        web: 0,
    }
}

/// The domain in a web address, or a private one.
pub(super) fn domain_of(web: &str) -> &str {
    web.strip_prefix("https://www.").unwrap_or("mail.example")
}

/// A person of any of the three languages.
pub(super) fn person(dice: &mut Dice) -> Person {
    let (firsts, lasts): (&[&'static str], &[&'static str]) = match dice.below(5) {
        0 | 1 => (&words::FIRST_FR, &words::SURNAMES_FR),
        2 | 3 => (&words::FIRST_DE, &words::SURNAMES_DE),
        _ => (&words::FIRST_EN, &words::SURNAMES_EN),
    };
    let middle = if dice.below(10) == 0 { dice.word(&["Marie", "J.", "von"]) } else { "" };
    Person { first: dice.word(firsts), middle, last: dice.word(lasts) }
}

/// Lower-case ASCII with hyphens, as in host names.
pub(super) fn slug(text: &str) -> String {
    let mut out = String::new();
    for character in text.to_lowercase().chars() {
        let plain = match character {
            'à' | 'â' | 'ä' => 'a',
            'ç' => 'c',
            'è' | 'é' | 'ê' | 'ë' => 'e',
            'î' | 'ï' => 'i',
            'ô' | 'ö' => 'o',
            'ù' | 'û' | 'ü' => 'u',
            'ß' => 's',
            other => other,
        };
        if plain.is_ascii_alphanumeric() {
            out.push(plain);
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}
