//! The words a cohort is made of: fields of study with their mentions and parcours, places, names.

/// A field of study, within which most candidates choose.
pub(crate) struct Field {
    pub(crate) mentions: &'static [Mention],
}

/// A mention of the national list, with usual parcours.
pub(crate) struct Mention {
    pub(crate) name: &'static str,
    pub(crate) parcours: &'static [&'static str],
}

impl Mention {
    /// What stands for it where it is counted (R15): its number in this list, as the national list numbers its own.
    pub(crate) fn code(&self) -> String {
        let mut all = FIELDS.iter().flat_map(|field| field.mentions);
        let place = all.position(|mention| mention.name == self.name).unwrap_or_default();
        format!("M{:03}", place + 1)
    }
}

const fn mention(name: &'static str, parcours: &'static [&'static str]) -> Mention {
    Mention { name, parcours }
}

/// The fields, the most sought first.
pub(crate) static FIELDS: &[Field] = &[
    Field {
        mentions: &[
            mention("Psychologie", &["Psychologie générale", "Neuropsychologie", "Psychologie et société"]),
            mention(
                "Psychologie clinique, psychopathologie et psychologie de la santé",
                &["Psychologie clinique", "Psychologie de la santé", "Psychanalyse et psychopathologie"],
            ),
            mention(
                "Psychologie sociale, du travail et des organisations",
                &["Psychologie du travail", "Ergonomie et facteurs humains"],
            ),
            mention(
                "Psychologie de l'éducation et de la formation",
                &["Développement de l'enfant", "Éducation inclusive"],
            ),
            mention("Sciences cognitives", &["Cognition et langage", "Cognition naturelle et artificielle"]),
        ],
    },
    Field {
        mentions: &[
            mention("Droit privé", &["Droit privé général", "Contentieux", "Carrières judiciaires"]),
            mention(
                "Droit public",
                &["Droit public général", "Contentieux public", "Collectivités territoriales"],
            ),
            mention(
                "Droit des affaires",
                &["Droit des sociétés", "Juriste d'entreprise", "Droit bancaire et financier"],
            ),
            mention("Droit pénal et sciences criminelles", &["Matière pénale", "Sécurité intérieure"]),
            mention("Droit international", &["Droit international et européen", "Droits de l'homme"]),
            mention("Droit notarial", &["Droit notarial", "Ingénierie du patrimoine"]),
        ],
    },
    Field {
        mentions: &[
            mention("Finance", &["Finance d'entreprise", "Banque et marchés", "Gestion de portefeuille"]),
            mention("Comptabilité - contrôle - audit", &["Comptabilité et audit", "Contrôle de gestion"]),
            mention(
                "Marketing, vente",
                &["Marketing digital", "Chef de produit", "Commerce et distribution"],
            ),
            mention("Gestion des ressources humaines", &["Stratégie RH", "Développement des talents"]),
            mention(
                "Management et administration des entreprises",
                &["Double compétence", "Entrepreneuriat"],
            ),
            mention(
                "Analyse et politique économique",
                &["Économie publique", "Économie et statistique appliquées"],
            ),
        ],
    },
    Field {
        mentions: &[
            mention("Informatique", &["Génie logiciel", "Science des données", "Réseaux et systèmes"]),
            mention(
                "Mathématiques et applications",
                &["Ingénierie mathématique", "Mathématiques fondamentales", "Statistique"],
            ),
            mention("MIAGE", &["Systèmes d'information", "Ingénierie métier"]),
            mention("Intelligence artificielle", &["Apprentissage automatique", "Vision et langage"]),
            mention(
                "Électronique, énergie électrique, automatique",
                &["Systèmes embarqués", "Énergie électrique"],
            ),
        ],
    },
    Field {
        mentions: &[
            mention("Biologie - santé", &["Immunologie", "Cancérologie", "Neurosciences"]),
            mention("Biologie moléculaire et cellulaire", &["Génétique", "Biologie cellulaire"]),
            mention("Microbiologie", &["Microbiologie fondamentale", "Virologie et infectiologie"]),
            mention(
                "Nutrition et sciences des aliments",
                &["Nutrition humaine", "Qualité et sécurité des aliments"],
            ),
            mention(
                "Biodiversité, écologie et évolution",
                &["Écologie évolutive", "Gestion de la biodiversité", "Écologie marine"],
            ),
        ],
    },
    Field {
        mentions: &[
            mention(
                "Information, communication",
                &["Communication publique", "Communication numérique", "Médias"],
            ),
            mention("Lettres", &["Littératures françaises et comparées", "Métiers de la rédaction"]),
            mention("Métiers du livre et de l'édition", &["Édition", "Librairie et bibliothèque"]),
            mention(
                "Direction de projets ou établissements culturels",
                &["Médiation culturelle", "Spectacle vivant"],
            ),
            mention("Cinéma et audiovisuel", &["Recherche en cinéma", "Création documentaire"]),
        ],
    },
    Field {
        mentions: &[
            mention(
                "Langues étrangères appliquées",
                &["Commerce international", "Gestion de projets européens"],
            ),
            mention("Traduction et interprétation", &["Traduction spécialisée", "Traduction littéraire"]),
            mention(
                "Langues, littératures et civilisations étrangères et régionales",
                &["Études anglophones", "Études hispaniques", "Études germaniques"],
            ),
            mention("Didactique des langues", &["Français langue étrangère", "Plurilinguisme et éducation"]),
            mention("Sciences du langage", &["Linguistique", "Traitement automatique des langues"]),
        ],
    },
    Field {
        mentions: &[
            mention("Histoire", &["Mondes anciens", "Histoire contemporaine", "Histoire et archives"]),
            mention(
                "Science politique",
                &["Affaires publiques", "Politiques européennes", "Métiers du politique"],
            ),
            mention("Sociologie", &["Enquêtes sociologiques", "Travail et politiques sociales"]),
            mention(
                "Géographie, aménagement, environnement et développement",
                &["Géomatique", "Territoires durables"],
            ),
            mention("Urbanisme et aménagement", &["Projet urbain", "Habitat et renouvellement urbain"]),
            mention("Relations internationales", &["Sécurité et défense", "Action humanitaire"]),
        ],
    },
    Field {
        mentions: &[
            mention("MEEF, 1er degré", &["Professorat des écoles", "Professorat des écoles bilingue"]),
            mention("MEEF, 2nd degré", &["Lettres", "Mathématiques", "Histoire-géographie", "Anglais"]),
            mention("MEEF, encadrement éducatif", &["Conseiller principal d'éducation", "Vie scolaire"]),
            mention(
                "Sciences de l'éducation et de la formation",
                &["Ingénierie de formation", "Recherche en éducation"],
            ),
        ],
    },
    Field {
        mentions: &[
            mention(
                "STAPS : activité physique adaptée et santé",
                &["Réhabilitation", "Vieillissement et handicap"],
            ),
            mention(
                "STAPS : entraînement et optimisation de la performance sportive",
                &["Préparation physique", "Performance"],
            ),
            mention("Management du sport", &["Événementiel sportif", "Organisations sportives"]),
            mention("Santé publique", &["Épidémiologie", "Promotion de la santé", "Données de santé"]),
            mention("Ingénierie de la santé", &["Dispositifs médicaux", "Qualité en santé"]),
        ],
    },
    Field {
        mentions: &[
            mention("Chimie", &["Chimie organique", "Chimie analytique", "Matériaux"]),
            mention(
                "Physique fondamentale et applications",
                &["Physique de la matière", "Astrophysique", "Lasers et optique"],
            ),
            mention("Mécanique", &["Mécanique des fluides", "Calcul de structures"]),
            mention("Sciences de la Terre et des planètes, environnement", &["Géosciences", "Hydrologie"]),
            mention("Génie des procédés et des bioprocédés", &["Procédés durables", "Bioprocédés"]),
        ],
    },
    Field {
        mentions: &[
            mention("Arts plastiques", &["Création et recherche", "Métiers de l'exposition"]),
            mention("Musicologie", &["Recherche en musique", "Musique et médiation"]),
            mention("Histoire de l'art", &["Patrimoine et musées", "Art contemporain"]),
            mention("Philosophie", &["Philosophie contemporaine", "Éthique appliquée"]),
            mention("Archéologie, sciences pour l'archéologie", &["Mondes méditerranéens", "Bioarchéologie"]),
        ],
    },
];

/// Departments with a university, the first digits of an establishment's code.
pub(crate) static DEPARTMENTS: [usize; 44] = [
    69, 75, 13, 31, 59, 33, 34, 35, 44, 67, 38, 54, 76, 14, 63, 86, 87, 45, 37, 49, 29, 25, 21, 51, 80, 62,
    57, 68, 42, 73, 83, 6, 66, 64, 17, 72, 56, 78, 91, 92, 93, 94, 95, 77,
];

/// First names.
pub(crate) static FIRST_NAMES: [&str; 80] = [
    "Léa",
    "Manon",
    "Chloé",
    "Camille",
    "Inès",
    "Sarah",
    "Emma",
    "Zoé",
    "Anaïs",
    "Maëlys",
    "Noémie",
    "Océane",
    "Élise",
    "Héloïse",
    "Clémence",
    "Margaux",
    "Agathe",
    "Jeanne",
    "Louise",
    "Lucie",
    "Marie",
    "Anne-Sophie",
    "Marie-Ève",
    "Aïcha",
    "Fatoumata",
    "Yasmine",
    "Nour",
    "Khadija",
    "Maïmouna",
    "Thi Mai",
    "Ana",
    "Inaya",
    "Gaëlle",
    "Maud",
    "Solène",
    "Rozenn",
    "Maïwenn",
    "Eléa",
    "Françoise",
    "Capucine",
    "Hugo",
    "Lucas",
    "Théo",
    "Mathéo",
    "Raphaël",
    "Gaël",
    "Loïc",
    "Noé",
    "Léo",
    "Maël",
    "Jérémy",
    "Clément",
    "Étienne",
    "François",
    "Aurélien",
    "Benoît",
    "Cédric",
    "Jean-Baptiste",
    "Pierre-Yves",
    "Jean-François",
    "Yanis",
    "Mohamed",
    "Karim",
    "Ibrahima",
    "Moussa",
    "Kévin",
    "Antoine",
    "Paul",
    "Baptiste",
    "Tristan",
    "Corentin",
    "Ewen",
    "Malo",
    "Félix",
    "Grégoire",
    "Joël",
    "Rémi",
    "Sébastien",
    "Timothée",
    "Zacharie",
];

/// Last names.
pub(crate) static LAST_NAMES: [&str; 88] = [
    "Martin",
    "Bernard",
    "Thomas",
    "Petit",
    "Robert",
    "Richard",
    "Durand",
    "Dubois",
    "Moreau",
    "Laurent",
    "Simon",
    "Michel",
    "Lefèvre",
    "Leroy",
    "Roux",
    "David",
    "Bertrand",
    "Morel",
    "Fournier",
    "Girard",
    "Bonnet",
    "Dupont",
    "Lambert",
    "Fontaine",
    "Rousseau",
    "Vincent",
    "Muller",
    "Faure",
    "André",
    "Mercier",
    "Guérin",
    "Boyer",
    "Garnier",
    "Chevalier",
    "François",
    "Legrand",
    "Gauthier",
    "Perrin",
    "Clément",
    "Morin",
    "Noël",
    "Hervé",
    "Benoît",
    "Lemaître",
    "Delâtre",
    "Crépin",
    "Rivière",
    "Bénard",
    "Gérard",
    "Hébert",
    "Lévy",
    "Cléret",
    "Le Goff",
    "Le Bihan",
    "Kervella",
    "L'Hostis",
    "L'Helgouac'h",
    "D'Almeida",
    "d'Hondt",
    "N'Diaye",
    "N'Guessan",
    "M'Barek",
    "Diallo",
    "Traoré",
    "Koné",
    "Bâ",
    "Benali",
    "El Amrani",
    "Bouzid",
    "Haddad",
    "Nguyễn",
    "Trần",
    "da Silva",
    "Gonçalves",
    "Muñoz",
    "Peña",
    "García",
    "Işık",
    "Kowalski",
    "Sørensen",
    "Müller",
    "Weiß",
    "Sacré-Cœur",
    "Saint-Léger",
    "Dupré-Latour",
    "Hoareau",
    "Payet",
    "Tuheiava",
];
