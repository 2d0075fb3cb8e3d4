//! What may be wrong with a contract, and what the check must make of it.

use schemas::upload::Verdict;

/// One thing that is wrong with a drawn contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Defect {
    /// Encrypted, with an empty password: every reader opens it.
    Encrypted,
    /// A script that runs when it is opened.
    JavaScript,
    /// The same, its names written with escapes.
    EscapedName,
    /// The same, in an object stream.
    PackedScript,
    /// A script of the document, by name.
    NamedScript,
    /// A script in a field of its form.
    FieldScript,
    /// A script in an object that nothing refers to, of an earlier revision.
    EarlierRevision,
    /// Starts a program.
    Launch,
    /// Sends its form somewhere.
    SubmitForm,
    /// Takes data from a file.
    ImportData,
    /// Leads into another file.
    RemoteGoTo,
    /// Leads into a file inside it.
    EmbeddedGoTo,
    /// Opens a page of the web by itself.
    LinkOnOpen,
    /// A link that is a script.
    ScriptLink,
    /// Carries a file.
    EmbeddedFile,
    /// Has its page's data in another file.
    ExternalStream,
    /// A form of the other kind, which is a program.
    Xfa,
    /// Plays media.
    RichMedia,
    /// An archive as well.
    PolyglotZip,
    /// A page of the web as well.
    PolyglotHtml,
    /// Something stands before it.
    LeadingBytes,
    /// Its end is missing.
    Truncated,
    /// Has no page.
    NoPages,
    /// Is no PDF.
    NotAPdf,
    /// Larger than any contract.
    TooLarge,
    /// Unpacks to more than a machine has.
    Bomb,
    /// Arrays in arrays in arrays.
    Nested,
    /// Its tree of pages leads back to itself.
    PageLoop,
    /// Only pictures of its pages.
    Scan,
    /// A form that nobody filled in.
    BlankForm,
    /// Another document.
    OtherDocument,
    /// Somebody else's.
    OtherName,
    /// The employer's SIRET has a wrong digit.
    WrongSiret,
    /// No SIRET of the employer.
    NoSiret,
    /// No training centre.
    NoTrainingCentre,
    /// The training centre's code has a wrong letter.
    WrongUai,
    /// Another diploma.
    OtherDiploma,
    /// Begins in another year.
    OtherYear,
    /// Shorter than six months.
    TooShort,
    /// Longer than three years.
    TooLong,
    /// Says on which day it begins nowhere.
    NoStart,
    /// Nobody signed it.
    Unsigned,
}

impl Defect {
    /// Every defect.
    pub const ALL: [Self; 42] = [
        Self::Encrypted,
        Self::JavaScript,
        Self::EscapedName,
        Self::PackedScript,
        Self::NamedScript,
        Self::FieldScript,
        Self::EarlierRevision,
        Self::Launch,
        Self::SubmitForm,
        Self::ImportData,
        Self::RemoteGoTo,
        Self::EmbeddedGoTo,
        Self::LinkOnOpen,
        Self::ScriptLink,
        Self::EmbeddedFile,
        Self::ExternalStream,
        Self::Xfa,
        Self::RichMedia,
        Self::PolyglotZip,
        Self::PolyglotHtml,
        Self::LeadingBytes,
        Self::Truncated,
        Self::NoPages,
        Self::NotAPdf,
        Self::TooLarge,
        Self::Bomb,
        Self::Nested,
        Self::PageLoop,
        Self::Scan,
        Self::BlankForm,
        Self::OtherDocument,
        Self::OtherName,
        Self::WrongSiret,
        Self::NoSiret,
        Self::NoTrainingCentre,
        Self::WrongUai,
        Self::OtherDiploma,
        Self::OtherYear,
        Self::TooShort,
        Self::TooLong,
        Self::NoStart,
        Self::Unsigned,
    ];

    /// The name, as a story gives it.
    #[must_use]
    pub fn name(self) -> String {
        let mut name = String::new();
        for letter in format!("{self:?}").chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.extend(letter.to_lowercase());
        }
        name
    }

    /// The defect of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|defect| defect.name().replace('_', "") == name.replace('_', ""))
    }

    /// What the check must make of it.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        if self < Self::Scan { Verdict::Refused } else { Verdict::ToReview }
    }

    /// Whether it would do something when opened or clicked: the check must say so, not only that it is malformed.
    #[must_use]
    pub fn is_active(self) -> bool {
        (Self::JavaScript..=Self::RichMedia).contains(&self)
    }
}
