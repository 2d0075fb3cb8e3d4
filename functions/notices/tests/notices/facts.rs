//! Text and HTML state the same facts, and nothing that they must not.

use notices::{
    Answer, AnswerRecorded, Message, NewOffers, NotAdmitted, OffersExpired, Reader, RenderError,
    ResultsAvailable, WaitlistArchived, samples,
};
use schemas::{Language, NoticeKind};

use crate::support::{LANGUAGES, collapse, mails, visible};

// Proves that nothing said in the text is missing from the page: every line, so every number, date, title
// and address. Only the line of the link is laid out otherwise; its label and address are looked for apart.
#[test]
fn the_page_says_all_that_the_text_says() {
    for (name, _, mail) in mails() {
        let page = visible(&mail.html);
        for line in mail.text.lines().filter(|line| !line.is_empty()) {
            let line = line.trim_start_matches("- ").trim_end_matches(['\u{a0}', ':']);
            assert!(page.contains(line), "{name}: the page lacks {line:?}");
        }
    }
}

// Proves the other way round: the page adds only the brand, the heading and the help about its button.
#[test]
fn the_text_says_all_that_the_page_says() {
    for (name, _, mail) in mails() {
        let text = collapse(&mail.text.replace("\n- ", "\n"));
        for paragraph in mail.html.split("<p>").skip(1).map(|rest| rest.split("</p>").next().unwrap()) {
            let paragraph = visible(&format!("<body>{paragraph}</body>"));
            assert!(text.contains(paragraph.trim()), "{name}: the text lacks {paragraph:?}");
        }
        for item in mail.html.split("<li>").skip(1).map(|rest| rest.split("</li>").next().unwrap()) {
            let item = visible(&format!("<body>{item}</body>"));
            assert!(text.contains(item.trim()), "{name}: the text lacks {item:?}");
        }
    }
}

// Proves that both parts carry the whole link, and that the page makes it a link under its own words.
#[test]
fn the_link_is_whole_in_both_parts() {
    for (name, _, mail) in mails() {
        let link = mail.text.lines().find(|line| line.starts_with("https://")).unwrap();
        let escaped = link.replace('&', "&amp;");
        assert_eq!(mail.html.matches(&format!("href=\"{escaped}\"")).count(), 2, "{name}");
        assert!(visible(&mail.html).contains(link), "{name}");
    }
}

// Proves that a subject fits in every list of mails, is one line, and names neither person nor formation.
#[test]
fn subjects_are_short_and_name_nobody() {
    for (name, _, mail) in mails() {
        assert!((10..78).contains(&mail.subject.chars().count()), "{name}: {}", mail.subject);
        assert!(!mail.subject.chars().any(char::is_control), "{name}");
        for private in ["Zoé", "Psychologie", "Histoire"] {
            assert!(!mail.subject.contains(private), "{name}: {}", mail.subject);
        }
    }
}

// Proves that every kind of notice has a sample, under its own name first.
#[test]
fn every_kind_has_a_sample() {
    for kind in NoticeKind::ALL {
        let (name, _) = samples().into_iter().find(|(_, message)| message.kind() == kind).unwrap();
        assert_eq!(name, kind.name());
    }
}

// Proves the layout of the text: no blank line at the ends, never two together, none ends in a space.
#[test]
fn the_text_has_no_stray_blank_line() {
    for (name, _, mail) in mails() {
        assert!(mail.text.starts_with(['B', 'H']), "{name}");
        assert!(mail.text.ends_with(".\n"), "{name}");
        assert!(!mail.text.contains("\n\n\n"), "{name}");
        assert!(mail.text.lines().all(|line| line == line.trim_end()), "{name}");
        assert!(!mail.text.contains("{{") && !mail.text.contains("{%"), "{name}");
    }
}

// Proves French typography: before two-part signs and inside guillemets the space does not break.
#[test]
fn french_spaces_do_not_break() {
    for (name, _, mail) in mails().into_iter().filter(|(name, ..)| name.ends_with(".fr")) {
        for words in [mail.text.as_str(), &visible(&mail.html), &mail.subject] {
            for wrong in [" :", " ;", " ?", " !", " »", "« ", " h "] {
                assert!(!words.contains(wrong), "{name}: {wrong:?} in {words}");
            }
        }
    }
}

/// What greets nobody by name and is about no application: what is sent to a mailbox before anybody has shown that it
/// is his (R11), which asks for just that, and what goes to whichever operator is on duty, or to an office.
const TO_NOBODY_BY_NAME: [NoticeKind; 5] = [
    NoticeKind::AccountActivation,
    NoticeKind::AccountExists,
    NoticeKind::EmailChange,
    NoticeKind::NightReady,
    NoticeKind::IntakeReport,
];

// Proves that each mail about an application says that the space alone counts (R10), that all are signed
// and say that nobody reads replies (R12).
#[test]
fn every_mail_says_what_counts_and_who_writes() {
    for (name, message, mail) in mails() {
        let french = name.ends_with(".fr");
        let about_none = TO_NOBODY_BY_NAME.contains(&message.kind());
        let counts = if french {
            "Seul votre espace Mon Master fait foi"
        } else {
            "Only your Mon Master space counts"
        };
        assert_eq!(mail.text.contains(counts), !about_none, "{name}");
        let signed = if french { "L'équipe Mon Master" } else { "The Mon Master team" };
        assert!(mail.text.contains(signed), "{name}");
        let automatic = if french {
            "Ceci est un message automatique. Merci de ne pas y répondre.\n"
        } else {
            "This is an automatic message. Please do not reply.\n"
        };
        assert!(mail.text.ends_with(automatic), "{name}");
    }
}

// Proves that the activation mail keeps, in order, the sentences of the platform's own guide (source S3).
#[test]
fn the_activation_mail_is_the_platforms_own() {
    let (_, _, mail) = mails().into_iter().find(|(name, ..)| name == "account_activation.fr").unwrap();
    let text = mail.text.replace('\u{a0}', " ");
    let mut rest = text.as_str();
    for sentence in [
        "Bonjour,",
        "Bienvenue sur Mon Master.",
        "Votre compte a été créé. Pour l'activer, veuillez cliquer sur le lien ci-dessous :",
        "Activer mon compte",
        "Cordialement,\nL'équipe Mon Master",
        "Mon Master est la plateforme nationale de candidature en première année des formations conduisant au diplôme national de master.",
        "Ceci est un message automatique. Merci de ne pas y répondre.",
    ] {
        rest = rest.split_once(sentence).unwrap_or_else(|| panic!("{sentence:?} is missing or misplaced")).1;
    }
}

// Proves that mails to a mailbox that nobody has proved to own print no words of the one who asked, and that an
// operator's names nobody.
#[test]
fn an_unproved_mailbox_is_greeted_without_a_name() {
    for (name, message, mail) in mails() {
        let greets = mail.text.lines().next().unwrap().contains("Zoé Le Gall");
        assert_eq!(greets, !TO_NOBODY_BY_NAME.contains(&message.kind()), "{name}");
    }
}

// Proves that the digests name no formation, and that every other title given is printed in both parts.
#[test]
fn titles_are_printed_where_they_belong() {
    for (name, message, mail) in mails() {
        let titles: Vec<String> = match message {
            Message::AnswerRecorded(notice) => notice.formation.into_iter().collect(),
            Message::OffersExpired(notice) => {
                notice.formations.into_iter().chain(notice.still_held).collect()
            }
            Message::BecameDefinitive(notice) => vec![notice.formation],
            Message::EnrolmentRecorded(notice) => vec![notice.formation],
            Message::EnrolmentReminder(notice) => vec![notice.formation],
            Message::RefusalReason(notice) => vec![notice.formation],
            Message::ContractReceived(notice) => vec![notice.formation],
            Message::ContractValidated(notice) => vec![notice.formation],
            Message::ContractRejected(notice) => vec![notice.formation],
            Message::Certificate(notice) => {
                notice.certified.into_iter().filter_map(|one| one.formation).collect()
            }
            _ => Vec::new(),
        };
        for title in &titles {
            assert!(mail.text.contains(title.as_str()), "{name}");
            assert!(visible(&mail.html).contains(title.as_str()), "{name}");
        }
        assert!(!titles.is_empty() || !mail.text.contains("Psychologie"), "{name}");
    }
}

// Proves that a notice with nothing to announce is refused instead of frightening somebody.
#[test]
fn no_mail_without_news() {
    let space = || "https://monmaster.example/espace".to_owned();
    let answer_by = None;
    let empty = [
        Message::NewOffers(NewOffers { offers: 0, accepted: 0, searches: 0, answer_by, space: space() }),
        Message::OffersExpired(OffersExpired {
            not_ranked: 0,
            formations: vec![],
            still_held: None,
            waiting: 1,
            space: space(),
        }),
        Message::NotAdmitted(NotAdmitted { applications: 0, space: space() }),
        Message::WaitlistArchived(WaitlistArchived { placements: 0, order_by: None, space: space() }),
    ];
    for message in empty {
        let error = message.render(&Reader { language: Language::Fr, name: None }).unwrap_err();
        assert_eq!(error, RenderError::NothingToSay(message.kind()));
    }
}

// Proves the plural of every number from 0 to 3 in the one notice that shows three of them at once.
#[test]
fn numbers_agree_in_sentences() {
    for number in 0..=3_u32 {
        let notice = ResultsAvailable {
            accepted: 0,
            searches: 0,
            offers: number,
            waitlisted: number,
            refused: 1,
            answer_by: None,
            space: "https://monmaster.example/espace".to_owned(),
        };
        for (language, _) in LANGUAGES {
            let mail =
                Message::ResultsAvailable(notice.clone()).render(&Reader { language, name: None }).unwrap();
            let lines: Vec<&str> = mail.text.lines().filter(|line| line.starts_with("- ")).collect();
            let expected = match (language, number) {
                (Language::Fr, 0) => {
                    ["- aucune proposition d'admission", "- aucune candidature en liste d'attente"]
                }
                (Language::Fr, 1) => ["- 1 proposition d'admission", "- 1 candidature en liste d'attente"],
                (Language::Fr, 2) => ["- 2 propositions d'admission", "- 2 candidatures en liste d'attente"],
                (Language::Fr, _) => ["- 3 propositions d'admission", "- 3 candidatures en liste d'attente"],
                (Language::En, 0) => ["- no offers of admission", "- no applications on a waitlist"],
                (Language::En, 1) => ["- 1 offer of admission", "- 1 application on a waitlist"],
                (Language::En, 2) => ["- 2 offers of admission", "- 2 applications on a waitlist"],
                (Language::En, _) => ["- 3 offers of admission", "- 3 applications on a waitlist"],
            };
            assert_eq!(lines[..2], expected);
        }
    }
}

// Proves that no combination of facts meets a template that lacks one, or leaves a hole in a sentence.
#[test]
fn every_branch_of_the_widest_notices_renders() {
    let space = || "https://monmaster.example/espace".to_owned();
    let at = "2024-06-07T22:00:00Z".parse().unwrap();
    let answers = [
        Answer::AcceptedDefinitively,
        Answer::AcceptedProvisionally,
        Answer::Refused,
        Answer::Withdrawn,
        Answer::Resigned,
    ];
    let mut messages = Vec::new();
    for (first, second) in (0..3).flat_map(|first| (0..3).map(move |second| (first, second))) {
        for answer in answers {
            for formation in [None, Some("Droit".to_owned())] {
                let (kept, lost, space) = (first, second, space());
                messages.push(Message::AnswerRecorded(AnswerRecorded {
                    answer,
                    formation,
                    at,
                    kept,
                    lost,
                    enrol_by: None,
                    space,
                }));
            }
        }
        for answer_by in [None, Some(at)] {
            let (offers, waitlisted, refused, space) = (first, second, second, space());
            let results = ResultsAvailable {
                offers,
                accepted: second,
                waitlisted,
                searches: 1,
                refused,
                answer_by,
                space,
            };
            messages.push(Message::ResultsAvailable(results));
        }
    }
    for message in messages {
        for (language, _) in LANGUAGES {
            let mail = message.render(&Reader { language, name: None }).unwrap();
            for hole in ["  ", " .", "«\u{a0}\u{a0}»", "“”", "none"] {
                assert!(!mail.text.contains(hole), "{message:?}: {}", mail.text);
            }
        }
    }
}
