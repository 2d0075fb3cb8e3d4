//! Every template, embedded, and the engine that renders them.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use crate::mail::RenderError;
use crate::words;

/// The six templates of each notice, with their names.
macro_rules! embed {
    ($($notice:literal),+ $(,)?) => {
        [$(
            embed!(@ $notice, "fr", "subject.txt.j2"),
            embed!(@ $notice, "fr", "body.txt.j2"),
            embed!(@ $notice, "fr", "body.html.j2"),
            embed!(@ $notice, "en", "subject.txt.j2"),
            embed!(@ $notice, "en", "body.txt.j2"),
            embed!(@ $notice, "en", "body.html.j2"),
        )+]
    };
    (@ $notice:literal, $language:literal, $part:literal) => {(
        concat!($notice, "/", $language, "/", $part),
        include_str!(concat!("../templates/", $notice, "/", $language, "/", $part)),
    )};
}

/// What all mails share.
const BASES: [(&str, &str); 2] = [
    ("base.txt.j2", include_str!("../templates/base.txt.j2")),
    ("base.html.j2", include_str!("../templates/base.html.j2")),
];

/// Every notice, in the order of `NoticeKind::ALL`; a copy for somebody else after its notice.
const NOTICES: [(&str, &str); 138] = embed![
    "account_activation",
    "account_exists",
    "results_available",
    "new_offers",
    "answer_recorded",
    "offers_expired",
    "preferences_needed",
    "became_definitive",
    "not_admitted",
    "waitlist_archived",
    "contract_received",
    "contract_validated",
    "contract_rejected",
    "enrolment_recorded",
    "refusal_reason",
    "exception_decided",
    "fraud_notice",
    "fraud_decision",
    "fraud_decision_copy",
    "offer_reminder",
    "email_change",
    "certificate",
    "night_ready",
];

/// The engine, built at the first mail. A fault in a template stays an error value for every mail.
static ENVIRONMENT: LazyLock<Result<Environment<'static>, RenderError>> = LazyLock::new(build);

/// Renders the template of this name.
pub(crate) fn render(name: &str, page: Value) -> Result<String, RenderError> {
    let environment = ENVIRONMENT.as_ref().map_err(Clone::clone)?;
    let template = environment.get_template(name).map_err(|error| fault(name, &error))?;
    template.render(page).map_err(|error| fault(name, &error))
}

fn build() -> Result<Environment<'static>, RenderError> {
    let mut environment = Environment::new();
    // A fact that a template names and nobody gave is an error, never an empty place in a sentence.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| {
        if name.ends_with(".html.j2") { AutoEscape::Html } else { AutoEscape::None }
    });
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.map_err(|error| fault("the syntax", &error))?);
    // In debug mode the engine's errors quote the facts, a name among them.
    environment.set_debug(false);
    environment.add_filter("count_fr", words::count_fr);
    environment.add_filter("count_en", words::count_en);
    environment.add_filter("url", url);
    for (name, source) in BASES.into_iter().chain(NOTICES) {
        environment.add_template(name, source).map_err(|error| fault(name, &error))?;
    }
    Ok(environment)
}

/// A web address inside a quoted attribute or a paragraph of HTML.
///
/// The engine's own escaping would also turn each `/` into `&#x2f;`, which a browser reads but many
/// filters of mail providers do not, and a link in an admission mail must not look disguised.
fn url(address: &str) -> Value {
    let escaped = address
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#x27;");
    Value::from_safe_string(escaped)
}

/// The engine's error without its detail, which may quote a fact.
fn fault(name: &str, error: &minijinja::Error) -> RenderError {
    RenderError::Template {
        template: error.name().unwrap_or(name).to_owned(),
        line: error.line().unwrap_or_default(),
        what: error.kind(),
    }
}
