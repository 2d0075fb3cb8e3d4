//! The guarded reader: this very program again, as a child with nothing but a file's bytes.
//!
//! The child has one word for its allocator as its environment, lowers its own limits before it looks at a byte, reads
//! standard input and writes JSON. The parent bounds how long it waits and how much it takes. Whatever else happens to
//! the child, the parent learns it as an answer: [`Unreadable`].
//!
//! A program that reads uploads begins its `main` with [`child`].

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use rlimit::Resource;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::reader::{Read, Reader, ReaderError, Reading, Unreadable};

/// The first argument of a child; the second is the name of the reading.
pub const CHILD: &str = "read-guarded";

/// Most bytes of memory that a child may have of its own: a contract of 10 MB is read in a tenth of it, and with the
/// program's own pages the whole stays below 256 MB.
pub const MEMORY_BYTES_MAX: u64 = 192 * 1024 * 1024;

/// Most bytes of addresses: allocators reserve more than they use. Only what this leaves out is left to
/// [`MEMORY_BYTES_MAX`].
pub const ADDRESS_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// What the allocator of the local command (`mimalloc`) is told, for it knows no other way: to count as used only what is.
/// Otherwise it asks for whole areas at once, which [`MEMORY_BYTES_MAX`] forbids, and now and then, by where they would
/// lie, has too little for a file of 60 kB.
const ALLOCATOR: (&str, &str) = ("MIMALLOC_ARENA_EAGER_COMMIT", "0");

/// Most files that a child may have open: its three streams. It opens none.
const OPEN_FILES_MAX: u64 = 3;

/// Most bytes that a child may say: a table of a hundred thousand rows says a tenth of it.
pub const OUTPUT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How long the parent waits, whatever the child does: only a machine that is out of breath comes near it, for a file
/// that keeps the processor busy runs out of processor time long before.
pub const WAITS_AT_MOST: Duration = Duration::from_secs(30);

/// How often a file is read whose reader was ended by what may be the machine's doing.
const ATTEMPTS_MAX: u32 = 2;

/// How a child says that it could not begin: `EX_TEMPFAIL`, as `sysexits.h` numbers a failure that may pass. A panic
/// is another number, and no reader chooses one.
const COULD_NOT_READ: u8 = 75;

/// Seconds of processor time between the signal that ends a child and the kill that follows if it did not: so a kill
/// without the signal before is the system's, which was short of memory.
const GRACE_SECONDS: u64 = 1;

/// Seconds of processor time: a contract takes milliseconds, a table of a hundred thousand rows a second.
fn cpu_seconds_max(reading: Reading) -> u64 {
    match reading {
        Reading::Contract => 1,
        Reading::Table => 10,
    }
}

/// Does a child's work, if this process was started as one: lowers the limits, reads standard input, writes what
/// `read` says of it. `None` for any other process. To be called before a thread is started.
pub fn child(read: impl FnOnce(Reading, &[u8]) -> Vec<u8>) -> Option<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some(CHILD) {
        return None;
    }
    let reading = arguments.next().and_then(|name| Reading::named(&name));
    let done = reading.ok_or(io::ErrorKind::InvalidInput.into()).and_then(|reading| {
        lower_limits(reading)?;
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        io::stdout().lock().write_all(&read(reading, &bytes))
    });
    Some(if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(COULD_NOT_READ) })
}

/// Gives up, for good, whatever reading a file does not need. A limit that the system does not know is left out, one
/// that cannot be lowered is an error: nothing is read without it.
fn lower_limits(reading: Reading) -> io::Result<()> {
    let cpu = cpu_seconds_max(reading);
    let limits = [
        (Resource::CORE, 0, 0),
        (Resource::FSIZE, 0, 0),
        (Resource::NPROC, 0, 0),
        (Resource::NOFILE, OPEN_FILES_MAX, OPEN_FILES_MAX),
        (Resource::CPU, cpu, cpu + GRACE_SECONDS),
        (Resource::DATA, MEMORY_BYTES_MAX, MEMORY_BYTES_MAX),
        (Resource::AS, ADDRESS_BYTES_MAX, ADDRESS_BYTES_MAX),
    ];
    let known = limits.into_iter().filter(|(resource, ..)| resource.is_supported());
    known.into_iter().try_for_each(|(resource, most, last)| {
        let (_, hard) = resource.get()?;
        // Where both were one the kill would come first, and say that the machine was short of memory.
        if most < last && hard <= most {
            return Err(io::Error::other("less processor time is allowed here than a file may take"));
        }
        resource.set(most.min(hard), last.min(hard))
    })
}

/// Reads each file in a child process of its own.
#[derive(Debug, Clone)]
pub struct GuardedReader {
    program: PathBuf,
    waits_at_most: Duration,
}

impl GuardedReader {
    /// Runs this program again, whose `main` must begin with [`child`].
    ///
    /// # Errors
    /// If the system does not say where this program lies.
    pub fn this_program() -> io::Result<Self> {
        std::env::current_exe().map(Self::of)
    }

    /// Runs this program, whose `main` begins with [`child`].
    pub fn of(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), waits_at_most: WAITS_AT_MOST }
    }

    /// The same with less patience.
    #[must_use]
    pub fn waiting_at_most(self, waits_at_most: Duration) -> Self {
        Self { waits_at_most, ..self }
    }

    fn start(&self, reading: Reading) -> io::Result<Child> {
        let arguments = [CHILD, reading.name()].map(OsString::from);
        let mut command = Command::new(&self.program);
        command.args(arguments).env_clear().envs([ALLOCATOR]).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn()
    }
}

#[async_trait]
impl Reader for GuardedReader {
    async fn read(&self, reading: Reading, bytes: &[u8]) -> Result<Read, ReaderError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let mut child = self.start(reading)?;
            match tokio::time::timeout(self.waits_at_most, converse(&mut child, bytes)).await {
                Ok(Ok(Ended::Read(read))) => return Ok(read),
                Ok(Ok(Ended::Killed) | Err(_)) | Err(_) if attempt < ATTEMPTS_MAX => {
                    child.kill().await?;
                }
                Ok(Ok(Ended::Killed)) => return Err(io::Error::from(io::ErrorKind::OutOfMemory).into()),
                Ok(Err(error)) => return Err(error.into()),
                // Never a third time: what ends no reading of it would hold up its sender for ever.
                Err(_) => {
                    child.kill().await?;
                    return Ok(Read::Unreadable(Unreadable::TimedOut));
                }
            }
        }
    }
}

/// How a child ended.
enum Ended {
    /// With an answer.
    Read(Read),
    /// By the system, which was short of memory.
    Killed,
}

/// Gives a child the bytes while taking what it says, then its end.
async fn converse(child: &mut Child, bytes: &[u8]) -> io::Result<Ended> {
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let give = async {
        // A child that ends early reads no further; how it ended says why.
        if let Some(mut input) = input {
            let _ = input.write_all(bytes).await;
        }
    };
    let mut said = Vec::new();
    let take = async {
        match output {
            Some(output) => output.take(OUTPUT_BYTES_MAX as u64 + 1).read_to_end(&mut said).await,
            None => Ok(0),
        }
    };
    let ((), taken) = tokio::join!(give, take);
    taken?;
    if said.len() > OUTPUT_BYTES_MAX {
        child.kill().await?;
        return Ok(Ended::Read(Read::Unreadable(Unreadable::TooMuchOutput)));
    }
    let status = child.wait().await?;
    if status.success() { Ok(Ended::Read(Read::Done(said))) } else { why(status) }
}

/// What the end of a child says of the file, if it does not say more of the machine.
fn why(status: ExitStatus) -> io::Result<Ended> {
    if status.code() == Some(COULD_NOT_READ.into()) {
        return Err(io::Error::other("the child could not lower its limits or take the file"));
    }
    Ok(match signal(status) {
        Some(KILLED) => Ended::Killed,
        Some(OVER_PROCESSOR_TIME) => Ended::Read(Read::Unreadable(Unreadable::TimedOut)),
        _ => Ended::Read(Read::Unreadable(Unreadable::Crashed)),
    })
}

/// SIGXCPU, as every system with a limit of processor time numbers it.
const OVER_PROCESSOR_TIME: i32 = 24;

/// SIGKILL.
const KILLED: i32 = 9;

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<i32> {
    None
}
