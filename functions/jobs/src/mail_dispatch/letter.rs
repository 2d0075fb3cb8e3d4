//! The mail of a notice: written out when it is sent, from the state as everyone sees it then.

use jiff::Timestamp;
use notices::{Envelope, MESSAGE_ID_LENGTH_MAX, Message, Reader};
use platform::{OutgoingMail, Table};
use procedure::{calendar, digest, fold};
use schemas::notice::SuppressionReason;
use schemas::{EstablishmentId, Gate, Language, Notice, NoticeKind};

use crate::context::Context;
use crate::fault::Fault;
use crate::rows::{self, NoticeRow, SuppressionRow};
use crate::{establishments, ledger, letters, night};

/// What a notice comes to when its turn comes.
pub(super) enum Written {
    /// A mail.
    Mail(OutgoingMail),
    /// Nothing is left to say.
    Nothing,
    /// No mail goes to the address any more.
    Suppressed(SuppressionReason),
}

/// When a notice became due: at the decision that owes it, or when the night that it announces is published; to an
/// operator, when that night began.
pub(super) fn due_at(context: &Context, notice: &Notice) -> Timestamp {
    match (notice.night, notice.waits_for()) {
        (_, Some(night)) => calendar::publication(context.rules(), night),
        (Some(night), None) => calendar::night_start(context.rules(), night),
        (None, None) => notice.created_at,
    }
}

/// Writes a notice out.
pub(super) async fn written_out(context: &Context, row: &NoticeRow, gate: Gate) -> Result<Written, Fault> {
    let Some(Letter { message, language, name, to }) = letter(context, &row.notice, gate).await? else {
        return Ok(Written::Nothing);
    };
    if let Some(why) = suppressed(context, &to).await? {
        return Ok(Written::Suppressed(why));
    }
    let id = row.id();
    let problem = |problem: String| Fault::Letter { notice: id.clone(), problem };
    let reader = Reader { language, name: name.as_deref() };
    let mail = message.render(&reader).map_err(|error| problem(error.to_string()))?;
    let envelope = Envelope {
        from: &context.settings.sender,
        to: &to,
        // When the mail became due: two attempts at one notice are one mail.
        date: due_at(context, &row.notice),
        message_id: &message_id(&id),
        stage: &context.settings.stage,
        kind: row.notice.kind,
    };
    let mime = notices::mime(&mail, &envelope).map_err(|error| problem(error.to_string()))?;
    Ok(Written::Mail(OutgoingMail { notice: id.clone(), to, mime }))
}

/// The notice's id, or its digest where that is too long for a header.
fn message_id(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let encoded: usize = id.bytes().map(|byte| if plain(byte) { 1 } else { 3 }).sum();
    if encoded <= MESSAGE_ID_LENGTH_MAX { id.to_owned() } else { digest::of(id.as_bytes()) }
}

/// Why no mail goes to an address, if none does.
async fn suppressed(context: &Context, to: &str) -> Result<Option<SuppressionReason>, Fault> {
    let key = rows::suppression_key(&rows::address_hash(to));
    let row: Option<SuppressionRow> = rows::get(context.platform.store.as_ref(), Table::State, &key).await?;
    Ok(row.filter(SuppressionRow::holds).map(|row| row.why))
}

/// What is said, to whom, and in which language.
struct Letter {
    message: Message,
    language: Language,
    name: Option<String>,
    to: String,
}

async fn letter(context: &Context, notice: &Notice, gate: Gate) -> Result<Option<Letter>, Fault> {
    if let Some(establishment) = &notice.establishment {
        return to_establishment(context, notice, establishment).await;
    }
    let Some(candidate) = &notice.candidate else { return to_operator(context, notice).await };
    let Some(stored) = ledger::candidate(context, candidate).await? else { return Ok(None) };
    let candidate = fold::visible(&ledger::settled(context, &stored, context.now()), gate.published);
    let Some(message) = letters::compose(context, notice, &candidate).await? else { return Ok(None) };
    // A link that confirms an address proves something only if it is sent there.
    let to = match (notice.kind, candidate.new_email) {
        (NoticeKind::EmailChange, Some(new)) => new.email,
        _ => candidate.email,
    };
    Ok(Some(Letter { message, language: candidate.language, name: candidate.name, to }))
}

/// To an operator, if one has an address by now.
async fn to_operator(context: &Context, notice: &Notice) -> Result<Option<Letter>, Fault> {
    let (Some(to), Some(night)) = (context.settings.operator.clone(), notice.night) else { return Ok(None) };
    let message = night::announced(context, night).await?;
    // The platform is run in France.
    Ok(message.map(|message| Letter { message, language: Language::Fr, name: None, to }))
}

/// To an establishment: it is written to in French.
async fn to_establishment(
    context: &Context,
    notice: &Notice,
    establishment: &EstablishmentId,
) -> Result<Option<Letter>, Fault> {
    let Some(candidate) = &notice.candidate else { return Ok(None) };
    let Some(known) = establishments::establishment(context, establishment).await? else {
        return Err(Fault::NoAddress { establishment: establishment.clone() });
    };
    let message = establishments::copied(context, notice, candidate).await?;
    Ok(message.map(|message| Letter { message, language: Language::Fr, name: None, to: known.email }))
}
