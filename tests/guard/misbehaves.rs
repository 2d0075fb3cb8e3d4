//! A program that reads files under guard and does what they say: what the guard must survive.
#![expect(clippy::panic, clippy::indexing_slicing, reason = "to misbehave is what it is for")]

use std::process::ExitCode;

use platform::{Reading, guard};

fn main() -> ExitCode {
    guard::child(obey).unwrap_or(ExitCode::FAILURE)
}

fn obey(reading: Reading, bytes: &[u8]) -> Vec<u8> {
    match bytes {
        b"panic" => panic!("as it was told"),
        b"stack" => vec![deeper(0)],
        b"loop" => loop {
            std::hint::spin_loop();
        },
        b"sleep" => {
            std::thread::sleep(std::time::Duration::from_secs(600));
            Vec::new()
        }
        b"memory" => {
            let mut held = Vec::new();
            while held.len() < 4096 {
                held.push(vec![1_u8; 1024 * 1024]);
            }
            vec![held[7][7]]
        }
        b"talk" => vec![b' '; guard::OUTPUT_BYTES_MAX + 1],
        b"file" => {
            let path = std::env::temp_dir().join(format!("guarded-{}", std::process::id()));
            format!("{:?}", std::fs::write(path, b"x").is_ok()).into_bytes()
        }
        b"killed" => killed(),
        b"environment" => std::env::vars().map(|(name, _)| name).collect::<Vec<_>>().join(" ").into_bytes(),
        other if other.starts_with(b"killed-once:") => {
            let file = String::from_utf8_lossy(&other[12..]);
            // Whoever takes the file away is the first.
            if std::fs::remove_file(&*file).is_ok() { killed() } else { b"contract:at last".to_vec() }
        }
        other => [reading.name().as_bytes(), b":", other].concat(),
    }
}

/// As the system does when it is short of memory.
fn killed() -> Vec<u8> {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    Vec::new()
}

#[expect(unconditional_recursion, reason = "until the stack is full")]
fn deeper(depth: u64) -> u8 {
    let held = std::hint::black_box([depth; 64]);
    deeper(depth + 1).wrapping_add(u8::from(held[3] == 7))
}
