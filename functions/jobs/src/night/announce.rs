//! What an operator is told of a night while he can still keep it back: that it is applied, or that the job holds it.

use jiff::civil::Date;
use notices::{Message, NightReady};
use platform::{Key, Write};
use procedure::calendar;
use schemas::night::NightStatus;
use schemas::notice::NoticeStatus;
use schemas::{Notice, NoticeKind};

use super::{NightFigures, directed, stored};
use crate::context::Context;
use crate::fault::Fault;
use crate::rows::{self, NoticeRow};

/// Why an operator is told; each once per date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// The night is applied and waits for its publication.
    Ready,
    /// The job itself holds it, for a fault.
    Held,
}

impl Told {
    /// The sort key of the notice.
    fn sk(self) -> &'static str {
        match self {
            Self::Ready => "N#night_ready",
            Self::Held => "N#night_held",
        }
    }
}

/// Where a night's notice to an operator lies.
pub(crate) fn key(date: Date, told: Told) -> Key {
    Key::new(rows::night_journal_pk(date), told.sk())
}

/// The notice that a step of a night owes, in the same transaction; nothing where no operator has an address.
pub(super) fn owed(context: &Context, date: Date, told: Told) -> Vec<Write> {
    if context.settings.operator.is_none() {
        return Vec::new();
    }
    let now = context.now();
    let notice = Notice {
        candidate: None,
        establishment: None,
        kind: NoticeKind::NightReady,
        version: 1,
        decision: 0,
        created_at: now,
        night: Some(date),
        again: None,
        status: NoticeStatus::Pending { next_attempt_at: now, attempts: 0, doubts: 0 },
        trail: Vec::new(),
    };
    vec![NoticeRow { key: key(date, told), notice }.write()]
}

/// What the notice of a night says now; nothing once the night is undone, or an operator keeps it back himself.
pub(crate) async fn compose(context: &Context, date: Date) -> Result<Option<Message>, Fault> {
    let Some(run) = stored::run(context, date).await? else { return Ok(None) };
    let held = match run.status {
        NightStatus::Applied | NightStatus::Published => false,
        NightStatus::Held if directed::is_being_undone(context, &run).await? => return Ok(None),
        NightStatus::Held if run.held_from.is_none() => true,
        NightStatus::Held | NightStatus::Planned | NightStatus::Void => return Ok(None),
    };
    let before = stored::published_before(context, date).await?;
    let NightFigures { offers, lapses, seats_free, withheld, yesterday } =
        NightFigures::of(&run, before.as_ref());
    Ok(Some(Message::NightReady(NightReady {
        date,
        held,
        publication: calendar::publication(context.rules(), date),
        latest: calendar::gate_latest(context.rules(), date),
        offers,
        lapses,
        seats_free,
        withheld,
        yesterday,
        page: format!("{}/nuits/{date}", context.settings.site),
    })))
}
