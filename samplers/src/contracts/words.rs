//! What a contract says, in the words that people use.

use jiff::ToSpan;
use jiff::civil::Date;
use schemas::campaign::ContractKind;

use super::{ContractSpec, Defect};
use crate::draw::Draw;

/// What one contract says.
pub(super) struct Words {
    kind: ContractKind,
    name: String,
    pub(super) title: String,
    diploma: &'static str,
    heading: &'static str,
    employer: Option<String>,
    centre: Option<Centre>,
    start: Option<Date>,
    end: Date,
    pub(super) signed: bool,
    grouped: bool,
    in_words: bool,
}

/// How a training centre is named.
enum Centre {
    Uai(String),
    Siret(String),
}

impl Words {
    pub(super) fn draw(spec: &ContractSpec<'_>, rng: &mut impl Draw) -> Self {
        let month = [7, 8, 9, 9, 9, 10].get(rng.below(6)).copied().unwrap_or(9);
        let start = Date::new(spec.year, month, 1).unwrap_or(Date::MIN);
        let months = [10, 12, 12, 24, 24, 36].get(rng.below(6)).copied().unwrap_or(12);
        let end = start.saturating_add(months.months()).yesterday().unwrap_or(start);
        let heading = match spec.kind {
            ContractKind::Contract if rng.chance(0.8) => "Contrat d'apprentissage",
            ContractKind::Contract => "Contrat de professionnalisation",
            ContractKind::Promise if rng.chance(0.5) => "Promesse de contrat d'apprentissage",
            ContractKind::Promise => "Promesse d'embauche en alternance",
            ContractKind::CfaCertificate if rng.chance(0.5) => "Certificat d'engagement délivré par le CFA",
            ContractKind::CfaCertificate => "Attestation d'engagement entre l'employeur et le candidat",
        };
        Self {
            kind: spec.kind,
            name: spec.name.to_owned(),
            title: spec.title.to_owned(),
            diploma: "Master",
            heading,
            employer: Some(siret(rng)),
            centre: Some(if rng.chance(0.6) { Centre::Uai(uai(rng)) } else { Centre::Siret(siret(rng)) }),
            start: Some(start),
            end,
            signed: true,
            grouped: rng.chance(0.5),
            in_words: rng.chance(0.2),
        }
    }

    /// Makes one of the things wrong that a person must look at.
    pub(super) fn spoil(&mut self, defect: Defect, spec: &ContractSpec<'_>) {
        let start = self.start.unwrap_or(self.end);
        match defect {
            Defect::OtherDocument => self.heading = "Convention de stage",
            Defect::OtherName => self.name = "Zébulon Quatorzième".to_owned(),
            Defect::WrongSiret => self.employer = self.employer.take().map(|number| one_more(&number)),
            Defect::NoSiret => self.employer = None,
            Defect::NoTrainingCentre => self.centre = None,
            Defect::WrongUai => self.centre = Some(Centre::Uai("0691774E".to_owned())),
            Defect::OtherDiploma => self.diploma = "Licence professionnelle",
            Defect::OtherYear => {
                self.start = Date::new(spec.year - 2, 9, 1).ok();
                self.end = Date::new(spec.year - 1, 8, 31).unwrap_or(self.end);
            }
            Defect::TooShort => self.end = start.saturating_add(3.months()),
            Defect::TooLong => self.end = start.saturating_add(4.years()),
            Defect::NoStart => self.start = None,
            Defect::Unsigned => self.signed = false,
            _ => {}
        }
    }

    fn siret(&self, number: &str) -> String {
        match (self.grouped, number.get(..3), number.get(3..6), number.get(6..9), number.get(9..)) {
            (true, Some(a), Some(b), Some(c), Some(d)) => format!("{a} {b} {c} {d}"),
            _ => number.to_owned(),
        }
    }

    fn date(&self, date: Date) -> String {
        const MONTHS: [&str; 12] = [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ];
        let month = usize::try_from(date.month()).ok().and_then(|month| MONTHS.get(month.wrapping_sub(1)));
        match (self.in_words, date.day(), month) {
            (true, 1, Some(month)) => format!("1er {month} {}", date.year()),
            (true, day, Some(month)) => format!("{day} {month} {}", date.year()),
            _ => format!("{:02}/{:02}/{}", date.day(), date.month(), date.year()),
        }
    }

    /// The lines of its pages; of a form, only what is printed on it.
    pub(super) fn lines(&self, form: bool) -> Vec<String> {
        let number = if self.heading.ends_with("apprentissage") && self.kind == ContractKind::Contract {
            " - cerfa N° 10103*12"
        } else {
            ""
        };
        let mut lines = vec![format!("{}{number}", self.heading)];
        let values = self.fields();
        let value = |name: &str| {
            if form {
                return String::new();
            }
            values
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.clone())
                .unwrap_or_default()
        };
        let mut section = |title: &str, names: &[&str]| {
            lines.push(title.to_owned());
            let known = |name: &&&str| values.iter().any(|(known, _)| known == *name);
            lines.extend(names.iter().filter(known).map(|name| format!("{} {}", label(name), value(name))));
        };
        section("L'EMPLOYEUR", &[EMPLOYER, EMPLOYER_SIRET]);
        section("L'APPRENTI(E)", &[LAST_NAME, FIRST_NAME]);
        section("LE CONTRAT", &[START, END]);
        section("LA FORMATION", &[CENTRE, CENTRE_UAI, CENTRE_SIRET, DIPLOMA, TITLE]);
        lines.push("Fait à Lyon, en trois exemplaires".to_owned());
        lines
    }

    /// Every value with the name of its field, as on the official form.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let (first, last) = self.name.split_once(' ').unwrap_or(("", &self.name));
        let mut fields = vec![
            (EMPLOYER, "Ateliers de la Plaine".to_owned()),
            (LAST_NAME, last.to_uppercase()),
            (FIRST_NAME, first.to_owned()),
            (DIPLOMA, self.diploma.to_owned()),
            (TITLE, self.title.clone()),
        ];
        fields.extend(self.employer.as_ref().map(|number| (EMPLOYER_SIRET, self.siret(number))));
        fields.extend(self.start.map(|day| (START, self.date(day))));
        if self.kind == ContractKind::Contract {
            fields.push((END, self.date(self.end)));
        }
        if self.kind != ContractKind::Promise || self.centre.is_none() {
            fields.extend(self.centre.as_ref().map(|_| (CENTRE, "Formasup Rhône".to_owned())));
        }
        fields.extend(self.centre.as_ref().map(|centre| match centre {
            Centre::Uai(code) => (CENTRE_UAI, code.clone()),
            Centre::Siret(number) => (CENTRE_SIRET, self.siret(number)),
        }));
        fields
    }
}

const EMPLOYER: &str = "Nom et prénom ou dénomination :";
const EMPLOYER_SIRET: &str = "N°SIRET de l’établissement d’exécution du contrat :";
const LAST_NAME: &str = "Nom de naissance de l’apprenti(e) :";
const FIRST_NAME: &str = "Le premier prénom de l’apprenti(e) selon l’état civil :";
const START: &str = "Date de début d’exécution du contrat : _af_date";
const END: &str = "ate de fin du contrat ou de la période d'apprentissage_af_date";
const CENTRE: &str = "Dénomination du CFA responsable :";
const CENTRE_UAI: &str = "N° UAI du CFA";
const CENTRE_SIRET: &str = "N° SIRET CFA";
const DIPLOMA: &str = "Diplôme ou titre visé par l’apprenti :";
const TITLE: &str = "Diplôme ou titre visé par l’apprenti : Intitulé précis :";

/// How a field is labelled on the page.
fn label(name: &str) -> String {
    let name = name.trim_end_matches("_af_date").trim_end_matches([' ', ':']);
    let name = if name.starts_with("ate") { format!("D{name}") } else { name.to_owned() };
    format!("{name} :")
}

/// A SIRET that checks.
fn siret(rng: &mut impl Draw) -> String {
    let digits: Vec<usize> =
        (0..13).map(|place| if place == 0 { 1 + rng.below(9) } else { rng.below(10) }).collect();
    // Counted from the right with the last digit, every second one is doubled.
    let sum: usize = (0..)
        .zip(&digits)
        .map(
            |(place, digit)| if place % 2 == 0 { 2 * digit - if *digit > 4 { 9 } else { 0 } } else { *digit },
        )
        .sum();
    let number: String = digits.iter().map(ToString::to_string).collect();
    format!("{number}{}", (10 - sum % 10) % 10)
}

/// A code of an establishment that checks.
fn uai(rng: &mut impl Draw) -> String {
    const LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPRSTUVWXYZ";
    let number = 10_000 * (1 + rng.below(95)) + rng.below(10_000);
    let letter = LETTERS.get(number % LETTERS.len()).copied().unwrap_or(b'A');
    format!("{number:07}{}", char::from(letter))
}

/// The same number with another last digit.
fn one_more(number: &str) -> String {
    let (rest, last) = number.split_at(number.len().saturating_sub(1));
    format!("{rest}{}", (last.parse::<u32>().unwrap_or(0) + 1) % 10)
}
