//! Texts as two people would write the same thing: without case, accents, punctuation and legal forms.

/// Words that say what kind of company it is, not which.
const LEGAL_FORMS: [&str; 34] = [
    "ab",
    "ag",
    "as",
    "aps",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "cv",
    "eurl",
    "gmbh",
    "inc",
    "incorporated",
    "kft",
    "kg",
    "limited",
    "llc",
    "llp",
    "ltd",
    "nv",
    "oy",
    "oyj",
    "plc",
    "pty",
    "sa",
    "sarl",
    "sas",
    "sl",
    "spa",
    "sprl",
    "srl",
    "the",
    "und",
];

/// Mail providers whose domain says nothing about a company.
const PROVIDERS: [&str; 12] = [
    "aol.com",
    "free.fr",
    "gmail.com",
    "gmx.de",
    "gmx.net",
    "hotmail.com",
    "icloud.com",
    "laposte.net",
    "live.com",
    "orange.fr",
    "outlook.com",
    "yahoo.com",
];

/// A letter without its accent, in lower case.
fn fold(character: char) -> impl Iterator<Item = char> {
    character.to_lowercase().map(|it| match it {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => 'e',
        'ğ' => 'g',
        'ì' | 'í' | 'î' | 'ï' | 'ī' => 'i',
        'ł' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' => 'o',
        'ř' => 'r',
        'ś' | 'š' | 'ş' | 'ß' => 's',
        'ť' | 'ţ' => 't',
        'ù' | 'ú' | 'û' | 'ü' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    })
}

/// The words of a name that tell which company it is; all words when nothing else is left.
pub(super) fn words(name: &str) -> Vec<String> {
    let folded: String = name.chars().flat_map(fold).filter(|it| *it != '.' && *it != '\'').collect();
    let all = folded.split(|it: char| !it.is_alphanumeric()).filter(|word| !word.is_empty());
    let telling: Vec<String> =
        all.clone().filter(|word| !LEGAL_FORMS.contains(word)).map(str::to_owned).collect();
    if telling.is_empty() { all.map(str::to_owned).collect() } else { telling }
}

/// Letters and digits only.
pub(super) fn key(text: &str) -> String {
    text.chars().flat_map(fold).filter(|it| it.is_alphanumeric()).collect()
}

/// The last eight digits of a phone number: what is left of it without the way it is dialed. None when there are fewer
/// than six.
pub(super) fn phone(text: &str) -> Option<String> {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    let from = digits.len().saturating_sub(8);
    Some(digits.into_iter().skip(from).collect::<String>()).filter(|digits| digits.len() >= 6)
}

/// The domain of a mail address; none for a provider's.
pub(super) fn mail_domain(text: &str) -> Option<String> {
    let domain = text.trim().rsplit_once('@')?.1.to_lowercase();
    let is_company = domain.contains('.') && !PROVIDERS.contains(&domain.as_str());
    Some(domain).filter(|_| is_company)
}

/// How alike two names are, from 0 to 100: equal words, and words that differ in one letter.
pub(super) fn likeness(left: &[String], right: &[String]) -> u32 {
    let length = |words: &[String]| words.iter().map(|word| word.chars().count()).sum::<usize>();
    let total = length(left) + length(right);
    let mut free: Vec<&String> = right.iter().collect();
    let mut shared = 0;
    for word in left {
        let exact = free.iter().position(|other| *other == word);
        let found = exact.or_else(|| free.iter().position(|other| is_near(word, other)));
        if let Some(at) = found {
            let other = free.remove(at);
            let both = word.chars().count() + other.chars().count();
            shared += if exact.is_some() { both } else { both.saturating_sub(2) };
        }
    }
    (100 * shared).checked_div(total).unwrap_or_default() as u32
}

/// Whether two words of four letters or more differ in one letter, or in two that changed places.
fn is_near(left: &str, right: &str) -> bool {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    if left.len().min(right.len()) < 4 || left.len().abs_diff(right.len()) > 1 {
        return false;
    }
    let head = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let rest = |skipped_left: usize, skipped_right: usize| {
        left.iter().skip(head + skipped_left).eq(right.iter().skip(head + skipped_right))
    };
    let swapped =
        || left.get(head) == right.get(head + 1) && left.get(head + 1) == right.get(head) && rest(2, 2);
    rest(1, 1) || rest(1, 0) || rest(0, 1) || swapped()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_by_their_words() {
        assert_eq!(words("Müller & Söhne GmbH"), ["muller", "sohne"]);
        assert_eq!(words("The S.A."), ["the", "sa"]);
        let like = |left, right| likeness(&words(left), &words(right));
        assert_eq!(like("Adatum Corporation", "ADATUM Corp."), 100);
        assert!(like("Trey Research", "Trey Reserach") > 85);
        assert!(like("Alpine Ski House", "Coho Winery") == 0);
        assert!(like("Contoso Paris", "Contoso Lyon") < 70);
    }

    #[test]
    fn numbers_and_addresses() {
        assert_eq!(phone("+33 (0)1 23 45 67 89"), phone("0123456789"));
        assert_eq!(phone("12 34"), None);
        assert_eq!(key("BE 0123.456.789"), "be0123456789");
        assert_eq!(mail_domain("Info@Contoso.com").as_deref(), Some("contoso.com"));
        assert_eq!(mail_domain("anna@gmail.com"), None);
    }
}
