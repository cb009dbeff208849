//! Word lists of the demo data: invented people and companies in real places. No logic.

/// Language of a place, and so of the names there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    French,
    German,
    English,
}

/// City, post code, region, country, phone prefix.
pub(super) type City = (&'static str, &'static str, &'static str, &'static str, &'static str, Tongue);

pub(super) const CITIES: [City; 36] = [
    ("Genève", "1204", "GE", "CH", "+41 22", Tongue::French),
    ("Lausanne", "1003", "VD", "CH", "+41 21", Tongue::French),
    ("Neuchâtel", "2000", "NE", "CH", "+41 32", Tongue::French),
    ("Fribourg", "1700", "FR", "CH", "+41 26", Tongue::French),
    ("Sion", "1950", "VS", "CH", "+41 27", Tongue::French),
    ("Zürich", "8001", "ZH", "CH", "+41 44", Tongue::German),
    ("Bern", "3011", "BE", "CH", "+41 31", Tongue::German),
    ("Basel", "4051", "BS", "CH", "+41 61", Tongue::German),
    ("Luzern", "6003", "LU", "CH", "+41 41", Tongue::German),
    ("St. Gallen", "9000", "SG", "CH", "+41 71", Tongue::German),
    ("Paris", "75008", "Île-de-France", "FR", "+33 1 42", Tongue::French),
    ("Lyon", "69002", "Auvergne-Rhône-Alpes", "FR", "+33 4 72", Tongue::French),
    ("Saint-Étienne", "42000", "Auvergne-Rhône-Alpes", "FR", "+33 4 77", Tongue::French),
    ("Besançon", "25000", "Bourgogne-Franche-Comté", "FR", "+33 3 81", Tongue::French),
    ("Nîmes", "30000", "Occitanie", "FR", "+33 4 66", Tongue::French),
    ("Angoulême", "16000", "Nouvelle-Aquitaine", "FR", "+33 5 45", Tongue::French),
    ("Orléans", "45000", "Centre-Val de Loire", "FR", "+33 2 38", Tongue::French),
    ("Évian-les-Bains", "74500", "Auvergne-Rhône-Alpes", "FR", "+33 4 50", Tongue::French),
    ("München", "80331", "Bayern", "DE", "+49 89", Tongue::German),
    ("Köln", "50667", "Nordrhein-Westfalen", "DE", "+49 221", Tongue::German),
    ("Düsseldorf", "40213", "Nordrhein-Westfalen", "DE", "+49 211", Tongue::German),
    ("Nürnberg", "90402", "Bayern", "DE", "+49 911", Tongue::German),
    ("Lübeck", "23552", "Schleswig-Holstein", "DE", "+49 451", Tongue::German),
    ("Tübingen", "72070", "Baden-Württemberg", "DE", "+49 7071", Tongue::German),
    ("Wien", "1010", "Wien", "AT", "+43 1", Tongue::German),
    ("Salzburg", "5020", "Salzburg", "AT", "+43 662", Tongue::German),
    ("London", "WC1B 3HF", "Greater London", "GB", "+44 20", Tongue::English),
    ("Manchester", "M1 2WD", "Greater Manchester", "GB", "+44 161", Tongue::English),
    ("Edinburgh", "EH1 1YZ", "Scotland", "GB", "+44 131", Tongue::English),
    ("Bristol", "BS1 4DJ", "Bristol", "GB", "+44 117", Tongue::English),
    ("Dublin", "D02 X285", "Leinster", "IE", "+353 1", Tongue::English),
    ("Atlanta", "31772", "GA", "US", "+1 404", Tongue::English),
    ("Chicago", "61236", "IL", "US", "+1 312", Tongue::English),
    ("Luxembourg", "1009", "", "LU", "+352 2", Tongue::French),
    ("Liège", "4000", "Wallonie", "BE", "+32 4", Tongue::French),
    ("Bruxelles", "1000", "Bruxelles-Capitale", "BE", "+32 2", Tongue::French),
];

pub(super) const STREETS_FR: [&str; 10] = [
    "Rue du Lac", "Avenue de la Gare", "Chemin des Vignes", "Place de l'Église", "Rue de l'Hôpital", "Quai du Mont-Blanc",
    "Route de Genève", "Rue du Marché", "Impasse des Châtaigniers", "Boulevard de la Forêt",
];
pub(super) const STREETS_DE: [&str; 8] = [
    "Bahnhofstrasse", "Hauptstraße", "Seestrasse", "Am Mühlenberg", "Schützengasse", "Königsallee", "Industriestrasse",
    "Zürcherstrasse",
];
pub(super) const STREETS_EN: [&str; 8] =
    ["High Street", "Station Road", "Church Lane", "Mill Road", "Victoria Street", "Park Avenue", "Main Street", "Queens Way"];

pub(super) const TRADES_FR: [&str; 20] = [
    "Boulangerie", "Garage", "Menuiserie", "Librairie", "Hôtel", "Pharmacie", "Imprimerie", "Électricité", "Fromagerie",
    "Cave", "Horlogerie", "Papeterie", "Transports", "Ébénisterie", "Fleuriste", "Boucherie", "Quincaillerie", "Atelier",
    "Café", "Mécanique",
];
pub(super) const TRADES_DE: [&str; 20] = [
    "Bäckerei", "Autohaus", "Schreinerei", "Buchhandlung", "Gasthof", "Apotheke", "Druckerei", "Elektro", "Käserei",
    "Weingut", "Uhrenhaus", "Möbel", "Spedition", "Metallbau", "Gärtnerei", "Metzgerei", "Küchen", "Werkstatt",
    "Brauerei", "Maschinenbau",
];
pub(super) const TRADES_EN: [&str; 20] = [
    "Bakery", "Motors", "Joinery", "Books", "Hotel", "Pharmacy", "Printing", "Electrics", "Dairy", "Wines", "Watches",
    "Furniture", "Transport", "Cannon Group", "Gardens", "Butchers", "Hardware", "Studios", "Coffee", "Engineering",
];

pub(super) const SURNAMES_FR: [&str; 35] = [
    "Favre", "Rochat", "Dubois", "Lefèvre", "Béguelin", "Chappuis", "Girard", "Bonnet", "Fournier", "Mercier",
    "Blanchard", "Jeanneret", "Perrin", "Métraux", "Aubert", "Rey", "Monnier", "Gauthier", "Pélissier", "Crettaz",
    "Bourquin", "Vuilleumier", "Clément", "Hébert", "Noël", "Thévenaz", "Duchêne", "Lacroix", "Morand", "Zufferey",
    "Barbey", "Cuénod", "Dufour", "Gaillard", "Maître",
];
pub(super) const SURNAMES_DE: [&str; 35] = [
    "Müller", "Meier", "Schmid", "Keller", "Brunner", "Gerber", "Wüthrich", "Zimmermann", "Bürgi", "Ammann", "Lüthi",
    "Baumann", "Huber", "Jäger", "Schäfer", "Krüger", "Köhler", "Weiß", "Vogt", "Hofmann", "Bühler", "Graf", "Steiner",
    "Fässler", "Moser", "Roth", "Kaufmann", "Berger", "Frei", "Sommer", "Häberli", "Suter", "Wyss", "Zbinden", "Egli",
];
pub(super) const SURNAMES_EN: [&str; 35] = [
    "Adatum", "O'Brien", "Thompson", "Walker", "Hughes", "Fabrikam", "Bennett", "Clarke", "Dawson", "Ellis", "Foster",
    "Graham", "Harrison", "Irving", "Jenkins", "Kelly", "Lambert", "Mason", "Norton", "Owen", "Palmer", "Quinn",
    "Relecloud", "Spencer", "Turner", "Underwood", "Vaughan", "Watson", "Young", "Deerfield", "Guildford", "Selangor",
    "Trey", "Wingtip", "Alpine",
];

pub(super) const STYLES_FR: [&str; 5] = ["SA", "Sàrl", "& Fils SA", "SAS", "Frères Sàrl"];
pub(super) const STYLES_DE: [&str; 5] = ["AG", "GmbH", "& Söhne AG", "& Co. KG", "Gebrüder GmbH"];
pub(super) const STYLES_EN: [&str; 5] = ["Ltd", "plc", "& Sons Ltd", "Inc.", "Partners LLP"];

pub(super) const FIRST_FR: [&str; 20] = [
    "Hélène", "François", "Zoé", "Benoît", "Cécile", "Jérôme", "Anaïs", "Étienne", "Mélanie", "Loïc", "Chloé", "Rémi",
    "Gaëlle", "Théo", "Inès", "Cédric", "Noémie", "Raphaël", "Céline", "Maël",
];
pub(super) const FIRST_DE: [&str; 20] = [
    "Jürgen", "Ursula", "Björn", "Käthe", "Günter", "Heidi", "Matthias", "Ruth", "Jörg", "Annelies", "Lukas", "Vreni",
    "Andreas", "Sabine", "Tobias", "Petra", "Reto", "Monika", "Stefan", "Brigitte",
];
pub(super) const FIRST_EN: [&str; 20] = [
    "James", "Sinéad", "Oliver", "Emma", "George", "Charlotte", "Harry", "Zoë", "Jack", "Amelia", "Thomas", "Grace",
    "William", "Chloe", "Henry", "Lucy", "Robert", "Megan", "Peter", "Helen",
];

pub(super) const JOBS: [&str; 8] = [
    "Directrice", "Acheteur", "Einkaufsleiter", "Comptable", "Sales Manager", "Geschäftsführer", "Assistante", "IT Manager",
];

/// Code, name, e-mail name, job title, phone, user state of the salespeople.
pub(super) const SALESPEOPLE: [(&str, &str, &str, SalesUser); 12] = [
    ("AH", "Annette Hill", "Vendeuse", SalesUser::Normal),
    ("BD", "Bart Duncan", "Sales Manager", SalesUser::Normal),
    ("CÉ", "Cécile Éclair", "Responsable grands comptes", SalesUser::Normal),
    ("DC", "Debra L. Core", "Acheteuse", SalesUser::Normal),
    ("FR", "François Rey", "Vendeur", SalesUser::Normal),
    ("HD", "Hélène Duchêne", "Vendeuse", SalesUser::Disabled),
    ("JM", "Jürgen Müller", "Verkäufer", SalesUser::Normal),
    ("JO", "Jim Olive", "Sales Manager", SalesUser::Unlicensed),
    ("LM", "Lina Morand", "Vendeuse", SalesUser::Normal),
    ("MD", "Mary A. Dempsey", "Buyer", SalesUser::None),
    ("OF", "Otis Falls", "Sales Representative", SalesUser::None),
    ("RB", "Richard Lum", "Purchaser", SalesUser::None),
];

/// Whether a salesperson has a Dataverse user, and of what kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SalesUser {
    Normal,
    Disabled,
    Unlicensed,
    None,
}

/// Code, ISO code, name, symbol, units of local currency for 100.
pub(super) const CURRENCIES: [(&str, &str, &str, &str, &str); 16] = [
    ("EUR", "EUR", "Euro", "€", "93.4"),
    ("USD", "USD", "Dollar américain", "$", "79.85"),
    ("GBP", "GBP", "Livre sterling", "£", "107.3"),
    ("SEK", "SEK", "Couronne suédoise", "kr", "8.45"),
    ("NOK", "NOK", "Couronne norvégienne", "kr", "7.93"),
    ("DKK", "DKK", "Couronne danoise", "kr.", "12.51"),
    ("PLN", "PLN", "Złoty polonais", "zł", "21.9"),
    ("CZK", "CZK", "Couronne tchèque", "Kč", "3.77"),
    ("HUF", "HUF", "Forint hongrois", "Ft", "0.2391"),
    ("JPY", "JPY", "Yen japonais", "¥", "0.5312"),
    ("CAD", "CAD", "Dollar canadien", "$", "57.2"),
    ("TND", "TND", "Dinar tunisien", "DT", "27.31"),
    ("DEM", "DEM", "Deutsche Mark (alt)", "DM", "47.76"),
    ("FRF", "FRF", "Franc français (ancien)", "F", "14.24"),
    ("BONUSPTS", "", "Points de fidélité", "", "1"),
    ("XAU", "XAU", "Once d'or", "", "318522.5"),
];

/// Code, description, due date formula, discount date formula, discount percent.
pub(super) const PAYMENT_TERMS: [(&str, &str, &str, &str, &str); 10] = [
    ("10 DAYS", "Net 10 jours", "10D", "", ""),
    ("14 DAYS", "Net 14 jours", "14D", "", ""),
    ("15 DAYS", "Net 15 jours", "15D", "", ""),
    ("1M(8D)", "1 mois / 2 % 8 jours", "1M", "8D", "2"),
    ("30 DAYS", "Net 30 jours", "30D", "", ""),
    ("60 DAYS", "Net 60 jours", "60D", "", ""),
    ("CM", "Fin du mois", "CM", "", ""),
    ("COD", "Paiement à la livraison", "0D", "", ""),
    ("NET 30", "Net 30", "30D", "", ""),
    ("NET 45", "Net 45", "45D", "", ""),
];

pub(super) const SHIPMENT_METHODS: [(&str, &str); 11] = [
    ("CFR", "Coût et fret"),
    ("CIF", "Coût, assurance et fret"),
    ("CIP", "Port payé, assurance comprise"),
    ("CPT", "Port payé jusqu'à"),
    ("DDP", "Rendu droits acquittés"),
    ("DELIVERY", "Livraison"),
    ("EXW", "À l'usine"),
    ("FAS", "Franco le long du navire"),
    ("FCA", "Franco transporteur"),
    ("FOB", "Franco à bord"),
    ("PICKUP", "Enlèvement"),
];

pub(super) const SHIPPING_AGENTS: [(&str, &str, &str); 6] = [
    ("DHL", "DHL Systems, Inc.", "www.dhl.com"),
    ("FEDEX", "Federal Express Corporation", "www.fedex.com"),
    ("OWN LOG.", "Logistique interne", ""),
    ("PLANZER", "Planzer Transport AG", "www.planzer.ch"),
    ("POSTE", "La Poste suisse", "www.post.ch"),
    ("UPS", "United Parcel Service of America, Inc.", "www.ups.com"),
];

pub(super) const PAYMENT_METHODS: [(&str, &str); 5] = [
    ("BANK", "Virement bancaire"),
    ("CASH", "Paiement comptant"),
    ("CHECK", "Chèque"),
    ("CARD", "Carte de crédit"),
    ("QR", "QR-facture"),
];

pub(super) const COUNTRIES: [(&str, &str, &str); 9] = [
    ("AT", "Autriche", "AT"),
    ("BE", "Belgique", "BE"),
    ("CH", "Suisse", ""),
    ("DE", "Allemagne", "DE"),
    ("FR", "France", "FR"),
    ("GB", "Royaume-Uni", ""),
    ("IE", "Irlande", "IE"),
    ("LU", "Luxembourg", "LU"),
    ("US", "États-Unis", ""),
];
