//! What a finding says to whoever sent the file, and what to do about it.

use schemas::Language;
use schemas::upload::{ContractFact, Finding, FindingCode, Place};

/// The sentence of a finding.
#[must_use]
pub fn sentence(finding: &Finding, language: Language) -> String {
    let (french, english) = both(finding);
    match language {
        Language::Fr => french + &place(finding.place, language),
        Language::En => english + &place(finding.place, language),
    }
}

fn both(finding: &Finding) -> (String, String) {
    let found = finding.found.as_str();
    let also = |text: &str| if text.is_empty() { String::new() } else { format!(" ({text})") };
    let (french, english) = match finding.code {
        FindingCode::NotAPdf => (
            format!("Ce fichier n'est pas un PDF{}. Enregistrez le document au format PDF et déposez-le à nouveau.", also(found)),
            format!("This file is not a PDF{}. Save the document as PDF and upload it again.", also(found)),
        ),
        FindingCode::Polyglot => (
            format!("Ce fichier contient autre chose qu'un PDF{}. Imprimez le document en PDF et déposez ce nouveau fichier.", also(found)),
            format!("This file holds something else beside a PDF{}. Print the document to PDF and upload that new file.", also(found)),
        ),
        FindingCode::Truncated => (
            "Ce fichier est incomplet. Vérifiez qu'il s'ouvre en entier et déposez-le à nouveau.".to_owned(),
            "This file is incomplete. Check that it opens in full and upload it again.".to_owned(),
        ),
        FindingCode::Encrypted => (
            "Ce fichier est protégé. Enlevez le mot de passe et les restrictions, ou imprimez-le en PDF, et déposez-le à nouveau.".to_owned(),
            "This file is protected. Take away its password and restrictions, or print it to PDF, and upload it again.".to_owned(),
        ),
        FindingCode::ActiveContent => (
            format!("Ce fichier contient un élément actif{}, qui n'est pas accepté. Imprimez le document en PDF et déposez ce nouveau fichier.", also(found)),
            format!("This file has active content{}, which is not taken. Print the document to PDF and upload that new file.", also(found)),
        ),
        FindingCode::NoPages => (
            "Ce fichier n'a aucune page. Déposez le contrat entier.".to_owned(),
            "This file has no page. Upload the whole contract.".to_owned(),
        ),
        FindingCode::OverLimit => (
            format!("Ce fichier dépasse ce qu'un contrat peut avoir{}. Déposez le contrat seul, en 10 Mo au plus.", also(found)),
            format!("This file is more than a contract may be{}. Upload the contract alone, of 10 MB at most.", also(found)),
        ),
        FindingCode::Unreadable => (
            "Ce fichier ne peut pas être lu. Imprimez le document en PDF et déposez ce nouveau fichier.".to_owned(),
            "This file cannot be read. Print the document to PDF and upload that new file.".to_owned(),
        ),
        FindingCode::NotTaken => (
            format!("La procédure ne prend pas ce contrat maintenant{}. Vérifiez votre recherche de contrat et sa date limite.", also(found)),
            format!("The procedure does not take this contract now{}. Check your contract search and its deadline.", also(found)),
        ),
        FindingCode::NoText => (
            "Ce fichier est une image sans texte : la formation le lira.".to_owned(),
            "This file is a picture without text: the formation will read it.".to_owned(),
        ),
        FindingCode::BlankForm => (
            "Ce formulaire n'est pas rempli : la formation regardera s'il faut le déposer à nouveau.".to_owned(),
            "This form is not filled in: the formation will see whether it must be uploaded again.".to_owned(),
        ),
        FindingCode::Missing => {
            let (french, english) = name(finding.fact);
            (format!("Le document n'indique pas {french}."), format!("The document does not give {english}."))
        }
        FindingCode::Differs => {
            let (french, english) = name(finding.fact);
            (
                format!("Le document indique {french}{} autrement que prévu.", also(found)),
                format!("The document gives {english}{} otherwise than expected.", also(found)),
            )
        }
    };
    (french, english)
}

fn name(fact: Option<ContractFact>) -> (&'static str, &'static str) {
    match fact {
        None | Some(ContractFact::Document) => ("de quel contrat il s'agit", "what contract it is"),
        Some(ContractFact::Candidate) => ("le nom du candidat", "the candidate's name"),
        Some(ContractFact::Employer) => ("le SIRET de l'employeur", "the employer's SIRET"),
        Some(ContractFact::TrainingCentre) => {
            ("le CFA (code UAI ou SIRET)", "the training centre (UAI or SIRET)")
        }
        Some(ContractFact::Diploma) => ("le master préparé", "the master's degree prepared"),
        Some(ContractFact::Start) => ("la date de début", "the first day"),
        Some(ContractFact::End) => ("la date de fin", "the last day"),
        Some(ContractFact::Signatures) => ("de signature", "a signature"),
    }
}

fn place(place: Place, language: Language) -> String {
    match (place, language) {
        (Place::File, _) => String::new(),
        (Place::Byte(at), Language::Fr) => format!(" [octet {at}]"),
        (Place::Byte(at), Language::En) => format!(" [byte {at}]"),
        (Place::Object(number), Language::Fr) => format!(" [objet {number}]"),
        (Place::Object(number), Language::En) => format!(" [object {number}]"),
    }
}
