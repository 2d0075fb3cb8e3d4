//! Names and titles are typed by people: none may become markup, a line of its own or a header.

use notices::{
    Answer, AnswerRecorded, BecameDefinitive, Envelope, Message, NAME_LENGTH_MAX, OffersExpired, Reader,
    RenderError, TITLE_LENGTH_MAX, mime,
};
use proptest::prelude::*;
use schemas::Language;

use crate::support::{LANGUAGES, envelope, visible};

const SPACE: &str = "https://monmaster.example/espace";

fn definitive(formation: &str) -> Message {
    let on = jiff::civil::date(2024, 7, 31);
    Message::BecameDefinitive(BecameDefinitive {
        formation: formation.to_owned(),
        on,
        enrol_by: None,
        space: SPACE.to_owned(),
    })
}

/// Every notice that prints a title, with this one in each place.
fn titled(title: &str) -> [Message; 3] {
    let (at, space) = ("2024-06-05T08:05:00Z".parse().unwrap(), SPACE.to_owned());
    let formation = Some(title.to_owned());
    let answer = Answer::AcceptedProvisionally;
    [
        definitive(title),
        Message::AnswerRecorded(AnswerRecorded {
            answer,
            formation: formation.clone(),
            at,
            kept: 1,
            lost: 1,
            enrol_by: None,
            space,
        }),
        Message::OffersExpired(OffersExpired {
            not_ranked: 0,
            formations: vec![title.to_owned(); 2],
            still_held: formation,
            waiting: 0,
            space: SPACE.to_owned(),
        }),
    ]
}

/// The tags of a page, in order, with their attributes.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()).collect()
}

/// The header lines of a mail, before the first blank line.
fn header_lines(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    text.split("\r\n\r\n").next().unwrap().split("\r\n").map(str::to_owned).collect()
}

// Proves, for each hostile name, the greeting that is printed and that the page shows the very same.
#[test]
fn hostile_names_make_harmless_greetings() {
    let long = "é".repeat(500);
    let cut = format!("Bonjour {}…,", "é".repeat(NAME_LENGTH_MAX - 1));
    let cases = [
        ("Zoé Le Gall", "Bonjour Zoé Le Gall,"),
        ("O'Brien \"Bob\"", "Bonjour O'Brien \"Bob\","),
        ("<script>alert(1)</script>", "Bonjour <script>alert(1)</script>,"),
        ("</p></td><img src=x onerror=y>", "Bonjour </p></td><img src=x onerror=y>,"),
        ("{{ link }} {% raw %}", "Bonjour {{ link }} {% raw %},"),
        ("&lt;b&gt; &amp;", "Bonjour &lt;b&gt; &amp;,"),
        ("Zoé\r\nBcc: x@example.org\r\n\r\nSpam", "Bonjour Zoé Bcc: x@example.org Spam,"),
        ("Zoé\u{2028}\u{2029}X\u{85}Y", "Bonjour Zoé X Y,"),
        ("\u{202e}éoZ\u{202c}", "Bonjour éoZ,"),
        ("=?utf-8?B?DQpCY2M6eA==?=", "Bonjour =?utf-8?B?DQpCY2M6eA==?=,"),
        ("\u{0}\u{7}", "Bonjour,"),
        ("   ", "Bonjour,"),
        ("", "Bonjour,"),
        (long.as_str(), cut.as_str()),
    ];
    let harmless = definitive("Droit").render(&Reader { language: Language::Fr, name: None }).unwrap();
    for (name, greeting) in cases {
        let mail = definitive("Droit").render(&Reader { language: Language::Fr, name: Some(name) }).unwrap();
        assert_eq!(mail.text.lines().next(), Some(greeting), "{name:?}");
        assert!(visible(&mail.html).contains(greeting), "{name:?}");
        assert_eq!(tags(&mail.html), tags(&harmless.html), "{name:?}");
    }
}

// Proves that a title is cut at its limit and that one without a readable character is named as such.
#[test]
fn titles_are_cut_and_never_empty() {
    let mail = definitive(&"é".repeat(500)).render(&Reader { language: Language::Fr, name: None }).unwrap();
    assert!(mail.text.contains(&format!("«\u{a0}{}…\u{a0}»", "é".repeat(TITLE_LENGTH_MAX - 1))));
    let mail = definitive("\u{200b}\r\n").render(&Reader { language: Language::Fr, name: None }).unwrap();
    assert!(mail.text.contains("«\u{a0}formation sans intitulé\u{a0}»"));
}

// Proves that a link that is none is refused, and that the error does not repeat it: it may hold a token.
#[test]
fn a_bad_link_is_refused_and_not_repeated() {
    for space in [
        "",
        "javascript:alert('jeton')",
        "https://a.example/\" onclick=\"jeton",
        "https://a.example/\r\njeton",
    ] {
        let on = jiff::civil::date(2024, 7, 31);
        let message = Message::BecameDefinitive(BecameDefinitive {
            formation: "Droit".to_owned(),
            on,
            enrol_by: None,
            space: space.to_owned(),
        });
        let error = message.render(&Reader { language: Language::Fr, name: None }).unwrap_err();
        assert_eq!(error, RenderError::Link(message.kind()));
        assert!(!format!("{error} {error:?}").contains("jeton"));
    }
}

// Proves that a token and a name cannot reach a log through `Debug`.
#[test]
fn debug_output_holds_no_secret() {
    for (_, message) in notices::samples() {
        let mail = message.render(&Reader { language: Language::Fr, name: Some("Zoé Le Gall") }).unwrap();
        let printed = format!("{message:?} {mail:?}");
        assert!(!printed.contains("jeton="), "{printed}");
        assert!(!printed.contains("Zoé Le Gall"), "{printed}");
    }
}

/// Any text, with the characters that break mails made common.
fn typed_by_somebody() -> impl Strategy<Value = String> {
    let wicked = prop::sample::select(vec![
        "<",
        ">",
        "\"",
        "'",
        "&",
        "\r",
        "\n",
        "\r\n\r\n",
        "\u{2028}",
        "\u{202e}",
        "\u{0}",
        "</td>",
        "<script>",
        "{{",
        "%}",
        "{% raw %}",
        "=?utf-8?q?=0D=0A?=",
        "Bcc: x@example.org",
        "--=_mon_master_alternative",
        ".",
        "=\r\n",
    ]);
    let word = prop_oneof![wicked.prop_map(str::to_owned), any::<String>(), "[a-zé]{1,12}"];
    prop::collection::vec(word, 0..8).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    // Proves that whatever a name or a title holds, the page has the same tags, the text the same number of
    // lines, and the mail the same headers in the same order as for harmless ones.
    #[test]
    fn nothing_typed_leaks_into_structure(name in typed_by_somebody(), title in typed_by_somebody()) {
        for (language, _) in LANGUAGES {
            for (hostile, harmless) in titled(&title).iter().zip(&titled("Droit")) {
                let hostile = hostile.render(&Reader { language, name: Some(&name) }).unwrap();
                let harmless = harmless.render(&Reader { language, name: Some("Zoé") }).unwrap();
                prop_assert_eq!(tags(&hostile.html), tags(&harmless.html));
                prop_assert_eq!(hostile.text.lines().count(), harmless.text.lines().count());
                prop_assert_eq!(hostile.html.lines().count(), harmless.html.lines().count());
                let no_control = |body: &str| !body.chars().any(|c| c.is_control() && c != '\n');
                prop_assert!(no_control(&hostile.text) && no_control(&hostile.html));

                let (bytes, expected) = (mime(&hostile, &envelope()).unwrap(), mime(&harmless, &envelope()).unwrap());
                prop_assert_eq!(header_lines(&bytes), header_lines(&expected));
                let boundaries = |bytes: &[u8]| {
                    String::from_utf8(bytes.to_vec()).unwrap().matches("\r\n--=_mon_master_alternative").count()
                };
                prop_assert_eq!(boundaries(&bytes), 3);
                prop_assert!(bytes.is_ascii());
            }
        }
    }

    // Proves that no text given as an address, a sender, an id or a stage adds a header line: it is refused,
    // without being repeated, or stands alone on the line that is its own.
    #[test]
    fn no_argument_adds_a_header(text in typed_by_somebody(), place in 0..4) {
        let mail = definitive("Droit").render(&Reader { language: Language::En, name: None }).unwrap();
        let harmless = envelope();
        let hostile = match place {
            0 => Envelope { to: &text, ..harmless },
            1 => Envelope { from: &text, ..harmless },
            2 => Envelope { message_id: &text, ..harmless },
            _ => Envelope { stage: &text, ..harmless },
        };
        match mime(&mail, &hostile) {
            Err(error) => {
                let printed = format!("{error} {error:?}");
                prop_assert!(text.len() < 12 || !printed.contains(&text), "{}", printed);
            }
            Ok(bytes) => {
                let names = |bytes: &[u8]| -> Vec<String> {
                    header_lines(bytes)
                        .iter()
                        .filter(|line| !line.starts_with(' '))
                        .map(|line| line.split(':').next().unwrap().to_owned())
                        .collect()
                };
                prop_assert_eq!(names(&bytes), names(&mime(&mail, &envelope()).unwrap()));
            }
        }
    }
}
