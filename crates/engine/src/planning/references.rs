//! What fields point to: couplings of other tables, option couplings, business relations, currencies. Built by the
//! callers from tables in memory; asked while values are made.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use crate::coupling::RowId;
use crate::mapping::MappingName;

/// The records of another table by their code, with their partners in Dataverse (S4.48).
#[derive(Debug, Clone, PartialEq)]
pub struct LookupTable {
    /// The mapping that couples them.
    pub mapping: MappingName,
    /// Logical name of the Dataverse table.
    pub table: String,
    rows: FxHashMap<Box<str>, Option<RowId>>,
    codes: FxHashMap<RowId, Box<str>>,
}

impl LookupTable {
    /// A table without records.
    pub fn new(mapping: MappingName, table: &str) -> Self {
        LookupTable {
            mapping,
            table: table.to_owned(),
            rows: FxHashMap::default(),
            codes: FxHashMap::default(),
        }
    }

    /// Adds a Business Central record by the first field of its key, with its partner if it is coupled.
    pub fn add(&mut self, code: &str, row: Option<RowId>) {
        if let Some(row) = row {
            self.codes.insert(row, code.into());
        }
        self.rows.insert(code.into(), row);
    }

    /// The partner of a record: none when there is no such record, `Some(None)` when it is not coupled.
    pub fn row_of(&self, code: &str) -> Option<Option<RowId>> {
        self.rows.get(code).copied()
    }

    /// The code of the record that a row is coupled to.
    pub fn code_of(&self, row: RowId) -> Option<&str> {
        self.codes.get(&row).map(AsRef::as_ref)
    }
}

/// The codes of a Business Central table with the values of a choice they are coupled to (S1.16, S4.47).
#[derive(Debug, Clone, PartialEq)]
pub struct OptionTable {
    /// Logical name of the choice column.
    pub column: String,
    values: FxHashMap<Box<str>, Option<i32>>,
    codes: FxHashMap<i32, Box<str>>,
}

impl OptionTable {
    /// A choice without couplings.
    pub fn new(column: &str) -> Self {
        OptionTable { column: column.to_owned(), values: FxHashMap::default(), codes: FxHashMap::default() }
    }

    /// Adds a Business Central record by its code, with the value it is coupled to.
    pub fn add(&mut self, code: &str, value: Option<i32>) {
        if let Some(value) = value {
            self.codes.insert(value, code.into());
        }
        self.values.insert(code.into(), value);
    }

    /// The value of a code: none when there is no such record, `Some(None)` when it is not coupled.
    pub fn value_of(&self, code: &str) -> Option<Option<i32>> {
        self.values.get(code).copied()
    }

    /// The code that a value is coupled to.
    pub fn code_of(&self, value: i32) -> Option<&str> {
        self.codes.get(&value).map(AsRef::as_ref)
    }
}

/// What the company contact of a person is related to (S6.21): its customer, without one its vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelatedCompany {
    /// A customer or vendor that is coupled to this account.
    Account(RowId),
    /// A customer or vendor that is not coupled.
    NotCoupled,
}

/// Currencies of both systems (S4.45, S6.31, S6.32).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Currencies {
    /// Code of the local currency, which is blank in Business Central's currency fields.
    pub local_code: Box<str>,
    /// The Dataverse currency with that code.
    pub local_row: Option<RowId>,
    /// Code of the Dataverse base currency.
    pub base_code: Box<str>,
    /// Its symbol: a currency whose code is this symbol has the rate 1.
    pub base_symbol: Box<str>,
    /// Decimals that Dataverse's organization shows of currencies.
    pub precision: i64,
    /// Currency factor by code as of today: how much of the currency one unit of the local currency is.
    pub factors: FxHashMap<Box<str>, Decimal>,
}

impl Currencies {
    /// The exchange rate of a currency in Dataverse: how much of it one unit of the base currency is (S6.32); none
    /// when a rate is missing or zero.
    pub fn exchange_rate(&self, code: &str) -> Option<Decimal> {
        if code == self.base_symbol.as_ref() {
            return Some(Decimal::ONE);
        }
        let factor = |code: &str| match code {
            code if code == self.local_code.as_ref() => Some(Decimal::ONE),
            code => self.factors.get(code).copied().filter(|factor| !factor.is_zero()),
        };
        let rate = factor(code)?.checked_div(factor(&self.base_code)?)?;
        Some(rate.round_dp(10)).filter(|rate| !rate.is_zero())
    }
}

/// Everything that fields point to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct References {
    /// Tables that lookups point to, in the order of the mappings; the owner's is that of `systemuser`.
    pub lookups: Vec<LookupTable>,
    /// Choices with option couplings.
    pub options: Vec<OptionTable>,
    /// By number of the company contact, what it is related to.
    pub companies: FxHashMap<Box<str>, RelatedCompany>,
    /// By account, the number of the company contact of its customer or vendor (S6.22).
    pub company_contacts: FxHashMap<RowId, Box<str>>,
    /// Currencies; none when they were not read.
    pub currencies: Option<Currencies>,
}

impl References {
    /// The tables that are coupled to a Dataverse table.
    pub fn lookups_of<'s>(&'s self, table: &'s str) -> impl Iterator<Item = &'s LookupTable> {
        self.lookups.iter().filter(move |lookup| lookup.table == table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &str, code: &str, expected: Option<&str>) {
        let factors = [("USD", "1.25"), ("GBP", "0.8"), ("XXX", "0")];
        let currencies = Currencies {
            local_code: "EUR".into(),
            base_code: base.into(),
            base_symbol: "$".into(),
            factors: factors
                .map(|(code, factor)| (code.into(), factor.parse().unwrap()))
                .into_iter()
                .collect(),
            ..Currencies::default()
        };
        let rate = currencies.exchange_rate(code).map(|rate| rate.normalize().to_string());
        assert_eq!(rate.as_deref(), expected, "{base} {code}");
    }

    #[test]
    fn rates_are_told_in_the_base_currency() {
        check("EUR", "USD", Some("1.25"));
        check("EUR", "EUR", Some("1"));
        check("USD", "GBP", Some("0.64"));
        check("USD", "EUR", Some("0.8"));
        check("GBP", "$", Some("1"));
    }

    #[test]
    fn a_missing_or_zero_rate_is_no_rate() {
        check("EUR", "JPY", None);
        check("EUR", "XXX", None);
        check("JPY", "USD", None);
    }
}
